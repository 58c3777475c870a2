// SPDX-License-Identifier: Apache-2.0

import Foundation

/// The Gaussian of noise multiplier σ on a Poisson sample of probability q < 1, sensitivity 1, by its moments.
///
/// N = N(0, σ²), r₊ = 1 − q + q·e^s at s = (2x − 1)/2σ², the ratio of (1 − q)·N + q·N(1, σ²) to N; r₋ the same at −x.
/// Who is removed costs L = ln r₊ under r₊·N, M(z) = E_N[r₊^(z+1)]; who is added L = −ln r₊ under N, M(z) = E_N[r₊^(−z)] (Zhu,
/// Dong, Wang 2022, Theorem 11). Who is replaced: L = ln r₊ − ln r₋ under r₊·N, M(z) = E_N[r₊^(z+1)·r₋^(−z)]. In short
/// M(z) = E_N[e^(b + zL)] with b = ln r₊, 0, ln r₊.
struct SampledGaussianMoments: MomentLaw {
    enum Relation: Sendable { case remove, add, replace }
    let noiseMultiplier: Double
    let samplingProbability: Double
    let relation: Relation

    static let mostNodes = 1 << 14

    var largestLoss: Double { relation == .add ? -log1p(-samplingProbability) * (1 + 4 * ulpOfOne) : .infinity }
    var totalVariation: Double {
        let one = samplingProbability * erf(1 / (8.0.squareRoot() * noiseMultiplier)) * (1 + 1e-14)
        return relation == .replace ? min(1, 2 * one) : one
    }

    func cost(at c: Double, upTo t: Double) -> Double { SampledGaussianLine.nodeCount(law: self, c: c) }

    func logMoment(_ c: Double) -> Double {
        SampledGaussianNodes(law: self, c: c, bounds: false)?.logMoment ?? .infinity
    }

    func line(at c: Double) -> any MomentLine { SampledGaussianLine(law: self, c: c) }

    /// Where e^(b + cL)·N is not negligible: 13σ beyond the outermost of its maxima. With ρ± = q·e^s/r± in (0, 1) these solve
    /// x = (c + 1)ρ₊, x = −c·ρ₊, x = (c + 1)ρ₊ + c·ρ₋.
    func support(_ c: Double) -> (low: Double, high: Double) {
        let reach = 13 * noiseMultiplier
        switch relation {
        case .remove: return (-reach, c + 1 + reach)
        case .add: return (-c * weight(at: 0) - reach, reach)
        case .replace: return (-reach, 2 * c + 1 + reach)
        }
    }

    /// ρ₊ = σ²·d(ln r₊)/dx on the real axis.
    func weight(at x: Double) -> Double {
        let s = (2 * x - 1) / (2 * noiseMultiplier * noiseMultiplier)
        let q = samplingProbability
        return 1 / (1 + (1 - q) / q * exp(-s))
    }

    /// σ²·|dL/dx| on the real axis.
    func slope(at x: Double) -> Double { relation == .replace ? weight(at: x) + weight(at: -x) : weight(at: x) }

    /// ln r₊ on the real axis.
    func logRatio(_ x: Double) -> Double {
        let s = (2 * x - 1) / (2 * noiseMultiplier * noiseMultiplier)
        let q = samplingProbability
        return s < 30 ? log1p(q * expm1(s)) : s + log(q + (1 - q) * exp(-s))
    }

    /// b + cL on the real axis.
    func power(_ x: Double, _ c: Double) -> Double {
        switch relation {
        case .remove: (c + 1) * logRatio(x)
        case .add: -c * logRatio(x)
        case .replace: (c + 1) * logRatio(x) - c * logRatio(-x)
        }
    }

    /// ln r₊ at x + iy; θ = y/σ² below π in size, so that the logarithm is the one that continues the real one.
    func logRatio(_ x: Double, _ y: Double) -> (re: Double, im: Double) {
        let (variance, q) = (noiseMultiplier * noiseMultiplier, samplingProbability)
        let (s, theta) = ((2 * x - 1) / (2 * variance), y / variance)
        if s < 30 {
            let u = complexExpm1(s, theta)
            return complexLog1p(q * u.re, q * u.im)
        }
        let rest = (1 - q) * exp(-s)
        let tail = complexLog(q + rest * cos(theta), -rest * sin(theta))
        return (s + tail.re, theta + tail.im)
    }
}
