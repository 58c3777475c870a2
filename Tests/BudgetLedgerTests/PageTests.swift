// SPDX-License-Identifier: Apache-2.0

import DPAccounting
import Foundation
import GRDB
import Interactions
import Policies
import Storage
import TestSupport
import Testing

@testable import BudgetLedger

/// Members lie some hundred to a row; what the ledger proves must not notice.
struct PageTests {
    private static let policy = Policy.lifetime("18")

    /// Pseudonyms as random as real ones.
    private static func strangers(_ count: Int, seed: UInt64) -> [UserPseudonym] {
        var generator = SeededGenerator(seed: seed)
        return (0..<count).map { _ in
            UserPseudonym(bytes: (0..<16).map { _ in UInt8.random(in: 0...255, using: &generator) })!
        }
    }

    @Test("thousands who join, leave and take part by chance: everyone's charges are the runs that they were in")
    func againstAModel() throws {
        let fixture = try LedgerFixture()
        let everyone = Self.strangers(6000, seed: 11).sorted()
        var generator = SeededGenerator(seed: 12)
        var model: [UserPseudonym: [RunID]] = [:]
        var erased: Set<UserPseudonym> = []
        for number in 1...8 {
            // By turns: few, a half, everyone so far, everyone.
            let members = everyone.filter { user in
                if erased.contains(user) { return false }
                switch number % 4 {
                case 0: return true
                case 1: return UInt64.random(in: 0..<20, using: &generator) == 0
                case 2: return UInt64.random(in: 0..<2, using: &generator) == 0
                default: return model[user] != nil
                }
            }
            try fixture.run(number, policy: Self.policy, members: members)
            for user in members { model[user, default: []].append(.numbered(number)) }
            for user in members where UInt64.random(in: 0..<40, using: &generator) == 0 {
                try fixture.ledger.moveToTombstone(user, tombstone: user.bytes + user.bytes)
                model[user] = nil
                erased.insert(user)
            }
        }
        #expect(erased.count > 100)
        for user in everyone.enumerated().filter({ $0.offset % 7 == 0 }).map(\.element) {
            let runs = try fixture.ledger.statement(of: user, policy: Self.policy).charges.map(\.run)
            #expect(runs == model[user] ?? [])
        }
        #expect(try fixture.ledger.classes(policy: Self.policy).reduce(0) { $0 + $1.users } == model.count)
        #expect(try fixture.ledger.verifyCharges().differences == [])
        // Pages are neither endless nor empty.
        let lengths = try fixture.ledger.queue.read {
            try Int.fetchAll($0, sql: "SELECT length(users) / 16 FROM page ORDER BY start")
        }
        #expect(lengths.count > 4 && lengths.allSatisfy { $0 <= MemberPage.mostUsers })
    }

    @Test("a run over everyone charges classes in place; who joined since starts at zero")
    func everyone() throws {
        let fixture = try LedgerFixture()
        try fixture.run(1, policy: Self.policy, members: users(0..<3000))
        try fixture.run(2, policy: Self.policy, members: users(0..<1000))
        func pages() throws -> String? {
            try fixture.value(
                "SELECT group_concat(hex(users) || hex(accounts)) FROM (SELECT * FROM page ORDER BY start)")
        }
        let before = try pages()
        try fixture.run(3, policy: Self.policy, members: users(0..<3000))
        #expect(try pages() == before)
        try fixture.run(4, policy: Self.policy, members: users(0..<3001))
        let newcomer = try fixture.ledger.statement(of: users(3000..<3001)[0], policy: Self.policy)
        #expect(newcomer.charges.map(\.run) == [.numbered(4)])
        #expect(newcomer.spentEpsilon == EpsilonAmount(units: 1_000_000_000_000))
        #expect(try fixture.ledger.classes(policy: Self.policy).map(\.users) == [2000, 1000, 1])
        // As many as everyone, but others: one left out, one new.
        try fixture.run(5, policy: Self.policy, members: users(1..<3002))
        #expect(try fixture.ledger.statement(of: users(0..<1)[0], policy: Self.policy).charges.count == 4)
        #expect(try fixture.ledger.verifyCharges().differences == [])
    }

