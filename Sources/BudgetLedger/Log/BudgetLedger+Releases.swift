// SPDX-License-Identifier: Apache-2.0

import Cryptography
public import DPAccounting
import Foundation
import GRDB
public import Records

extension BudgetLedger {
    /// Keeps a paid release, so that reading it again is free: it is public from here on. The log gets its hash.
    ///
    /// A key that is there already gets the new release; the log keeps the hashes of both.
    public func store(release document: JSONValue, key: String, run: RunID) throws(LedgerError) {
        try transaction { db in
            guard try RunRow.find(run, db) != nil else { throw LedgerError.unknownRun(run) }
            let bytes = try CanonicalJSON.bytes(document)
            _ = try self.append(
                "release",
                .object([
                    "key": .string(key), "run": .string(run.hex), "hash": .string(Hex.encode(BLAKE2b.hash(bytes))),
                ]), db)
            try db.execute(
                sql: "INSERT OR REPLACE INTO release VALUES (?, ?, ?)", arguments: [key, run.hex, Data(bytes)])
        }
    }

    /// A release that was paid for before.
    public func release(forKey key: String) throws(LedgerError) -> JSONValue? {
        try reading { db in
            try Data.fetchOne(db, sql: "SELECT document FROM release WHERE key = ?", arguments: [key])
                .map { try JSONValue.parse(Array($0)) }
        }
    }
}
