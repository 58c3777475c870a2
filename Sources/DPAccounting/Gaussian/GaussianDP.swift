// SPDX-License-Identifier: Apache-2.0

import Foundation

/// The Gaussian mechanism exactly: μ = ℓ2 sensitivity / σ, and μ² adds under composition (Dong, Roth, Su 2019, Cor. 3.3).
///
/// δ(ε) = Φ(−ε/μ + μ/2) − e^ε·Φ(−ε/μ − μ/2) (Balle, Wang 2018, Theorem 8). With a = (ε/μ − μ/2)/√2, b = (ε/μ + μ/2)/√2 and
/// b² − a² = ε this is ½·e^(−a²)·(erfcx(a) − erfcx(b)), which neither overflows nor underflows in its logarithm.
public enum GaussianDP {
    /// ln δ at ε; −∞ for μ = 0.
    public static func logDelta(mu: Double, epsilon: Double) -> Double {
        guard mu > 0 else { return mu == 0 ? -.infinity : 0 }
        if mu == .infinity { return 0 }
        if epsilon == .infinity { return -.infinity }
        let a = (epsilon / mu - mu / 2) / 2.0.squareRoot()
        let b = (epsilon / mu + mu / 2) / 2.0.squareRoot()
        if epsilon == 0, mu < 1 { return log(erf(mu / 8.0.squareRoot())) }
        let value: Double
        if a < -0.5 {
            // δ is near 1: from 1 − δ.
            value = log1p(-0.5 * (erfc(-a) + exp(-a * a) * scaledErfc(b)))
        } else if a < 1 {
            value = log(0.5 * (erfc(a) - exp(-a * a) * scaledErfc(b)))
        } else {
            value = -a * a + log(0.5 * scaledErfcDrop(from: a, to: b))
        }
        return value.isNaN ? 0 : min(0, value)
    }

    /// δ at ε.
    public static func delta(mu: Double, epsilon: Double) -> Double { exp(logDelta(mu: mu, epsilon: epsilon)) }

    /// The smallest ε ≥ 0 at δ; infinite for δ = 0, μ > 0.
    public static func epsilon(mu: Double, delta: Double) -> Double {
        epsilon(mu: mu, logDelta: delta > 0 ? log(delta) : -.infinity)
    }

    /// The smallest ε ≥ 0 with ln δ(ε) ≤ `target`.
    static func epsilon(mu: Double, logDelta target: Double) -> Double {
        if mu == 0 || target >= 0 { return 0 }
        guard mu > 0, mu.isFinite, target > -.infinity else { return .infinity }
        if logDelta(mu: mu, epsilon: 0) <= target { return 0 }
        // δ ≤ e^(−a²), so ε = μ²/2 + μ·√(2 ln 1/δ) is enough.
        let enough = mu * mu / 2 + mu * (-2 * target).squareRoot() + mu
        return bisect(lower: 0, upper: enough) { logDelta(mu: mu, epsilon: $0) <= target }.upper
    }

    /// The same, never below the truth: δ is made smaller by more than `logDelta` errs, and the result goes up.
    static func epsilonRoundedUp(mu: Double, delta: Double) -> Double {
        guard delta > 0 else { return mu == 0 ? 0 : .infinity }
        // a² errs by 2 ulp of |ln δ|.
        let target = log(delta) * (delta < 1 ? 1 + 1e-15 : 1) - 1e-13
        // The difference of two nearly equal values at distance μ/√2 loses a factor of at most (1 + ε/μ)/μ of their 10⁻¹⁵.
        let rough = epsilon(mu: mu, logDelta: target)
        let loss = 4e-15 * (1 + (1 + rough / mu) / mu)
        return roundedUp(epsilon(mu: mu, logDelta: target - loss), by: 1e-15)
    }

    /// The largest μ that is (ε, δ)-DP; 0 where there is none.
    public static func mu(epsilon: Double, delta: Double) -> Double {
        guard delta > 0, epsilon >= 0 else { return 0 }
        if delta >= 1 || epsilon == .infinity { return .infinity }
        let target = log(delta)
        var high = 1.0
        while logDelta(mu: high, epsilon: epsilon) <= target, high < 1e300 { high *= 2 }
        return bisect(lower: 0, upper: high) { logDelta(mu: $0, epsilon: epsilon) > target }.lower
    }

    /// The least noise multiplier σ/Δ of one release that is (ε, δ)-DP.
    public static func noiseMultiplier(epsilon: Double, delta: Double) -> Double {
        1 / mu(epsilon: epsilon, delta: delta)
    }

    /// erfcx(a) − erfcx(b) for 1 ≤ a < b. Close together it is summed instead: −erfcx′ = 2/√π − 2x·erfcx(x), which at
    /// large x is the tail of the same series.
    private static func scaledErfcDrop(from a: Double, to b: Double) -> Double {
        if b - a > 0.02 * a || a < 20 { return scaledErfc(a) - scaledErfc(b) }
        // Three-point Gauss–Legendre; the integrand is 1/(√π·x²) and smooth: the error is below (h/a)⁶/2000.
        let (middle, half) = ((a + b) / 2, (b - a) / 2)
        let offset = half * 0.6.squareRoot()
        let sum = 5 * slope(middle - offset) + 8 * slope(middle) + 5 * slope(middle + offset)
        return half * sum / 9
    }

    /// −erfcx′(x) for x ≥ 20: (1/√π)·(1/x²)·(1 − 3/2x² + 15/4x⁴ − 105/8x⁶ + …), from the series of erfcx term by term.
    private static func slope(_ x: Double) -> Double {
        let inverse = 1 / (2 * x * x)
        var (term, sum) = (1.0, 1.0)
        for k in 1...8 {
            term *= -Double(2 * k + 1) * inverse
            sum += term
        }
        return sum / (Double.pi.squareRoot() * x * x)
    }
}
