// SPDX-License-Identifier: Apache-2.0

import Cryptography
import Foundation
import GRDB
public import Interactions
import Storage
import Synchronization

/// One erasure under way.
public struct ErasureIntent: Hashable, Sendable {
    /// The user's mark: 32 bytes, a keyed hash under a key used for nothing else.
    public let tombstone: [UInt8]
    /// Whom it is about; nil once `markErased` has blanked it: then only the logs are left to empty.
    public let pseudonym: UserPseudonym?

    public init(tombstone: [UInt8], pseudonym: UserPseudonym?) {
        self.tombstone = tombstone
        self.pseudonym = pseudonym
    }
}

/// The vault's steps of an erasure, in the order in which they are driven. Each may be repeated; each does the same writes
/// and the same synchronisations for a user who never was.
///
/// `beginErasure`, `destroyKey`, `deleteRows`; the ledger moves the spending and logs; `markErased`; the ledger's log is
/// emptied; `truncateLogs` of the vault last: it is what ends the pending state.
extension Vault {
    /// How many users one transaction takes: others get the files' locks in between.
    private static let erasuresPerTransaction = 4096

    /// Writes the intent. From here on the user's events are dropped and their history is empty to everyone.
    public func beginErasure(of userID: String) throws -> ErasureIntent {
        let user = pseudonym(of: userID)
        let intent = ErasureIntent(tombstone: tombstone(of: user), pseudonym: user)
        try begin([intent])
        return intent
    }

    /// The same for many, in the order given: a few commits, not one a user.
    public func beginErasures(of userIDs: [String]) throws -> [ErasureIntent] {
        let intents = userIDs.map { userID in
            let user = pseudonym(of: userID)
            return ErasureIntent(tombstone: tombstone(of: user), pseudonym: user)
        }
        try Self.inTurns(intents) { try begin($0) }
        return intents
    }

    private func begin(_ intents: ArraySlice<ErasureIntent>) throws {
        try writeVault { database in
            let mark = try database.cachedStatement(
                sql: "INSERT OR REPLACE INTO marks (tombstone, state, pseudonym) VALUES (?, ?, ?)")
            for intent in intents {
                guard let user = intent.pseudonym else { continue }
                try mark.execute(
                    arguments: [Data(intent.tombstone), Marks.State.pending.rawValue, Data(user.bytes)])
            }
            try Marks.countChange(database)
        }
    }

    /// Destroys the user's data key. What was sealed under it is noise from here on, wherever a copy lies.
    public func destroyKey(_ intent: ErasureIntent) throws { try destroyKeys([intent]) }

    /// The same for many.
    public func destroyKeys(_ intents: [ErasureIntent]) throws {
        try Self.inTurns(intents) { turn in
            let pending = try pending(among: turn)
            try VaultError.wrapping(VaultSchema.keysFile) {
                try keysFile.write { database in
                    // Overwritten in place, or written for the first time: then there is a row to delete for everybody.
                    let overwrite = try database.cachedStatement(
                        sql: """
                            INSERT INTO keys (pseudonym, wrapped) VALUES (?, ?)
                            ON CONFLICT DO UPDATE SET wrapped = excluded.wrapped
                            """)
                    let delete = try database.cachedStatement(sql: "DELETE FROM keys WHERE pseudonym = ?")
                    for user in pending {
                        let noise = Data(SystemRandom.bytes(DataKey.wrappedLength))
                        try overwrite.execute(arguments: [Data(user.bytes), noise])
                        try delete.execute(arguments: [Data(user.bytes)])
                    }
                }
            }
        }
    }

    /// Deletes the sealed record and the preferences.
    public func deleteRows(_ intent: ErasureIntent) throws { try deleteRows([intent]) }

