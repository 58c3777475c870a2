// SPDX-License-Identifier: Apache-2.0

import Foundation

/// Composes privacy loss distributions: the tightest general accountant for a run that is planned in advance.
///
/// Every answer is an upper bound; where numerics fail it is ∞ (or δ = 1). Both directions of add/remove are composed by
/// themselves, and the larger answer is taken at the end. No filter is built on it: a plan's (ε, δ) is for the whole plan.
public enum PrivacyLossAccountant {
    /// Accuracy in ε, relative, that grids are chosen for unless another is asked for. Any gives an upper bound.
    public static let tolerance = 1e-5

    /// The smallest ε at δ that is proven for `plan`.
    ///
    /// Where a window cannot hold the composition the Rényi bound takes its place: both are upper bounds.
    public static func epsilon(of plan: RunPlan, delta: Double, tolerance: Double = tolerance) -> Double {
        guard let laws = plan.lossLaws?.mergingGaussians else { return .infinity }
        var accountant = LossAccountant(tolerance: tolerance)
        let found = accountant.epsilon(of: laws, delta: delta)
        return found < .infinity || !(delta > 0) ? found : RenyiAccountant.epsilon(of: plan, delta: delta).epsilon
    }

    /// The smallest δ at ε that is proven for `plan`; the Rényi bound as above, and far out, where windows are not made for it.
    ///
    /// Each ε has a grid of its own, chosen so that the answer is δ's at no less than (1 − η)·ε, η mostly some `tolerance`s. So
    /// δ at ε₂ is at most δ at ε₁ as soon as ε₁ ≤ (1 − η)·ε₂, but two answers nearer than that may be in either order, each of
    /// them valid. `profile` never rises: a point of it is the least of the answers up to there.
    public static func delta(of plan: RunPlan, epsilon: Double, tolerance: Double = tolerance) -> Double {
        guard let laws = plan.lossLaws?.mergingGaussians else { return 1 }
        var accountant = LossAccountant(tolerance: tolerance)
        let found = min(1, expRoundedUp(accountant.logDelta(of: laws, epsilon: epsilon), by: 1e-14))
        guard found == 1 || (found > 0 && found < 1e-100), epsilon >= 0, let flat = plan.flattened else { return found }
        let bound = RenyiAccountant.delta(ofFlattened: flat, epsilon: epsilon)
        return min(found, flat.failure > .zero ? (bound + flat.failure.value).nextUp : bound)
    }
}

extension [LossLawCount] {
    /// The same with all plain Gaussians as one, of μ² = Σ n/σ² (Dong, Roth, Su 2022, Corollary 3.3), rounded up.
    fileprivate var mergingGaussians: [LossLawCount] {
        var (square, others) = (0.0, Self())
        for entry in self {
            if case .gaussian(let sigma) = entry.law.mechanism, entry.law.samplingProbability >= 1 {
                square += Double(entry.count) / (sigma * sigma)
            } else {
                others.append(entry)
            }
        }
        let mu = roundedUp(square.squareRoot(), by: 1e-15 * Double(count - others.count))
        guard mu.isNormal, (1 / mu).isNormal else { return self }
        return others + [LossLawCount(LossLaw(.gaussian(noiseMultiplier: (1 / mu).nextDown)), count: 1)]
    }
}

