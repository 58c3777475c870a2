// SPDX-License-Identifier: Apache-2.0

import Foundation

extension DiscreteLaplaceEvent {
    /// The Rényi cost of the whole vector at `order`, rounded up.
    ///
    /// A user moves at most ℓ0 coordinates by at most v each, the coordinates are independent and the divergence grows
    /// with the shift, so the worst is ℓ0 times that of one coordinate shifted by v. That one is the least of three bounds:
    /// v/b (pure ε), α·(v/b)²/2 (ε-DP is ε²/2-zCDP: Bun, Steinke 2016, Proposition 3.3), and, where it is free of
    /// cancellation, the exact sum. With p = e^(−1/b), t = p^(2α−1), over x ≤ 0, 0 < x < v and x ≥ v,
    /// E_Q[(P/Q)^α] = (1−p)/(1+p)·[(e^((α−1)v/b) + e^(−αv/b))/(1−p) + e^((α−1)v/b)·(t − t^v)/(1−t)].
    func renyiCost(order: Double) -> Double {
        let each = Double(bound.maxValuePerItem) / scale.value
        var cost = min(each, order * each * each / 2)
        let rate = 1 / scale.value
        if rate > 1e-3, each < 300 {
            // Divided by e^((α−1)·each), so that nothing overflows: D = each + ln(…)/(α − 1).
            let p = exp(-rate)
            let t = exp(-(2 * order - 1) * rate)
            let middle = (t - exp(-(2 * order - 1) * each)) / -expm1(-(2 * order - 1) * rate)
            let scaled = (1 + exp(-(2 * order - 1) * each)) / (1 + p) + -expm1(-rate) / (1 + p) * middle
            // A few operations of relative error 10⁻¹⁶ each, on terms of one sign.
            let exact = each + (log(scaled) + 1e-14) / (order - 1) + each * 1e-14
            if exact > 0 { cost = min(cost, exact) }
        }
        return roundedUp(cost * Double(bound.maxItemsPerUser), by: 1e-14)
    }
}
