// SPDX-License-Identifier: Apache-2.0

import Foundation

/// The least noise for an asked (ε, δ). What comes back was priced: its price is at most what was asked.
public enum Calibration {
    /// How near to the root, relative: the result is at most this much more noise than needed.
    public static let tolerance = 1e-8
    /// Multipliers outside are not tried.
    public static let range = 1e-3...1e9
    /// Five or six are enough where a price is smooth. Where it is not (rare sampling over millions of steps), what was found by
    /// then is taken: safe, but not the least.
    private static let mostLossPrices = 8

    /// The least noise multiplier of `steps` equal Gaussian sums.
    /// - Parameters:
    ///   - epsilon: what the run may cost, at `delta`.
    ///   - samplingProbability: q of each step, in (0, 1].
    ///   - dimension: coordinates that a step releases; counts for the sampler's share of δ only.
    ///   - clippingNorm: C; the price does not depend on it.
    /// - Complexity: about 20 prices of a fraction of a millisecond, and for sampled steps 10 of some milliseconds.
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
    /// Never on the unsafe side: what comes back was priced by the whole of `PlanPrice`, composed losses included, and that price
    /// is what a ledger charges. It is a function of public numbers alone.
    /// - Parameter accountants: of whose figures the price is the smallest; another than composed losses has to be among them.
    /// - Returns: A multiplier whose plan was priced and found within what was asked, at most `tolerance` above the root.
    public static func scale(
        epsilon: EpsilonAmount, delta: DeltaAmount, by accountants: Set<Accountant> = Accountant.pricing,
        plan: (Double) -> RunPlan
    ) throws(CalibrationError) -> Double {
        guard epsilon > .zero else { throw .outOfRange("ε must be positive") }
        guard !epsilon.isInfinite else { throw .outOfRange("ε = ∞ needs no noise") }
        func price(_ multiplier: Double, _ accountants: Set<Accountant>) -> PlanPrice {
            PlanPrice(of: plan(multiplier), delta: delta, by: accountants)
        }
        let quick = accountants.subtracting([.pld])
        let enough = try least(from: 1, lower: 0.5, epsilon: epsilon, delta: delta) { price($0, quick) }
        if quick == accountants { return enough }
        // Composed losses cost some thirty times as much to compute, so they begin where the others end. Where they prove no
        // less, that is the answer; else ε falls about as fast as the others', so the root is near.
        let there = price(enough, accountants)
        guard there.accountant == .pld, there.epsilon < epsilon else { return enough }
        let slope = log(price(enough * 0.98, quick).epsilon.value / epsilon.value) / -log(0.98)
        let power = slope.isFinite ? min(max(slope, 0.5), 50) : 1
        let factor = pow(there.epsilon.value / epsilon.value, 1 / power) * 0.998
        return try least(from: enough, lower: factor, epsilon: epsilon, delta: delta, rounds: mostLossPrices) {
            $0 == enough ? there : price($0, accountants)
        }
    }

    /// The least multiplier whose price is at most ε: of what was priced, never between.
    /// - Parameters:
    ///   - start: Where to begin; four times it, and so on, where that is not enough.
    ///   - factor: The first step down from what is enough; the next are longer, down to halves.
    private static func least(
        from start: Double, lower factor: Double, epsilon: EpsilonAmount, delta: DeltaAmount, rounds: Int = 200,
        _ price: (Double) -> PlanPrice
    ) throws(CalibrationError) -> Double {
        // A bracket [low, high] with price(low) > ε ≥ price(high).
        var high = start
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
        var step = min(max(factor, 0.5), 0.9999)
        while atLow.epsilon <= epsilon {
            (high, atHigh) = (low, atLow)
            guard low > range.lowerBound else { return high }
            low = max(range.lowerBound, low * step)
            step = max(0.5, step * step)
            atLow = price(low)
        }
        let target = log(epsilon.value)
        func excess(_ price: PlanPrice) -> Double {
            min(60, log(max(price.epsilon.value, 1e-300)) - target)
        }
        let better = root(low: (log(low), excess(atLow)), high: (log(high), excess(atHigh)), rounds: rounds) {
            multiplier in
            let at = price(multiplier)
            return (excess(at), at.epsilon <= epsilon)
        }
        return better ?? high
    }

    /// The root in a bracket, by secants in logarithms: ε against the multiplier is close to a power, and smooth but for jumps of a
    /// part in 10⁵ where composed losses take another grid. What comes back was itself priced and is enough; nil: nothing below the
    /// bracket's end was.
    private static func root(
        low: (x: Double, excess: Double), high: (x: Double, excess: Double), rounds: Int,
        _ price: (Double) -> (excess: Double, isEnough: Bool)
    ) -> Double? {
        var (bottom, top) = (low.x, high.x)
        var best: Double?
        var (before, last) = (low, high)
        var (width, stalls) = (top - bottom, 0)
        for _ in 0..<rounds where top - bottom > tolerance {
            let secant = last.x - last.excess * (last.x - before.x) / (last.excess - before.excess)
            var x = secant > bottom && secant < top ? secant : (bottom + top) / 2
            if stalls >= 4 { (x, stalls) = ((bottom + top) / 2, 0) }
            // An end that is nearly the root: to its other side, so that the bracket closes.
            x = min(max(x, bottom + 0.9 * tolerance), top - 0.9 * tolerance)
            let multiplier = exp(x)
            let at = price(multiplier)
            (before, last) = (last, (x, at.excess))
            if at.isEnough { (top, best) = (x, multiplier) } else { bottom = x }
            stalls = top - bottom > width / 2 ? stalls + 1 : 0
            if stalls == 0 { width = top - bottom }
        }
        return best
    }
}
