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
            try Self.move(user, to: tombstone, db)
            try RunRow.forgetCohorts(db)
            return try self.append("erase", entry, db)
        }
    }

    /// The same for many, a few thousand to a transaction; each gets an entry of their own, in the order given.
    package func moveToTombstones(
        _ moves: [(user: UserPseudonym, tombstone: [UInt8])]
    ) throws(LedgerError) -> [LogEntry] {
        var entries: [LogEntry] = []
        entries.reserveCapacity(moves.count)
        var rest = moves[...]
        while !rest.isEmpty {
            let turn = rest.prefix(2048)
            rest = rest.dropFirst(turn.count)
            entries += try transaction { db in
                let added = try turn.map { move in
                    try Self.move(move.user, to: move.tombstone, db)
                    let content = try Self.entryContent(.object([:]), tombstone: move.tombstone)
                    return try self.append("erase", content, db)
                }
                try RunRow.forgetCohorts(db)
                return added
            }
        }
        return entries
    }

    /// Moves the spending, without an entry. `RunRow.forgetCohorts` belongs into the same transaction: digests of past
    /// cohorts could confirm a guess that this user was in one. Live grants carry their own.
    private static func move(_ user: UserPseudonym, to tombstone: [UInt8], _ db: Database) throws {
        let account = try Membership.account(of: user, db)
        let copy = try Account.copy(of: try account.map { try Account.find($0, db) }, users: 0, db)
        try Membership.remove(user, db)
        try Rule.bury(user, under: tombstone, db)
        try Account.addUsers(-1, to: account ?? Membership.nobody, db)
        try Account.deleteIfEmpty(account ?? Membership.nobody, db)
        if let old = try Tombstone.account(of: tombstone, db) {
            try copy.absorb(old, db)
            try Account.delete(old, db)
        }
        try db.execute(
            sql: "INSERT OR REPLACE INTO tombstone VALUES (?, ?)", arguments: [Data(tombstone), copy.id])
    }

    /// Lets an erased user return: the spending goes back to the pseudonym, the tombstone disappears.
    /// - Returns: The entry, of type "readmit".
    @discardableResult
    public func readmit(
        _ user: UserPseudonym, tombstone: [UInt8], content: JSONValue = .object([:])
    ) throws(LedgerError) -> LogEntry {
        let entry = try Self.entryContent(content, tombstone: tombstone)
        return try transaction { db in
            try Rule.restore(user, from: tombstone, db)
            if let spent = try Tombstone.account(of: tombstone, db) {
                try Tombstone.remove(tombstone, db)
                let returned = try Account.copy(of: try Account.find(spent, db), users: 1, db)
                try Account.delete(spent, db)
                if let since = try Membership.account(of: user, db) {
                    try returned.absorb(since, db)
                    try Account.addUsers(-1, to: since, db)
                    try Account.deleteIfEmpty(since, db)
                }
                try Membership.assign([user], to: returned.id, db)
            }
            return try self.append("readmit", entry, db)
        }
    }

    /// Whether an erased user's spending lies under this hash.
    public func hasTombstone(_ tombstone: [UInt8]) throws(LedgerError) -> Bool {
        try reading { try Tombstone.account(of: tombstone, $0) != nil }
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
        try Int64.fetchOne(db, sql: "SELECT account FROM tombstone WHERE hash = ?", arguments: [Data(hash)])
    }

    static func remove(_ hash: [UInt8], _ db: Database) throws {
        try db.execute(sql: "DELETE FROM tombstone WHERE hash = ?", arguments: [Data(hash)])
    }
}
