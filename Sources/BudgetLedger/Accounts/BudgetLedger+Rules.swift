// SPDX-License-Identifier: Apache-2.0

public import DPAccounting
import GRDB
public import Interactions
public import Policies
import Records

extension BudgetLedger {
    /// Lowers what one account may spend, as that person asked. For good: a limit is never raised again.
    /// - Parameter tombstone: The hash of `user`. If they were erased, their limit is the one that lies there, and stays there.
    /// - Throws: `.limitNotLower` unless it is below the policy's for this person, and no higher than their own before.
    public func limit(
        _ user: UserPseudonym, tombstone: [UInt8]? = nil, to epsilon: EpsilonAmount, policy: Policy
    ) throws(LedgerError) {
        try transaction { db in
            try Rule.change(user, or: tombstone, self, db) { rule in
                // Public data have no limit to lower.
                guard let inForce = try SpendingLimits(policy).limit(of: rule), epsilon <= inForce.epsilon else {
                    throw LedgerError.limitNotLower
                }
                rule.epsilon = epsilon
            }
            try self.logLimits(db)
        }
    }

    /// Declares the tier of these users; nil: none, the policy's lifetime. A person's own limit stays.
    /// - Parameter tombstone: The hash of a user; who was erased gets the tier there.
    /// - Throws: `.unknownTier` for one that the policy does not have.
    public func assign(
        _ users: [UserPseudonym], tombstone: (UserPseudonym) -> [UInt8]? = { _ in nil }, toTier tier: String?,
        policy: Policy
    ) throws(LedgerError) {
        try transaction { db in
            let limits = try SpendingLimits(policy)
            if let tier, !limits.has(tier: tier) { throw LedgerError.unknownTier(tier) }
            for user in users { try Rule.change(user, or: tombstone(user), self, db) { $0.tier = tier } }
            try self.logLimits(db)
        }
    }

    /// Takes limits and tiers of erased people to their tombstones: an earlier program wrote such rows. One that was not written
    /// with the key stays where `verifyCharges` finds it.
    /// - Parameter tombstone: The hash of a user.
    public func buryRules(tombstone: (UserPseudonym) -> [UInt8]) throws(LedgerError) {
        let erased: [UserPseudonym] = try reading { db in
            guard try Bool.fetchOne(db, sql: "SELECT EXISTS (SELECT 1 FROM tombstone)") == true else { return [] }
            return try Rule.users(db).filter { try Tombstone.account(of: tombstone($0), db) != nil }
        }
        if erased.isEmpty { return }
        try transaction { db in
            var isChanged = false
            for user in erased where try Tombstone.account(of: tombstone(user), db) != nil {
                do { try Rule.bury(user, under: tombstone(user), self, db) } catch LedgerError.notAuthentic { continue }
                isChanged = true
            }
            if isChanged { try self.logLimits(db) }
        }
    }

    /// The entry of a change of limits or tiers: that there was one, and a keyed hash of all of them as they are now. Whose, only
    /// the rows say.
    private func logLimits(_ db: Database) throws {
        let state = try rulesState(at: LogTable.last(db).count, db)
        _ = try append("limits", .object(["rules": .string(state)]), db)
    }
}
