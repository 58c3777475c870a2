// SPDX-License-Identifier: Apache-2.0

public import DPAccounting
import GRDB
public import Interactions
public import Policies
import Records

extension BudgetLedger {
    /// Lowers what one account may spend, as that person asked. For good: a limit is never raised again.
    /// - Throws: `.limitNotLower` unless it is below the policy's for this person, and no higher than their own before.
    public func limit(_ user: UserPseudonym, to epsilon: EpsilonAmount, policy: Policy) throws(LedgerError) {
        try transaction { db in
            var rule = try Rule.of(user, self, db)
            // Public data have no limit to lower.
            guard let inForce = try SpendingLimits(policy).limit(of: rule), epsilon <= inForce.epsilon else {
                throw LedgerError.limitNotLower
            }
            rule.epsilon = epsilon
            try rule.write(of: user, self, db)
            try self.logLimits(db)
        }
    }

    /// Declares the tier of these users; nil: none, the policy's lifetime. A person's own limit stays.
    /// - Throws: `.unknownTier` for one that the policy does not have.
    public func assign(_ users: [UserPseudonym], toTier tier: String?, policy: Policy) throws(LedgerError) {
        try transaction { db in
            let limits = try SpendingLimits(policy)
            if let tier, !limits.has(tier: tier) { throw LedgerError.unknownTier(tier) }
            for user in users {
                var rule = try Rule.of(user, self, db)
                rule.tier = tier
                try rule.write(of: user, self, db)
            }
            try self.logLimits(db)
        }
    }

    /// The entry of a change of limits or tiers: that there was one, and a keyed hash of all of them as they are now. Whose, only
    /// the rows say.
    private func logLimits(_ db: Database) throws {
        let state = try rulesState(at: LogTable.last(db).count, db)
        _ = try append("limits", .object(["rules": .string(state)]), db)
    }
}
