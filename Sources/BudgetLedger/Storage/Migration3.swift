// SPDX-License-Identifier: Apache-2.0

import Cryptography
import Foundation
import GRDB
import Interactions
import Records

/// From schema 2 to 3, the part that is no SQL: a row a member becomes pages, sums of names are filled in, and what was there
/// without a keyed hash gets one: it is taken at its word, once. The transaction is begun again if it was cut short: the table
/// `member` is there until it is done.
enum Migration3 {
    /// Whether the file is of a schema before 3, of which `version3` was run at most.
    ///
    /// A table `member` in a file that was of schema 3 already is another hand's: to take its rows at their word once more would
    /// be to sign them. Such a file has a seal, sums or keyed hashes. Who takes them all away cannot take the format out of a
    /// policy that this directory signed.
    /// - Throws: `.damaged` for such a file.
    static func isNeeded(_ db: Database) throws -> Bool {
        guard try db.tableExists("member") else { return false }
        let seals = "SELECT EXISTS (SELECT 1 FROM meta WHERE key IN ('rules', 'cohorts', 'head'))"
        let stamps = ["log", "rule", "tombstone_rule"].map { "EXISTS (SELECT 1 FROM \($0) WHERE mac IS NOT NULL)" }
        guard try Bool.fetchOne(db, sql: seals) == false,
            try Bool.fetchOne(db, sql: "SELECT " + stamps.joined(separator: " OR ")) == false,
            try !isSignedFormat(db)
        else { throw LedgerError.damaged("a table of an older schema") }
        return true
    }

    /// Whether any policy of the log says that its ledger has seals: `"ledger": 3` or more. Whether it is signed is checked by
    /// who reads the policy: one that lost the word is none.
    private static func isSignedFormat(_ db: Database) throws -> Bool {
        let rows = try Row.fetchAll(
            db, sql: "SELECT number, hash, entry FROM log WHERE \(LogTable.condition("policy"))")
        return try rows.contains {
            (try LogTable.entry(LogTable.Stored($0)).content["ledger"]?.integerValue ?? 0) >= 3
        }
    }

    static func run(_ ledger: BudgetLedger, _ db: Database) throws {
        guard try isNeeded(db) else { return }
        try pages(db)
        try RunRow.adjust(RunRow.crowds(db), trusting: true, ledger, db)
        try Rule.stampAll(ledger, db)
        let update = try db.makeStatement(sql: "UPDATE log SET mac = ? WHERE number = ?")
        for row in try Row.fetchAll(db, sql: "SELECT number, hash FROM log") {
            try update.execute(arguments: [Data(ledger.stamp(ofEntry: try row.get(1))), try row.get(0) as Int])
        }
        // Limits from before have an entry now, as later ones do.
        if try SealedSum.rules.read(db) != .empty {
            let state = try ledger.rulesState(at: LogTable.last(db).count, db)
            _ = try ledger.append("limits", .object(["rules": .string(state)]), db)
        }
    }

    /// Members become pages, and accounts get their sums.
    static func pages(_ db: Database) throws {
        var batch: (users: [UserPseudonym], accounts: [Int64]) = ([], [])
        var crowds: [Int64: Crowd] = [:]
        func flush() throws {
            try MemberPage.visit(batch.users, db) { page, indices in
                page.users += batch.users[indices]
                page.accounts += batch.accounts[indices]
                return true
            }
            batch = ([], [])
        }
        let rows = try Row.fetchCursor(db, sql: "SELECT user, account FROM member ORDER BY user")
        while let row = try rows.next() {
            guard let user = UserPseudonym(bytes: try row.get(0) as Data) else {
                throw LedgerError.damaged("a member's name has not 16 bytes")
            }
            batch.users.append(user)
            let account: Int64 = try row.get(1)
            batch.accounts.append(account)
            crowds[account, default: .nobody] += Crowd(user)
            if batch.users.count == 65_536 { try flush() }
        }
        try flush()
        for (account, crowd) in crowds {
            try db.cachedStatement(sql: "UPDATE account SET names = ? WHERE id = ?")
                .execute(arguments: [crowd.namesData, account])
        }
        db.clearSchemaCache()
        try db.execute(sql: "DROP TABLE member; ALTER TABLE run DROP COLUMN cohort")
    }
}

extension RunRow {
    /// Who has each run in their account, by the accounts.
    static func crowds(_ db: Database) throws -> [Int64: Crowd] {
        var crowds: [Int64: Crowd] = [:]
        let rows = try Row.fetchCursor(
            db,
            sql: """
                SELECT history.run, account.users, account.names FROM history JOIN account ON account.id = history.account
                WHERE account.users > 0
                """)
        while let row = try rows.next() {
            try crowds[row.get(0), default: .nobody] += Crowd(users: row.get(1), namesData: row.get(2))
        }
        return crowds
    }
}
