// SPDX-License-Identifier: Apache-2.0

import BudgetLedger
import DPAccounting
import Foundation
import Interactions
import Policies
import Records
import TestSupport
import Testing

/// Something done to the file behind the ledger's back, and what the check must say.
struct Edit: Sendable, CustomTestStringConvertible {
    let what: String
    let sql: [String]
    let says: String

    var testDescription: String { what }

    init(_ what: String, _ sql: String..., says: String) { (self.what, self.sql, self.says) = (what, sql, says) }
}

struct VerificationTests {
    /// Three runs (one ended early, one open), a tombstone, and two policy entries: entries 0 to 8.
    private func story() throws -> LedgerFixture {
        let fixture = try LedgerFixture()
        let policy = Policy.lifetime("18")
        try fixture.ledger.appendLog(type: "policy", content: ["name": "test"])  // 0
        try fixture.ledger.moveToTombstone(users(9..<10)[0], tombstone: [UInt8](repeating: 1, count: 32))  // 1
        try fixture.run(1, plan: .pure(1), policy: policy, members: users(0..<6))  // 2, 3
        try fixture.run(2, plan: .pure(2), policy: policy, members: users(0..<2))  // 4, 5
        var members = users(0..<4)
        var grant = try fixture.ledger.reserve(  // 6
            .numbered(3, plan: .training(steps: 30)), policy: policy, policyHash: .test, members: &members)
        if let step = grant.next() { _ = consume step }
        try grant.finish()  // 7
        try fixture.ledger.appendLog(type: "policy", content: ["name": "other"])  // 8
        return fixture
    }

    @Test("an untouched ledger has no differences")
    func untouched() throws {
        let fixture = try story()
        let charges = try fixture.ledger.verifyCharges()
        #expect(charges.isOK && charges.charges == 3, "\(charges.differences)")
        let head = try fixture.ledger.head()
        #expect(head.count == 9 && head.day == LedgerFixture.day)
        let chain = try fixture.ledger.verifyChain(kept: [head, LogHead(count: 0, hash: LogEntry.noPrevious)])
        #expect(chain.isOK && chain.entries == 9, "\(chain.differences)")
    }

    static let zero =
        #"{"delta":"0","epsilon":"0","muSquared":"0","renyi":["0","0","0"],"totalVariation":"0","version":1}"#

    static let chargeEdits: [Edit] = [
        Edit("a class forgiven", "UPDATE account SET sums = '\(zero)' WHERE users = 2", says: "sums are not those"),
        Edit(
            "a class charged more", #"UPDATE account SET sums = replace(sums, '"epsilon":"1"', '"epsilon":"1.5"')"#,
            says: "sums are not"),
        Edit("sums that cannot be read", "UPDATE account SET sums = 'x' WHERE users = 2", says: "sums are not those"),
        Edit(
            "a charge edited", #"UPDATE run SET charged = replace(charged, '"epsilon":"2"', '"epsilon":"1"')"#,
            says: "settlement is not the one"),
        Edit(
            "a plan edited", "UPDATE run SET plan = replace(plan, '1\\/2', '1\\/1')",
            "UPDATE run SET plan = replace(plan, '1/2', '1/1')", says: "is not the one in the log"),
        Edit("a purpose edited", "UPDATE run SET purpose = 'train'", says: "is not the one in the log"),
        Edit("a day edited", "UPDATE run SET day = '2020-01-01'", says: "is not the one in the log"),
        Edit("a reservation removed", "DELETE FROM run WHERE number = 2", says: "not among the reservations"),
        Edit("a history shortened", "DELETE FROM history WHERE run = 2", says: "sums are not those"),
        Edit(
            "a history shortened, sums adjusted",
            "DELETE FROM history WHERE account IN (SELECT id FROM account WHERE users = 2)",
            "UPDATE account SET sums = '\(zero)' WHERE users = 2", says: "not those who were charged"),
        Edit(
            "a member removed", "UPDATE page SET users = substr(users, 17), accounts = substr(accounts, 9)",
            says: "counts other users"),
        Edit(
            "a member removed, count adjusted",
            """
            UPDATE account SET users = users - 1, names = (SELECT substr(users, 17, 16) FROM page)
            WHERE printf('%02X', id) = (SELECT hex(substr(accounts, 8, 1)) FROM page)
            """, "UPDATE page SET users = substr(users, 17), accounts = substr(accounts, 9)",
            says: "not those who were charged"),
        Edit(
            "two members in each other's account",
            """
            UPDATE page SET accounts = CAST(substr(accounts, 33, 8) || substr(accounts, 9, 24) || substr(accounts, 1, 8)
            || substr(accounts, 41) AS BLOB)
            """,
            says: "counts other users"),
        Edit(
            "members out of order",
            "UPDATE page SET users = CAST(substr(users, 17, 16) || substr(users, 1, 16) || substr(users, 33) AS BLOB)",
            says: "out of order"),
        Edit("a page cut off", "UPDATE page SET users = substr(users, 2)", says: "cannot be read"),
        Edit(
            "a member in an account of nobody",
            "UPDATE page SET accounts = CAST(x'0000000000000063' || substr(accounts, 9) AS BLOB)", says: "no account"),
        Edit(
            "a settlement undone", "UPDATE run SET settled_at = NULL, steps = NULL WHERE number = 3",
            says: "settled in the log alone"),
        Edit(
            "a settlement of fewer steps", "UPDATE run SET steps = 0 WHERE number = 3",
            says: "settlement is not the one"),
        Edit(
            "an entry of a reservation removed", "DELETE FROM log WHERE number = 4", says: "reserved without an entry"),
        Edit("an entry of a settlement removed", "DELETE FROM log WHERE number = 5", says: "settled without an entry"),
        Edit("an entry made unreadable", "UPDATE log SET entry = x'00' WHERE number = 8", says: "cannot be read"),
        Edit(
            "a price in the log edited",
            #"UPDATE log SET entry = CAST(replace(CAST(entry AS TEXT), '"epsilon":"2"', '"epsilon":"1"') AS BLOB)"#,
            says: "not what its events cost"),
        Edit(
            "a plan in the log edited",
            #"UPDATE log SET entry = CAST(replace(CAST(entry AS TEXT), '"scale":"1/2"', '"scale":"1/1"') AS BLOB)"#,
            says: "not what its events cost"),
        Edit("a tombstone without an account", "UPDATE tombstone SET account = 99", says: "no account"),
    ]

