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
                let store = RecordStore(vault: database)
                let (records, erased) = try self.load(arrivals, from: store)
                var counts = (accepted: 0, duplicates: erased)
                try master.whileOpen {
                    for (arrival, record) in records {
                        guard let added = try seal(arrival, into: record, store) else { continue }
                        counts.accepted += added
                        counts.duplicates += arrival.eventCount - added
                    }
                }
                return counts
            }
        }
    }

    /// The stored records of all who are not erased, with their keys, which are made and durable where there were none;
    /// and how many events belong to the erased.
    private func load(
        _ arrivals: [Arrival], from store: RecordStore
    ) throws -> (records: [(Arrival, StoredRecord)], erased: Int) {
        let marks = try Marks(store.vault)
        var records: [(Arrival, StoredRecord)] = []
        var erased = 0
        for arrival in arrivals {
            if try marks.contains(tombstone: tombstone(of: arrival.user)) {
                erased += arrival.eventCount
            } else {
                records.append((arrival, try store.rows(of: arrival.user)))
            }
        }
        try VaultError.wrapping(VaultSchema.keysFile) {
            try keysFile.write { database in
                let keys = KeyStore(keys: database)
                for index in records.indices {
                    let user = records[index].1.user
                    records[index].1.wrappedKey = try keys.wrappedKey(of: user)
                    // Rows without a key are damage: a new key would hide it.
                    guard records[index].1.wrappedKey == nil, records[index].1.isBlank else { continue }
                    let wrapped = DataKey().wrapped(by: master, associatedData: AssociatedData.key(of: user))
                    try keys.insert(wrapped, of: user)
                    records[index].1.wrappedKey = wrapped
                }
            }
        }
        return (records, erased)
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
