// SPDX-License-Identifier: Apache-2.0

public import DPAccounting
import Foundation
import GRDB
public import Policies

/// What an account would look like after runs that were not made: public numbers in, public numbers out.
public struct BudgetOutlook: Hashable, Sendable {
    /// ε of the sums before and after, at the policy's δ; Σε for public data.
    public let spentBefore: EpsilonAmount
    public let spentAfter: EpsilonAmount
    /// Σδ after.
    public let deltaAfter: DeltaAmount
    /// Nil for public data.
    public let limit: AccountLimit?
    /// Whether such an account could pay for all of the runs.
    public let isAffordable: Bool
    /// The arithmetic of the first run that it cannot pay.
    public let refusal: String?
}

extension BudgetLedger {
    /// What these runs would do to a user who joined today, and to one who was in every run that the log has.
    ///
    /// Reads no account: the second is the sum of the logged charges, which are public, and the most that anybody can have
    /// been charged. Nothing is reserved and nothing is logged.
    public func outlook(
        _ prices: [PlanPrice], policy: Policy
    ) throws(LedgerError) -> (newcomer: BudgetOutlook, veteran: BudgetOutlook) {
        let everything = try reading { try RunRow.all($0) }.reduce(AccountSums.zero) { $0 + $1.charged }
        let limit = policy.isPublicData ? nil : try policy.accountLimit()
        return (
            Self.outlook(prices, after: .zero, limit: limit), Self.outlook(prices, after: everything, limit: limit)
        )
    }

    private static func outlook(
        _ prices: [PlanPrice], after before: AccountSums, limit: AccountLimit?
    ) -> BudgetOutlook {
        var sums = before
        var refusal: String?
        for price in prices {
            if let limit, refusal == nil {
                let admission = Admission(of: price, to: sums, limit: limit)
                if !admission.isAdmitted { refusal = admission.description }
            }
            sums += price
        }
        func spent(_ sums: AccountSums) -> EpsilonAmount {
            limit.map { sums.spent(atDelta: $0.delta) } ?? sums.epsilon
        }
        return BudgetOutlook(
            spentBefore: spent(before), spentAfter: spent(sums), deltaAfter: sums.delta, limit: limit,
            isAffordable: refusal == nil, refusal: refusal)
    }
}
