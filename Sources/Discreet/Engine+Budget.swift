// SPDX-License-Identifier: Apache-2.0

import BudgetLedger
import DPAccounting
import Policies
import Records
import Vault

extension Engine {
    /// What one person's privacy has cost, from the tombstone if they were erased. For the operator alone.
    ///
    /// An unknown user is one who has spent nothing.
    public func budget(of userID: String) throws(DiscreetError) -> BudgetReport {
        try facade {
            let policy = try PolicyInForce.recorded(in: ledger, vault).policy
            let pseudonym = vault.pseudonym(of: userID)
            let tombstone = vault.tombstone(of: pseudonym)
            let statement =
                try ledger.hasTombstone(tombstone)
                ? ledger.statement(ofTombstone: tombstone, policy: policy)
                : ledger.statement(of: pseudonym, policy: policy)
            return BudgetReport(
                user: userID,
                spent: PrivacyAmounts(epsilon: statement.spentEpsilon, delta: statement.spentDelta),
                limit: PrivacyAmounts(statement.limit), remaining: PrivacyAmounts(statement.remaining),
                charges: try statement.charges.map { charge in
                    BudgetReport.Charge(
                        run: charge.run.hex, kind: charge.kind, at: charge.day.description, event: try charge.event,
                        privacy: PrivacyAmounts(epsilon: charge.epsilon, delta: charge.delta))
                })
        }
    }

    /// Users by what they have spent. For the operator alone.
    public func budgetClasses() throws(DiscreetError) -> [BudgetClass] {
        try facade {
            try ledger.classes(policy: try PolicyInForce.recorded(in: ledger, vault).policy).map { account in
                BudgetClass(
                    users: account.users,
                    spent: PrivacyAmounts(epsilon: account.spentEpsilon, delta: account.spentDelta),
                    limit: PrivacyAmounts(account.limit))
            }
        }
    }

    /// Recomputes every charge from the logged events alone.
    public func verifyBudget() throws(DiscreetError) -> BudgetVerification {
        try facade {
            let report = try ledger.verifyCharges()
            return BudgetVerification(ok: report.isOK, charges: report.charges, differences: report.differences)
        }
    }
}

extension PrivacyAmounts {
    /// No limit is an infinite one: public data.
    init(_ limit: AccountLimit?) {
        self.init(epsilon: limit?.epsilon ?? .infinity, delta: limit?.delta ?? .infinity)
    }
}
