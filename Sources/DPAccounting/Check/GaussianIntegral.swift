// SPDX-License-Identifier: Apache-2.0

import Foundation

/// The Gaussian mechanism by integration of its privacy loss; shares no code with `GaussianDP`.
///
/// With z = ε/μ − μ/2: δ = φ(z)·∫₀^∞ (1 − e^(−μt))·e^(−zt − t²/2) dt, by Simpson's rule.
struct GaussianIntegral {
    let mu: Double

    func logDelta(_ epsilon: Double) -> Double {
        let z = epsilon / mu - mu / 2
        // The mass of the integrand: a normal around −z for z < 0, an exponential of rate z for large z.
        let end = max(0, -z) + min(12, 60 / max(z, 1))
        let count = 4000
        let step = end / Double(count)
        var sum = 0.0
        // Factored out: the largest e^(−zt − t²/2), at t = −z if z < 0.
        let shift = z < 0 ? z * z / 2 : 0
        for i in 0...count {
            let t = step * Double(i)
            let weight = i == 0 || i == count ? 1.0 : i % 2 == 1 ? 4.0 : 2.0
            sum += weight * -expm1(-mu * t) * exp(-z * t - t * t / 2 - shift)
        }
        return -z * z / 2 + shift - 0.5 * log(2 * Double.pi) + log(sum * step / 3)
    }

    /// ε at δ to about 10⁻⁹.
    func epsilon(delta: Double) -> Double {
        if mu == 0 { return 0 }
        let target = log(delta)
        var (low, high) = (0.0, 1.0)
        if logDelta(0) <= target { return 0 }
        while logDelta(high) > target, high < 1e12 { high *= 2 }
        for _ in 0..<60 where high - low > 1e-11 * high {
            let middle = (low + high) / 2
            if logDelta(middle) > target { low = middle } else { high = middle }
        }
        return (low + high) / 2
    }
}
