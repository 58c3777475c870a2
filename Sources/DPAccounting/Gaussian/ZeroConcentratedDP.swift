// SPDX-License-Identifier: Apache-2.0

import Foundation

/// ρ-zCDP: Rényi cost ρ·α at every order α; ρ adds under composition (Bun, Steinke 2016).
///
/// The conversion is that of Canonne, Kamath, Steinke 2020, Corollary 13:
/// δ = inf over α > 1 of exp((α−1)(αρ − ε) + α·ln(1 − 1/α))/(α − 1); the exponent is convex in α.
public enum ZeroConcentratedDP {
    /// ln δ at ε, at most 0.
    public static func logDelta(rho: Double, epsilon: Double) -> Double {
        if rho <= 0 { return rho == 0 ? -.infinity : 0 }
        guard rho.isFinite else { return 0 }
        if epsilon == .infinity { return -.infinity }
        // In e = α − 1: the derivative (2e + 1)ρ − ε + ln(e/(1 + e)) rises from −∞ to ∞.
        func slope(_ e: Double) -> Double { (2 * e + 1) * rho - epsilon - log1p(1 / e) }
        var high = 1.0
        while slope(high) < 0, high < 1e300 { high *= 2 }
        var low = high
        while slope(low) > 0, low > 1e-300 { low /= 2 }
        let e = bisect(lower: low, upper: high) { slope($0) > 0 }.upper
        let value = e * ((1 + e) * rho - epsilon) - (1 + e) * log1p(1 / e) - log(e)
        return value.isNaN ? 0 : min(0, value)
    }

    /// δ at ε.
    public static func delta(rho: Double, epsilon: Double) -> Double { exp(logDelta(rho: rho, epsilon: epsilon)) }

    /// The smallest ε ≥ 0 at δ; infinite for δ = 0, ρ > 0.
    public static func epsilon(rho: Double, delta: Double) -> Double {
        if rho == 0 || delta >= 1 { return 0 }
        guard rho > 0, rho.isFinite, delta > 0 else { return .infinity }
        let target = log(delta)
        if logDelta(rho: rho, epsilon: 0) <= target { return 0 }
        let enough = rho + 2 * (rho * -target).squareRoot() + 1e-300
        return bisect(lower: 0, upper: enough * (1 + 1e-12)) { logDelta(rho: rho, epsilon: $0) <= target }.upper
    }

    /// The same, never below the truth: every order gives a valid bound, so only the rounding of the exponent counts.
    static func epsilonRoundedUp(rho: Double, delta: Double) -> Double {
        guard delta > 0 else { return rho == 0 ? 0 : .infinity }
        return roundedUp(epsilon(rho: rho, delta: exp(log(delta) * (delta < 1 ? 1 + 1e-14 : 1) - 1e-13)), by: 1e-15)
    }

    /// The largest ρ that is (ε, δ)-DP by this conversion; 0 where there is none.
    public static func rho(epsilon: Double, delta: Double) -> Double {
        guard epsilon > 0, delta > 0 else { return 0 }
        if delta >= 1 || epsilon == .infinity { return .infinity }
        let target = log(delta)
        var high = 1.0
        while logDelta(rho: high, epsilon: epsilon) <= target, high < 1e300 { high *= 2 }
        return bisect(lower: 0, upper: high) { logDelta(rho: $0, epsilon: epsilon) > target }.lower
    }
}
