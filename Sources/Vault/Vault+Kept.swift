// SPDX-License-Identifier: Apache-2.0

import Cryptography
import GRDB
public import Interactions

extension Vault {
    /// Everything that is stored of one user's events, for showing it to that very person.
    public struct StoredEvents: Sendable {
        /// Ascending.
        public var history: History = .empty
        /// What is kept beside some of them.
        public var columns: [Interaction: [String: String]] = [:]
        /// Events of items that the catalogue does not have. Ascending.
        public var pending: [PendingEvent] = []
        /// Whether something is stored that does not open: then it is not all here.
        public var isDamaged = false
    }

    /// What one user did and what is kept beside it. Operator-only. Unknown or erased: empty.
    public func storedEvents(of user: UserPseudonym) throws -> StoredEvents {
        try VaultError.wrapping(VaultSchema.vaultFile) {
            try vaultFile.read { database in
                let isMarked = try Marks(database).contains(tombstone: tombstone(of: user))
                var record = try RecordStore(vault: database).rows(of: user)
                let kept = try KeptStore(vault: database).rows(of: user)
                let pending = try PendingStore(vault: database).rows(of: user)
                return try master.whileOpen {
                    record.wrappedKey = try readKeys { try KeyStore(keys: $0).wrappedKey(of: user) }
                    var stored = StoredEvents()
                    if isMarked { return stored }
                    let record = record
                    let opened = opened(record)
                    stored.history = opened?.history ?? .empty
                    stored.isDamaged = !record.isBlank && opened == nil
                    do {
                        if !kept.sealed.isEmpty {
                            stored.columns = try kept.open(with: record.unwrapKey(by: master)).columns
                        }
                    } catch let damage as RecordDamage {
                        note(damage, of: user)
                        stored.isDamaged = true
                    }
                    do {
                        if let opened, !pending.sealed.isEmpty || opened.head.pending > 0 {
                            stored.pending = try pending.open(
                                writtenIn: opened.head.pending, with: record.unwrapKey(by: master))
                        }
                    } catch let damage as RecordDamage {
                        note(damage, of: user)
                        stored.isDamaged = true
                    }
                    return stored
                }
            }
        }
    }

    /// Whose rows of table `kept` do not open.
    func keptDamage() throws -> [UserPseudonym: RecordDamage] {
        try VaultError.wrapping(VaultSchema.vaultFile) {
            try vaultFile.read { vault in
                let rows = try OrderedRows(
                    vault, "SELECT pseudonym, number, sealed FROM kept", in: nil, thenBy: ", number")
                guard rows.user != nil else { return [:] }
                let marks = try Marks(vault)
                var damaged: [UserPseudonym: RecordDamage] = [:]
                try readKeys { database in
                    let keys = try OrderedRows.keys(database, in: nil)
                    try master.whileOpen {
                        while let user = rows.user {
                            var kept = KeptRows(user: user)
                            while rows.user == user {
                                if let row = rows.row { try kept.append(row, at: 1) }
                                try rows.advance()
                            }
                            var record = StoredRecord(user: user)
                            record.wrappedKey = try keys.advance(to: user) ? keys.blob(1) : nil
                            // An erasure under way destroys the key first.
                            if record.wrappedKey == nil, try marks.contains(tombstone: tombstone(of: user)) { continue }
                            do {
                                _ = try kept.open(with: record.unwrapKey(by: master))
                            } catch let damage as RecordDamage { damaged[user] = damage }
                        }
                    }
                }
                return damaged
            }
        }
    }
}
