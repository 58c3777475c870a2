// SPDX-License-Identifier: Apache-2.0

import DPAccounting
import Foundation
import GRDB
import Interactions

/// One account class: its number and sums. Who and how many its users are is private and stays in the tables.
struct Account {
    let id: Int64
    let sums: AccountSums

    static func find(_ id: Int64, _ db: Database) throws -> Account {
        let statement = try db.cachedStatement(sql: "SELECT sums FROM account WHERE id = ?")
        guard let text = try String.fetchOne(statement, arguments: [id]) else {
            throw LedgerError.damaged("an account is missing")
        }
        return Account(id: id, sums: try SumsText.decode(text))
    }

    /// Who an account says that it has.
    static func crowd(_ id: Int64, _ db: Database) throws -> Crowd {
        let statement = try db.cachedStatement(sql: "SELECT users, names FROM account WHERE id = ?")
        guard let row = try Row.fetchOne(statement, arguments: [id]) else { return .nobody }
        return try Crowd(users: row.get(0), namesData: row.get(1))
    }

    /// Makes a class with the history of `original` (nil: of nobody).
    static func copy(of original: Account?, crowd: Crowd, _ db: Database) throws -> Account {
        let sums = original?.sums ?? .zero
        try db.cachedStatement(sql: "INSERT INTO account (users, names, sums) VALUES (?, ?, ?)")
            .execute(arguments: [crowd.users, crowd.namesData, try SumsText.encode(sums)])
        let copy = Account(id: db.lastInsertedRowID, sums: sums)
        try db.cachedStatement(sql: "INSERT INTO history SELECT ?, run FROM history WHERE account = ?")
            .execute(arguments: [copy.id, original?.id ?? 0])
        return copy
    }

    /// Adds a run to its history and the run's price to its sums.
    func charge(run: Int64, price: PlanPrice, _ db: Database) throws {
        try db.cachedStatement(sql: "INSERT INTO history VALUES (?, ?)").execute(arguments: [id, run])
        try write(sums + price, db)
    }

    /// Sets the sums to what the history says: the prices of its runs, added exactly.
    static func recompute(_ id: Int64, _ db: Database) throws {
        try recompute(id, prices: RunPrices(of: RunRow.charged(to: id, db)), db)
    }

    static func recompute(_ id: Int64, prices: RunPrices, _ db: Database) throws {
        let sums = try prices.sum(of: id, db)
        try Account(id: id, sums: sums).write(sums, db)
    }

    /// Adds the history of `other` to this one's; a run that both have counts once.
    func absorb(_ other: Int64, _ db: Database) throws {
        try db.cachedStatement(sql: "INSERT OR IGNORE INTO history SELECT ?, run FROM history WHERE account = ?")
            .execute(arguments: [id, other])
        try Account.recompute(id, db)
    }

    static func add(_ crowd: Crowd, to id: Int64, _ db: Database) throws {
        let sum = try Account.crowd(id, db) + crowd
        try db.cachedStatement(sql: "UPDATE account SET users = ?, names = ? WHERE id = ?")
            .execute(arguments: [sum.users, sum.namesData, id])
    }

    /// The numbers of the runs that an account was charged for.
    static func runs(_ id: Int64, _ db: Database) throws -> Set<Int64> {
        try Int64.fetchSet(db.cachedStatement(sql: "SELECT run FROM history WHERE account = ?"), arguments: [id])
    }

    /// Removes an account that nobody refers to any more.
    static func delete(_ id: Int64, _ db: Database) throws {
        try db.cachedStatement(sql: "DELETE FROM history WHERE account = ?").execute(arguments: [id])
        try db.cachedStatement(sql: "DELETE FROM account WHERE id = ?").execute(arguments: [id])
    }

    /// Removes an account that has lost its last user; `nobody` has no row to remove.
    static func deleteIfEmpty(_ id: Int64, _ db: Database) throws {
        let statement = try db.cachedStatement(sql: "SELECT users FROM account WHERE id = ?")
        let users = try Int.fetchOne(statement, arguments: [id])
        if users == 0 { try delete(id, db) }
    }

    private func write(_ sums: AccountSums, _ db: Database) throws {
        try db.cachedStatement(sql: "UPDATE account SET sums = ? WHERE id = ?")
            .execute(arguments: [try SumsText.encode(sums), id])
    }
}
