// SPDX-License-Identifier: Apache-2.0

import BudgetLedger
public import DPAccounting
import Policies
import Records
import Vault

extension Engine {
    /// Lowers what one person's account may ever spend, as they asked. For good. For the operator alone.
    /// - Throws: `.refused` for a limit that would raise what is in force for them.
    public func limit(_ userID: String, to epsilon: EpsilonAmount) throws(DiscreetError) -> BudgetReport {
        try facade {
            let policy = try PolicyInForce.recorded(in: ledger, vault).policy
            try refuseUnfinished()
            let user = vault.pseudonym(of: userID)
            try ledger.limit(user, tombstone: vault.tombstone(of: user), to: epsilon, policy: policy)
        }
        return try budget(of: userID)
    }

    /// Declares the tier of these people; nil: none, the policy's lifetime. For the operator alone.
    /// - Throws: `.usage` for a tier that the policy does not have.
    public func assign(_ userIDs: [String], toTier tier: String?) throws(DiscreetError) -> TierReport {
        try facade {
            let policy = try PolicyInForce.recorded(in: ledger, vault).policy
            try refuseUnfinished()
            try ledger.assign(
                userIDs.map { vault.pseudonym(of: $0) }, tombstone: { vault.tombstone(of: $0) }, toTier: tier,
                policy: policy)
            return TierReport(tier: tier, users: userIDs.count)
        }
    }

    /// Reads a policy and says what it would change for whom, without putting it in force.
    public func comparePolicy(_ nameOrPath: String) throws(DiscreetError) -> PolicyReport {
        try facade {
            let new = try Self.policyText(nameOrPath).policy
            let changes = try PolicyInForce.recorded(in: ledger, vault).policy.changes(to: new)
            return PolicyReport(
                policy: try JSONValue(encoding: new), hash: try PolicyInForce.hash(of: new).hex,
                changes: changes.map { PolicyReport.Change(who: $0.who, what: $0.what) })
        }
    }
}

/// Who was put into which tier.
public struct TierReport: Encodable, Sendable {
    /// nil: none, the policy's lifetime.
    public let tier: String?
    /// How many ids were named, known or not.
    public let users: Int
}
