// SPDX-License-Identifier: Apache-2.0

import Foundation
import GRDB
import Interactions

/// Some hundred users who follow one another by pseudonym, each with their account: one row of the table `page`.
///
/// A page holds whoever lies from its `start` up to the next page's. The first page starts at zero and is never removed.
/// Millions of users are read in tens of thousands of rows, and one user is found by one of them.
struct MemberPage {
    /// A page with more is cut.
    static let mostUsers = 1024
    /// How many a new page gets, so that the next few find room.
    private static let usualUsers = 768
    private static let zero = Data(count: UserPseudonym.byteCount)

    let row: Int64
    /// The lowest pseudonym that would lie here; of no user, but for chance.
    let start: Data
    /// Ascending.
    var users: [UserPseudonym]
    /// Shape `[users]`.
    var accounts: [Int64]

    private init(_ row: Row) throws {
        self.row = try row.get("id")
        start = try row.get("start")
        guard let users = UserPseudonym.unpack([UInt8](try row.get("users") as Data)) else {
            throw LedgerError.damaged("a member's name has not 16 bytes")
        }
        self.users = users
        accounts = Self.unpack([UInt8](try row.get("accounts") as Data))
        guard accounts.count == users.count else { throw LedgerError.damaged("a page of members is cut off") }
    }

    /// Where `user` is, or where they would be put.
    func index(of user: UserPseudonym) -> Int {
        var range = 0..<users.count
        while let middle = range.isEmpty ? nil : range.lowerBound + range.count / 2 {
            range = users[middle] < user ? middle + 1..<range.upperBound : range.lowerBound..<middle
        }
        return range.lowerBound
    }

    /// The page on which `user` is or would be, alone: it must lie between its neighbours, or it would hide who lies there.
    static func checked(holding user: UserPseudonym, _ db: Database) throws -> MemberPage {
        let page = try holding(user, db)
        let next = try Data.fetchOne(
            db.cachedStatement(sql: "SELECT start FROM page WHERE start > ? ORDER BY start LIMIT 1"),
            arguments: [page.start])
        let before = try Data.fetchOne(
            db.cachedStatement(
                sql: """
                    SELECT substr(users, -\(UserPseudonym.byteCount)) FROM page
                    WHERE start < ? ORDER BY start DESC LIMIT 1
                    """), arguments: [page.start])
        func isBefore(_ name: Data?, _ other: Data?) -> Bool {
            guard let name, !name.isEmpty, let other else { return true }
            return name.lexicographicallyPrecedes(other)
        }
        let (first, last) = (page.users.first.map { Data($0.bytes) }, page.users.last.map { Data($0.bytes) })
        let isFirstInOrder = first.map { !$0.lexicographicallyPrecedes(page.start) }
        // Only the first page may be empty: another goes with its last user.
        guard isFirstInOrder ?? (page.start == zero), isBefore(last, next),
            isBefore(before, page.start)
        else { throw LedgerError.damaged("a page of members holds some of the next") }
        return page
    }

    /// The page on which `user` is or would be.
    static func holding(_ user: UserPseudonym, _ db: Database) throws -> MemberPage {
        let statement = try db.cachedStatement(
            sql: "SELECT id, start, users, accounts FROM page WHERE start <= ? ORDER BY start DESC LIMIT 1")
        guard let row = try Row.fetchOne(statement, arguments: [Data(user.bytes)]) else {
            throw LedgerError.damaged("the first page of members is missing")
        }
        return try MemberPage(row)
    }

    /// Every page, ascending. Nothing may be written meanwhile.
    static func forEach(_ db: Database, _ body: (MemberPage) throws -> Void) throws {
        let rows = try Row.fetchCursor(db, sql: "SELECT id, start, users, accounts FROM page ORDER BY start")
        while let row = try rows.next() { try body(MemberPage(row)) }
    }

