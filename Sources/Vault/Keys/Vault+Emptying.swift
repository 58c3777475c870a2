// SPDX-License-Identifier: Apache-2.0

import Foundation
import GRDB
import Storage
import Synchronization

/// After a key row was deleted: no copy of it may stay in `keys.sqlite`, since the master key would open it.
///
/// SQLite overwrites the row itself, but when it moves rows between pages it may leave bytes in the unused part of one. A small
/// file is rewritten each time. A large one is read once, for the destroyed keys' bytes, and rewritten only where some are
/// found. (Measured, rows in random order: of one user in a thousand a piece is left, of 12 bytes at most.)
extension Vault {
    /// More keys than that are not searched for: among so many it is likely that the file has to be rewritten anyway.
    static let mostKeysSearched = 1024

    /// Empties the log of `keys.sqlite`, and its unused parts of what the erasures with these tombstones destroyed.
    /// - Throws: `.busy` while a reader holds the log back.
    func emptyKeys(after ended: [[UInt8]]) throws {
        try VaultError.wrapping(VaultSchema.keysFile) {
            // Without a name there is nothing to look into (as before: only the log).
            guard let size = try? DurableDatabase.size(of: keysFile) else {
                return try DurableDatabase.truncateLog(keysFile)
            }
            if size <= largestRewritten { return try rewriteKeys() }
            if ended.isEmpty { return try DurableDatabase.truncateLog(keysFile) }
            // During a rotation a copy of what lay there before may be under the old key, and that is not known any more.
            guard let destroyed = destroyedKeys.withLock({ $0.keys(of: ended) }),
                destroyed.count <= Self.mostKeysSearched, try masterState().rotation == nil
            else { return try rewriteKeys() }
            let remains = RemainsSearch(of: destroyed)
            let file = URL(fileURLWithPath: keysFile.path)
            try DurableDatabase.truncateLog(keysFile)
            guard try remains.occur(in: file) else { return }
            try rewriteKeys()
            // Only another hand can have brought it back: the erasure stays pending.
            guard try !remains.occur(in: file) else { throw StorageError.busy(file: VaultSchema.keysFile) }
        }
    }

    private func rewriteKeys() throws {
        try DurableDatabase.rewrite(keysFile)
        try DurableDatabase.truncateLog(keysFile)
    }
}
