// SPDX-License-Identifier: Apache-2.0

import Cryptography
import GRDB
public import Interactions
import Synchronization

extension Vault {
    /// Events of one user, in any order.
    public struct UserBatch: Sendable {
        public var userID: String
        public var interactions: [Interaction]

        public init(userID: String, interactions: [Interaction]) {
            self.userID = userID
            self.interactions = interactions
        }
    }

    /// Seals events into their users' records: all of them or, if it throws, none. Durable when it returns.
    ///
    /// Idempotent by content: an event that its user has already (item, value and time are equal) is a duplicate, and so
    /// is every event of an erased user, which is dropped. Marks are read in the writing transaction itself, so that a late
    /// writer cannot bring an erased user back. New users' keys are durable before anything is sealed under them; a crash
    /// in between leaves a key without a record, which the next append takes up.
    ///
    /// The events of a user whose record is damaged are neither: nothing is overwritten, `damagedRecordsSeen` tells.
    /// - Returns: Operator-only figures; accepted and duplicates add up to the events, but for damaged records.
    /// - Throws: `.unusableUserID`, `.unusableInteraction` for what Ingestion should have rejected; `.busy`, `.io`.
    public func append(_ batch: [UserBatch]) throws -> (accepted: Int, duplicates: Int) {
        let arrivals = try Arrival.grouped(batch) { self.pseudonym(of: $0) }
        if arrivals.isEmpty { return (0, 0) }
        return try VaultError.wrapping(VaultSchema.vaultFile) {
            // Lock order everywhere: vault.sqlite, then keys.sqlite.
            try vaultFile.write { database in
                try check(arrivals, itemCount: Self.itemCount(database))
                let store = try RecordStore(vault: database)
                let (present, erased) = try self.withoutErased(arrivals, database)
                var counts = (accepted: 0, duplicates: erased)
                try master.whileOpen {
                    // A few users at a time: their rows are all that is held.
                    let pending = try self.withKeys(present, store)
                    for start in stride(from: 0, to: pending.keyed.count, by: Self.usersAtOnce) {
                        let turn = pending.keyed[start..<min(start + Self.usersAtOnce, pending.keyed.count)]
                        let known = turn.filter { !$0.isNew }.map(\.arrival.user)
                        var records = try store.rows(of: known, merging: pending.areMost)[...]
                        for part in turn {
                            var record =
                                part.isNew ? StoredRecord(user: part.arrival.user) : records.removeFirst()
                            record.wrappedKey = part.wrappedKey
                            guard let added = try seal(part.arrival, into: record, store) else { continue }
                            counts.accepted += added
                            counts.duplicates += part.arrival.eventCount - added
                        }
                    }
                }
                return counts
            }
        }
    }

    private static let usersAtOnce = 2048

    /// The arrivals of all who are not erased, and how many events belong to the erased.
    private func withoutErased(_ arrivals: [Arrival], _ database: Database) throws -> ([Arrival], erased: Int) {
        let marks = try Marks(database)
        if marks.isEmpty { return (arrivals, 0) }
        var (kept, erased) = ([Arrival](), 0)
        for arrival in arrivals {
            if try marks.contains(tombstone: tombstone(of: arrival.user)) {
                erased += arrival.eventCount
            } else {
                kept.append(arrival)
            }
        }
        return (kept, erased)
    }

    /// The arrivals with their users' keys, which are made, and durable, where there were none.
    /// - Returns: Also whether these users are a large part of all: then tables are read in one pass.
    private func withKeys(
        _ arrivals: [Arrival], _ store: RecordStore
    ) throws -> (keyed: [KeyedArrival], areMost: Bool) {
        try VaultError.wrapping(VaultSchema.keysFile) {
            try writeKeys { database in
                let keys = KeyStore(keys: database)
                var areMost = false
                if arrivals.count >= Self.usersAtOnce {
                    areMost = try arrivals.count >= (Int.fetchOne(database, sql: "SELECT count(*) FROM keys") ?? 0) / 8
                }
                let wrapped = try keys.wrappedKeys(of: arrivals.map(\.user), merging: areMost)
                let keyed = try zip(arrivals, wrapped).map { arrival, wrapped in
                    // Rows without a key are damage: a new key would hide it.
                    guard try wrapped == nil && !store.hasRows(arrival.user) else {
                        return KeyedArrival(arrival: arrival, wrappedKey: wrapped, isNew: false)
                    }
                    let fresh = master.wrap(DataKey(), of: arrival.user)
                    try keys.insert(fresh, of: arrival.user)
                    return KeyedArrival(arrival: arrival, wrappedKey: fresh, isNew: true)
                }
                return (keyed, areMost)
            }
        }
    }

    /// How many of the events were new; nil if the record is damaged.
    private func seal(_ arrival: Arrival, into record: StoredRecord, _ store: RecordStore) throws -> Int? {
        do {
            let key = try record.unwrapKey(by: master)
            let opened = record.isBlank ? nil : try record.open(with: key)
            guard
                let change = RecordChange(appending: arrival.events, to: opened, userID: arrival.userID)
            else { return 0 }
            try store.apply(change, of: arrival.user, with: key)
            return change.added
        } catch let damage as RecordDamage {
            note(damage, of: arrival.user)
            return nil
        }
    }

    private func check(_ arrivals: [Arrival], itemCount: Int) throws {
        for arrival in arrivals {
            for event in arrival.events where Int(event.item) >= itemCount || !event.value.isFinite {
                throw VaultError.unusableInteraction
            }
        }
    }

    /// Keeps what was wrong for `checkIntegrity`.
    func note(_ damage: RecordDamage, of user: UserPseudonym) { damageSeen.withLock { $0[user] = damage } }

    /// How many users' records did not open so far. Operator-only.
    public var damagedRecordsSeen: Int { damageSeen.withLock { $0.count } }
}

/// A user's events with the key that they are sealed under.
private struct KeyedArrival {
    let arrival: Arrival
    /// Nil if it is missing though there are rows.
    let wrappedKey: [UInt8]?
    /// The key was made just now: there are no rows.
    let isNew: Bool
}

/// The events of one user in a batch.
private struct Arrival {
    let user: UserPseudonym
    let userID: [UInt8]
    /// Ascending, unique.
    let events: [Interaction]
    /// With repetitions.
    let eventCount: Int

    /// One a user, ascending by pseudonym: writes then go through the tables in order.
    static func grouped(_ batch: [Vault.UserBatch], pseudonym: (String) -> UserPseudonym) throws -> [Arrival] {
        let limit = Vault.maximumUserIDLength
        var tagged: [(user: UserPseudonym, index: Int)] = []
        tagged.reserveCapacity(batch.count)
        for (index, part) in batch.enumerated() where !part.interactions.isEmpty {
            guard (1...limit).contains(part.userID.utf8.count) else { throw VaultError.unusableUserID(limit: limit) }
            tagged.append((pseudonym(part.userID), index))
        }
        tagged.sort { $0.user < $1.user }
        var arrivals: [Arrival] = []
        var rest = tagged[...]
        while let first = rest.first {
            let same = rest.prefix { $0.user == first.user }
            rest = rest.dropFirst(same.count)
            let events = same.flatMap { batch[$0.index].interactions }
            arrivals.append(
                Arrival(
                    user: first.user, userID: Array(batch[first.index].userID.utf8),
                    events: History(events).interactions, eventCount: events.count))
        }
        return arrivals
    }
}
