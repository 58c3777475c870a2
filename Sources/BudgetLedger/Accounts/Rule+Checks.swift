// SPDX-License-Identifier: Apache-2.0

import Cryptography
import DPAccounting
import Foundation
import GRDB
import Interactions

extension Rule {
    /// What is wrong with the rows: edited ones, and a sum that is not theirs. None when all is well.
    static func faults(_ ledger: BudgetLedger, _ db: Database) throws -> [String] {
        var faults: [String] = []
        var sum = MultisetHash.empty
        for place in Place.tables {
            let rows = try Row.fetchCursor(
                db, sql: "SELECT \(place.key) AS subject, tier, epsilon, mac FROM \(place.table)")
            var edited = false
            while let row = try rows.next() {
                if let read = try? read(row, of: Array(row.get("subject") as Data), ledger) {
                    sum.add(read.stamp)
                } else {
                    edited = true
                }
            }
            if edited { faults.append("a row of \(place.table) was not written with this directory's key") }
        }
        if faults.isEmpty, try sum != SealedSum.rules.read(db) {
            faults.append(
                "the limits and tiers are not all those that this directory wrote: one is missing or was put back")
        }
        return faults
    }

    /// Gives every row its keyed hash: once, at the migration of a ledger that had none.
    static func stampAll(_ ledger: BudgetLedger, _ db: Database) throws {
        var sum = MultisetHash.empty
        for place in Place.tables {
            for row in try Row.fetchAll(db, sql: "SELECT \(place.key) AS subject, tier, epsilon FROM \(place.table)") {
                let subject: Data = try row.get("subject")
                let stamp = ledger.stamp(of: try Rule(row), subject: Array(subject))
                sum.add(stamp)
                try db.cachedStatement(sql: "UPDATE \(place.table) SET mac = ? WHERE \(place.key) = ?")
                    .execute(arguments: [Data(stamp), subject])
            }
        }
        try SealedSum.rules.write(sum, db)
    }
}
