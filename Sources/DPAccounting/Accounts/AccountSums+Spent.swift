// SPDX-License-Identifier: Apache-2.0

import Foundation

extension AccountSums {
    /// The smallest ε such that a lifetime of (ε, δ) would admit these sums, by the same filters and shares of δ: what
    /// "spent" says. Bookkeeping: the guarantee is the limit. Infinite if no ε would do.
    public func spent(atDelta delta: DeltaAmount) -> EpsilonAmount {
        if self == .zero { return .zero }
        let share = AccountFormat.filterDelta(delta.value)
        var best = EpsilonAmount.infinity
        for filter in AccountFilter.all {
            let sum = sum(of: filter)
            guard !sum.isInfinite else { continue }
            let epsilon: EpsilonAmount
            switch filter {
            case .basic:
                let most = AccountLimit(epsilon: .zero, delta: delta).filterDelta
                epsilon = self.delta <= most ? self.epsilon : .infinity
            case .gaussian:
                let mu = roundedUp(sum.value.squareRoot(), by: 1e-11)
                epsilon = EpsilonAmount(GaussianDP.epsilonRoundedUp(mu: mu, delta: share), rounding: .up)
            case .renyi(let order):
                let cost = roundedUp(sum.value, by: 1e-12)
                epsilon = EpsilonAmount(
                    RenyiConversion.epsilon(cost: cost, order: order, delta: share) + 1e-12, rounding: .up)
            }
            best = min(best, epsilon)
        }
        return best
    }
}
