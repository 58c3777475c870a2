// SPDX-License-Identifier: Apache-2.0

import BudgetLedger
import DPAccounting
import Foundation
import Interactions
import Policies
import Records
import TestSupport
import Testing

struct AccountClassTests {
    @Test("a class whose users all pay is charged in place, else the smaller part moves out")
    func splitting() throws {
        let fixture = try LedgerFixture()
        func sizes() throws -> [Int] { try fixture.ledger.classes(policy: .lifetime("18")).map(\.users) }
        func run(_ number: Int, _ range: Range<Int>) throws {
            try fixture.run(number, policy: .lifetime("18"), members: users(range))
        }
        try run(1, 0..<10)
        #expect(try sizes() == [10])
        try run(2, 0..<10)
        #expect(try sizes() == [10])
        try run(3, 0..<3)  // the payers move
        #expect(try sizes() == [7, 3])
        try run(4, 0..<3)
        #expect(try sizes() == [7, 3])
        try run(5, 4..<10)  // the one who does not pay moves
        #expect(try sizes() == [6, 3, 1])
        try run(6, 2..<14)  // 2 of the three; 3; 4..<10; four new ones
        #expect(try sizes() == [6, 4, 2, 1, 1])
        #expect(try history(fixture, 0) == [1, 2, 3, 4])
        #expect(try history(fixture, 2) == [1, 2, 3, 4, 6])
        #expect(try history(fixture, 3) == [1, 2, 6])
        #expect(try history(fixture, 9) == [1, 2, 5, 6])
        #expect(try history(fixture, 13) == [6])
        #expect(try history(fixture, 14) == [])
        #expect(try fixture.ledger.verifyCharges().differences == [])
    }

    @Test("random cohorts: everyone's charges are exactly the runs that they were in", arguments: [1, 2, 3])
    func againstAModel(seed: UInt64) throws {
        let fixture = try LedgerFixture()
        var generator = SeededGenerator(seed: seed)
        var model: [Int: [Int]] = [:]
        for number in 1...25 {
            let density = UInt64.random(in: 0...4, using: &generator)
            var cohort = (0..<30).filter { _ in UInt64.random(in: 0..<4, using: &generator) < density }
            for user in cohort { model[user, default: []].append(number) }
            cohort.shuffle(using: &generator)
            try fixture.run(number, policy: .lifetime("18"), members: cohort.flatMap { users($0..<$0 + 1) })
        }
        for user in 0..<30 { #expect(try history(fixture, user) == model[user] ?? []) }
        // Classes are the distinct histories.
        let classes = try fixture.ledger.classes(policy: .lifetime("18"))
        #expect(classes.reduce(0) { $0 + $1.users } == model.count)
        #expect(try fixture.ledger.verifyCharges().differences == [])
        #expect(try fixture.ledger.verifyChain().differences == [])
    }

    @Test("the order of runs does not change what is spent")
    func orderIndependence() throws {
        let plans: [RunPlan] = [
            .pure(1, 3), .training(steps: 40), .pure(2, 7), .training(steps: 1, noise: 5, sampling: 1),
        ]
        var spent: Set<String> = []
        for order in [[0, 1, 2, 3], [3, 2, 1, 0], [1, 3, 0, 2]] {
            let fixture = try LedgerFixture()
            for (number, plan) in order.enumerated() {
                try fixture.run(number, plan: plans[plan], policy: .lifetime("9"), members: users(0..<3))
            }
            spent.insert(try #require(try fixture.value("SELECT sums FROM account")))
        }
        #expect(spent.count == 1)
    }

    @Test("members may come unsorted and doubled; each is charged once")
    func untidyMembers() throws {
        let fixture = try LedgerFixture()
        let charged = try fixture.run(1, members: users(3..<6) + users(0..<4) + users(2..<3))
        #expect(charged == users(0..<6))
        #expect(try history(fixture, 3) == [1])
    }

    @Test("a run for nobody is a run")
    func nobody() throws {
        let fixture = try LedgerFixture()
        #expect(try fixture.run(1, members: []).isEmpty)
        #expect(try fixture.ledger.classes(policy: .lifetime("3")).isEmpty)
        #expect(try fixture.ledger.verifyCharges().charges == 1)
    }

    @Test("100 000 users in three classes: a reservation takes well under a second")
    func manyUsers() throws {
        let fixture = try LedgerFixture()
        try fixture.run(1, policy: .lifetime("18"), members: users(0..<60_000))
        try fixture.run(2, policy: .lifetime("18"), members: users(50_000..<100_000))
        let everyone = users(0..<100_000)
        var members = everyone
        // Time of this thread, so that a busy machine does not count: the database's queue runs its work on the caller.
        let start = threadNanoseconds()
        let grant = try fixture.ledger.reserve(
            .numbered(3), policy: .lifetime("18"), policyHash: .test, members: &members)
        let seconds = Double(threadNanoseconds() - start) / 1e9
        try grant.finish()
        #expect(members.count == 100_000)
        #expect(try fixture.ledger.classes(policy: .lifetime("18")).map(\.users) == [50_000, 40_000, 10_000])
        print("reserving for 100 000 users in 3 classes: \(seconds) s of processor time")
        #expect(seconds < 0.5)
    }

    private func threadNanoseconds() -> Int {
        var time = timespec()
        clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
        return time.tv_sec * 1_000_000_000 + time.tv_nsec
    }

    private func history(_ fixture: LedgerFixture, _ user: Int) throws -> [Int] {
        let statement = try fixture.ledger.statement(of: users(user..<user + 1)[0], policy: .lifetime("18"))
        return statement.charges.compactMap { Int($0.run.hex.dropFirst(6), radix: 16) }
    }
}
