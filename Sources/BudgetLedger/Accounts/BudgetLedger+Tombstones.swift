// SPDX-License-Identifier: Apache-2.0

import Cryptography
import Foundation
import GRDB
public import Interactions
public import Records

extension BudgetLedger {
    /// Moves what an erased user has spent to their tombstone, with the log's entry in the same transaction. From then on
    /// nobody can find the spending but by the tombstone's hash.
    ///
    /// A user who never was gets the same: an empty tombstone, the same entry, the same transaction. Done again, it adds
    /// another entry and nothing else.
    /// - Parameters:
    ///   - user: Private. Their row disappears.
    ///   - tombstone: 32 bytes, a keyed hash that serves nothing else.
    ///   - content: What else the entry says; the hash is added as `tombstone`. No count, no user.
    /// - Returns: The entry, of type "erase".
    @discardableResult
    public func moveToTombstone(
        _ user: UserPseudonym, tombstone: [UInt8], content: JSONValue = .object([:])
    ) throws(LedgerError) -> LogEntry {
        let entry = try Self.entryContent(content, tombstone: tombstone)
        return try transaction { db in
            var left: [Int64: Crowd] = [:]
            try self.move(user, to: tombstone, &left, db)
            try RunRow.adjust(left, self, db)
            return try self.append("erase", self.withStates(entry, db), db)
        }
    }

    /// The same for many, a few thousand to a transaction; each gets an entry of their own, in the order given.
    package func moveToTombstones(
        _ moves: [(user: UserPseudonym, tombstone: [UInt8])],
        content: () throws -> JSONValue = { .object([:]) }
    ) throws(LedgerError) -> [LogEntry] {
        var entries: [LogEntry] = []
        entries.reserveCapacity(moves.count)
        var rest = moves[...]
        while !rest.isEmpty {
            let turn = rest.prefix(2048)
            rest = rest.dropFirst(turn.count)
            entries += try transaction { db in
                var left: [Int64: Crowd] = [:]
                for move in turn { try self.move(move.user, to: move.tombstone, &left, db) }
                // The sums first: each entry says what the transaction leaves behind.
                try RunRow.adjust(left, self, db)
                let extra = try content()
                return try turn.map { move in
                    let content = try Self.entryContent(extra, tombstone: move.tombstone)
                    return try self.append("erase", self.withStates(content, db), db)
                }
            }
        }
        return entries
    }

    /// Moves the spending, without an entry, and adds to `left` whom each of the user's runs loses. Left in the sums of past
    /// runs, a user could be found by a guess; live grants carry their own digest.
    private func move(
        _ user: UserPseudonym, to tombstone: [UInt8], _ left: inout [Int64: Crowd], _ db: Database
    ) throws {
        let account = try Membership.remove(user, db)
        let copy = try Account.copy(of: try account.map { try Account.find($0, db) }, crowd: .nobody, db)
        try Rule.bury(user, under: tombstone, self, db)
        try Account.add(.nobody - Crowd(user), to: account ?? Membership.nobody, db)
        try Account.deleteIfEmpty(account ?? Membership.nobody, db)
        for run in try account == nil ? [] : Account.runs(copy.id, db) { left[run, default: .nobody] -= Crowd(user) }
        if let old = try Tombstone.account(of: tombstone, db) {
            try copy.absorb(old, db)
            try Account.delete(old, db)
        }
        try db.cachedStatement(sql: "INSERT OR REPLACE INTO tombstone VALUES (?, ?)")
            .execute(arguments: [Data(tombstone), copy.id])
    }

    /// Lets an erased user return: the spending goes back to the pseudonym, the tombstone disappears.
    /// - Returns: The entry, of type "readmit".
    @discardableResult
    public func readmit(
        _ user: UserPseudonym, tombstone: [UInt8], content: JSONValue = .object([:])
    ) throws(LedgerError) -> LogEntry {
        let entry = try Self.entryContent(content, tombstone: tombstone)
        return try transaction { db in
            try Rule.restore(user, from: tombstone, self, db)
            if let spent = try Tombstone.account(of: tombstone, db) {
                try Tombstone.remove(tombstone, db)
                let returned = try Account.copy(of: try Account.find(spent, db), crowd: Crowd(user), db)
                try Account.delete(spent, db)
                var before: Set<Int64> = []
                if let since = try Membership.account(of: user, db) {
                    before = try Account.runs(since, db)
                    try returned.absorb(since, db)
                    try Account.add(.nobody - Crowd(user), to: since, db)
                    try Account.deleteIfEmpty(since, db)
                }
                try Membership.assign(user, to: returned.id, db)
                let joined = try Account.runs(returned.id, db).subtracting(before)
                try RunRow.adjust(Dictionary(uniqueKeysWithValues: joined.map { ($0, Crowd(user)) }), self, db)
            }
            return try self.append("readmit", self.withStates(entry, db), db)
        }
    }

    /// Whether an erased user's spending lies under this hash.
    public func hasTombstone(_ tombstone: [UInt8]) throws(LedgerError) -> Bool {
        try reading { try Tombstone.account(of: tombstone, $0) != nil }
    }

    /// With what the entry says of all limits and tiers, and of the runs: an erasure may have taken something along, or not.
    private func withStates(_ content: JSONValue, _ db: Database) throws -> JSONValue {
        guard case .object(var members) = content else { return content }
        members["rules"] = .string(try rulesState(at: LogTable.last(db).count, db))
        return try withCohorts(.object(members), db)
    }

    private static func entryContent(_ content: JSONValue, tombstone: [UInt8]) throws(LedgerError) -> JSONValue {
        guard tombstone.count == 32 else { throw .badTombstone }
        var members: [String: JSONValue] = [:]
        if case .object(let given) = content { members = given }
        members["tombstone"] = .string(Hex.encode(tombstone))
        return .object(members)
    }
}

/// The spending of the erased, by the hash of who they were.
enum Tombstone {
    static func account(of hash: [UInt8], _ db: Database) throws -> Int64? {
        let statement = try db.cachedStatement(sql: "SELECT account FROM tombstone WHERE hash = ?")
        return try Int64.fetchOne(statement, arguments: [Data(hash)])
    }

    static func remove(_ hash: [UInt8], _ db: Database) throws {
        try db.cachedStatement(sql: "DELETE FROM tombstone WHERE hash = ?").execute(arguments: [Data(hash)])
    }
}
