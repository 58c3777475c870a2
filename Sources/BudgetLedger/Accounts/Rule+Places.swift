// SPDX-License-Identifier: Apache-2.0

import Cryptography
import DPAccounting
import Foundation
import GRDB
import Interactions

// Where a rule stands in the tables, and how it is put there.
extension Rule {
    /// Where a rule stands.
    enum Place {
        case user(UserPseudonym)
        case tombstone([UInt8])

        static let tables = [(table: "rule", key: "user"), (table: "tombstone_rule", key: "hash")]
        var table: String { if case .user = self { "rule" } else { "tombstone_rule" } }
        var key: String { if case .user = self { "user" } else { "hash" } }
        var subject: [UInt8] {
            switch self {
            case .user(let user): user.bytes
            case .tombstone(let hash): hash
            }
        }
    }

    static func find(
        _ place: Place, _ ledger: BudgetLedger, _ db: Database
    ) throws -> (rule: Rule, stamp: [UInt8])? {
        let statement = try db.cachedStatement(
            sql: "SELECT tier, epsilon, mac FROM \(place.table) WHERE \(place.key) = ?")
        guard let row = try Row.fetchOne(statement, arguments: [Data(place.subject)]) else { return nil }
        return try read(row, of: place.subject, ledger)
    }

    /// Puts the rule in a place (`common`: no row), and keeps the sum. An entry that says so belongs into the transaction.
    func write(_ place: Place, _ ledger: BudgetLedger, _ db: Database) throws {
        let old = try Self.find(place, ledger, db)
        if old == nil, self == .common { return }
        let stamp = ledger.stamp(of: self, subject: place.subject)
        try SealedSum.rules.change(db) { sum in
            if let old { sum.remove(old.stamp) }
            if self != .common { sum.add(stamp) }
        }
        if self == .common {
            try db.cachedStatement(sql: "DELETE FROM \(place.table) WHERE \(place.key) = ?")
                .execute(arguments: [Data(place.subject)])
        } else {
            try db.cachedStatement(
                sql: "INSERT OR REPLACE INTO \(place.table) (\(place.key), tier, epsilon, mac) VALUES (?, ?, ?, ?)"
            ).execute(arguments: [Data(place.subject), tier, epsilon?.description, Data(stamp)])
        }
    }
}