    /// Visits the pages on which `users` (ascending) are or would be, ascending; every page, if asked.
    /// - Parameter body: Gets a page and the indices of the users who belong there; true if it changed the page.
    static func visit(
        _ users: [UserPseudonym], everyPage: Bool = false, _ db: Database,
        _ body: (inout MemberPage, Range<Int>) throws -> Bool
    ) throws {
        let following = try db.cachedStatement(sql: "SELECT start FROM page WHERE start > ? ORDER BY start LIMIT 1")
        var next = 0
        var place = everyPage ? UserPseudonym(bytes: zero) : users.first
        while let user = place {
            var page = try holding(user, db)
            let end = try Data.fetchOne(following, arguments: [page.start]).map { start in
                guard let user = UserPseudonym(bytes: start) else {
                    throw LedgerError.damaged("a page of members has no beginning")
                }
                return user
            }
            if let last = page.users.last, let end, last >= end {
                throw LedgerError.damaged("a page of members holds some of the next")
            }
            let upper = end.map { Self.index(in: users, from: next, notBefore: $0) } ?? users.count
            if try body(&page, next..<upper) { try page.write(db) }
            next = upper
            place = everyPage ? end : next < users.count ? users[next] : nil
        }
    }

    /// The first index at or after `next` whose user is not before `user`: doubling steps, then halving.
    private static func index(in users: [UserPseudonym], from next: Int, notBefore user: UserPseudonym) -> Int {
        var (low, step) = (next, 1)
        while low + step < users.count, users[low + step] < user {
            low += step
            step *= 2
        }
        var range = low..<min(low + step, users.count)
        while let middle = range.isEmpty ? nil : range.lowerBound + range.count / 2 {
            range = users[middle] < user ? middle + 1..<range.upperBound : range.lowerBound..<middle
        }
        return range.lowerBound
    }

    /// Puts a changed page back: cut where it has become too long, gone where nobody is left.
    func write(_ db: Database) throws {
        if users.isEmpty, start != Self.zero {
            return try db.execute(sql: "DELETE FROM page WHERE id = ?", arguments: [row])
        }
        let pieces = users.count > Self.mostUsers ? (users.count + Self.usualUsers - 1) / Self.usualUsers : 1
        for piece in (0..<pieces).reversed() {
            let range = users.count * piece / pieces..<users.count * (piece + 1) / pieces
            let arguments: StatementArguments = [
                Data(Array(users[range]).packedBytes), Data(Self.pack(accounts[range])),
            ]
            if piece == 0 {
                try db.cachedStatement(sql: "UPDATE page SET users = ?, accounts = ? WHERE id = ?")
                    .execute(arguments: arguments + [row])
            } else {
                let between = Self.boundary(after: users[range.lowerBound - 1], upTo: users[range.lowerBound])
                try db.cachedStatement(sql: "INSERT INTO page (users, accounts, start) VALUES (?, ?, ?)")
                    .execute(arguments: arguments + [between])
            }
        }
    }

    /// The shortest beginning of `b` that is above `a`, filled up with zeros: it outlives `b`, so it says as little of `b` as can be.
    private static func boundary(after a: UserPseudonym, upTo b: UserPseudonym) -> Data {
        let bytes = b.bytes
        let common = zip(a.bytes, bytes).prefix { $0 == $1 }.count
        return Data(bytes.prefix(common + 1) + Array(repeating: 0, count: max(0, bytes.count - common - 1)))
    }

    private static func pack(_ accounts: ArraySlice<Int64>) -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(accounts.count * 8)
        for account in accounts {
            for shift in stride(from: Int64(56), through: 0, by: -8) {
                bytes.append(UInt8(truncatingIfNeeded: account >> shift))
            }
        }
        return bytes
    }

    private static func unpack(_ bytes: [UInt8]) -> [Int64] {
        var accounts: [Int64] = []
        accounts.reserveCapacity(bytes.count / 8)
        for position in stride(from: 0, to: bytes.count / 8 * 8, by: 8) {
            var account = UInt64(0)
            for index in position..<position + 8 { account = account << 8 | UInt64(bytes[index]) }
            accounts.append(Int64(bitPattern: account))
        }
        return accounts
    }
}
