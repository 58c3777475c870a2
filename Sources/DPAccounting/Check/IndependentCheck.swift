// SPDX-License-Identifier: Apache-2.0

import Foundation

/// Prices a plan a second time, with other mathematics and other code than `PlanPrice`, for `budget verify`.
///
/// Pure ε by floating point; the Gaussian by integrating its own privacy loss; Rényi costs by the alternating series; composed
/// losses by the moment integral (`ExactAccountant`), which has no grid, no transform and no code in common with them but the
/// dominating pairs (Zhu, Dong, Wang 2022): those are what a price is a claim about.
public enum IndependentCheck {
    /// Both ends in nats.
    public struct Bracket: Hashable, Sendable {
        /// No valid price by our accountants is below: a smaller charge is too small.
        public let lower: Double
        /// A price need not be above; infinite where nothing is finite.
        public let upper: Double

        /// Whether a charge lies between, with the rounding of amounts forgiven.
        public func contains(_ epsilon: EpsilonAmount) -> Bool {
            epsilon.value >= lower && epsilon.value <= upper
        }
    }

    /// Where the price of `plan` at δ must lie. Wide where the second method is weak, never wrong.
    /// - Complexity: at most about 130 series of 2000 terms for each stretch: some 0.05 s.
    public static func bracket(of asked: RunPlan, delta: DeltaAmount) -> Bracket {
        guard let plan = asked.flattened else { return Bracket(lower: .infinity, upper: .infinity) }
        // Events that the door does not make: what no valid accountant can go below, and no upper end.
        guard plan.stretches.allSatisfy({ $0.event.isOfTheDoor }) else {
            let exact = ExactAccountant.epsilon(
                of: plan, logDelta: delta > .zero ? log(delta.value) : -.infinity, effort: .quick)
            let isTight = plan.stretches.allSatisfy(\.event.hasTightPairs)
            return Bracket(lower: isTight ? max(0, exact.lower * (1 - 1e-7) - 2e-12) : 0, upper: .infinity)
        }
        guard plan.stretches.allSatisfy({ $0.event.isValid && $0.count >= 1 && $0.event.hasNoise }) else {
            return Bracket(lower: .infinity, upper: .infinity)
        }
        let laplace = plan.stretches.filter { $0.event.laplaceEpsilon != nil }
        let rest = plan.stretches.filter { $0.event.laplaceEpsilon == nil }
        let pure = laplace.reduce(0.0) { $0 + ($1.event.laplaceEpsilon ?? 0) * Double($1.count) }
        if rest.isEmpty {
            let whole = delta > .zero ? mixed(plan.stretches, delta: delta.value) : (lower: pure, upper: pure)
            return widened(lower: min(pure, whole.lower), upper: min(pure, whole.upper))
        }
        guard delta > .zero else { return Bracket(lower: .infinity, upper: .infinity) }
        let whole = mixed(plan.stretches, delta: delta.value)
        if laplace.isEmpty { return widened(lower: whole.lower, upper: whole.upper) }
        let others = mixed(rest, delta: delta.value)
        return widened(
            lower: min(whole.lower, pure + others.lower), upper: min(whole.upper, pure + others.upper))
    }

    /// Where a price by `accountant` must lie.
    ///
    /// Composed losses are tighter than Rényi orders, so for them the lower end is the moment integral's: no valid accountant can
    /// be below. The upper end stays: a price is the smallest of several, so never above what orders prove.
    /// - Complexity: as `bracket(of:delta:)`, and for composed losses one moment integral of some ten milliseconds.
    public static func bracket(of plan: RunPlan, delta: DeltaAmount, by accountant: Accountant) -> Bracket {
        let others = bracket(of: plan, delta: delta)
        guard accountant == .pld || accountant == .exact else { return others }
        return Bracket(lower: floor(of: plan, delta: delta), upper: others.upper)
    }

    /// What no valid price of `plan` at δ can be below, whoever gives it; 0 where nobody knows (`unfloored`).
    public static func floor(of plan: RunPlan, delta: DeltaAmount) -> Double {
        guard let flat = plan.flattened, unfloored(flat) == nil else { return 0 }
        let exact = ExactAccountant.epsilon(
            of: flat, logDelta: delta > .zero ? log(delta.value) : -.infinity, effort: .quick)
        // The moment integral has no answer from below for wide discrete laws; a part of a plan costs no more than the whole.
        var lower = exact.lower
        for stretch in flat.stretches {
            guard case .discreteGaussian(let event) = stretch.event else { continue }
            lower = max(lower, DiscreteGaussianSum(event, count: stretch.count)?.floor(delta: delta.value) ?? 0)
        }
        // The unit of an amount, and the rounding of ln δ (10⁻¹³ in ln δ moves ε by about as much).
        return max(0, lower * (1 - 1e-9) - 2e-12)
    }

