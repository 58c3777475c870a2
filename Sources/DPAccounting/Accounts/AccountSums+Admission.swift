// SPDX-License-Identifier: Apache-2.0

/// How an account answers a run.
///
/// Proof that whoever is admitted by this rule stays (ε, δ)-DP over the lifetime, runs being chosen after seeing releases:
/// 1. Ideal laws. Each filter k by itself is a stopping rule whose transcript is (ε, δ')-DP with δ' = 0.99·δ/K: for basic
///    composition by Rogers et al. 2016 (Theorem 3.5), for a Rényi order by Feldman, Zrnic 2021 (Theorem 4.3) and the
///    conversion, for μ² by Smith, Thakurta 2022 (Theorem 2). Let k be a filter that admitted the last run of a transcript.
///    At that moment its sum, with every open run in full, was within its budget, and settling only lowers sums: so all
///    steps ever taken, taken one by one, fit what filter k alone lets through. For basic composition the unit is the
///    run: its (ε, δ) holds for the whole plan and for what a part of it showed, whoever proved it, composed losses
///    too. (Several runs at once interleave their releases: concurrent composition, Vadhan, Zhang 2023; Haney et al.
///    2023, costs no more.)
/// 2. Union. Let B be any set of transcripts and B_k its part whose carrier is filter k. P(B_k) ≤ e^ε·Q(B_k) + δ' for each
///    k, since up to there the account and the mechanism filtered by k alone behave the same. Sum over the K filters:
///    P(B) ≤ e^ε·Q(B) + 0.99·δ.
/// 3. Samplers. The real transcript is within Σt of the ideal one in total variation, on both sides: (1 + e^ε)·Σt ≤ δ/100.
extension AccountSums {
    /// Whether the account may pay `price` under `limit`.
    public func admits(adding price: PlanPrice, limit: AccountLimit) -> Bool {
        (self + price).isWithin(limit)
    }

    /// Whether these sums are within the limit: the sampler's share, and any one filter.
    public func isWithin(_ limit: AccountLimit) -> Bool {
        if limit.epsilon.isInfinite { return true }
        guard totalVariation <= limit.totalVariationAllowance else { return false }
        return AccountFilter.all.contains { isWithin(limit, by: $0) }
    }

    /// Whether one filter alone lets these sums through.
    public func isWithin(_ limit: AccountLimit, by filter: AccountFilter) -> Bool {
        let sum = sum(of: filter)
        guard !sum.isInfinite || limit.epsilon.isInfinite else { return false }
        if filter == .basic, delta > limit.filterDelta { return false }
        guard let most = limit.allowance(of: filter) else { return sum == .zero }
        return sum <= most
    }

    /// The sum that a filter watches.
    public func sum(of filter: AccountFilter) -> EpsilonAmount {
        switch filter {
        case .basic: epsilon
        case .gaussian: muSquared
        case .renyi(let order):
            AccountFormat.renyiOrders.firstIndex(of: order).map { renyi[$0] } ?? .infinity
        }
    }
}
