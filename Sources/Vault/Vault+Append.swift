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
    /// What is kept beside events is sealed in the same transactions, also beside duplicates: of each event and column the latest counts.
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
        let arrivals = try arrivals(of: EventTable(batch))
        return try append(arrivals, arrivals.users.indices)
    }

    /// The same for a table, in transactions of many users each: others get the files' locks in between. If it throws, or the
    /// process dies, some of these have been stored; the same table again stores the rest.
    package func append(_ table: consuming EventTable) throws -> (accepted: Int, duplicates: Int) {
        let arrivals = try arrivals(of: consume table)
        var counts = (accepted: 0, duplicates: 0)
        for start in stride(from: 0, to: arrivals.users.count, by: Self.usersPerTransaction) {
            let turn = start..<min(start + Self.usersPerTransaction, arrivals.users.count)
            let (accepted, duplicates) = try append(arrivals, turn)
            counts.accepted += accepted
            counts.duplicates += duplicates
        }
        return counts
    }

    private func arrivals(of table: consuming EventTable) throws -> Arrivals {
        if table.owners.isEmpty { return try Arrivals(EventTable(), itemCount: 0) { self.pseudonym(of: $0) } }
        return try Arrivals(consume table, itemCount: itemCount()) { self.pseudonym(of: $0) }
    }

    private static let usersPerTransaction = 1 << 17
    private static let usersAtOnce = 2048

    /// One transaction: the events of the users in `range`.
    private func append(_ arrivals: Arrivals, _ range: Range<Int>) throws -> (accepted: Int, duplicates: Int) {
        if range.isEmpty { return (0, 0) }
        return try VaultError.wrapping(VaultSchema.vaultFile) {
            // Lock order everywhere: vault.sqlite, then keys.sqlite.
            try vaultFile.write { database in
                let store = try RecordStore(vault: database)
                let (present, erased) = try self.withoutErased(arrivals, range, database)
                var counts = (accepted: 0, duplicates: erased)
                try master.whileOpen {
                    // A few users at a time: their rows are all that is held.
                    let keys = try self.withKeys(present.map { arrivals.users[$0] }, store)
                    var histories = Arrivals.Turn()
                    for start in stride(from: 0, to: present.count, by: Self.usersAtOnce) {
                        let turn = start..<min(start + Self.usersAtOnce, present.count)
                        let known = turn.filter { !keys.keyed[$0].isNew }.map { keys.keyed[$0].user }
                        var records = try store.rows(of: known, merging: keys.areMost)[...]
                        for place in turn {
                            let (part, index) = (keys.keyed[place], present[place])
                            var record = part.isNew ? StoredRecord(user: part.user) : records.removeFirst()
                            record.wrappedKey = part.wrappedKey
                            guard let added = try seal(arrivals, index, &histories, into: record, store) else {
                                continue
                            }
                            counts.accepted += added
                            counts.duplicates += arrivals.eventCount(index) - added
                        }
                    }
                }
                return counts
            }
        }
    }

    /// Those of `range` who are not erased, and how many events belong to the erased.
    private func withoutErased(
        _ arrivals: Arrivals, _ range: Range<Int>, _ database: Database
    ) throws -> ([Int], erased: Int) {
        let marks = try Marks(database)
        if marks.isEmpty { return (Array(range), 0) }
        var (kept, erased) = ([Int](), 0)
        for index in range {
            if try marks.contains(tombstone: tombstone(of: arrivals.users[index])) {
                erased += arrivals.eventCount(index)
            } else {
                kept.append(index)
            }
        }
        return (kept, erased)
    }

    /// These users with their keys, which are made, and durable, where there were none.
    /// - Returns: Also whether these users are a large part of all: then tables are read in one pass.
    /// - Parameter users: ascending.
    func withKeys(
        _ users: [UserPseudonym], _ store: RecordStore
    ) throws -> (keyed: [KeyedUser], areMost: Bool) {
        try VaultError.wrapping(VaultSchema.keysFile) {
            try writeKeys { database in
                let keys = KeyStore(keys: database)
                var areMost = false
                if users.count >= Self.usersAtOnce {
                    areMost = try users.count >= (Int.fetchOne(database, sql: "SELECT count(*) FROM keys") ?? 0) / 8
                }
                let wrapped = try keys.wrappedKeys(of: users, merging: areMost)
                // Rows without a key are damage: a new key would hide it.
                let keyless = try store.havingRows(
                    zip(users, wrapped).filter { $0.1 == nil }.map(\.0), merging: areMost)
                return (
                    try users.indices.map { place in
                        let user = users[place]
                        if wrapped[place] != nil || keyless.contains(user) {
                            return KeyedUser(user: user, wrappedKey: wrapped[place], isNew: false)
                        }
                        let fresh = master.wrap(DataKey(), of: user)
                        try keys.insert(fresh, of: user)
                        return KeyedUser(user: user, wrappedKey: fresh, isNew: true)
                    }, areMost
                )
            }
        }
    }

    /// How many of the user's events were new; nil if the record is damaged.
    private func seal(
        _ arrivals: Arrivals, _ index: Int, _ histories: inout Arrivals.Turn, into record: StoredRecord,
        _ store: RecordStore
    ) throws -> Int? {
        do {
            let key = try record.unwrapKey(by: master)
            let opened = record.isBlank ? nil : try record.open(with: key)
            // Before anything is written: damage of either leaves both as they are.
            let kept = arrivals.kept(index)
            let keptStore = KeptStore(vault: store.vault)
            let found = try kept.map { _ in try keptStore.rows(of: record.user) }?.open(with: key)
            let change = RecordChange(
                appending: histories.history(index, of: arrivals), to: opened, userID: arrivals.userID(index))
            if let change { try store.apply(change, of: record.user, with: key, isNew: record.head == nil) }
            if let kept, let found { try keptStore.merge(kept, into: found, of: record.user, with: key) }
            return change?.added ?? 0
        } catch let damage as RecordDamage {
            note(damage, of: record.user)
            return nil
        }
    }

    /// Keeps what was wrong for `checkIntegrity`.
    func note(_ damage: RecordDamage, of user: UserPseudonym) { damageSeen.withLock { $0[user] = damage } }

    /// How many users' records did not open so far. Operator-only.
    public var damagedRecordsSeen: Int { damageSeen.withLock { $0.count } }
}

/// A user of a batch with the key that their events are sealed under.
struct KeyedUser {
    let user: UserPseudonym
    /// Nil if it is missing though there are rows.
    let wrappedKey: [UInt8]?
    /// The key was made just now: there are no rows.
    let isNew: Bool
}
