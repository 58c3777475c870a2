// SPDX-License-Identifier: Apache-2.0

/// The arithmetic of an admission or a refusal: what each filter would hold after the run, and what it may hold.
///
/// For a refusal message it is made of the empty account (`AccountSums.zero`) and public figures alone.
public struct Admission: Hashable, Sendable, CustomStringConvertible {
    /// One filter's line.
    public struct Line: Hashable, Sendable {
        public let filter: AccountFilter
        /// The filter's sum after the run.
        public let sum: EpsilonAmount
        /// What it may be; nil: nothing at all.
        public let most: EpsilonAmount?
        public let admits: Bool
    }

    /// The run's own price.
    public let price: PlanPrice
    public let limit: AccountLimit
    public let lines: [Line]
    /// Whether the samplers' Σt fits into their hundredth of δ.
    public let samplerFits: Bool
    /// Whether the account may pay.
    public let isAdmitted: Bool
    /// ε that the account would show as spent after the run.
    public let spentAfter: EpsilonAmount

    public init(of price: PlanPrice, to sums: AccountSums = .zero, limit: AccountLimit) {
        let after = sums + price
        self.price = price
        self.limit = limit
        lines = AccountFilter.all.map {
            Line(
                filter: $0, sum: after.sum(of: $0), most: limit.allowance(of: $0),
                admits: after.isWithin(limit, by: $0))
        }
        samplerFits = after.totalVariation <= limit.totalVariationAllowance
        isAdmitted = after.isWithin(limit)
        spentAfter = after.spent(atDelta: limit.delta)
    }

    /// One or two sentences with the numbers.
    public var description: String {
        let ask = "the run costs ε = \(Self.short(price.epsilon)) at δ = \(price.delta.value)"
        let bound = "the policy allows ε = \(Self.short(limit.epsilon)) at δ = \(limit.delta.value) for a lifetime"
        if isAdmitted { return "\(ask); \(bound)" }
        if let problem = price.problem { return "\(ask): \(problem); \(bound)" }
        if !samplerFits {
            return "\(ask); \(bound). The samplers' share of δ would be more than a hundredth: "
                + "fewer or smaller releases"
        }
        let filters = lines.filter { !$0.sum.isInfinite }.map {
            "\($0.filter) \(Self.short($0.sum)) of \($0.most.map(Self.short) ?? "0")"
        }
        return "\(ask); \(bound), of which every filter has δ·0.99/\(AccountFormat.filterCount). "
            + "After the run: " + filters.joined(separator: ", ")
    }

    /// Four decimals are enough for a message; rounded to nearest.
    private static func short(_ amount: EpsilonAmount) -> String {
        if amount.isInfinite { return "infinity" }
        let scaled = (amount.value * 10_000).rounded() / 10_000
        return scaled == 0 && amount > .zero ? "\(amount.value)" : "\(scaled)"
    }
}
