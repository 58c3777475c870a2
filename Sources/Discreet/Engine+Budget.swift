// SPDX-License-Identifier: Apache-2.0

import BudgetLedger
import DPAccounting
public import Foundation
import Policies
public import Records
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
                tier: statement.tier,
                period: statement.period.map {
                    BudgetReport.Period(
                        days: $0.days, spent: PrivacyAmounts(epsilon: $0.spentEpsilon, delta: $0.spentDelta),
                        limit: PrivacyAmounts($0.limit))
                },
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

    /// Recomputes every charge from the logged events alone, and follows the log's chain.
    /// - Parameter head: A signed head that was kept elsewhere. Only with one is a ledger found that was put back whole,
    ///   from yesterday: by itself such a file is consistent.
    public func verifyBudget(head: URL? = nil) throws(DiscreetError) -> BudgetVerification {
        try facade {
            let kept = try head.map { try keptHead(DocumentCheck.bytes(of: $0)) }
            let chain = try ledger.verifyChain(kept: kept.map { [$0] } ?? [])
            let report = try ledger.verifyCharges()
            return BudgetVerification(
                ok: chain.isOK && report.isOK, charges: report.charges,
                differences: chain.differences + report.differences, notes: report.notes)
        }
    }

    /// The signed head of the log: keep it elsewhere.
    public func logHead() throws(DiscreetError) -> JSONValue { try facade { try signedHead().document } }

    /// A head that this directory signed. The file may also be a whole `status --json`.
    private func keptHead(_ bytes: [UInt8]) throws -> LogHead {
        let json = try JSONValue.parse(bytes)
        let document = try SignedDocument(parsing: CanonicalJSON.bytes(json["logHead"] ?? json))
        return try document.verified(as: LogHead.self, publicKey: vault.publicKey)
    }
}

extension PrivacyAmounts {
    /// No limit is an infinite one: public data.
    init(_ limit: AccountLimit?) {
        self.init(epsilon: limit?.epsilon ?? .infinity, delta: limit?.delta ?? .infinity)
    }
}
