// SPDX-License-Identifier: Apache-2.0

import Cryptography
public import DPAccounting
import Foundation
import GRDB
public import Interactions

/// Events of items that the catalogue does not have: each in its user's own record, until the item is there.
extension Vault {
    /// How many of them are kept of a user: the newest, by time, then item, then value. So what is kept follows from what came, not
    /// from its order.
    public static let maximumPending = 1024

    private static let usersPerPendingTransaction = 4096

    /// Seals events of unknown items into their users' own records. Idempotent by content, like `append`; durable when it returns.
    ///
    /// An item that is in the catalogue by now is none of them: its event goes to the history. Marks, catalogue and record are read in
    /// the writing transaction. If it throws, some users' events may have been stored; the same again stores the rest.
    /// - Throws: `.unusableUserID`, `.unusableInteraction`; `.busy`, `.io`.
    public func appendPending(_ batch: [PendingBatch]) throws -> PendingOutcome {
        var byUser: [UserPseudonym: PendingBatch] = [:]
        for part in batch where !part.events.isEmpty {
            guard (1...Self.maximumUserIDLength).contains(part.userID.utf8.count) else {
                throw VaultError.unusableUserID(limit: Self.maximumUserIDLength)
            }
            guard part.events.allSatisfy(\.value.isFinite) else { throw VaultError.unusableInteraction }
            byUser[pseudonym(of: part.userID), default: PendingBatch(userID: part.userID, events: [])].events +=
                part.events
        }
        let users = byUser.keys.sorted()
        var outcome = PendingOutcome()
        for start in stride(from: 0, to: users.count, by: Self.usersPerPendingTransaction) {
            let turn = users[start..<min(start + Self.usersPerPendingTransaction, users.count)]
            try VaultError.wrapping(VaultSchema.vaultFile) {
                try vaultFile.write { database in
                    let marks = try Marks(database)
                    var present: [UserPseudonym] = []
                    for user in turn {
                        if try marks.contains(tombstone: tombstone(of: user)) {
                            outcome.duplicates += byUser[user]?.events.count ?? 0
                        } else {
                            present.append(user)
                        }
                    }
                    let store = try RecordStore(vault: database)
                    var items = KnownItems(database)
                    try master.whileOpen {
                        for keyed in try self.withKeys(present, store).keyed {
                            guard let part = byUser[keyed.user] else { continue }
                            var record = keyed.isNew ? StoredRecord(user: keyed.user) : try store.rows(of: keyed.user)
                            record.wrappedKey = keyed.wrappedKey
                            guard
                                let one = try rewrite(
                                    part.events, Array(part.userID.utf8), into: record, &items, store)
                            else { continue }
                            outcome.pending += one.pending
                            outcome.accepted += one.accepted
                            outcome.duplicates += part.events.count - one.pending - one.accepted - one.full
                            outcome.full += one.full
                        }
                    }
                }
            }
        }
        return outcome
    }

    /// The newest run whose discovered items are in the catalogue; nil where there was none.
    public func discoveredRun() throws -> RunID? {
        try VaultError.wrapping(VaultSchema.vaultFile) {
            try vaultFile.read { try String.fetchOne($0, sql: "SELECT discovered FROM vault WHERE id = 1") }
        }.map { RunID(hex: $0) }
    }

    /// Puts the items that a run discovered behind the catalogue, those that it has not: with their ids alone. Durable on return.
    public func addDiscovered(_ items: [ItemID], by run: RunID) throws {
        try VaultError.wrapping(VaultSchema.vaultFile) {
            try vaultFile.write { database in
                var next = try Self.itemCount(database)
                for item in items {
                    let id = Data(item.bytes)
                    let sql = "SELECT 1 FROM items WHERE id = ?"
                    if try Int.fetchOne(database.cachedStatement(sql: sql), arguments: [id]) != nil { continue }
                    try database.cachedStatement(
                        sql: "INSERT INTO items (position, id, title, features) VALUES (?, ?, x'', ?)"
                    ).execute(arguments: [next, id, Data("{}".utf8)])
                    next += 1
                }
                try database.execute(sql: "UPDATE vault SET discovered = ? WHERE id = 1", arguments: [run.hex])
            }
        }
    }

    /// Moves pending events whose items are in the catalogue into their users' histories, if any item came since this was last done.
    ///
    /// Each transaction moves whole users; cut short, the next call goes on. It tells nobody how many events there were, nor whose.
    public func settlePending() throws {
        let (isDue, known) = try VaultError.wrapping(VaultSchema.vaultFile) {
            try vaultFile.read { database in
                let due = try Bool.fetchOne(
                    database,
                    sql: """
                        SELECT EXISTS (SELECT 1 FROM pending)
                        AND (SELECT count(*) FROM items) > (SELECT settled FROM vault WHERE id = 1)
                        """)
                return (due ?? false, try Self.itemCount(database))
            }
        }
        guard isDue else { return }
        var last: UserPseudonym?
        while let end = try settle(after: last) { last = end }
        try VaultError.wrapping(VaultSchema.vaultFile) {
            try vaultFile.write {
                try $0.execute(sql: "UPDATE vault SET settled = max(settled, ?) WHERE id = 1", arguments: [known])
            }
        }
    }

