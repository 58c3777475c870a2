// SPDX-License-Identifier: Apache-2.0

import BudgetLedger
import DPAccounting
import Foundation
import Interactions
import Policies
import Records
import TestSupport
import Testing

/// Who can write the file and lacks the directory's key changes nothing unnoticed.
struct SealTests {
    private static let tombstone = [UInt8](repeating: 5, count: 32)

    /// Limits, tiers, the same of an erased person, a run and a kept release.
    private func story() throws -> (fixture: LedgerFixture, policy: Policy) {
        let fixture = try LedgerFixture()
        let policy = try LimitTests.policy()
        let ledger = fixture.ledger
        try ledger.limit(users(0..<1)[0], to: #require(EpsilonAmount(decimal: "2", rounding: .down)), policy: policy)
        try ledger.limit(users(1..<2)[0], to: #require(EpsilonAmount(decimal: "1", rounding: .down)), policy: policy)
        try ledger.assign(users(2..<4), toTier: "minors", policy: policy)
        try ledger.limit(users(9..<10)[0], to: #require(EpsilonAmount(decimal: "1", rounding: .down)), policy: policy)
        try fixture.run(1, plan: .pure(1, 2), policy: policy, members: users(0..<10))
        try ledger.store(release: ["users": 7], key: "users/train", run: .numbered(1))
        try ledger.moveToTombstone(users(9..<10)[0], tombstone: Self.tombstone)
        return (fixture, policy)
    }

    @Test("what nobody touched is authentic, also after other processes wrote")
    func untouched() throws {
        let (fixture, policy) = try story()
        let other = try fixture.reopened()
        try other.readmit(users(9..<10)[0], tombstone: Self.tombstone)
        try other.assign(users(2..<3), toTier: nil, policy: policy)
        try fixture.run(2, plan: .pure(1, 4), policy: policy, members: users(0..<12))
        #expect(try fixture.ledger.verifyCharges().differences == [])
        #expect(try fixture.ledger.verifyChain().differences == [])
        #expect(try fixture.ledger.release(forKey: "users/train") == ["users": 7])
        #expect(try fixture.ledger.entries(ofType: "limits").count == 5)
        #expect(try fixture.ledger.newestEntry(ofType: "readmit")?.type == "readmit")
    }

    static let edits: [Edit] = [
        Edit("a limit raised", "UPDATE rule SET epsilon = '3' WHERE epsilon = '1'", says: "a row of rule"),
        Edit("a limit taken away", "DELETE FROM rule WHERE epsilon = '1'", says: "missing or was put back"),
        Edit("a tier moved", "UPDATE rule SET tier = 'volunteers' WHERE tier = 'minors'", says: "a row of rule"),
        Edit("a tier taken away", "UPDATE rule SET tier = NULL WHERE tier = 'minors'", says: "a row of rule"),
        Edit(
            "somebody's tier given to another",
            "UPDATE rule SET user = x'00000000000000085a5a5a5a5a5a5a5a' WHERE epsilon = '2'", says: "a row of rule"),
        Edit(
            "a tier invented",
            "INSERT INTO rule (user, tier) VALUES (x'00000000000000085a5a5a5a5a5a5a5a', 'volunteers')",
            says: "a row of rule"),
        Edit("the limit of an erased person", "DELETE FROM tombstone_rule", says: "missing or was put back"),
        Edit(
            "a limit taken away, the sum adjusted", "DELETE FROM rule WHERE epsilon = '1'",
            "UPDATE meta SET value = '\(String(repeating: "0", count: 64))' WHERE key = 'rules'",
            says: "the head of the log"),
        Edit("the sum of limits taken away", "DELETE FROM meta WHERE key = 'rules'", says: "missing or was put back"),
        Edit(
            "what a run keeps of its members", "UPDATE run SET users = users - 1",
            says: "not written with this directory's key"),
        Edit(
            "the seal", "UPDATE meta SET value = substr(value, 1, length(value) - 1) || 'x' WHERE key = 'head'",
            says: "the head of the log is not sealed"),
        Edit("no seal", "DELETE FROM meta WHERE key = 'head'", says: "where its log ends"),
    ]

    @Test("an edited limit, tier or run is found and named, and nothing is charged any more", arguments: edits)
    func edited(edit: Edit) throws {
        let (fixture, policy) = try story()
        for sql in edit.sql { try fixture.edit(sql) }
        func found() throws -> [String] {
            try fixture.ledger.verifyCharges().differences + fixture.ledger.verifyChain().differences
        }
        let differences = try found()
        #expect(differences.contains { $0.contains(edit.says) }, "\(differences)")
        // What we write afterwards does not make it good.
        try fixture.ledger.appendLog(type: "drill", content: [:])
        #expect(try !found().isEmpty)
        // What a run keeps of its members limits nobody: the check alone looks at it. All else fails closed: no run, for
        // anybody, over what another hand wrote.
        if edit.what == "what a run keeps of its members" { return }
        let error = #expect(throws: LedgerError.self) {
            try fixture.run(2, plan: .pure(1, 4), policy: policy, members: users(0..<10))
        }
        guard case .notAuthentic = error else { Issue.record("\(String(describing: error))"); return }
    }

    @Test("spending that another hand took away stays found, whoever is erased or readmitted afterwards")
    func spendingTakenAway() throws {
        let (fixture, _) = try story()
        // Everything agrees with everything, but for what has a keyed hash.
        try fixture.edit("DELETE FROM account WHERE users > 0")
        try fixture.edit("DELETE FROM history WHERE account NOT IN (SELECT id FROM account)")
        try fixture.edit("UPDATE page SET users = x'', accounts = x''")
        try fixture.edit("UPDATE run SET users = 0, names = zeroblob(16)")
        let said = "what the runs keep of their members was not written with this directory's key"
        #expect(try fixture.ledger.verifyCharges().differences == [said])
        try fixture.ledger.moveToTombstone(users(50..<51)[0], tombstone: [UInt8](repeating: 6, count: 32))
        try fixture.ledger.readmit(users(9..<10)[0], tombstone: Self.tombstone)
        #expect(try fixture.ledger.verifyCharges().differences == [said])
    }

    @Test("an empty page that hides members from those who look for them is found, and nobody is charged as new")
    func hidingPage() throws {
        for start in ["0000000000000003ffffffffffffffff", "0000000000000003ff"] {
            let (fixture, policy) = try story()
            try fixture.edit("INSERT INTO page (start, users, accounts) VALUES (x'\(start)', x'', x'')")
            #expect(
                try fixture.ledger.verifyCharges().differences.contains {
                    $0.contains("out of order, or names a member twice")
                })
            let error = #expect(throws: LedgerError.self) {
                try fixture.run(2, plan: .pure(1, 4), policy: policy, members: users(0..<12))
            }
            guard case .damaged = error else { Issue.record("\(String(describing: error))"); return }
            // Nor is anybody shown as one who spent nothing, or erased so.
            #expect(throws: LedgerError.self) { try fixture.ledger.statement(of: users(4..<5)[0], policy: policy) }
            #expect(throws: LedgerError.self) {
                try fixture.ledger.moveToTombstone(users(4..<5)[0], tombstone: [UInt8](repeating: 6, count: 32))
            }
        }
    }

    @Test("a table of an older schema gets nobody's rows signed")
    func forgedMigration() throws {
        let forged = "CREATE TABLE member (user BLOB PRIMARY KEY, account INTEGER NOT NULL) STRICT, WITHOUT ROWID"
        let (fixture, _) = try story()
        try fixture.edit(forged)
        try fixture.edit("ALTER TABLE run ADD COLUMN cohort TEXT")
        try fixture.edit("UPDATE rule SET epsilon = '3'")
        #expect(throws: LedgerError.damaged("a table of an older schema")) { try fixture.reopened() }
        // Without any trace of a seal, what the policy says stays.
        for sql in [
            "DELETE FROM meta WHERE key <> 'directory'", "UPDATE log SET mac = NULL", "UPDATE rule SET mac = NULL",
            "UPDATE tombstone_rule SET mac = NULL", "UPDATE run SET settled_at = 1",
        ] { try fixture.edit(sql) }
        let entry = LogEntry(
            index: 0, previous: LogEntry.noPrevious, day: LedgerFixture.day, type: "policy", content: ["ledger": 3])
        let bytes = try entry.bytes().map { String(format: "%02x", $0) }.joined()
        try fixture.edit("UPDATE log SET entry = x'\(bytes)' WHERE number = 0")
        #expect(throws: LedgerError.damaged("a table of an older schema")) { try fixture.reopened() }
    }

    @Test("the policy in force is that of the log, not that of a row without a seal")
    func policyRow() throws {
        let (fixture, policy) = try story()
        try fixture.ledger.appendLog(type: "policy", content: ["hash": .string(String(repeating: "cd", count: 32))])
        try fixture.edit("INSERT OR REPLACE INTO meta VALUES ('policy', '\(PolicyHash.test.hex)')")
        #expect(throws: LedgerError.policyChanged) {
            try fixture.run(2, plan: .pure(1, 4), policy: policy, members: users(0..<12))
        }
    }

    @Test(
        "a value that is missing or of another type ends no process",
        arguments: [
            "account", "history", "run", "page", "rule", "tombstone", "tombstone_rule", "log", "release", "meta",
        ])
    func foreignValues(table: String) throws {
        let (whole, policy) = try story()
        let columns = try #require(
            try whole.value("SELECT group_concat(name) FROM pragma_table_info('\(table)')"))
        for column in columns.split(separator: ",") {
            for value in ["NULL", "'x'", "x'ff'"] {
                let (fixture, _) = try story()
                // A copy without the types.
                try fixture.edit("CREATE TABLE copy AS SELECT * FROM \(table)")
                try fixture.edit("DROP TABLE \(table)")
                try fixture.edit("ALTER TABLE copy RENAME TO \(table)")
                try fixture.edit("UPDATE \(table) SET \(column) = \(value)")
                let ledger = (try? fixture.reopened()) ?? fixture.ledger
                for user in [0, 9] { _ = try? ledger.statement(of: users(user..<user + 1)[0], policy: policy) }
                _ = try? ledger.statement(ofTombstone: Self.tombstone, policy: policy)
                _ = try? ledger.classes(policy: policy)
                _ = try? ledger.release(forKey: "users/train")
                _ = try? ledger.releases()
                _ = try? ledger.outlook([PlanPrice(of: .pure(1), delta: .zero)], policy: policy)
                _ = try? ledger.tombstones()
                _ = try? ledger.entries()
                _ = try? (ledger.verifyCharges(), ledger.verifyChain())
                _ = try? fixture.run(2, plan: .pure(1, 4), policy: policy, members: users(0..<12))
                _ = try? ledger.moveToTombstone(users(3..<4)[0], tombstone: [UInt8](repeating: 6, count: 32))
            }
        }
    }

    @Test(
        "numbers as large as they can be are damage, and end no process",
        arguments: [
            "UPDATE log SET number = 9223372036854775807 WHERE number = (SELECT MAX(number) FROM log)",
            "UPDATE account SET users = 9223372036854775807", "UPDATE run SET users = -9223372036854775808",
        ])
    func endlessNumbers(sql: String) throws {
        let (fixture, policy) = try story()
        try fixture.edit(sql)
        func differences() throws -> [String] {
            try fixture.ledger.verifyCharges().differences + fixture.ledger.verifyChain().differences
        }
        #expect(try !differences().isEmpty)
        _ = try? fixture.run(2, plan: .pure(1, 4), policy: policy, members: users(0..<12))
        _ = try? fixture.ledger.moveToTombstone(users(1..<2)[0], tombstone: [UInt8](repeating: 6, count: 32))
        _ = try? fixture.ledger.head()
        #expect(try !differences().isEmpty)
    }

    @Test(
        "an entry that was not written with the key is found: a release, a readmission, a limit",
        arguments: ["release", "readmit", "limits", "erase", "export"])
    func foreignEntry(type: String) throws {
        let (fixture, policy) = try story()
        // A correct link of the chain, as anybody can compute it.
        let head = try fixture.ledger.head()
        let entry = LogEntry(
            index: head.count, previous: head.hash, day: LedgerFixture.day, type: type,
            content: ["tombstone": .string(String(repeating: "05", count: 32)), "key": "users/train", "hash": "00"])
        let bytes = try entry.bytes().map { String(format: "%02x", $0) }.joined()
        let hash = try entry.hash()
        try fixture.edit("INSERT INTO log (number, hash, entry) VALUES (\(head.count), '\(hash)', x'\(bytes)')")
        try fixture.edit("UPDATE meta SET value = '\(head.count + 1) \(hash) \(hash)' WHERE key = 'head'")
        let report = try fixture.ledger.verifyChain()
        #expect(
            report.differences.contains("entry \(head.count) of the log was not written with this directory's key"),
            "\(report.differences)")
        #expect(throws: LedgerError.notAuthentic("its head")) {
            try fixture.run(2, plan: .pure(1, 4), policy: policy, members: users(0..<10))
        }
        // A mac of another entry does not help.
        try fixture.edit("UPDATE log SET mac = (SELECT mac FROM log WHERE number = 0) WHERE number = \(head.count)")
        #expect(try fixture.ledger.verifyChain().differences.contains { $0.contains("directory's key") })
    }

    @Test("yesterday's limits put back into today's ledger are found")
    func partialRollback() throws {
        let (fixture, policy) = try story()
        let rows = ["rule", "tombstone_rule"].map { "CREATE TABLE old_\($0) AS SELECT * FROM \($0)" }
        for sql in rows { try fixture.edit(sql) }
        try fixture.edit("CREATE TABLE old_meta AS SELECT * FROM meta")
        try fixture.ledger.limit(users(0..<1)[0], to: EpsilonAmount(units: 1), policy: policy)
        for table in ["rule", "tombstone_rule", "meta"] {
            try fixture.edit("DELETE FROM \(table)")
            try fixture.edit("INSERT INTO \(table) SELECT * FROM old_\(table)")
        }
        let differences = try fixture.ledger.verifyCharges().differences
        #expect(differences.contains { $0.contains("the newest that speaks of them") }, "\(differences)")
        #expect(throws: LedgerError.notAuthentic("its head")) {
            try fixture.run(2, plan: .pure(1, 4), policy: policy, members: users(0..<10))
        }
    }

    @Test("a kept release that is not the log's is not read again")
    func releaseEdited() throws {
        let (fixture, _) = try story()
        try fixture.edit(#"UPDATE release SET document = CAST('{"users":8}' AS BLOB)"#)
        #expect(throws: LedgerError.notAuthentic("a kept release")) {
            try fixture.ledger.release(forKey: "users/train")
        }
    }

    @Test("entries of limits say nothing of whom or what, and differ each time")
    func entriesAreSilent() throws {
        let (fixture, policy) = try story()
        try fixture.ledger.assign(users(2..<4), toTier: nil, policy: policy)
        try fixture.ledger.assign(users(2..<4), toTier: "minors", policy: policy)
        let entries = try fixture.ledger.entries(ofType: "limits")
        for entry in entries {
            guard case .object(let members) = entry.content else { Issue.record("no object"); return }
            #expect(Array(members.keys) == ["rules"])
            #expect(members["rules"]?.stringValue?.count == 64)
        }
        #expect(Set(entries.compactMap { $0.content["rules"]?.stringValue }).count == entries.count)
    }
}