/// The same on dominating pairs, with transforms and buffers that are used again.
package struct LossAccountant {
    private var composer: LossComposer
    private var coarse: LossComposer

    /// - Parameter tolerance: accuracy in ε, relative, that grids are chosen for. Any value gives an upper bound.
    package init(tolerance: Double = 1e-5) {
        composer = LossComposer(tolerance: tolerance)
        coarse = LossComposer(tolerance: max(tolerance, 3e-3))
    }

    /// An answer of the same kind on coarse grids.
    private static func coarsely(_ coarse: inout LossComposer, _ ask: (inout Self) -> Double) -> Double {
        var other = Self()
        swap(&other.composer, &coarse)
        defer { swap(&other.composer, &coarse) }
        return ask(&other)
    }

    package mutating func epsilon(of laws: [LossLawCount], delta: Double) -> Double {
        if delta >= 1 || laws.isEmpty { return 0 }
        guard delta > 0 else { return .infinity }
        var largest = 0.0
        for direction in Self.directions(laws) {
            // Adding mostly costs less: then a coarse grid tells.
            if direction == .add {
                let rough = Self.coarsely(&coarse) { $0.epsilon(of: laws, direction, delta: delta) }
                if rough <= largest { break }
            }
            largest = max(largest, epsilon(of: laws, direction, delta: delta))
        }
        return largest
    }

    package mutating func epsilon(of laws: [LossLawCount], _ direction: LossDirection, delta: Double) -> Double {
        guard delta > 0 else { return .infinity }
        if delta >= 1 { return 0 }
        if let law = Self.single(laws) { return Self.epsilon(of: law, direction, delta: delta) }
        let question = LossComposer.Question.epsilon(logDelta: log(delta))
        guard var composed = composer.compose(laws, direction, question) else { return .infinity }
        var answer = composed.loss.epsilon(delta: delta)
        var best = answer.epsilon
        // The tilt was too steep, or too flat: the window does not hold the answer.
        for _ in 0..<6 where !answer.isInside {
            var layout = composed.layout
            layout.tilt *= answer.epsilon.isFinite ? 0.5 : 1.6
            layout.step = nil
            guard let next = composer.compose(laws, direction, question, layout: layout) else { break }
            composed = next
            answer = next.loss.epsilon(delta: delta)
            best = min(best, answer.epsilon)
        }
        return min(best, Self.end(laws, direction))
    }

    /// The largest loss of the composition, rounded up: from there on nothing is lost. ∞ where there is none, or a chance of failure.
    private static func end(_ laws: [LossLawCount], _ direction: LossDirection) -> Double {
        let sum = laws.reduce(0.0) { $0 + Double($1.count) * $1.law.largestLoss(direction) }
        return roundedUp(sum, by: 1e-15 * Double(laws.count + 8))
    }

    package mutating func logDelta(of laws: [LossLawCount], epsilon: Double) -> Double {
        if laws.isEmpty || epsilon == .infinity { return -.infinity }
        guard epsilon >= 0 else { return 0 }
        var largest = -Double.infinity
        for direction in Self.directions(laws) {
            if direction == .add {
                let rough = Self.coarsely(&coarse) { $0.logDelta(of: laws, direction, epsilon: epsilon) }
                if rough <= largest { break }
            }
            largest = max(largest, logDelta(of: laws, direction, epsilon: epsilon))
        }
        return largest
    }

    package mutating func logDelta(of laws: [LossLawCount], _ direction: LossDirection, epsilon: Double) -> Double {
        if let law = Self.single(laws) { return min(0, log(law.hockeyStick(epsilon, direction)) + 1e-15) }
        if epsilon >= Self.end(laws, direction) { return -.infinity }
        guard let composed = composer.compose(laws, direction, .logDelta(epsilon: epsilon)) else { return 0 }
        return composed.loss.logDelta(epsilon)
    }

    /// The law of one single release, whose profile has a closed form.
    static func single(_ laws: [LossLawCount]) -> LossLaw? {
        guard laws.count == 1, laws[0].count == 1, laws[0].law.isValid else { return nil }
        return laws[0].law
    }

    private static func epsilon(of law: LossLaw, _ direction: LossDirection, delta: Double) -> Double {
        if law.hockeyStick(0, direction) <= delta { return 0 }
        var most = 1.0
        while law.hockeyStick(most, direction) > delta {
            most *= 4
            guard most < 1e12 else { return .infinity }
        }
        return bisect(lower: 0, upper: most) { law.hockeyStick($0, direction) <= delta }.upper.nextUp
    }

    /// Adding too where any law is sampled: a law that is not mirrors itself.
    static func directions(_ laws: [LossLawCount]) -> [LossDirection] {
        laws.contains { $0.law.directions.count > 1 } ? [.remove, .add] : [.remove]
    }
}
