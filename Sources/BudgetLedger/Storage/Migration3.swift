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
    static func isNeeded(_ db: Database) throws -> Bool { try db.tableExists("member") }

    static func run(_ ledger: BudgetLedger, _ db: Database) throws {
        guard try isNeeded(db) else { return }
        try pages(db)
        try RunRow.adjust(RunRow.crowds(db), trusting: true, ledger, db)
        try Rule.stampAll(ledger, db)
        let update = try db.makeStatement(sql: "UPDATE log SET mac = ? WHERE number = ?")
        for row in try Row.fetchAll(db, sql: "SELECT number, hash FROM log") {
            try update.execute(arguments: [Data(ledger.stamp(ofEntry: row[1])), row[0] as Int])
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
            guard let user = UserPseudonym(bytes: row[0] as Data) else {
                throw LedgerError.damaged("a member's name has not 16 bytes")
            }
            batch.users.append(user)
            batch.accounts.append(row[1])
            crowds[row[1], default: .nobody] += Crowd(user)
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
            crowds[row[0], default: .nobody] += try Crowd(users: row[1], namesData: row[2])
        }
        return crowds
    }
}
