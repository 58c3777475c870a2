// SPDX-License-Identifier: Apache-2.0

import Cryptography
import DPAccounting
import Foundation
import GRDB
import Interactions

// What people's words and their erasure do to a rule.
extension Rule {
    /// Changes a user's rule where it stands: with their tombstone, if they were erased. Nothing that is said of an erased person
    /// brings their pseudonym back.
    static func change(
        _ user: UserPseudonym, or hash: [UInt8]?, _ ledger: BudgetLedger, _ db: Database,
        _ body: (inout Rule) throws -> Void
    ) throws {
        var place = Place.user(user)
        if let hash, try Tombstone.account(of: hash, db) != nil {
            place = .tombstone(hash)
            // What an earlier program wrote back.
            if try find(.user(user), ledger, db) != nil { try bury(user, under: hash, ledger, db) }
        }
        var rule = try find(place, ledger, db)?.rule ?? .common
        try body(&rule)
        try rule.write(place, ledger, db)
    }

    /// Takes a user's rule to their tombstone: a promise outlives an erasure as the spending does.
    static func bury(
        _ user: UserPseudonym, under hash: [UInt8], _ ledger: BudgetLedger, _ db: Database
    ) throws {
        let rule = try of(user, ledger, db).joined(with: of(tombstone: hash, ledger, db))
        try common.write(.user(user), ledger, db)
        try rule.write(.tombstone(hash), ledger, db)
    }

    /// Gives it back.
    static func restore(
        _ user: UserPseudonym, from hash: [UInt8], _ ledger: BudgetLedger, _ db: Database
    ) throws {
        let rule = try of(user, ledger, db).joined(with: of(tombstone: hash, ledger, db))
        try common.write(.tombstone(hash), ledger, db)
        try rule.write(.user(user), ledger, db)
    }

    /// The newer tier, the lower limit.
    private func joined(with older: Rule) -> Rule {
        let limits = [epsilon, older.epsilon].compactMap { $0 }
        return Rule(tier: tier ?? older.tier, epsilon: limits.min())
    }
}