    @Test("over everyone, whoever cannot pay sits it out: by class, by tier, by their own limit, by period")
    func everyoneButTheSpent() throws {
        let fixture = try LedgerFixture()
        let policy = try LimitTests.policy()
        try fixture.ledger.limit(users(7..<8)[0], to: EpsilonAmount(units: 1_500_000_000_000), policy: policy)
        #expect(try fixture.run(1, plan: .pure(1), policy: policy, members: users(0..<10)).count == 10)
        #expect(try fixture.run(2, plan: .pure(1, 4), policy: policy, members: users(0..<10)).count == 10)
        #expect(
            try fixture.run(3, plan: .pure(1, 2), policy: policy, members: users(0..<10))
                == users(0..<7) + users(8..<10))
        #expect(try fixture.run(4, plan: .pure(2), policy: policy, members: users(0..<10)).isEmpty)
        #expect(try fixture.ledger.verifyCharges().differences == [])
    }

    @Test("20 000 users, nearly each in a class of their own: a part of each is charged without looking at each pair")
    func manyClasses() throws {
        let fixture = try LedgerFixture()
        let people = users(0..<20_000)
        // 2^15 subsets: with random halves nearly everyone has a class of their own.
        var generator = SeededGenerator(seed: 3)
        for number in 1...15 {
            let half = people.filter { _ in UInt64.random(in: 0..<2, using: &generator) == 0 }
            try fixture.run(number, plan: .pure(1, 100), policy: Self.policy, members: half)
        }
        #expect(try fixture.ledger.classes(policy: Self.policy).count > 10_000)
        let half = people.filter { _ in UInt64.random(in: 0..<2, using: &generator) == 0 }
        let clock = ContinuousClock()
        let time = try clock.measure {
            _ = try fixture.run(16, plan: .pure(1, 100), policy: Self.policy, members: half)
        }
        print("half of 20 000 users in more than 10 000 classes: \(time)")
        // No measurement: comparing each class with each user took minutes.
        #expect(time < .seconds(30))
        #expect(try fixture.ledger.verifyCharges().differences == [])
    }

    @Test("a ledger of schema 2, a row a member, becomes one of today at its first open, with the same charges")
    func migration() throws {
        let fixture = try LedgerFixture()
        let people = Self.strangers(2000, seed: 5).sorted()
        let policy = try LimitTests.policy()
        try fixture.ledger.limit(people[3], to: EpsilonAmount(units: 2_000_000_000_000), policy: policy)
        try fixture.run(1, plan: .pure(1, 2), policy: policy, members: people)
        try fixture.run(2, plan: .pure(1, 2), policy: policy, members: Array(people.prefix(700)))
        try fixture.ledger.moveToTombstone(people[9], tombstone: Array(repeating: 9, count: 32))
        try fixture.ledger.truncateLogs()
        let old = try TemporaryDirectory()
        let schema = DatabaseSchema(
            applicationID: Schema.ledger.applicationID, migrations: Array(Schema.ledger.migrations.prefix(2)))
        let queue = try DurableDatabase.create(at: old.file("ledger.sqlite"), schema: schema)
        let members = try fixture.ledger.queue.read { db in
            var rows: [(UserPseudonym, Int64)] = []
            try MemberPage.forEach(db) { rows += zip($0.users, $0.accounts) }
            return rows
        }
        try queue.writeWithoutTransaction { db in
            try db.execute(sql: "ATTACH ? AS new", arguments: [fixture.directory.file("ledger.sqlite").path])
            for table in ["history", "tombstone", "release"] {
                try db.execute(sql: "INSERT INTO main.\(table) SELECT * FROM new.\(table)")
            }
            let columns = [
                "account": "id, users, sums", "log": "number, hash, entry", "rule": "user, tier, epsilon",
                "tombstone_rule": "hash, tier, epsilon",
            ]
            for (table, names) in columns {
                try db.execute(sql: "INSERT INTO main.\(table) SELECT \(names) FROM new.\(table)")
            }
            try db.execute(
                sql:
                    "INSERT INTO main.meta SELECT key, value FROM new.meta WHERE key NOT IN ('rules', 'cohorts', 'head')"
            )
            let run = "number, id, request, kind, purpose, day, plan, delta, policy"
            let rest = "planned, charged, steps, reserved_at, settled_at"
            try db.execute(
                sql: "INSERT INTO main.run (\(run), cohort, \(rest)) SELECT \(run), '', \(rest) FROM new.run")
            for (user, account) in members {
                try db.execute(sql: "INSERT INTO member VALUES (?, ?)", arguments: [Data(user.bytes), account])
            }
        }
        try queue.close()
        let ledger = try BudgetLedger(
            opening: old.url, directoryID: LedgerFixture.id, key: LedgerFixture.key(), today: { LedgerFixture.day })
        #expect(try ledger.verifyCharges().differences == [])
        #expect(try ledger.verifyChain().differences == [])
        for index in [0, 3, 9, 699, 700, 1999] {
            #expect(
                try ledger.statement(of: people[index], policy: policy)
                    == fixture.ledger.statement(of: people[index], policy: policy))
        }
        #expect(try ledger.classes(policy: policy) == fixture.ledger.classes(policy: policy))
        #expect(try ledger.queue.read { try $0.tableExists("member") } == false)
        let again = try BudgetLedger(
            opening: old.url, directoryID: LedgerFixture.id, key: LedgerFixture.key(), today: { LedgerFixture.day })
        #expect(try again.head() == ledger.head())
    }
}