    /// The same for many.
    public func deleteRows(_ intents: [ErasureIntent]) throws {
        try Self.inTurns(intents) { turn in
            let users = try pending(among: turn)
            try writeVault { database in
                let head = try database.cachedStatement(
                    sql: "INSERT OR REPLACE INTO heads (pseudonym, sealed) VALUES (?, ?)")
                let segment = try database.cachedStatement(
                    sql: "INSERT OR REPLACE INTO segments (pseudonym, number, sealed) VALUES (?, 0, ?)")
                let part = try database.cachedStatement(
                    sql: "INSERT OR REPLACE INTO stream_parts (pseudonym, stream, sealed) VALUES (?, x'', ?)")
                let kept = try database.cachedStatement(
                    sql: "INSERT OR REPLACE INTO kept (pseudonym, number, sealed) VALUES (?, 0, ?)")
                let waiting = try database.cachedStatement(
                    sql: "INSERT OR REPLACE INTO pending (pseudonym, number, sealed) VALUES (?, 0, ?)")
                let deletes = try ["segments", "heads", "stream_parts", "kept", "pending"].map {
                    try database.cachedStatement(sql: "DELETE FROM \($0) WHERE pseudonym = ?")
                }
                for user in users {
                    let pseudonym = Data(user.bytes)
                    let noise = Data(SystemRandom.bytes(SizeClass.bytes256.rawValue))
                    try head.execute(arguments: [pseudonym, noise])
                    try segment.execute(arguments: [pseudonym, noise])
                    try part.execute(arguments: [pseudonym, noise])
                    try kept.execute(arguments: [pseudonym, noise])
                    try waiting.execute(arguments: [pseudonym, noise])
                    for delete in deletes { try delete.execute(arguments: [pseudonym]) }
                }
                try Words(vault: self, database: database).removeAll(of: users)
            }
            damageSeen.withLock { damage in
                for user in users { damage.removeValue(forKey: user) }
            }
        }
    }

    /// Blanks the pseudonym in the mark, which stays. Still pending until `truncateLogs` has returned.
    public func markErased(_ intent: ErasureIntent) throws { try markErased([intent]) }

    /// The same for many.
    public func markErased(_ intents: [ErasureIntent]) throws {
        try Self.inTurns(intents) { turn in
            try writeVault { database in
                let mark = try database.cachedStatement(
                    sql: "UPDATE marks SET state = ?, pseudonym = ? WHERE tombstone = ? AND state = ?")
                for intent in turn {
                    try mark.execute(
                        arguments: [
                            Marks.State.untruncated.rawValue, Marks.blank, Data(intent.tombstone),
                            Marks.State.pending.rawValue,
                        ])
                }
            }
        }
    }

    /// Empties the write-ahead logs and the unused parts of both files, so that nothing deleted is left in them, and ends the erasures that
    /// `markErased` was called for.
    /// - Throws: `.busy` while a reader, perhaps in another process, holds a log back: then they stay pending.
    public func truncateLogs() throws {
        let ended = try untruncated()
        try emptyKeys()
        try emptyVault()
        if ended.isEmpty { return }
        try writeVault { database in
            // Only marks whose deletions were in the log when it was emptied.
            let mark = try database.cachedStatement(
                sql: "UPDATE marks SET state = ? WHERE tombstone = ? AND state = ?")
            for tombstone in ended {
                try mark.execute(
                    arguments: [Marks.State.erased.rawValue, Data(tombstone), Marks.State.untruncated.rawValue])
            }
        }
    }

    /// Erasures that are not done, whoever began them. Each is resumed by repeating all its steps.
    public func pendingErasures() throws -> [ErasureIntent] {
        try VaultError.wrapping(VaultSchema.vaultFile) {
            try vaultFile.read { database in
                let sql = "SELECT tombstone, pseudonym, state FROM marks WHERE state != ? ORDER BY tombstone"
                return try Row.fetchAll(database, sql: sql, arguments: [Marks.State.erased.rawValue]).map { row in
                    let isPending = row[2] == Marks.State.pending.rawValue
                    return ErasureIntent(
                        tombstone: [UInt8](row[0] as Data),
                        pseudonym: isPending ? UserPseudonym(bytes: row[1] as Data) : nil)
                }
            }
        }
    }

