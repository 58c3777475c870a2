// SPDX-License-Identifier: Apache-2.0

import Foundation

extension GaussianMoments {
    /// μ² adds: Balle, Wang 2018, Theorem 8 at √(n·μ²).
    func closedForm(count: Double) -> ClosedForm? {
        let mu = (muSquared * count).squareRoot()
        return ClosedForm { epsilon in
            let value = GaussianDP.logDelta(mu: mu, epsilon: epsilon)
            // a² errs by ulps of |ln δ|; the drop of erfcx over μ/√2 loses a factor (1 + ε/μ)/μ.
            return (value, 2e-13 + 2e-15 * abs(value) + 8e-15 * (1 + (1 + epsilon / mu) / mu))
        }
    }
}

extension LaplaceMoments {
    /// One release: δ = 1 − e^((ε − a)/2) for ε ≤ a, from the density by hand.
    func closedForm(count: Double) -> ClosedForm? {
        guard count == 1 else { return nil }
        return ClosedForm { [a] epsilon in
            epsilon >= a
                ? (-.infinity, 0) : (log(-expm1((epsilon - a) / 2)), 1e-15 + ulpOfOne * (1 + a) / (a - epsilon))
        }
    }
}

extension SampledGaussianMoments {
    /// One step. With the plain Gaussian's δ_G of μ = 1/σ: removing, the region r > e^ε is s > s* = ln((e^ε − 1 + q)/q), so
    /// δ = q·δ_G(s*); adding, it is s < s* = ln((e^(−ε) − 1 + q)/q), so δ = (1 − e^ε·(1 − q))·δ_G(−s*), and 0 where
    /// e^(−ε) ≤ 1 − q (Balle, Barthe, Gaboardi 2018, Theorem 2).
    func closedForm(count: Double) -> ClosedForm? {
        guard count == 1, relation != .replace else { return nil }
        let (mu, q) = (1 / noiseMultiplier, samplingProbability)
        @Sendable func rounding(_ value: Double, _ at: Double) -> Double {
            1e-12 + 1e-13 * abs(value) + 8e-15 * (1 + (1 + abs(at) / mu) / mu) + 4e-15 * abs(at) * (1 + abs(at) / mu)
                / mu
        }
        if relation == .remove {
            return ClosedForm { epsilon in
                let at = epsilon < 30 ? log1p(expm1(epsilon) / q) : epsilon + log((1 - (1 - q) * exp(-epsilon)) / q)
                let value = log(q) + GaussianDP.logDelta(mu: mu, epsilon: at)
                return (value, rounding(value, at))
            }
        }
        return ClosedForm { epsilon in
            let left = q + expm1(-epsilon)
            guard left > 0 else { return (-.infinity, 0) }
            let at = log1p(expm1(-epsilon) / q)
            let value = log(left) + epsilon + GaussianDP.logDelta(mu: mu, epsilon: -at)
            // `left` is a difference: next to the largest loss it has few digits.
            return (value, rounding(value, at) + 4 * ulpOfOne * q / left * (1 + (1 + abs(at) / mu) / mu))
        }
    }
}
