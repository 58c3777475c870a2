// SPDX-License-Identifier: Apache-2.0

import GRDB

extension Vault {
    /// How many users have a record. Private: for the operator's status, never for a release.
    public func userCount() throws -> Int {
        try VaultError.wrapping(VaultSchema.vaultFile) {
            try vaultFile.read { try Int.fetchOne($0, sql: "SELECT count(*) FROM heads") ?? 0 }
        }
    }
}
