// SPDX-License-Identifier: Apache-2.0

import Foundation
import GRDB
import Interactions

/// Which account each user has. Everything here is private.
enum Membership {
    /// The account of who was never charged.
    static let nobody: Int64 = 0

    static func account(of user: UserPseudonym, _ db: Database) throws -> Int64? {
        try Int64.fetchOne(db, sql: "SELECT account FROM member WHERE user = ?", arguments: [Data(user.bytes)])
    }

    /// The account of each of `users` (ascending, unique), `nobody` for who has none. Shape `[users]`.
    ///
    /// Few users are looked up one by one; many are merged with one pass over the table, 20 times faster a row.
    static func accounts(of users: [UserPseudonym], _ db: Database) throws -> [Int64] {
        let charged = try Int.fetchOne(db, sql: "SELECT COALESCE(SUM(users), 0) FROM account") ?? 0
        if users.count < charged / 20 {
            let statement = try db.cachedStatement(sql: "SELECT account FROM member WHERE user = ?")
            return try users.map { try Int64.fetchOne(statement, arguments: [Data($0.bytes)]) ?? nobody }
        }
        var accounts = Array(repeating: nobody, count: users.count)
        var next = 0
        try forEach(db) { user, account in
            while next < users.count, users[next] < user { next += 1 }
            if next < users.count, users[next] == user { accounts[next] = account }
        }
        return accounts
    }

    /// The users of these accounts, ascending, without `excluded` (ascending).
    static func users(
        of accounts: Set<Int64>, without excluded: [UserPseudonym], _ db: Database
    ) throws -> [Int64: [UserPseudonym]] {
        var found: [Int64: [UserPseudonym]] = [:]
        var next = 0
        try forEach(db) { user, account in
            while next < excluded.count, excluded[next] < user { next += 1 }
            if next < excluded.count, excluded[next] == user { return }
            if accounts.contains(account) { found[account, default: []].append(user) }
        }
        return found
    }

    /// Puts users (ascending) into an account, whether they had one before or not.
    static func assign(_ users: [UserPseudonym], to account: Int64, _ db: Database) throws {
        let statement = try db.cachedStatement(
            sql: """
                INSERT INTO member VALUES (?, ?) ON CONFLICT (user) DO UPDATE SET account = excluded.account
                """)
        for user in users { try statement.execute(arguments: [Data(user.bytes), account]) }
    }

    static func remove(_ user: UserPseudonym, _ db: Database) throws {
        try db.execute(sql: "DELETE FROM member WHERE user = ?", arguments: [Data(user.bytes)])
    }

    private static func forEach(_ db: Database, _ body: (UserPseudonym, Int64) throws -> Void) throws {
        let rows = try Row.fetchCursor(db, sql: "SELECT user, account FROM member ORDER BY user")
        while let row = try rows.next() {
            guard let user = try row.withUnsafeData(atIndex: 0, { $0.flatMap { UserPseudonym(bytes: $0) } }) else {
                throw LedgerError.damaged("a member's name has not 16 bytes")
            }
            try body(user, row[1])
        }
    }
}
