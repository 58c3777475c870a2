// SPDX-License-Identifier: Apache-2.0

import DPAccounting
import Foundation
import Interactions
import Policies
import Records
import TestSupport
import Testing

@testable import BudgetLedger

/// Tiers, a person's lower limit, and periods.
struct LimitTests {
    /// A policy with ε = 3, a tier of 5 and one of 1, and perhaps a period.
    static func policy(period: String = "") throws -> Policy {
        let text = try #require(Policy.shipped("gdpr"))
            .replacing(
                "  epsilon: 6\n  delta: 1e-5\n",
                with: """
                      epsilon: 3
                      delta: 1e-5
                    tiers:
                      volunteers:
                        epsilon: 5
                        delta: 1e-5
                      minors:
                        epsilon: 1
                        delta: 1e-5

                    """ + period)
        return try Policy(yaml: text, file: "test.yaml")
    }

    @Test("each pays from their own tier's budget, to the unit")
    func tiers() throws {
        let fixture = try LedgerFixture()
        let policy = try Self.policy()
        try fixture.ledger.assign(users(0..<2), toTier: "volunteers", policy: policy)
        try fixture.ledger.assign(users(2..<3), toTier: "minors", policy: policy)
        #expect(try fixture.run(1, plan: .pure(1), policy: policy, members: users(0..<5)) == users(0..<5))
        // A unit more than the minor's 1.
        #expect(
            try fixture.run(2, plan: .pure(1, 1_000_000), policy: policy, members: users(0..<5))
                == users(0..<2) + users(3..<5))
        #expect(try fixture.run(3, plan: .pure(4), policy: policy, members: users(0..<5)).isEmpty)
        #expect(
            try fixture.run(4, plan: .pure(3), policy: policy, members: users(0..<6)) == users(0..<2) + users(5..<6))
        #expect(try fixture.ledger.statement(of: users(0..<1)[0], policy: policy).tier == "volunteers")
        #expect(try fixture.ledger.classes(policy: policy).reduce(0) { $0 + $1.users } == 6)
        #expect(try fixture.ledger.verifyCharges().isOK)
    }

    @Test("refused is only what no tier could pay, whoever is in it")
    func refusalIsPublic() throws {
        let policy = try Self.policy()
        let fixture = try LedgerFixture()
        // Nobody is a volunteer: the run goes on for nobody all the same.
        #expect(try fixture.run(1, plan: .pure(5), policy: policy, members: users(0..<3)).isEmpty)
        #expect(throws: LedgerError.self) {
            try fixture.run(2, plan: .pure(5_000_001, 1_000_000), policy: policy, members: users(0..<3))
        }
        #expect(throws: LedgerError.unknownTier("others")) {
            try fixture.ledger.assign(users(0..<1), toTier: "others", policy: policy)
        }
    }

    @Test("a tier that the policy no longer has gives the least of all")
    func forgottenTier() throws {
        let fixture = try LedgerFixture()
        try fixture.ledger.assign(users(0..<1), toTier: "volunteers", policy: try Self.policy())
        let limit = try fixture.ledger.statement(of: users(0..<1)[0], policy: .lifetime("2")).limit
        #expect(limit?.epsilon == EpsilonAmount(decimal: "2", rounding: .down))
    }

    @Test("a person's limit lowers, never raises, and outlives erasure and return")
    func lowerLimits() throws {
        let fixture = try LedgerFixture()
        let policy = try Self.policy()
        let user = users(0..<1)[0]
        func amount(_ text: String) throws -> EpsilonAmount {
            try #require(EpsilonAmount(decimal: text, rounding: .down))
        }
        #expect(throws: LedgerError.limitNotLower) {
            try fixture.ledger.limit(user, to: try amount("3.000000000001"), policy: policy)
        }
        try fixture.ledger.limit(user, to: try amount("2"), policy: policy)
        #expect(throws: LedgerError.limitNotLower) {
            try fixture.ledger.limit(user, to: try amount("2.000000000001"), policy: policy)
        }
        #expect(try fixture.run(1, plan: .pure(2), policy: policy, members: users(0..<2)) == users(0..<2))
        #expect(try fixture.run(2, plan: .pure(1, 1_000_000), policy: policy, members: users(0..<2)) == users(1..<2))
        // A tier may not lift what the person said.
        try fixture.ledger.assign([user], toTier: "volunteers", policy: policy)
        #expect(try fixture.ledger.statement(of: user, policy: policy).limit?.epsilon == amount("2"))
        let tombstone = [UInt8](repeating: 7, count: 32)
        try fixture.ledger.moveToTombstone(user, tombstone: tombstone)
        #expect(try fixture.value("SELECT COUNT(*) FROM rule") == "0")
        #expect(try fixture.ledger.statement(ofTombstone: tombstone, policy: policy).limit?.epsilon == amount("2"))
        try fixture.ledger.readmit(user, tombstone: tombstone)
        #expect(try fixture.ledger.statement(of: user, policy: policy).limit?.epsilon == amount("2"))
        #expect(try fixture.run(3, plan: .pure(1, 1_000_000), policy: policy, members: users(0..<1)).isEmpty)
    }

    @Test("what is said of an erased person lies with their tombstone: nothing of the pseudonym comes back")
    func erasedPerson() throws {
        let fixture = try LedgerFixture()
        let policy = try Self.policy()
        let (user, other) = (users(0..<1)[0], users(1..<2)[0])
        let (tombstone, unknown) = ([UInt8](repeating: 7, count: 32), [UInt8](repeating: 8, count: 32))
        func amount(_ text: String) throws -> EpsilonAmount {
            try #require(EpsilonAmount(decimal: text, rounding: .down))
        }
        try fixture.run(1, policy: policy, members: users(0..<3))
        try fixture.ledger.moveToTombstone(user, tombstone: tombstone)
        try fixture.ledger.limit(user, tombstone: tombstone, to: try amount("2"), policy: policy)
        try fixture.ledger.assign([user], tombstone: { _ in tombstone }, toTier: "minors", policy: policy)
        #expect(try fixture.value("SELECT COUNT(*) FROM rule") == "0")
        #expect(try fixture.value("SELECT tier || ' ' || epsilon FROM tombstone_rule") == "minors 2")
        // Refused or not as somebody who never was.
        try fixture.ledger.limit(other, tombstone: unknown, to: try amount("2"), policy: policy)
        for (user, hash) in [(user, tombstone), (other, unknown)] {
            #expect(throws: LedgerError.limitNotLower) {
                try fixture.ledger.limit(user, tombstone: hash, to: try amount("2.5"), policy: policy)
            }
        }
        #expect(try fixture.ledger.verifyCharges().differences == [])
        // What an earlier program wrote back is buried.
        try fixture.ledger.limit(user, to: try amount("1.5"), policy: policy)
        #expect(try fixture.value("SELECT COUNT(*) FROM rule") == "2")
        try fixture.ledger.buryRules { $0 == user ? tombstone : unknown }
        #expect(try fixture.value("SELECT COUNT(*) FROM rule") == "1")
        #expect(try fixture.value("SELECT tier || ' ' || epsilon FROM tombstone_rule") == "minors 1.5")
        let count = try fixture.ledger.head().count
        try fixture.ledger.buryRules { $0 == user ? tombstone : unknown }
        #expect(try fixture.ledger.head().count == count)
        try fixture.ledger.readmit(user, tombstone: tombstone)
        #expect(try fixture.ledger.statement(of: user, policy: policy).limit?.epsilon == amount("1"))
        #expect(try fixture.ledger.verifyCharges().differences == [])
        #expect(try fixture.ledger.verifyChain().differences == [])
    }

    @Test("a clock that was set back and right again gives no period twice")
    func periodUnderWrongClock() throws {
        let directory = try TemporaryDirectory()
        try BudgetLedger.create(in: directory.url, directoryID: LedgerFixture.id)
        let policy = try Self.policy(period: "period:\n  days: 30\n  epsilon: 2\n  delta: 1e-6\n")
        func open(_ day: Int) throws -> BudgetLedger {
            try BudgetLedger(
                opening: directory.url, directoryID: LedgerFixture.id, key: LedgerFixture.key(),
                today: { Day(number: day) })
        }
        func spend(_ number: Int, _ plan: RunPlan, day: Int) throws -> Int {
            var members = users(0..<3)
            var grant = try open(day).reserve(
                .numbered(number, plan: plan), policy: policy, policyHash: .test, members: &members)
            while let step = grant.next() { _ = consume step }
            try grant.finish()
            return members.count
        }
        #expect(try spend(1, .pure(1, 2), day: 20_000) == 3)
        // Set back by forty days it spends 1.5; right again, that counts.
        #expect(try spend(2, .pure(3, 2), day: 19_960) == 3)
        #expect(try spend(3, .pure(1, 1_000_000), day: 20_000) == 0)
        let period = try open(20_000).statement(of: users(0..<1)[0], policy: policy).period
        #expect(period?.spentEpsilon == period?.limit.epsilon)
        let price = PlanPrice(of: .pure(1, 2), delta: .zero)
        #expect(try open(20_000).outlook([price], policy: policy).veteran.isAffordable == false)
        // It leaves the window with the days that it was spent in.
        #expect(try spend(4, .pure(1), day: 20_030) == 3)
    }

    @Test("the samplers' share is that of the largest limit, whatever a user's own is")
    func samplerShare() throws {
        let limits = try SpendingLimits(Self.policy())
        let largest = try #require(limits.all.first)
        func sums(_ share: DeltaAmount) -> AccountSums {
            AccountSums(
                epsilon: .zero, delta: .zero, renyi: AccountSums.zero.renyi, muSquared: .zero, totalVariation: share)
        }
        #expect(limits.admitsSamplers(of: sums(largest.totalVariationAllowance)))
        let smallest = try #require(limits.all.last)
        #expect(smallest.totalVariationAllowance > largest.totalVariationAllowance)
        #expect(!limits.admitsSamplers(of: sums(smallest.totalVariationAllowance)))
    }

    @Test("a period takes what it takes, to the unit, and is free again when its days are over; the lifetime is not")
    func periods() throws {
        let directory = try TemporaryDirectory()
        try BudgetLedger.create(in: directory.url, directoryID: LedgerFixture.id)
        let policy = try Self.policy(period: "period:\n  days: 30\n  epsilon: 2\n  delta: 1e-6\n")
        func spend(_ number: Int, _ plan: RunPlan, day: Int) throws -> Int {
            let ledger = try BudgetLedger(
                opening: directory.url, directoryID: LedgerFixture.id, key: LedgerFixture.key(),
                today: { Day(number: day) })
            var members = users(0..<3)
            var grant = try ledger.reserve(
                .numbered(number, plan: plan), policy: policy, policyHash: .test, members: &members)
            while let step = grant.next() { _ = consume step }
            try grant.finish()
            return members.count
        }
        #expect(try spend(1, .pure(3, 2), day: 20_000) == 3)
        #expect(try spend(2, .pure(1, 2), day: 20_010) == 3)
        #expect(try spend(3, .pure(1, 1_000_000), day: 20_029) == 0)
        // A clock that was set back sees later runs all the same.
        #expect(try spend(4, .pure(1, 1_000_000), day: 19_990) == 0)
        // Day 20 000 has left the thirty days that end on 20 030: the half of day 20 010 is in, 1.5 fit, no unit more.
        // Of the lifetime of 3 there is 1 left.
        #expect(try spend(5, .pure(1), day: 20_030) == 3)
        // The lifetime of 3 stands beside: whatever the day.
        #expect(try spend(7, .pure(1, 1_000_000), day: 25_000) == 0)
        // More than the period lets anybody spend is refused by that public number.
        #expect(throws: LedgerError.self) { _ = try spend(8, .pure(2_000_001, 1_000_000), day: 25_000) }
    }

    @Test("100 000 users, a tenth of them in tiers or with limits of their own: who can pays, within seconds")
    func manyExceptions() throws {
        let fixture = try LedgerFixture()
        let policy = try Self.policy()
        try fixture.ledger.assign(users(0..<10_000), toTier: "minors", policy: policy)
        #expect(try fixture.run(1, plan: .pure(1), policy: policy, members: users(0..<100_000)).count == 100_000)
        let clock = ContinuousClock()
        let begin = clock.now
        #expect(try fixture.run(2, plan: .pure(1), policy: policy, members: users(0..<100_000)).count == 90_000)
        // No measurement: a wide bound that only a fault of order (a query a user, a scan a class) would pass.
        #expect(clock.now - begin < .seconds(10))
        #expect(try fixture.ledger.classes(policy: policy).map(\.users) == [90_000, 10_000])
    }

    @Test("a policy says in words what it changes and for whom")
    func words() throws {
        let old = Policy.lifetime("3")
        #expect(old.changes(to: old).isEmpty)
        let changes = old.changes(to: try Self.policy(period: "period:\n  days: 30\n  epsilon: 2\n  delta: 1e-6\n"))
        #expect(changes.map(\.who) == ["users of tier minors", "users of tier volunteers", "every user"])
        let raised = old.changes(to: .lifetime("4"))
        #expect(raised.count == 1 && raised[0].what.contains("raised"))
    }
}