    /// - Returns: The last user that was looked at; nil if there was none.
    private func settle(after last: UserPseudonym?) throws -> UserPseudonym? {
        try VaultError.wrapping(VaultSchema.vaultFile) {
            try vaultFile.write { database in
                let users = try PendingStore(vault: database).users(
                    after: last, most: Self.usersPerPendingTransaction)
                let marks = try Marks(database)
                let store = try RecordStore(vault: database)
                var items = KnownItems(database)
                try master.whileOpen {
                    let keys = try readKeys { try KeyStore(keys: $0).wrappedKeys(of: users, merging: false) }
                    for (user, wrapped) in zip(users, keys) {
                        if try marks.contains(tombstone: tombstone(of: user)) { continue }
                        var record = try store.rows(of: user)
                        record.wrappedKey = wrapped
                        _ = try rewrite([], [], into: record, &items, store)
                    }
                }
                return users.last
            }
        }
    }

    /// Puts events to a user's pending ones, and those of known items among all of them into the history.
    /// - Returns: What became of `events`; nil if the record is damaged: then nothing is written.
    private func rewrite(
        _ events: [PendingEvent], _ userID: [UInt8], into record: StoredRecord, _ items: inout KnownItems,
        _ store: RecordStore
    ) throws -> PendingOutcome? {
        let pending = PendingStore(vault: store.vault)
        do {
            let key = try record.unwrapKey(by: master)
            let rows = try pending.rows(of: record.user)
            if record.isBlank && !rows.sealed.isEmpty { throw RecordDamage.headMissing }
            let opened = record.isBlank ? nil : try record.open(with: key)
            let stored = try rows.open(writtenIn: opened?.head.pending ?? 0, with: key)
            let before = Set(stored)
            var (waiting, known): ([PendingEvent], [Interaction]) = ([], [])
            for event in before.union(events) {
                if let item = try items.position(of: event.item) {
                    known.append(Interaction(item: item, value: event.value, time: event.time))
                } else {
                    waiting.append(event)
                }
            }
            waiting = Array(waiting.sorted().suffix(Self.maximumPending))
            let change = RecordChange(
                appending: History(known).interactions, to: opened, userID: userID,
                pending: waiting == stored ? .kept : waiting.isEmpty ? .removed : .replaced)
            var outcome = PendingOutcome()
            let kept = Set(waiting)
            for event in Set(events).subtracting(before) {
                if try items.position(of: event.item) != nil { continue }
                if kept.contains(event) { outcome.pending += 1 } else { outcome.full += 1 }
            }
            guard let change else { return outcome }
            // What moved out of the pending ones is not new.
            let moved = try before.count { try items.position(of: $0.item) != nil }
            outcome.accepted = max(0, change.added - moved)
            try store.apply(change, of: record.user, with: key, isNew: record.head == nil)
            if waiting != stored {
                try pending.replace(
                    by: waiting, of: record.user, generation: change.head.generation, with: key)
            }
            return outcome
        } catch let damage as RecordDamage {
            note(damage, of: record.user)
            return nil
        }
    }

    /// Which unknown items each member of a run has events of, under the grant that was charged to exactly them. Private.
    ///
    /// As for `openCohort`: who withdrew since, and whose record does not open, has none.
    /// - Throws: `.foreignGrant`, `.purposeMismatch`, `.cohortMismatch`; `.busy` or `.io` of the files. Nothing that depends on a record.
    public func pendingItems(
        of members: [UserPseudonym], for purpose: Purpose, requiringConsent: Bool = false,
        under grant: borrowing RunGrant
    ) throws -> [UserPseudonym: [ItemID]] {
        try refuse(members, for: purpose, under: grant)
        var found: [UserPseudonym: [ItemID]] = [:]
        try VaultError.wrapping(VaultSchema.vaultFile) {
            try vaultFile.read { database in
                let withdrawn = try self.withdrawn(
                    among: members, for: purpose, requiringConsent: requiringConsent, database)
                let (all, store) = (Set(members), PendingStore(vault: database))
                let users = try store.users(after: nil, most: .max).filter {
                    all.contains($0) && !withdrawn.contains($0)
                }
                let records = try RecordStore(vault: database)
                try master.whileOpen {
                    let keys = try readKeys { try KeyStore(keys: $0).wrappedKeys(of: users, merging: false) }
                    for (user, wrapped) in zip(users, keys) {
                        do {
                            var record = try records.rows(of: user)
                            record.wrappedKey = wrapped
                            let key = try record.unwrapKey(by: master)
                            let head = try record.openHead(with: key)
                            let events = try store.rows(of: user).open(writtenIn: head.pending, with: key)
                            found[user] = Set(events.map(\.item)).sorted()
                        } catch let damage as RecordDamage { note(damage, of: user) }
                    }
                }
            }
        }
        return found
    }
}

/// Which ids the catalogue has, as one transaction sees it; each is looked up once.
private struct KnownItems {
    private let database: Database
    private var positions: [ItemID: UInt32?] = [:]

    init(_ database: Database) { self.database = database }

    mutating func position(of item: ItemID) throws -> UInt32? {
        if let known = positions[item] { return known }
        let found = try Int64.fetchOne(
            database.cachedStatement(sql: "SELECT position FROM items WHERE id = ?"), arguments: [Data(item.bytes)])
        let position = found.flatMap { UInt32(exactly: $0) }
        positions[item] = .some(position)
        return position
    }
}