    @Test("a charge edited behind the ledger's back is found", arguments: chargeEdits)
    func chargeEdited(edit: Edit) throws {
        let fixture = try story()
        for sql in edit.sql { try fixture.edit(sql) }
        let report = try fixture.ledger.verifyCharges()
        #expect(!report.isOK)
        #expect(report.differences.contains { $0.contains(edit.says) }, "\(report.differences)")
        // What it says is public: no pseudonym in it.
        for user in users(0..<10) {
            #expect(!report.differences.contains { $0.contains(user.bytes.map { String($0, radix: 16) }.joined()) })
        }
    }

    static let chainEdits: [Edit] = [
        Edit("the first entry removed", "DELETE FROM log WHERE number = 0", says: "entry 0 of the log is missing"),
        Edit("one in the middle removed", "DELETE FROM log WHERE number = 4", says: "entry 4 of the log is missing"),
        Edit(
            "removed and renumbered", "DELETE FROM log WHERE number = 4",
            "UPDATE log SET number = number - 1 WHERE number > 4", says: "says that it is entry"),
        Edit(
            "two exchanged", "UPDATE log SET number = 100 WHERE number = 2",
            "UPDATE log SET number = 2 WHERE number = 3", "UPDATE log SET number = 3 WHERE number = 100",
            says: "entry 2 of the log says that it is entry 3"),
        Edit(
            "a word edited", "UPDATE log SET entry = CAST(replace(CAST(entry AS TEXT), 'other', 'evil') AS BLOB)",
            says: "another hash"),
        Edit(
            "a day edited",
            "UPDATE log SET entry = CAST(replace(CAST(entry AS TEXT), '2024', '2023') AS BLOB) WHERE number = 3",
            says: "does not follow"),
        Edit(
            "a space added", "UPDATE log SET entry = CAST(CAST(entry AS TEXT) || ' ' AS BLOB) WHERE number = 3",
            says: "cannot be read"),
        Edit("a hash edited", "UPDATE log SET hash = replace(hash, 'a', 'b') WHERE number < 3", says: "another hash"),
        Edit("the end cut off", "DELETE FROM log WHERE number = 8", says: "does not end where"),
        Edit(
            "the end cut off with its note", "DELETE FROM log WHERE number >= 7", "DELETE FROM meta WHERE key = 'head'",
            says: "cut off"),
        Edit("the whole log", "DELETE FROM log", says: "does not end where"),
        Edit(
            "a forged entry at the end", "INSERT INTO log SELECT 9, hash, entry, mac FROM log WHERE number = 8",
            says: "says that it is entry 8"),
    ]

    @Test("an edit of the log breaks its chain", arguments: chainEdits)
    func chainEdited(edit: Edit) throws {
        let fixture = try story()
        for sql in edit.sql { try fixture.edit(sql) }
        let report = try fixture.ledger.verifyChain()
        #expect(!report.isOK)
        #expect(report.differences.contains { $0.contains(edit.says) }, "\(report.differences)")
    }

    @Test("a ledger put back from yesterday is consistent, and only a kept head tells")
    func rollback() throws {
        let fixture = try story()
        try fixture.ledger.truncateLogs()
        let yesterday = try Data(contentsOf: fixture.directory.file("ledger.sqlite"))
        try fixture.run(5, policy: .lifetime("18"), members: users(0..<3))
        let head = try fixture.ledger.head()
        #expect(try fixture.ledger.verifyChain(kept: [head]).isOK)
        let copy = try LedgerFixture()
        for suffix in ["-wal", "-shm"] {
            try? FileManager.default.removeItem(at: copy.directory.file("ledger.sqlite" + suffix))
        }
        try yesterday.write(to: copy.directory.file("ledger.sqlite"))
        let restored = try copy.reopened()
        #expect(try restored.verifyChain().isOK)
        let report = try restored.verifyChain(kept: [head])
        #expect(report.differences.contains { $0.contains("fewer than the 11") }, "\(report.differences)")
        // Another history of the same length.
        try restored.appendLog(type: "policy", content: [:])
        try restored.appendLog(type: "policy", content: [:])
        let other = try restored.verifyChain(kept: [head])
        #expect(other.differences.contains { $0.contains("does not begin with") }, "\(other.differences)")
    }
}
