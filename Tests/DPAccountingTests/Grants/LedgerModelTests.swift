// SPDX-License-Identifier: Apache-2.0

import Foundation
import TestSupport
import Testing

@testable import DPAccounting

/// The in-memory ledger against a model that keeps a list of what was paid and adds it up anew each time.
struct LedgerModelTests {
    static let limit = AccountLimit(
        epsilon: EpsilonAmount(decimal: "3", rounding: .down)!, delta: DeltaAmount(decimal: "1e-5", rounding: .down)!)

    static let plans: [(plan: RunPlan, delta: DeltaAmount)] = [
        (RunPlan([.init(event: Plans.laplaceEvent(Rational(4, 1)!), count: 2)]), .zero),
        (RunPlan([.init(event: Plans.laplaceEvent(Rational(3, 1)!), count: 1)]), .zero),
        (Plans.gaussian(multiplier: 30, steps: 20), DeltaAmount(1e-7, rounding: .down)),
        (Plans.gaussian(multiplier: 4, q: 0.05, steps: 30), DeltaAmount(2e-7, rounding: .down)),
        (
            RunPlan([
                .init(event: Plans.laplaceEvent(Rational(10, 1)!), count: 3),
                .init(event: Plans.gaussianEvent(multiplier: 20), count: 5),
            ]), DeltaAmount(1e-7, rounding: .down)
        ),
    ]

    /// The model: what each run was charged, in whatever state it is.
    struct Model {
        var charges: [Int: PlanPrice] = [:]

        /// Sums in plain integers, by the definition of each filter.
        func admits(_ price: PlanPrice) -> Bool {
            let all = charges.values + [price]
            func total(_ part: (PlanPrice) -> EpsilonAmount) -> Int64? {
                var sum: Int64 = 0
                for one in all {
                    guard !part(one).isInfinite else { return nil }
                    sum += part(one).units
                }
                return sum
            }
            let limit = LedgerModelTests.limit
            let delta = all.reduce(Int64(0)) { $0 + $1.delta.units }
            let distance = all.reduce(Int64(0)) { $0 + $1.totalVariation.units }
            guard distance <= limit.totalVariationAllowance.units else { return false }
            if let epsilon = total(\.epsilon), epsilon <= limit.epsilon.units, delta <= limit.filterDelta.units {
                return true
            }
            if let mu = total(\.muSquared), mu <= limit.allowance(of: .gaussian)?.units ?? -1 { return true }
            return AccountFormat.renyiOrders.indices.contains { k in
                guard let cost = total({ $0.renyi[k] }) else { return false }
                let most = limit.allowance(of: .renyi(order: AccountFormat.renyiOrders[k]))
                return cost <= most?.units ?? -1
            }
        }
    }

    @Test(
        "whatever is reserved, taken and returned: the same runs are admitted, and the same is spent", arguments: 0..<12
    )
    func random(seed: Int) throws {
        var generator = SeededGenerator(seed: UInt64(seed))
        let ledger = InMemoryLedger(name: "model", limit: Self.limit)
        var model = Model()
        var refusals = 0
        for run in 0..<40 {
            let (plan, delta) = try #require(Self.plans.randomElement(using: &generator))
            let price = PlanPrice(of: plan, delta: delta)
            let expected = model.admits(price)
            do {
                var grant = try ledger.reserve(
                    plan, delta: delta, run: RunID(hex: "\(run)"), cohort: CohortDigest(hex: "c"))
                #expect(expected, "run \(run) was admitted against the model")
                model.charges[run] = price
                // A third ends early, a third is dropped, a third goes all the way.
                let fate = Int.random(in: 0..<3, using: &generator)
                let steps = fate == 2 ? price.steps(of: plan) : Int.random(in: 0...2, using: &generator)
                for _ in 0..<steps { _ = grant.next() }
                if fate != 1 {
                    let taken = grant.stepsHandedOut
                    try grant.finish()
                    model.charges[run] = price.ended(plan, delta: delta, after: taken)
                }
            } catch let error as ReservationError {
                #expect(!expected, "run \(run) was refused against the model")
                guard case .refused = error else { Issue.record("\(error)"); continue }
                refusals += 1
            }
            let sums = model.charges.values.reduce(AccountSums.zero) { $0 + $1 }
            #expect(ledger.sums == sums)
        }
        // The limit was reached: the test saw both answers.
        #expect(refusals > 0 && model.charges.count > 2)
    }

    @Test("a refusal changes nothing, and its run may come back under the same name when there is room")
    func refusalIsFree() throws {
        let ledger = InMemoryLedger(name: "free", limit: Self.limit)
        let large = RunPlan([.init(event: Plans.laplaceEvent(Rational(1, 4)!), count: 1)])
        let before = ledger.sums
        for _ in 0..<3 {
            #expect(throws: ReservationError.self) {
                _ = try ledger.reserve(large, delta: .zero, run: RunID(hex: "aa"), cohort: CohortDigest(hex: "c"))
            }
        }
        #expect(ledger.sums == before)
        let small = RunPlan([.init(event: Plans.laplaceEvent(Rational(4, 1)!), count: 1)])
        let grant = try ledger.reserve(small, delta: .zero, run: RunID(hex: "aa"), cohort: CohortDigest(hex: "c"))
        try grant.finish()
        #expect(ledger.sums == before)
    }
}

extension PlanPrice {
    /// How many steps the plan has, for the model.
    fileprivate func steps(of plan: RunPlan) -> Int { plan.stretches.reduce(0) { $0 + $1.count } }
}
