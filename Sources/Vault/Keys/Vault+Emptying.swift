// SPDX-License-Identifier: Apache-2.0

import Foundation
import GRDB
package import Interactions
import Storage
import Synchronization

/// After rows were deleted: no copy of them may stay in the unused parts of the files (`DurableDatabase.empty`).
///
/// In `keys.sqlite` it would be of a wrapped key, which the master key opens: that file is searched, and rewritten where a
/// piece is found, whatever its size. (Measured, rows in random order: of one user in a thousand a piece is left, of 12 bytes at most.)
extension Vault {
    /// More than that are not searched for: among so many it is likely that a file has to be rewritten anyway.
    package static let mostPeopleSearched = ErasedTraces.mostPeople
    static let mostKeysSearched = mostPeopleSearched
    /// In a `keys.sqlite` above 64 MiB: of the 56 bytes that open a key 34 would be missing.
    private static let shortestPieceOfLargeFile = 23

    /// The tombstones of the erasures that `truncateLogs` is to end.
    func untruncated() throws -> [[UInt8]] {
        let sql = "SELECT tombstone FROM marks WHERE state = \(Marks.State.untruncated.rawValue)"
        return try VaultError.wrapping(VaultSchema.vaultFile) {
            try vaultFile.read { try Data.fetchAll($0, sql: sql).map { [UInt8]($0) } }
        }
    }

    /// Whom the erasures are of that `truncateLogs` is to end, for the other files that they had rows in; nil if that is not
    /// known any more of one of them, or if they are too many to search for.
    package func usersLeaving() throws -> [UserPseudonym]? {
        let ended = try untruncated()
        return erasedTraces.withLock { $0.users(of: ended) }
    }

    /// Empties the log of `keys.sqlite`, and its unused parts of what the erasures with these tombstones destroyed.
    /// - Throws: `.busy` while a reader holds the log back.
    func emptyKeys(after ended: [[UInt8]]) throws {
        // During a rotation a copy of what lay there before may be under the old key, and that is not known any more.
        let isRotating = try masterState().rotation != nil
        try VaultError.wrapping(VaultSchema.keysFile) {
            let isLarge = (try? DurableDatabase.size(of: keysFile)).map { $0 > DurableDatabase.largestCleaned } ?? false
            var destroyed = erasedTraces.withLock { $0.keys(of: ended) }
            if isRotating && !ended.isEmpty { destroyed = nil }
            if !isLarge, let users = erasedTraces.withLock({ $0.users(of: ended) }) {
                destroyed?.append(contentsOf: users.map(\.bytes))
            }
            let remains = try DurableDatabase.empty(
                keysFile, of: destroyed,
                pieces: isLarge ? Self.shortestPieceOfLargeFile : RemainsSearch.usualLength,
                largestRewritten: largestRewritten, limit: .max)
            // Only another hand can have brought it back: the erasure stays pending.
            if let remains, try remains.occur(in: URL(fileURLWithPath: keysFile.path)) {
                throw StorageError.busy(file: VaultSchema.keysFile)
            }
        }
    }

    /// The same of `vault.sqlite`: pseudonyms and sealed rows.
    func emptyVault(after ended: [[UInt8]]) throws {
        try VaultError.wrapping(VaultSchema.vaultFile) {
            let (users, rows) = erasedTraces.withLock { ($0.users(of: ended), $0.rows(of: ended)) }
            var deleted: [[UInt8]]?
            if let users, let rows { deleted = users.map(\.bytes) + rows }
            try DurableDatabase.empty(vaultFile, of: deleted, largestRewritten: largestRewritten)
        }
    }

    /// Whether what is deleted of so many people will be searched for, so that it is worth keeping.
    func searchesVault(for count: Int) -> Bool {
        guard count <= ErasedTraces.mostPeople, let size = try? DurableDatabase.size(of: vaultFile) else {
            return false
        }
        return size > largestRewritten && size <= DurableDatabase.largestCleaned
    }
}
