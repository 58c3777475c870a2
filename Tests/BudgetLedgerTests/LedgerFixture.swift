// SPDX-License-Identifier: Apache-2.0

import BudgetLedger
import Cryptography
import DPAccounting
import Foundation
import GRDB
import Interactions
import Policies
import Records
import TestSupport

/// A ledger in a folder of its own, on a fixed day.
struct LedgerFixture {
    let directory: TemporaryDirectory
    let ledger: BudgetLedger
    static let id = "test-directory"
    static let day = Day(number: 20_000)

    init() throws {
        directory = try TemporaryDirectory()
        try BudgetLedger.create(in: directory.url, directoryID: Self.id)
        ledger = try Self.open(directory)
    }

    /// Another instance on the same file.
    func reopened() throws -> BudgetLedger { try Self.open(directory) }

    private static func open(_ directory: TemporaryDirectory) throws -> BudgetLedger {
        try BudgetLedger(opening: directory.url, directoryID: id, key: key(), today: { day })
    }

    static func key() throws -> HashKey { try HashKey(bytes: Array(repeating: 3, count: 32)) }

    /// A second connection, as a hand that edits the file would have.
    func edit(_ sql: String, _ arguments: StatementArguments = StatementArguments()) throws {
        let queue = try DatabaseQueue(path: directory.file("ledger.sqlite").path)
        try queue.write { try $0.execute(sql: sql, arguments: arguments) }
        try queue.close()
    }

    func value(_ sql: String) throws -> String? {
        let queue = try DatabaseQueue(path: directory.file("ledger.sqlite").path)
        return try queue.read { try String.fetchOne($0, sql: sql) }
    }

    /// Reserves and finishes all of it.
    @discardableResult
    func run(
        _ number: Int, plan: RunPlan = .pure(1), policy: Policy = .lifetime("3"), members: [UserPseudonym]
    ) throws -> [UserPseudonym] {
        var members = members
        var grant = try ledger.reserve(
            .numbered(number, plan: plan), policy: policy, policyHash: .test, members: &members)
        while let step = grant.next() { _ = consume step }
        try grant.finish()
        return members
    }

    func lockExists(_ run: Int) -> Bool {
        FileManager.default.fileExists(atPath: directory.file("locks/" + RunID.numbered(run).hex).path)
    }
}

extension RunID {
    static func numbered(_ number: Int) -> RunID { RunID(hex: "c0ffee" + String(number, radix: 16)) }
}

extension PolicyHash {
    static let test = PolicyHash(hex: String(repeating: "ab", count: 32))
}

extension RunRequest {
    /// A request that asks for no less than it can cost, at δ = 0 if the plan is pure, else 1e-6.
    static func numbered(
        _ number: Int, plan: RunPlan = .pure(1), epsilon: EpsilonAmount = .infinity, delta: DeltaAmount? = nil,
        notPrivate: Bool = false
    ) -> RunRequest {
        let isPure = plan.stretches.allSatisfy { if case .discreteLaplace = $0.event { true } else { false } }
        return RunRequest(
            run: .numbered(number), kind: "count items", purpose: "statistics", plan: plan, epsilon: epsilon,
            delta: delta ?? (isPure ? .zero : DeltaAmount(units: 1_000_000_000_000)), notPrivate: notPrivate)
    }
}

extension RunRequest {
    /// The opening of a stream of counts.
    static func stream(_ number: Int, plan: RunPlan = .pure(1)) -> RunRequest {
        let run = numbered(number, plan: plan)
        return RunRequest(
            run: run.run, kind: BudgetLedger.streamKind, purpose: run.purpose, plan: plan, epsilon: run.epsilon,
            delta: run.delta, notPrivate: run.notPrivate)
    }
}

extension RunPlan {
    /// One release of pure ε = `numerator`/`denominator`.
    static func pure(_ numerator: Int64, _ denominator: Int64 = 1) -> RunPlan {
        RunPlan(
            .discreteLaplace(
                DiscreteLaplaceEvent(
                    scale: Rational(denominator, numerator)!, bound: ItemBound(maxItemsPerUser: 1, maxValuePerItem: 1),
                    dimension: 10)))
    }

    /// Steps of sampled Gaussians.
    static func training(steps: Int, noise: Double = 2, sampling: Double = 0.01) -> RunPlan {
        RunPlan([
            Stretch(
                event: .gaussianSum(
                    GaussianSumEvent(
                        samplingProbability: sampling, clippingNorm: 1, noiseMultiplier: noise, dimension: 20)),
                count: steps)
        ])
    }
}

extension Policy {
    /// A private policy with this lifetime.
    static func lifetime(_ epsilon: String, _ delta: String = "1e-5") -> Policy {
        shipped("gdpr") {
            $0.replacing("epsilon: 6", with: "epsilon: \(epsilon)").replacing("delta: 1e-5", with: "delta: \(delta)")
        }
    }

    static let publicData = shipped("benchmark") { $0 }

    private static func shipped(_ name: String, changed: (String) -> String) -> Policy {
        guard let text = shipped(name), let policy = try? Policy(yaml: changed(text), file: "test.yaml") else {
            preconditionFailure("the test's policy is not one")
        }
        return policy
    }
}

/// Users `range`, ascending.
func users(_ range: Range<Int>) -> [UserPseudonym] {
    range.map { number in
        UserPseudonym(bytes: (0..<16).map { $0 < 8 ? UInt8(truncatingIfNeeded: number >> (56 - 8 * $0)) : 0x5a })!
    }
}
