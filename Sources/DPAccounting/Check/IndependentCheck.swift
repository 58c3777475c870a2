// SPDX-License-Identifier: Apache-2.0

import Foundation

/// Prices a plan a second time, with other mathematics and other code than `PlanPrice`, for `budget verify`.
///
/// Pure ε by floating point; the Gaussian by integrating its own privacy loss; Rényi costs by the alternating series.
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
