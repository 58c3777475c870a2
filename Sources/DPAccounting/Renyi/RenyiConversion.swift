// SPDX-License-Identifier: Apache-2.0

import Foundation

/// From a Rényi cost at one order to (ε, δ) and back.
///
/// Canonne, Kamath, Steinke 2020, Proposition 12: a mechanism of Rényi cost D at order α is (ε, δ)-DP when
/// ε = D + ln(1 − 1/α) − (ln δ + ln α) / (α − 1).
public enum RenyiConversion {
    /// The smallest ε ≥ 0 at δ; infinite for δ ≤ 0.
    public static func epsilon(cost: Double, order: Double, delta: Double) -> Double {
        guard order > 1, delta > 0, cost < .infinity else { return .infinity }
        if delta >= 1 { return 0 }
        let epsilon = cost + log1p(-1 / order) - (log(delta) + log(order)) / (order - 1)
        return epsilon.isNaN ? .infinity : max(0, epsilon)
    }

    /// The smallest δ at ε; at most 1.
    public static func delta(cost: Double, order: Double, epsilon: Double) -> Double {
        guard order > 1, cost < .infinity else { return 1 }
        let exponent = (order - 1) * (cost - epsilon + log1p(-1 / order)) - log(order)
        return exponent.isNaN ? 1 : min(1, exp(exponent))
    }

    /// The largest cost at `order` that still is (ε, δ)-DP: what a filter may let through. Negative: nothing at all.
    public static func budget(order: Double, epsilon: Double, delta: Double) -> Double {
        guard order > 1, delta > 0, epsilon >= 0 else { return -.infinity }
        if epsilon == .infinity { return .infinity }
        return epsilon - log1p(-1 / order) + (log(min(delta, 1)) + log(order)) / (order - 1)
    }
}
