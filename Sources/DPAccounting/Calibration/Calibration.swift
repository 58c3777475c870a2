// SPDX-License-Identifier: Apache-2.0

import Foundation

/// The least noise for an asked (ε, δ). What comes back was priced: its price is at most what was asked.
public enum Calibration {
    /// How near to the root, relative: the result is at most this much more noise than needed.
    public static let tolerance = 1e-8
    /// Multipliers outside are not tried.
    public static let range = 1e-3...1e9

    /// The least noise multiplier of `steps` equal Gaussian sums.
    /// - Parameters:
    ///   - epsilon: what the run may cost, at `delta`.
    ///   - samplingProbability: q of each step, in (0, 1].
    ///   - dimension: coordinates that a step releases; counts for the sampler's share of δ only.
    ///   - clippingNorm: C; the price does not depend on it.
    /// - Complexity: about 45 prices, a fraction of a millisecond each.
    public static func noiseMultiplier(
        epsilon: EpsilonAmount, delta: DeltaAmount, samplingProbability: Double = 1, steps: Int, dimension: Int,
        clippingNorm: Double = 1
    ) throws(CalibrationError) -> Double {
        guard steps >= 1 else { throw .outOfRange("a run has at least one step") }
        return try scale(epsilon: epsilon, delta: delta) { multiplier in
            let event = GaussianSumEvent(
                samplingProbability: samplingProbability, clippingNorm: clippingNorm, noiseMultiplier: multiplier,
                dimension: dimension)
            return RunPlan([RunPlan.Stretch(event: .gaussianSum(event), count: steps)])
        }
    }

    /// The least multiplier for which `plan(multiplier)` costs at most ε at δ.
    ///
    /// `plan` is a plan of fixed shape with one unknown; it may scale each of its events as it likes, as long as a larger
    /// multiplier means more noise everywhere.
    /// - Returns: A multiplier whose plan was priced and found within what was asked, at most `tolerance` above the root.
    public static func scale(
        epsilon: EpsilonAmount, delta: DeltaAmount, plan: (Double) -> RunPlan
    ) throws(CalibrationError) -> Double {
        guard epsilon > .zero else { throw .outOfRange("ε must be positive") }
        guard !epsilon.isInfinite else { throw .outOfRange("ε = ∞ needs no noise") }
        func price(_ multiplier: Double) -> PlanPrice { PlanPrice(of: plan(multiplier), delta: delta) }
        // A bracket [low, high] with price(low) > ε ≥ price(high), by doubling from 1.
        var high = 1.0
        var atHigh = price(high)
        if let problem = atHigh.problem, problem == .invalidEvent || problem == .needsDelta {
            throw .impossible(epsilon: epsilon, delta: delta, problem: problem)
        }
        while atHigh.epsilon > epsilon {
            guard high < range.upperBound else {
                throw .impossible(epsilon: epsilon, delta: delta, problem: atHigh.problem ?? .tooExpensive)
            }
            high = min(range.upperBound, high * 4)
            atHigh = price(high)
        }
        var low = high
        var atLow = atHigh
        while atLow.epsilon <= epsilon {
            (high, atHigh) = (low, atLow)
            guard low > range.lowerBound else { return high }
            low = max(range.lowerBound, low / 2)
            atLow = price(low)
        }
        // Regula falsi (Illinois) in logarithms: ε against the multiplier is close to a power. Every end was priced.
        let target = log(epsilon.value)
        func excess(_ price: PlanPrice) -> Double {
            min(60, log(max(price.epsilon.value, 1e-300)) - target)
        }
        var (left, right) = (excess(atLow), min(-1e-12, excess(atHigh)))
        for _ in 0..<200 where high - low > tolerance * high {
            let (a, b) = (log(low), log(high))
            var middle = exp(a + (b - a) * left / (left - right))
            // Never closer than a third of the tolerance to an end: the bracket is to close from both sides.
            let margin = tolerance / 3
            middle = min(max(middle, low * (1 + margin)), high * (1 - margin))
            let at = price(middle)
            if at.epsilon <= epsilon {
                high = middle
                right = min(-1e-12, excess(at))
                left /= 2
            } else {
                low = middle
                left = max(1e-12, excess(at))
                right /= 2
            }
        }
        return high
    }
}