    /// Those of these tombstones that have no mark here: somebody put an older file back, or took rows out.
    public func unmarked(among tombstones: [[UInt8]]) throws -> [[UInt8]] {
        try VaultError.wrapping(VaultSchema.vaultFile) {
            try vaultFile.read { database in
                let marked = try Marks(database).all().tombstones
                return tombstones.filter { !marked.contains($0) }
            }
        }
    }

    /// Writes the marks of people who were erased. Who came back with an older file, by a record or a key, is pending once
    /// more, so that the erasure is carried out again; of the others nothing is there.
    public func restoreMarks(_ tombstones: [[UInt8]]) throws {
        let lost = Set(tombstones)
        let keys = try VaultError.wrapping(VaultSchema.keysFile) {
            try keysFile.read { try Data.fetchAll($0, sql: "SELECT pseudonym FROM keys") }
        }
        try writeVault { database in
            var returned: [[UInt8]: UserPseudonym] = [:]
            for bytes in try Data.fetchAll(database, sql: "SELECT pseudonym FROM heads") + keys {
                guard let user = UserPseudonym(bytes: bytes) else { continue }
                let tombstone = tombstone(of: user)
                if lost.contains(tombstone) { returned[tombstone] = user }
            }
            for tombstone in tombstones {
                let state = returned[tombstone] == nil ? Marks.State.erased : .pending
                try database.execute(
                    sql: "INSERT OR IGNORE INTO marks (tombstone, state, pseudonym) VALUES (?, ?, ?)",
                    arguments: [
                        Data(tombstone), state.rawValue, returned[tombstone].map { Data($0.bytes) } ?? Marks.blank,
                    ])
            }
            try Marks.countChange(database)
        }
    }

    /// Whether an erasure of the user was begun or done, and they were not readmitted since. Operator-only.
    public func isErased(_ user: UserPseudonym) throws -> Bool {
        try VaultError.wrapping(VaultSchema.vaultFile) {
            try vaultFile.read { try Marks($0).contains(tombstone: tombstone(of: user)) }
        }
    }

    /// Takes the mark away: the user's events are accepted again, under a new key. Their old spending stays.
    /// - Returns: Whether there was a mark. Operator-only.
    /// - Throws: `.erasurePending` while the erasure has not ended.
    @discardableResult
    public func readmit(userID: String) throws -> Bool {
        let tombstone = Data(tombstone(of: pseudonym(of: userID)))
        var wasErased = false
        try writeVault { database in
            guard
                let state = try Int.fetchOne(
                    database, sql: "SELECT state FROM marks WHERE tombstone = ?", arguments: [tombstone])
            else { return }
            guard state == Marks.State.erased.rawValue else { throw VaultError.erasurePending }
            try database.execute(sql: "DELETE FROM marks WHERE tombstone = ?", arguments: [tombstone])
            wasErased = true
        }
        return wasErased
    }

    /// The users of those intents that another process has not ended since: they may have been readmitted.
    private func pending(
        among intents: ArraySlice<ErasureIntent>
    ) throws -> [UserPseudonym] {
        try VaultError.wrapping(VaultSchema.vaultFile) {
            try vaultFile.read { database in
                let state = try database.cachedStatement(sql: "SELECT state FROM marks WHERE tombstone = ?")
                return try intents.compactMap { intent in
                    let found = try Int.fetchOne(state, arguments: [Data(intent.tombstone)])
                    guard found == Marks.State.pending.rawValue, let user = intent.pseudonym else { return nil }
                    return user
                }
            }
        }
    }

    private static func inTurns(
        _ intents: [ErasureIntent], _ body: (ArraySlice<ErasureIntent>) throws -> Void
    ) rethrows {
        for start in stride(from: 0, to: intents.count, by: erasuresPerTransaction) {
            try body(intents[start..<min(start + erasuresPerTransaction, intents.count)])
        }
    }

    private func writeVault(_ body: (Database) throws -> Void) throws {
        try VaultError.wrapping(VaultSchema.vaultFile) { try vaultFile.write(body) }
    }
}
