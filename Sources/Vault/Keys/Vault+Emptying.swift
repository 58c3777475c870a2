// SPDX-License-Identifier: Apache-2.0

import Foundation
import GRDB
import Storage

/// After rows were deleted: no copy of them may stay in the unused parts of the files (`DurableDatabase.empty`).
extension Vault {
    /// The tombstones of the erasures that `truncateLogs` is to end.
    func untruncated() throws -> [[UInt8]] {
        let sql = "SELECT tombstone FROM marks WHERE state = \(Marks.State.untruncated.rawValue)"
        return try VaultError.wrapping(VaultSchema.vaultFile) {
            try vaultFile.read { try Data.fetchAll($0, sql: sql).map { [UInt8]($0) } }
        }
    }

    /// Empties the log and the unused parts of `keys.sqlite`, whatever its size: a copy would be of a wrapped key, which the master key opens.
    /// - Throws: `.busy` while a reader holds the log back.
    func emptyKeys() throws {
        try VaultError.wrapping(VaultSchema.keysFile) {
            try DurableDatabase.empty(keysFile, largestRewritten: largestRewritten, limit: .max)
        }
    }

    /// The same of `vault.sqlite`, up to 64 MiB: pseudonyms and rows that no key opens any more.
    func emptyVault() throws {
        try VaultError.wrapping(VaultSchema.vaultFile) {
            try DurableDatabase.empty(vaultFile, largestRewritten: largestRewritten)
        }
    }
}
