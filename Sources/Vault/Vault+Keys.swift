// SPDX-License-Identifier: Apache-2.0

import Cryptography
import GRDB
import Interactions

extension Vault {
    /// Whether the master key in hand opens every row of `keys.sqlite`, and every record has a key. Opens no record.
    ///
    /// One finding for each check; holds no count of users and names nobody.
    public func checkKeys() throws -> [IntegrityFinding] {
        var (areReadable, areComplete) = (true, true)
        try walk(over: nil) { vault, walk in
            let marks = try Marks(vault)
            while let record = try walk.next() {
                guard record.wrappedKey != nil else {
                    // What an older file brought back of the erased is left out everywhere.
                    if try !marks.contains(tombstone: tombstone(of: record.user)) { areComplete = false }
                    continue
                }
                if (try? record.unwrapKey(by: master)) == nil { areReadable = false }
            }
        }
        return [
            IntegrityFinding(
                name: "key rows", ok: areReadable,
                detail: areReadable
                    ? "each opens under the master key" : "some do not open under the master key: run verify"),
            IntegrityFinding(
                name: "records", ok: areComplete,
                detail: areComplete ? "each has its key" : "some have no key: run verify"),
        ]
    }
}
