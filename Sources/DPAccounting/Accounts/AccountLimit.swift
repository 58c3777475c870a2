// SPDX-License-Identifier: Apache-2.0

import Foundation

/// What the policy lets an account spend in its lifetime: the guarantee (ε, δ) that holds whatever is run after what.
public struct AccountLimit: Hashable, Codable, Sendable {
    public let epsilon: EpsilonAmount
    public let delta: DeltaAmount

    public init(epsilon: EpsilonAmount, delta: DeltaAmount) {
        self.epsilon = epsilon
        self.delta = delta
    }

    /// The most that a filter lets through, rounded down; nil: nothing at all.
    ///
    /// For the basic filter this is ε (its Σδ is compared beside it). For μ²: the square of the largest μ that is
    /// (ε, 0.99·δ/K)-DP. For a Rényi order: the largest cost that converts to (ε, 0.99·δ/K).
    public func allowance(of filter: AccountFilter) -> EpsilonAmount? {
        if epsilon.isInfinite { return .infinity }
        let share = AccountFormat.filterDelta(delta.value)
        let most: Double
        switch filter {
        case .basic: return epsilon
        case .gaussian:
            let mu = GaussianDP.mu(epsilon: epsilon.value, delta: share * (1 - 1e-12))
            most = mu * mu * (1 - 1e-11)
        case .renyi(let order):
            most = RenyiConversion.budget(order: order, epsilon: epsilon.value, delta: share) * (1 - 1e-13) - 1e-13
        }
        return most > 0 ? EpsilonAmount(most, rounding: .down) : nil
    }

    /// 0.99·δ/K, rounded down: what the basic filter lets Σδ reach.
    public var filterDelta: DeltaAmount {
        delta.isInfinite ? .infinity : DeltaAmount(units: delta.units / 100 * 99 / Int64(AccountFormat.filterCount))
    }

    /// The most that Σt may reach: δ/100 / (1 + e^ε), rounded down.
    public var totalVariationAllowance: DeltaAmount {
        if delta.isInfinite { return .infinity }
        return DeltaAmount(delta.value / 100 / (1 + exp(epsilon.value)) * (1 - 1e-14), rounding: .down)
    }
}
