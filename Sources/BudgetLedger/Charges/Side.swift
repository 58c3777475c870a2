// SPDX-License-Identifier: Apache-2.0

import GRDB
import Policies

/// Whether the directory's data are public: said by the first run's policy, and for good.
enum Side {
    static func assert(_ policy: Policy, _ db: Database) throws {
        let side = policy.isPublicData ? "public" : "private"
        let found = try String.fetchOne(db, sql: "SELECT value FROM meta WHERE key = 'data'")
        if let found {
            guard found == side else { throw LedgerError.changedSides }
        } else {
            try db.execute(sql: "INSERT INTO meta VALUES ('data', ?)", arguments: [side])
        }
    }
}
