// SPDX-License-Identifier: Apache-2.0

import BudgetLedger
import DPAccounting
import Foundation
import Interactions
import Policies
import Records
import TestSupport
import Testing

struct SettlementTests {
    static let plan = RunPlan.training(steps: 400, noise: 1.5, sampling: 0.02)
    static let delta = DeltaAmount(decimal: "1e-6", rounding: .up) ?? .zero

    @Test("a run counts in full from the reservation on; a run that ends early is charged the steps handed out")
    func earlyEnd() throws {
        let fixture = try LedgerFixture()
        var members = users(0..<3)
        var grant = try fixture.ledger.reserve(
            .numbered(1, plan: Self.plan), policy: .lifetime("6"), policyHash: .test, members: &members)
        let planned = try fixture.ledger.statement(of: users(0..<1)[0], policy: .lifetime("6"))
        #expect(planned.charges.first?.plan == Self.plan)
        #expect(planned.charges.first?.isSettled == false)
        #expect(planned.charges.first?.epsilon == PlanPrice(of: Self.plan, delta: Self.delta).epsilon)
        for _ in 0..<25 { if let step = grant.next() { _ = consume step } }
        try grant.finish()
        let settled = try fixture.ledger.statement(of: users(0..<1)[0], policy: .lifetime("6"))
        #expect(settled.charges.first?.plan == Self.plan.prefix(25))
        #expect(settled.charges.first?.isSettled == true)
        let expected = PlanPrice.ended(Self.plan, delta: Self.delta, after: 25)
        #expect(settled.charges.first?.epsilon == expected.epsilon)
        #expect(
            settled.spentEpsilon == AccountSums(expected).spent(atDelta: DeltaAmount(decimal: "1e-5", rounding: .down)!)
        )
        #expect(settled.spentEpsilon < planned.spentEpsilon)
        let entry = try #require(try fixture.ledger.entries().last)
        #expect(entry.type == "settle")
        #expect(entry.content["steps"]?.integerValue == 25)
        #expect(entry.content["planned"]?.integerValue == 400)
        #expect(entry.content["isOrphan"]?.boolValue == false)
        #expect(!fixture.lockExists(1))
        #expect(try fixture.ledger.verifyCharges().differences == [])
    }

    @Test("steps never handed out are returned, all of them too")
    func nothingHandedOut() throws {
        let fixture = try LedgerFixture()
        var members = users(0..<3)
        let grant = try fixture.ledger.reserve(
            .numbered(1, plan: .pure(3)), policy: .lifetime("3"), policyHash: .test, members: &members)
        #expect(try fixture.run(2, members: users(0..<3)).isEmpty)
        try grant.finish()
        #expect(try fixture.ledger.statement(of: users(0..<1)[0], policy: .lifetime("3")).spentEpsilon == .zero)
        #expect(try fixture.run(3, members: users(0..<3)).count == 3)
        #expect(try fixture.ledger.verifyCharges().differences == [])
    }

    @Test("a settlement reaches every class, and tombstones too")
    func settlementReachesAll() throws {
        let fixture = try LedgerFixture()
        var members = users(0..<9)
        try fixture.run(7, plan: .pure(1, 10), policy: .lifetime("6"), members: users(0..<4))
        var grant = try fixture.ledger.reserve(
            .numbered(1, plan: Self.plan), policy: .lifetime("6"), policyHash: .test, members: &members)
        try fixture.run(8, plan: .pure(1, 10), policy: .lifetime("6"), members: users(2..<6))
        let tombstone = [UInt8](repeating: 9, count: 32)
        try fixture.ledger.moveToTombstone(users(1..<2)[0], tombstone: tombstone)
        if let step = grant.next() { _ = consume step }
        try grant.finish()
        let cost = PlanPrice.ended(Self.plan, delta: Self.delta, after: 1).epsilon
        for user in [0, 3, 5, 8] {
            let statement = try fixture.ledger.statement(of: users(user..<user + 1)[0], policy: .lifetime("6"))
            #expect(statement.charges.first { $0.run == .numbered(1) }?.epsilon == cost)
        }
        let erased = try fixture.ledger.statement(ofTombstone: tombstone, policy: .lifetime("6"))
        #expect(erased.charges.map(\.epsilon) == [EpsilonAmount(units: 100_000_000_000), cost])
        #expect(try fixture.ledger.verifyCharges().differences == [])
    }

    @Test("a run is settled once, by its owner, with steps that it has")
    func misuse() throws {
        let fixture = try LedgerFixture()
        try fixture.run(1, members: users(0..<1))
        #expect(throws: LedgerError.alreadySettled(.numbered(1))) { try fixture.ledger.settle(.numbered(1), steps: 0) }
        #expect(throws: LedgerError.unknownRun(.numbered(2))) { try fixture.ledger.settle(.numbered(2), steps: 0) }
        var members = users(0..<1)
        let grant = try fixture.ledger.reserve(
            .numbered(3), policy: .lifetime("3"), policyHash: .test, members: &members)
        #expect(throws: LedgerError.tooManySteps(.numbered(3))) { try fixture.ledger.settle(.numbered(3), steps: 2) }
        #expect(throws: LedgerError.tooManySteps(.numbered(3))) { try fixture.ledger.settle(.numbered(3), steps: -1) }
        try grant.finish()
        #expect(try fixture.ledger.entries().count == 4)
    }

    @Test("a grant that is dropped stays charged in full, and is settled as an orphan at the next open")
    func orphan() throws {
        let fixture = try LedgerFixture()
        try dropAGrant(fixture, number: 1)
        let before = try fixture.ledger.statement(of: users(0..<1)[0], policy: .lifetime("6"))
        #expect(before.charges.map(\.isSettled) == [false])
        #expect(fixture.lockExists(1))
        let other = try fixture.reopened()
        let after = try other.statement(of: users(0..<1)[0], policy: .lifetime("6"))
        #expect(after.charges.map(\.isSettled) == [true])
        #expect(after.spentEpsilon == before.spentEpsilon)
        #expect(after.charges.first?.plan == Self.plan)
        let entry = try #require(try other.entries().last)
        #expect(entry.content["isOrphan"]?.boolValue == true)
        #expect(entry.content["steps"]?.integerValue == 400)
        #expect(!fixture.lockExists(1))
        #expect(try other.openRuns().isEmpty)
        #expect(try other.verifyCharges().differences == [])
        try other.settleOrphans()
        #expect(try other.entries().count == 2)
    }

    @Test("an orphan whose lock file is gone is an orphan")
    func orphanWithoutFile() throws {
        let fixture = try LedgerFixture()
        try dropAGrant(fixture, number: 1)
        try FileManager.default.removeItem(at: fixture.directory.file("locks/" + RunID.numbered(1).hex))
        try fixture.ledger.settleOrphans()
        #expect(try fixture.ledger.openRuns().isEmpty)
    }

    @Test("a run that is alive is left alone by whoever opens the ledger")
    func aliveRun() throws {
        let fixture = try LedgerFixture()
        var members = users(0..<3)
        var grant = try fixture.ledger.reserve(
            .numbered(1, plan: Self.plan), policy: .lifetime("6"), policyHash: .test, members: &members)
        let other = try fixture.reopened()
        try other.settleOrphans()
        #expect(try other.openRuns() == [.numbered(1)])
        if let step = grant.next() { _ = consume step }
        try grant.finish()
        #expect(try other.openRuns().isEmpty)
        #expect(try other.entries().last?.content["steps"]?.integerValue == 1)
    }

    static let flock = "/usr/bin/flock"

    @Test(
        "a lock held by another process counts until the process dies",
        .enabled(if: FileManager.default.isExecutableFile(atPath: flock), "needs flock(1) of util-linux"))
    func lockOfAnotherProcess() throws {
        let fixture = try LedgerFixture()
        try dropAGrant(fixture, number: 1)
        let child = Process()
        child.executableURL = URL(filePath: Self.flock)
        let output = Pipe()
        child.standardOutput = output
        // The child takes the lock, says so, and waits in the shell's place (one process, one kill).
        child.arguments = [
            "--no-fork", fixture.directory.file("locks/" + RunID.numbered(1).hex).path, "sh", "-c",
            "echo held; exec sleep 60",
        ]
        try child.run()
        _ = output.fileHandleForReading.availableData
        let other = try fixture.reopened()
        #expect(try other.openRuns() == [.numbered(1)])
        kill(child.processIdentifier, SIGKILL)
        child.waitUntilExit()
        try other.settleOrphans()
        #expect(try other.openRuns().isEmpty)
        #expect(try other.entries().last?.content["isOrphan"]?.boolValue == true)
    }

    /// What a crash leaves behind: a reservation, and a lock that the kernel has freed.
    private func dropAGrant(_ fixture: LedgerFixture, number: Int) throws {
        var members = users(0..<3)
        var grant = try fixture.ledger.reserve(
            .numbered(number, plan: Self.plan), policy: .lifetime("6"), policyHash: .test, members: &members)
        if let step = grant.next() { _ = consume step }
        _ = consume grant
    }

    @Test(
        "a run that damage keeps from being settled stays charged, stops no open, and the next orphan is settled",
        arguments: ["plan = 'x'", "planned = 'x'", "delta = 'x'", "day = 'x'"])
    func damagedOrphan(edit: String) throws {
        let fixture = try LedgerFixture()
        let policy = Policy.lifetime("6")
        try fixture.run(1, plan: .pure(1, 2), policy: policy, members: users(20..<22))
        for number in [2, 3] {
            var members = users(0..<3)
            let grant = try fixture.ledger.reserve(
                .numbered(number, plan: .pure(1)), policy: policy, policyHash: .test, members: &members)
            _ = consume grant  // its process dies
        }
        try fixture.edit("UPDATE run SET \(edit) WHERE id = '\(RunID.numbered(2))'")
        let ledger = try fixture.reopened()
        #expect(try ledger.openRuns() == [.numbered(2)])
        #expect(try ledger.runsUnderWay() == [])
        #expect(try ledger.verifyChain().differences == [])
        #expect(throws: LedgerError.self) { try ledger.verifyCharges().differences == [] }
        // It costs those who were in that run, and nobody else.
        #expect(throws: LedgerError.self) { try ledger.statement(of: users(0..<1)[0], policy: policy) }
        #expect(try ledger.statement(of: users(20..<21)[0], policy: policy).charges.count == 1)
        let account = "SELECT sums FROM account ORDER BY users DESC LIMIT 1"
        #expect(try fixture.value(account)?.contains(#""epsilon":"2""#) == true)
        var members = users(20..<24)
        try ledger.reserve(.numbered(4, plan: .pure(1, 4)), policy: policy, policyHash: .test, members: &members)
            .finish()
        #expect(members.count == 4)
    }
}
