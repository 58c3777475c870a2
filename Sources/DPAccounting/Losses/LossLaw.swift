// SPDX-License-Identifier: Apache-2.0

import Foundation

/// A dominating pair of one release: two laws (P, Q) such that no pair of neighbours is told apart better, at any ε, than
/// P from Q; P is the law with the user in, Q the law without.
///
/// All that a release costs follows from its privacy loss L = ln(dP/dQ) under P (Zhu, Dong, Wang 2022, arXiv:2106.08567,
/// Definition 7), and products of dominating pairs dominate adaptive compositions (their Theorem 10). Under Poisson
/// sampling with probability q the mixture M = (1 − q)·Q + q·P takes the place of P: removing a user is the pair (M, Q),
/// adding one the pair (Q, M) (their Theorem 11). Each direction is composed by itself and the larger δ taken at the end.
package struct LossLaw: Hashable, Sendable {
    package let mechanism: LossMechanism
    /// q in (0, 1].
    package let samplingProbability: Double

    package init(_ mechanism: LossMechanism, samplingProbability: Double = 1) {
        (self.mechanism, self.samplingProbability) = (mechanism, samplingProbability)
    }

    /// The directions that have to be composed. Every mechanism here is symmetric (swapping P and Q mirrors it), so
    /// without sampling one direction says all.
    package var directions: [LossDirection] {
        samplingProbability < 1 ? [.remove, .add] : [.remove]
    }

    /// Whether the parameters are in their range: what accountants ask before all else.
    package var isValid: Bool { samplingProbability > 0 && samplingProbability <= 1 && mechanism.isValid }
}

/// Which of two neighbours holds the user whose presence is to be hidden.
package enum LossDirection: CaseIterable, Hashable, Sendable {
    /// P: with the user.
    case remove
    /// P: without the user.
    case add
}

/// Pairs (P, Q) in units of the sensitivity: shift 1 against shift 0 where a law has a place.
package enum LossMechanism: Hashable, Sendable {
    /// N(1, σ²) against N(0, σ²); σ is noise / sensitivity.
    case gaussian(noiseMultiplier: Double)
    /// The replace-one relation under Poisson sampling: (1−q)·N(0, σ²) + q·N(1, σ²) against (1−q)·N(0, σ²) + q·N(−1, σ²).
    /// q belongs to the pair; the law's own sampling probability is 1.
    case gaussianReplaceOne(noiseMultiplier: Double, samplingProbability: Double)
    /// Laplace of scale b (noise / sensitivity) around 1 against around 0.
    case laplace(scale: Double)
    /// P(x) ∝ e^(−|x|/b) on the integers, around `sensitivity` against around 0.
    case discreteLaplace(scale: Double, sensitivity: Int)
    /// P(x) ∝ e^(−x²/2σ²) on the integers, around `sensitivity` against around 0.
    case discreteGaussian(variance: Double, sensitivity: Int)
    /// With probability `noise` the answer is uniform on `buckets`; two inputs that differ (replace-one).
    case randomizedResponse(noise: Double, buckets: Int)
    /// The worst pair of an (ε, δ) bound (Kairouz, Oh, Viswanath 2015, Theorem 3.3); δ = 0 is pure ε.
    case approximate(epsilon: Double, delta: Double)

    package var isValid: Bool {
        switch self {
        case .gaussian(let sigma): sigma > 0 && sigma.isFinite
        case .gaussianReplaceOne(let sigma, let q): sigma > 0 && sigma.isFinite && q > 0 && q <= 1
        case .laplace(let scale): scale > 0 && scale.isFinite
        case .discreteLaplace(let scale, let sensitivity): scale > 0 && scale.isFinite && sensitivity >= 1
        case .discreteGaussian(let variance, let sensitivity): variance > 0 && variance.isFinite && sensitivity >= 1
        case .randomizedResponse(let noise, let buckets): noise > 0 && noise <= 1 && buckets >= 2
        case .approximate(let epsilon, let delta): epsilon >= 0 && epsilon.isFinite && delta >= 0 && delta < 1
        }
    }
}
