// SPDX-License-Identifier: Apache-2.0

import Cryptography
import GRDB
public import Interactions

extension Vault {
    /// What one user did, for serving that very user. Unknown, erased or damaged: empty, by the same path.
    public func history(of user: UserPseudonym) throws -> History {
        try VaultError.wrapping(VaultSchema.vaultFile) {
            try vaultFile.read { database in
                let isMarked = try Marks(database).contains(tombstone: tombstone(of: user))
                var record = try RecordStore(vault: database).rows(of: user)
                // Read and opened inside, so that the key it is under stays in hand.
                return try master.whileOpen {
                    record.wrappedKey = try readKeys { try KeyStore(keys: $0).wrappedKey(of: user) }
                    return isMarked ? History.empty : opened(record)?.history ?? .empty
                }
            }
        }
    }

    /// Everybody's history with the outside id, ascending by pseudonym; only where the data were declared public.
    /// - Throws: `.notPublicData`.
    public func publicHistories() throws -> [(userID: String, user: UserPseudonym, history: History)] {
        guard isPublicData else { throw VaultError.notPublicData }
        var histories: [(userID: String, user: UserPseudonym, history: History)] = []
        try walk(over: nil) { vault, walk in
            let marks = try Marks(vault)
            while let record = try walk.next() {
                guard try !marks.contains(tombstone: tombstone(of: record.user)), let opened = opened(record) else {
                    continue
                }
                let userID = String(decoding: opened.head.userID, as: UTF8.self)
                histories.append((userID, record.user, opened.history))
            }
        }
        return histories
    }

    /// The record in clear; nil if there is none, or if it is damaged, which is noted and costs only this user.
    func opened(_ record: StoredRecord) -> OpenedRecord? {
        if record.isBlank { return nil }
        do {
            return try record.open(with: record.unwrapKey(by: master))
        } catch {
            note(error, of: record.user)
            return nil
        }
    }

    /// Runs `body` on one consistent view of both files, with the master key readable.
    func walk(
        over range: ClosedRange<UserPseudonym>?, _ body: (_ vault: Database, _ walk: RecordWalk) throws -> Void
    ) throws {
        try VaultError.wrapping(VaultSchema.vaultFile) {
            try vaultFile.read { vault in
                // The first read fixes the view of vault.sqlite; keys.sqlite is read after it.
                _ = try Row.fetchOne(vault, sql: "SELECT changes FROM vault")
                try readKeys { keys in
                    let walk = try RecordWalk(vault: vault, keys: keys, range: range)
                    try master.whileOpen { try body(vault, walk) }
                }
            }
        }
    }
}
