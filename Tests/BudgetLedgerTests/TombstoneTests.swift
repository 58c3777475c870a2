// SPDX-License-Identifier: Apache-2.0

import BudgetLedger
import Cryptography
import DPAccounting
import Foundation
import Interactions
import Policies
import Records
import TestSupport
import Testing

struct TombstoneTests {
    static let hash = (0..<32).map { UInt8(0xc0 + $0 % 7) }
    static let policy = Policy.lifetime("3")

    @Test("spending moves to the tombstone with the log's entry, and the user is as one who never was")
    func move() throws {
        let fixture = try LedgerFixture()
        for number in 1...2 { try fixture.run(number, members: users(0..<4)) }
        let user = users(1..<2)[0]
        let before = try fixture.ledger.statement(of: user, policy: Self.policy)
        let entry = try fixture.ledger.moveToTombstone(
            user, tombstone: Self.hash, content: ["basis": "legitimate-interest"])
        #expect(entry.type == "erase")
        let rules = try #require(entry.content["rules"]?.stringValue)
        let cohorts = try #require(entry.content["cohorts"]?.stringValue)
        #expect(rules.count == 64)
        #expect(
            entry.content == [
                "basis": "legitimate-interest", "cohorts": .string(cohorts), "rules": .string(rules),
                "tombstone": .string(Hex.encode(Self.hash)),
            ])
        #expect(try fixture.ledger.entries().last == entry)
        #expect(try fixture.ledger.statement(ofTombstone: Self.hash, policy: Self.policy) == before)
        let nobody = try fixture.ledger.statement(of: users(99..<100)[0], policy: Self.policy)
        #expect(try fixture.ledger.statement(of: user, policy: Self.policy) == nobody)
        #expect(try fixture.ledger.classes(policy: Self.policy).map(\.users) == [3])
        #expect(try fixture.ledger.verifyCharges().differences == [])
    }

    @Test("an unknown user gets an empty tombstone and the same entry: nothing tells the two apart in the log")
    func unknownUser() throws {
        let known = try LedgerFixture()
        let unknown = try LedgerFixture()
        for fixture in [known, unknown] { try fixture.run(1, members: users(0..<4)) }
        let a = try known.ledger.moveToTombstone(users(2..<3)[0], tombstone: Self.hash)
        let b = try unknown.ledger.moveToTombstone(users(77..<78)[0], tombstone: Self.hash)
        // The same but for a keyed hash, which is another after every entry, whatever it was for.
        func bare(_ entry: LogEntry) throws -> [UInt8] {
            var content = try #require(entry.content.objectValue)
            #expect(content.removeValue(forKey: "cohorts")?.stringValue?.count == 64)
            let (index, previous) = (entry.index, entry.previous)
            // Of runs with the same members the entries before are the same too.
            return try LogEntry(
                index: index, previous: previous, day: entry.day, type: entry.type, content: .object(content)
            ).bytes()
        }
        #expect(try bare(a) == bare(b))
        #expect(try unknown.ledger.hasTombstone(Self.hash))
        #expect(try unknown.ledger.statement(ofTombstone: Self.hash, policy: Self.policy).charges.isEmpty)
        #expect(try unknown.ledger.verifyCharges().differences == [])
        // The same rows in the same tables.
        for table in ["tombstone", "log", "run"] {
            #expect(try known.value("SELECT COUNT(*) FROM \(table)") == unknown.value("SELECT COUNT(*) FROM \(table)"))
        }
    }

    @Test("tombstones that another hand points at one account are found, also where they had spent the same")
    func shared() throws {
        let fixture = try LedgerFixture()
        try fixture.run(1, members: users(0..<4))
        let other = Self.hash.map { $0 + 1 }
        try fixture.ledger.moveToTombstone(users(1..<2)[0], tombstone: Self.hash)
        try fixture.ledger.moveToTombstone(users(2..<3)[0], tombstone: other)
        #expect(try fixture.ledger.verifyCharges().differences == [])
        try fixture.edit("UPDATE tombstone SET account = (SELECT min(account) FROM tombstone)")
        #expect(try fixture.reopened().verifyCharges().differences == ["two rows of tombstone have one account"])
    }

    @Test("the pseudonym's bytes are gone from every file of the ledger")
    func forensics() throws {
        let fixture = try LedgerFixture()
        try fixture.run(1, members: users(0..<500))
        let user = users(123..<124)[0]
        #expect(try occurrences(of: user.bytes, in: fixture) > 0)
        let sum = (0..<16).map { UInt8(truncatingIfNeeded: users(0..<500).sumOfNumbers >> (120 - 8 * UInt128($0))) }
        #expect(try occurrences(of: sum, in: fixture) > 0)
        try fixture.ledger.moveToTombstone(user, tombstone: Self.hash)
        try fixture.ledger.truncateLogs()
        #expect(try occurrences(of: user.bytes, in: fixture) == 0)
        // Nor does what a run keeps of its members confirm a guess.
        #expect(try occurrences(of: sum, in: fixture) == 0)
        #expect(try fixture.ledger.verifyCharges().differences == [])
    }

    @Test("of a larger file the unused parts of pages are overwritten, for somebody as for nobody")
    func largerFile() throws {
        for number in [123, 9999] {
            let fixture = try LedgerFixture()
            let people = users(0..<3000)
            try fixture.run(1, members: people)
            try fixture.run(2, members: Array(people.prefix(1000)))
            try fixture.ledger.truncateLogs()
            let piece = SystemRandom.bytes(16)
            #expect(try SQLitePages.plant(piece, in: fixture.directory.file("ledger.sqlite")))
            #expect(try occurrences(of: piece, in: fixture) == 1)
            let (ledger, user) = (try fixture.reopened(), users(number..<number + 1)[0])
            try ledger.moveToTombstone(user, tombstone: Self.hash)
            try ledger.truncateLogs(largestRewritten: 0)
            #expect(try occurrences(of: piece, in: fixture) == 0)
            #expect(try occurrences(of: user.bytes, in: fixture) == 0)
            #expect(try ledger.verifyCharges().differences == [])
        }
    }

    @Test("erasing again keeps the spending; what was charged in between is added once")
    func eraseAgain() throws {
        let fixture = try LedgerFixture()
        let user = users(0..<1)[0]
        try fixture.run(1, members: [user])
        try fixture.ledger.moveToTombstone(user, tombstone: Self.hash)
        try fixture.ledger.moveToTombstone(user, tombstone: Self.hash)
        #expect(try fixture.ledger.statement(ofTombstone: Self.hash, policy: Self.policy).charges.count == 1)
        try fixture.run(2, members: [user])  // a late writer that did not see the mark
        try fixture.ledger.moveToTombstone(user, tombstone: Self.hash)
        let statement = try fixture.ledger.statement(ofTombstone: Self.hash, policy: Self.policy)
        #expect(statement.charges.map(\.run) == [.numbered(1), .numbered(2)])
        #expect(statement.spentEpsilon == EpsilonAmount(units: 2_000_000_000_000))
        #expect(try fixture.ledger.entries().filter { $0.type == "erase" }.count == 3)
        #expect(try fixture.ledger.verifyCharges().differences == [])
        #expect(
            try fixture.value(
                "SELECT COUNT(*) FROM account WHERE users = 0 AND id NOT IN (SELECT account FROM tombstone)") == "0")
    }

    @Test("who is readmitted has the old spending, so that nobody's budget starts anew")
    func readmit() throws {
        let fixture = try LedgerFixture()
        let user = users(0..<1)[0]
        for number in 1...3 { try fixture.run(number, members: users(0..<2)) }
        let before = try fixture.ledger.statement(of: user, policy: Self.policy)
        try fixture.ledger.moveToTombstone(user, tombstone: Self.hash)
        let entry = try fixture.ledger.readmit(user, tombstone: Self.hash)
        #expect(entry.type == "readmit")
        let rules = try #require(entry.content["rules"]?.stringValue)
        let cohorts = try #require(entry.content["cohorts"]?.stringValue)
        #expect(
            entry.content == [
                "cohorts": .string(cohorts), "rules": .string(rules), "tombstone": .string(Hex.encode(Self.hash)),
            ])
        #expect(try fixture.ledger.statement(of: user, policy: Self.policy) == before)
        #expect(try !fixture.ledger.hasTombstone(Self.hash))
        #expect(try fixture.run(4, members: users(0..<3)) == users(2..<3))
        #expect(try fixture.ledger.verifyCharges().differences == [])
    }

    @Test("readmitting an unknown user writes an entry and no account")
    func readmitUnknown() throws {
        let fixture = try LedgerFixture()
        try fixture.ledger.moveToTombstone(users(5..<6)[0], tombstone: Self.hash)
        try fixture.ledger.readmit(users(5..<6)[0], tombstone: Self.hash)
        try fixture.ledger.readmit(users(6..<7)[0], tombstone: Self.hash.reversed())
        #expect(try fixture.ledger.entries().map(\.type) == ["erase", "readmit", "readmit"])
        #expect(try fixture.ledger.statement(of: users(6..<7)[0], policy: Self.policy).charges.isEmpty)
        #expect(try fixture.ledger.verifyCharges().differences == [])
    }

    @Test("marks re-checked inside the charge keep an erased user from being charged again")
    func presentIsAsked() throws {
        let fixture = try LedgerFixture()
        let erased = users(1..<2)[0]
        try fixture.ledger.moveToTombstone(erased, tombstone: Self.hash)
        var members = users(0..<3)
        let grant = try fixture.ledger.reserve(
            .numbered(1), policy: Self.policy, policyHash: .test, members: &members,
            present: { $0.filter { $0 != erased } })
        #expect(members == [users(0..<1)[0], users(2..<3)[0]])
        try grant.finish()
        #expect(try fixture.ledger.statement(of: erased, policy: Self.policy).charges.isEmpty)
    }

    @Test("a tombstone is named by 32 bytes", arguments: [0, 16, 31, 33])
    func badName(count: Int) throws {
        let fixture = try LedgerFixture()
        let name = [UInt8](repeating: 1, count: count)
        #expect(throws: LedgerError.badTombstone) {
            try fixture.ledger.moveToTombstone(users(0..<1)[0], tombstone: name)
        }
        #expect(throws: LedgerError.badTombstone) { try fixture.ledger.readmit(users(0..<1)[0], tombstone: name) }
        #expect(try fixture.ledger.entries().isEmpty)
    }

    private func occurrences(of needle: [UInt8], in fixture: LedgerFixture) throws -> Int {
        let files = try FileManager.default.contentsOfDirectory(atPath: fixture.directory.path)
        return try files.filter { $0.hasPrefix("ledger.sqlite") }.reduce(0) { count, file in
            var data = try Data(contentsOf: fixture.directory.file(file))
            var found = 0
            while let range = data.range(of: Data(needle)) {
                found += 1
                data = data[range.upperBound...]
            }
            return count + found
        }
    }
}
