// SPDX-License-Identifier: Apache-2.0

public import DPAccounting
import Foundation
import GRDB
public import Policies
import Records

/// What an account would look like after runs that were not made: public numbers in, public numbers out.
public struct BudgetOutlook: Hashable, Sendable {
    /// ε of the sums before and after, at the policy's δ; Σε for public data.
    public let spentBefore: EpsilonAmount
    public let spentAfter: EpsilonAmount
    /// Σδ after.
    public let deltaAfter: DeltaAmount
    /// Nil for public data.
    public let limit: AccountLimit?
    /// The arithmetic of the first run that it cannot pay.
    public internal(set) var refusal: String?
    /// How often in a row it could pay for all of the runs, at most `mostRepeats`; nil for public data, where nothing is refused.
    public internal(set) var repeats: Int?

    /// More is said of none: `repeats` of this many means at least so many.
    public static let mostRepeats = 1000

    /// Whether such an account could pay for all of the runs.
    public var isAffordable: Bool { refusal == nil }
}

extension BudgetLedger {
    /// What these runs would do to a user who joined today, and to one who was in every run that the log has.
    ///
    /// Reads no account: the second is the sum of the logged charges, which are public, and the most that anybody can have
    /// been charged who never left a stream of counts and came back. Nothing is reserved and nothing is logged.
    public func outlook(
        _ prices: [PlanPrice], policy: Policy
    ) throws(LedgerError) -> (newcomer: BudgetOutlook, veteran: BudgetOutlook) {
        let limits = try SpendingLimits(policy)
        let (runs, latest): ([RunRow], [RunRow]) = try reading { db in
            let runs = Self.withoutLaterPeriods(try RunRow.all(db))
            return (runs, limits.period == nil ? [] : try limits.recent(of: runs, today: self.today(), db))
        }
        let recent = latest.reduce(AccountSums.zero) { $0 + $1.charged }
        let everything = runs.reduce(AccountSums.zero) { $0 + $1.charged }
        let limit = limits.limit(of: .common)
        func outlook(_ lifetime: AccountSums, _ period: AccountSums) -> BudgetOutlook {
            var outlook = Self.outlook(prices, after: lifetime, limit: limit)
            if let most = limits.period, outlook.refusal == nil {
                outlook.refusal = Self.outlook(prices, after: period, limit: most).refusal?
                    .replacing("for a lifetime", with: "in any \(limits.periodDays) days")
            }
            if let limit { outlook.repeats = Self.repeats(of: prices, after: lifetime, limit: limit) }
            return outlook
        }
        return (outlook(.zero, .zero), outlook(everything, recent))
    }

    /// A stream charges each of its members once: the periods after the first charge those who come in them.
    private static func withoutLaterPeriods(_ runs: [RunRow]) -> [RunRow] {
        let names = Set(runs.map(\.id))
        var later: Set<RunID> = []
        for row in runs {
            var period = 2
            while names.contains(Self.run(ofPeriod: period, of: row.id)) {
                later.insert(Self.run(ofPeriod: period, of: row.id))
                period += 1
            }
        }
        return later.isEmpty ? runs : runs.filter { !later.contains($0.id) }
    }

    /// Whether `reserve` would make these runs for anybody: the public rule, by which alone a run is refused.
    public func isAffordable(_ prices: [PlanPrice], policy: Policy) throws(LedgerError) -> Bool {
        do {
            try checkAffordable(prices, policy: policy)
            return true
        } catch {
            switch error {
            case .refused, .refusedByPeriod: return false
            default: throw error
            }
        }
    }

    /// By the filters of an admission; in one lifetime, whatever a period would put off.
    private static func repeats(of prices: [PlanPrice], after before: AccountSums, limit: AccountLimit) -> Int {
        var sums = before
        for repeats in 0..<BudgetOutlook.mostRepeats {
            for price in prices { sums += price }
            guard sums.isWithin(limit) else { return repeats }
        }
        return BudgetOutlook.mostRepeats
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
            refusal: refusal, repeats: nil)
    }
}
