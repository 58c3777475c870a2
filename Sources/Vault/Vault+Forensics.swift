// SPDX-License-Identifier: Apache-2.0

import Cryptography
import Foundation
import GRDB
import Interactions

extension Vault {
    /// What is on the disk of one user, and what it says: for a drill that searches for it after an erasure.
    public struct Remains: Sendable {
        /// A name for reports, and bytes that must not be found afterwards.
        public var needles: [(what: String, bytes: [UInt8])]
        /// The newest generation of the user's rows: what is left can be of any up to this one.
        public var generation: UInt64
        /// The user's data key as it was wrapped: whoever kept it can try every row that is left.
        public var wrappedKey: [UInt8]
    }

    /// Reads the rows of a user before an erasure. Whoever keeps the result defeats the erasure: for drills, not for service.
    /// - Returns: nil for a user without a record.
    public func remains(of userID: String) throws -> Remains? {
        let user = pseudonym(of: userID)
        var record = StoredRecord(user: user)
        var kept = KeptRows(user: user)
        var pending = PendingRows(user: user)
        try VaultError.wrapping(VaultSchema.vaultFile) {
            try vaultFile.read {
                record = try RecordStore(vault: $0).rows(of: user)
                kept = try KeptStore(vault: $0).rows(of: user)
                pending = try PendingStore(vault: $0).rows(of: user)
            }
            record.wrappedKey = try readKeys { try KeyStore(keys: $0).wrappedKey(of: user) }
        }
        guard let wrapped = record.wrappedKey, let opened = opened(record) else { return nil }
        var needles = [(what: "id", bytes: Array(userID.utf8)), (what: "wrapped key", bytes: wrapped)]
        needles += [record.head ?? []].map { (what: "sealed head", bytes: $0) }
        needles += record.segments.map { (what: "sealed segment", bytes: $0.sealed) }
        needles += opened.segments.map { (what: "history in clear", bytes: SegmentCodec.encode($0.interactions[...])) }
        if !opened.head.events.isEmpty { needles.append((what: "history in clear", bytes: opened.head.events)) }
        needles += kept.sealed.map { (what: "sealed kept row", bytes: $0) }
        needles += pending.sealed.map { (what: "sealed pending row", bytes: $0) }
        for event in try pending.open(writtenIn: opened.head.pending, with: record.unwrapKey(by: master)) {
            needles.append((what: "pending event in clear", bytes: PendingCodec.encode(event)))
        }
        for (event, columns) in try kept.open(with: record.unwrapKey(by: master)).columns {
            // Without the names of the columns, which are public.
            let clear = KeptCodec.encode(KeptEvent(event: event, columns: columns), names: columns.keys.sorted())
            needles.append((what: "kept columns in clear", bytes: clear))
        }
        return Remains(needles: needles, generation: opened.head.generation, wrappedKey: wrapped)
    }

    /// How many rows of the vault still open under a user's old key: none where the master key in force does not open that key, since it
    /// was rotated since.
    public func rowsOpening(
        under wrappedKey: [UInt8], of userID: String, upToGeneration generation: UInt64
    ) throws -> Int {
        let user = pseudonym(of: userID)
        var probe = StoredRecord(user: user)
        probe.wrappedKey = wrappedKey
        try VaultError.wrapping(VaultSchema.keysFile) { try readKeys { _ in } }
        guard let key = try? probe.unwrapKey(by: master) else { return 0 }
        var count = 0
        try VaultError.wrapping(VaultSchema.vaultFile) {
            try vaultFile.read { database in
                let heads = try Row.fetchCursor(database, sql: "SELECT sealed FROM heads")
                while let row = try heads.next() {
                    let opened = try? key.open([UInt8](row[0] as Data), associatedData: AssociatedData.head(of: user))
                    count += opened == nil ? 0 : 1
                }
                for (table, place) in [
                    ("segments", AssociatedData.segment), ("pending", AssociatedData.pending),
                ] {
                    let rows = try Row.fetchCursor(database, sql: "SELECT number, sealed FROM \(table)")
                    while let row = try rows.next() {
                        let number = UInt32(truncatingIfNeeded: row[0] as Int64)
                        let opens = (1...max(1, generation)).contains { generation in
                            let place = place(user, number, generation)
                            return (try? key.open([UInt8](row[1] as Data), associatedData: place)) != nil
                        }
                        count += opens ? 1 : 0
                    }
                }
                let kept = try Row.fetchCursor(database, sql: "SELECT number, sealed FROM kept")
                while let row = try kept.next() {
                    let place = AssociatedData.kept(of: user, number: UInt32(truncatingIfNeeded: row[0] as Int64))
                    let opened = try? key.open([UInt8](row[1] as Data), associatedData: place)
                    count += opened == nil ? 0 : 1
                }
            }
        }
        return count
    }
}
