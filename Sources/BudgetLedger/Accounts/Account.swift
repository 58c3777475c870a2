// SPDX-License-Identifier: Apache-2.0

import DPAccounting
import GRDB

/// One account class: its number and sums. How many users it has is private and stays in the table.
struct Account {
    let id: Int64
    let sums: AccountSums

    static func find(_ id: Int64, _ db: Database) throws -> Account {
        guard let text = try String.fetchOne(db, sql: "SELECT sums FROM account WHERE id = ?", arguments: [id]) else {
            throw LedgerError.damaged("an account is missing")
        }
        return Account(id: id, sums: try JSONText.decode(text))
    }

    /// Makes a class with the history of `original` (nil: of nobody).
    static func copy(of original: Account?, users: Int, _ db: Database) throws -> Account {
        let sums = original?.sums ?? .zero
        try db.execute(
            sql: "INSERT INTO account (users, sums) VALUES (?, ?)", arguments: [users, try JSONText.encode(sums)])
        let copy = Account(id: db.lastInsertedRowID, sums: sums)
        try db.execute(
            sql: "INSERT INTO history SELECT ?, run FROM history WHERE account = ?",
            arguments: [copy.id, original?.id ?? 0])
        return copy
    }

    /// Adds a run to its history and the run's price to its sums.
    func charge(run: Int64, price: PlanPrice, _ db: Database) throws {
        try db.execute(sql: "INSERT INTO history VALUES (?, ?)", arguments: [id, run])
        try write(sums + price, db)
    }

    /// Sets the sums to what the history says: the prices of its runs, added exactly.
    static func recompute(_ id: Int64, _ db: Database) throws {
        let sums = try RunRow.charged(to: id, db).reduce(AccountSums.zero) { $0 + $1.charged }
        try Account(id: id, sums: sums).write(sums, db)
    }

    /// Adds the history of `other` to this one's; a run that both have counts once.
    func absorb(_ other: Int64, _ db: Database) throws {
        try db.execute(
            sql: "INSERT OR IGNORE INTO history SELECT ?, run FROM history WHERE account = ?", arguments: [id, other])
        try Account.recompute(id, db)
    }

    static func addUsers(_ count: Int, to id: Int64, _ db: Database) throws {
        try db.execute(sql: "UPDATE account SET users = users + ? WHERE id = ?", arguments: [count, id])
    }

    /// Removes an account that nobody refers to any more.
    static func delete(_ id: Int64, _ db: Database) throws {
        try db.execute(sql: "DELETE FROM history WHERE account = ?", arguments: [id])
        try db.execute(sql: "DELETE FROM account WHERE id = ?", arguments: [id])
    }

    /// Removes an account that has lost its last user; `nobody` has no row to remove.
    static func deleteIfEmpty(_ id: Int64, _ db: Database) throws {
        let users = try Int.fetchOne(db, sql: "SELECT users FROM account WHERE id = ?", arguments: [id])
        if users == 0 { try delete(id, db) }
    }

    private func write(_ sums: AccountSums, _ db: Database) throws {
        try db.execute(
            sql: "UPDATE account SET sums = ? WHERE id = ?", arguments: [try JSONText.encode(sums), id])
    }
}