    /// Why there is no independent lower bound for a plan, and what is checked instead; nil: there is one.
    ///
    /// Where the dominating pair of an event is not one that a mechanism attains, an accountant with a finer argument may
    /// rightly be below the exact cost of the pair.
    public static func unfloored(_ plan: RunPlan) -> String? {
        let instead = "recomputed by the accountant that it names alone"
        guard let flat = plan.flattened else { return "an event cannot be read: \(instead)" }
        if !flat.stretches.allSatisfy(\.event.hasTightPairs) {
            return "no cost is known from below for an exponential mechanism or a best of random trials: \(instead)"
        }
        guard flat.lossLaws != nil else { return "an event has no dominating pair: \(instead)" }
        return nil
    }

    /// The samplers may take up to a hundredth of δ: the lower end is at all of it, the upper end at .99.
    private static func mixed(_ stretches: [RunPlan.Stretch], delta: Double) -> (lower: Double, upper: Double) {
        var search = OrderSearch(delta: delta) { order in
            stretches.reduce((lower: 0.0, upper: 0.0)) { sum, stretch in
                let one = stretch.event.independentCost(order: order)
                return (sum.lower + one.lower * Double(stretch.count), sum.upper + one.upper * Double(stretch.count))
            }
        }
        var result = search.run()
        let squares = stretches.map { stretch in
            stretch.event.unsampledMuSquared.map { $0 * Double(stretch.count) }
        }
        if squares.allSatisfy({ $0 != nil }) {
            let mu = squares.reduce(0) { $0 + ($1 ?? 0) }.squareRoot()
            result.lower = min(result.lower, GaussianIntegral(mu: mu).epsilon(delta: delta))
            result.upper = min(result.upper, GaussianIntegral(mu: mu).epsilon(delta: 0.99 * delta))
        }
        return result
    }

    private static func widened(lower: Double, upper: Double) -> Bracket {
        Bracket(lower: max(0, lower * (1 - 1e-7) - 2e-12), upper: upper * (1 + 1e-7) + 1e-9)
    }
}

extension PrivacyEvent {
    /// One of the three that `DPMechanisms` makes.
    fileprivate var isOfTheDoor: Bool {
        switch self {
        case .discreteLaplace, .discreteGaussian, .gaussianSum: true
        default: false
        }
    }

    fileprivate var hasNoise: Bool {
        if case .gaussianSum(let event) = self { event.noiseMultiplier > 0 } else { true }
    }

    /// ℓ1/scale of a Laplace event.
    fileprivate var laplaceEpsilon: Double? {
        if case .discreteLaplace(let event) = self {
            Double(event.bound.l1Sensitivity) / event.scale.value
        } else {
            nil
        }
    }

    /// 1/σ² of a Gaussian without sampling.
    fileprivate var unsampledMuSquared: Double? {
        guard case .gaussianSum(let event) = self, event.samplingProbability >= 1 else { return nil }
        return 1 / (event.noiseMultiplier * event.noiseMultiplier)
    }

    fileprivate func independentCost(order: Double) -> (lower: Double, upper: Double) {
        switch self {
        case .discreteLaplace(let event):
            // From below: the two outermost tails of the exact sum alone; from above: ε and ε²/2·α.
            let each = Double(event.bound.maxValuePerItem) / event.scale.value
            let coordinates = Double(event.bound.maxItemsPerUser)
            let upper = min(each, order * each * each / 2) * coordinates
            let tails = (1 + exp(-(2 * order - 1) * each)) / (1 + exp(-1 / event.scale.value))
            let lower = (each + log(tails) / (order - 1) - 1e-13 / (order - 1)) * coordinates
            return (max(0, lower), upper)
        case .discreteGaussian(let event):
            let cost = order * Double(event.bound.l2SensitivitySquared) / event.variance.value / 2
            return (cost, cost)
        case .gaussianSum(let event):
            return SubsampledGaussianSeries(
                noiseMultiplier: event.noiseMultiplier, samplingProbability: event.samplingProbability
            ).bracket(order: order)
        default: return (0, .infinity)
        }
    }
}
