// SPDX-License-Identifier: Apache-2.0

import Foundation
import TestSupport
import Testing

@testable import DPAccounting

struct PrivacyLossAccountantTests {
    static let deltas = [0.1, 1e-3, 1e-6, 1e-12, 1e-30, 1e-100, 1e-250]

    @Test("unsampled Gaussians: the analytic ε, down to δ = 1e-250", arguments: [0.05, 0.4, 1, 3])
    func againstTheAnalyticGaussian(mu: Double) {
        for steps in [1, 10, 1000] {
            let sigma = Double(steps).squareRoot() / mu
            let plan = Plans.gaussian(multiplier: sigma, steps: steps)
            for delta in Self.deltas {
                let exact = GaussianDP.epsilon(mu: mu, delta: delta)
                let found = PrivacyLossAccountant.epsilon(of: plan, delta: delta)
                #expect(found >= exact * (1 - 1e-9), "\(mu) \(steps) \(delta)")
                // What the grid is chosen for, with room for the power of two.
                #expect(found <= exact * (1 + 2e-5) + 1e-6, "\(mu) \(steps) \(delta)")
            }
        }
    }

    @Test("the profile of unsampled Gaussians, in ln δ", arguments: [0.3, 1.5])
    func profile(mu: Double) {
        let plan = Plans.gaussian(multiplier: 10 / mu, steps: 100)
        for epsilon in [0, 0.1, 0.5, 1, 2, 4, 8] {
            let exact = GaussianDP.logDelta(mu: mu, epsilon: epsilon)
            let found = log(PrivacyLossAccountant.delta(of: plan, epsilon: epsilon))
            #expect(found >= exact - 1e-9)
            // 2e-5 of ε, times the slope ε/μ² or so of ln δ; at small ε 1e-4 of δ.
            #expect(found <= exact + 1e-4 + 2e-5 * epsilon * (1 + epsilon / (mu * mu)), "\(mu) \(epsilon)")
        }
    }

    static let plans: [RunPlan] = [
        Plans.gaussian(multiplier: 1, q: 0.01, steps: 500), Plans.gaussian(multiplier: 3, q: 0.3, steps: 40),
        RunPlan([
            .init(event: Plans.gaussianEvent(multiplier: 2, q: 0.05), count: 30),
            .init(event: Plans.laplaceEvent(Rational(20, 1)!, items: 3, value: 2), count: 2),
        ]),
        RunPlan([.init(event: Plans.laplaceEvent(Rational(7, 2)!, items: 2), count: 5)]),
    ]

    @Test("never more than Rényi accounting says", arguments: plans)
    func tighterThanRenyi(plan: RunPlan) {
        for delta in [1e-3, 1e-6, 1e-9] {
            let found = PrivacyLossAccountant.epsilon(of: plan, delta: delta)
            #expect(found <= RenyiAccountant.epsilon(of: plan, delta: delta).epsilon * (1 + 1e-5))
            #expect(found > 0)
        }
    }

    @Test("ε goes there and back, outward", arguments: plans)
    func roundTrip(plan: RunPlan) {
        for delta in [1e-2, 1e-5, 1e-8] {
            let epsilon = PrivacyLossAccountant.epsilon(of: plan, delta: delta)
            // The two questions are laid out on grids of their own, each within 1e-5 or so of ε.
            #expect(PrivacyLossAccountant.delta(of: plan, epsilon: epsilon * 1.0001 + 1e-6) <= delta * (1 + 1e-9))
            #expect(PrivacyLossAccountant.delta(of: plan, epsilon: epsilon * 0.9999 - 1e-6) >= delta * (1 - 1e-9))
        }
    }

    @Test("less δ costs more ε", arguments: plans)
    func monotoneInDelta(plan: RunPlan) {
        var before = 0.0
        for delta in [0.5, 0.1, 1e-2, 1e-4, 1e-7, 1e-11] {
            let epsilon = PrivacyLossAccountant.epsilon(of: plan, delta: delta)
            // Grids differ by 1e-5 relative.
            #expect(epsilon >= before * (1 - 3e-5))
            before = epsilon
        }
    }

    @Test("more noise never costs more, more sampling and more steps never less")
    func monotoneInParameters() {
        func epsilon(_ sigma: Double, _ q: Double, _ steps: Int) -> Double {
            PrivacyLossAccountant.epsilon(of: Plans.gaussian(multiplier: sigma, q: q, steps: steps), delta: 1e-6)
        }
        let base = epsilon(1.2, 0.02, 200)
        // Steps of 2 % move ε by far more than the grids differ.
        #expect(epsilon(1.224, 0.02, 200) < base && epsilon(1.176, 0.02, 200) > base)
        #expect(epsilon(1.2, 0.0204, 200) > base && epsilon(1.2, 0.0196, 200) < base)
        #expect(epsilon(1.2, 0.02, 204) > base && epsilon(1.2, 0.02, 196) < base)
    }

    @Test("composing costs at least each part, and at most their sum", arguments: plans)
    func compositionBounds(plan: RunPlan) {
        let other = Plans.gaussian(multiplier: 4, q: 0.1, steps: 20)
        let both = RunPlan(plan.stretches + other.stretches)
        let (a, b) = (
            PrivacyLossAccountant.epsilon(of: plan, delta: 5e-7), PrivacyLossAccountant.epsilon(of: other, delta: 5e-7)
        )
        let together = PrivacyLossAccountant.epsilon(of: both, delta: 1e-6)
        #expect(together <= (a + b) * (1 + 1e-4))
        #expect(together >= PrivacyLossAccountant.epsilon(of: plan, delta: 1e-6) * (1 - 3e-5))
        #expect(together >= PrivacyLossAccountant.epsilon(of: other, delta: 1e-6) * (1 - 3e-5))
    }

    @Test("the order of events does not matter", arguments: plans)
    func order(plan: RunPlan) {
        let other = Plans.gaussian(multiplier: 4, q: 0.1, steps: 20).stretches
        let one = PrivacyLossAccountant.epsilon(of: RunPlan(plan.stretches + other), delta: 1e-6)
        let two = PrivacyLossAccountant.epsilon(of: RunPlan(other + plan.stretches), delta: 1e-6)
        // Both are sums of the same laws; only the order of roundings differs.
        #expect(relativeError(one, two) < 1e-6)
    }

    @Test("splitting a stretch changes nothing")
    func stretches() {
        let event = Plans.gaussianEvent(multiplier: 1.1, q: 0.03)
        let whole = RunPlan([.init(event: event, count: 90)])
        let split = RunPlan([.init(event: event, count: 40), .init(event: event, count: 50)])
        #expect(
            PrivacyLossAccountant.epsilon(of: whole, delta: 1e-6)
                == PrivacyLossAccountant.epsilon(of: split, delta: 1e-6))
    }

    @Test("sampling with q = 1 is the plain event, and q near 1 is near it")
    func fullSampling() {
        let plain = PrivacyLossAccountant.epsilon(of: Plans.gaussian(multiplier: 5, steps: 10), delta: 1e-6)
        let nearly = PrivacyLossAccountant.epsilon(
            of: Plans.gaussian(multiplier: 5, q: 1 - 1e-9, steps: 10), delta: 1e-6)
        #expect(relativeError(nearly, plain) < 3e-5)
    }

    @Test("pure events alone never cost more than their ε, and nothing costs nothing")
    func pureEvents() {
        let plan = RunPlan([.init(event: Plans.laplaceEvent(Rational(10, 1)!), count: 4)])
        #expect(PrivacyLossAccountant.epsilon(of: plan, delta: 1e-40) <= 0.4 * (1 + 1e-12))
        #expect(PrivacyLossAccountant.delta(of: plan, epsilon: 0.4) < 1e-14)
        #expect(PrivacyLossAccountant.epsilon(of: RunPlan([]), delta: 1e-6) == 0)
        #expect(PrivacyLossAccountant.delta(of: RunPlan([]), epsilon: 0) == 0)
    }

    @Test("what cannot be priced costs ∞, and δ = 1")
    func refusals() {
        let noise = Plans.gaussian(multiplier: 0)
        #expect(PrivacyLossAccountant.epsilon(of: noise, delta: 1e-6) == .infinity)
        #expect(PrivacyLossAccountant.delta(of: noise, epsilon: 1) == 1)
        let plan = Plans.gaussian(multiplier: 1, q: 0.1, steps: 10)
        #expect(PrivacyLossAccountant.epsilon(of: plan, delta: 0) == .infinity)
        #expect(PrivacyLossAccountant.epsilon(of: plan, delta: .nan) == .infinity)
        #expect(PrivacyLossAccountant.epsilon(of: plan, delta: 1) == 0)
        #expect(PrivacyLossAccountant.delta(of: plan, epsilon: -1) == 1)
        #expect(PrivacyLossAccountant.delta(of: plan, epsilon: .nan) == 1)
        #expect(PrivacyLossAccountant.delta(of: plan, epsilon: .infinity) == 0)
    }

    @Test("a mass at infinity of many (ε, δ) releases adds up")
    func approximateReleases() {
        var accountant = LossAccountant()
        let laws = [LossLawCount(LossLaw(.approximate(epsilon: 0.1, delta: 1e-8)), count: 50)]
        #expect(accountant.epsilon(of: laws, delta: 4.9e-7) == .infinity)
        let epsilon = accountant.epsilon(of: laws, delta: 1e-6)
        // Kairouz, Oh, Viswanath 2015: well below 50·0.1, above nothing.
        #expect(epsilon > 1 && epsilon < 5)
        let pure = [LossLawCount(LossLaw(.approximate(epsilon: 0.1, delta: 0)), count: 50)]
        // The finite part alone, with what δ leaves to it; (1 − 10⁻⁸)⁵⁰ scales that part.
        #expect(relativeError(accountant.epsilon(of: pure, delta: 5e-7), epsilon) < 1e-6)
    }

    @Test("δ of k releases of pure ε is the binomial sum", arguments: [1, 2, 5, 20])
    func pureCompositionByDefinition(count: Int) {
        let epsilon = 0.3
        var accountant = LossAccountant()
        let laws = [LossLawCount(LossLaw(.approximate(epsilon: epsilon, delta: 0)), count: count)]
        let p = exp(epsilon) / (1 + exp(epsilon))
        for at in [0, 0.2, 0.5, 1.7] {
            var exact = 0.0
            var binomial = 1.0
            for k in 0...count {
                let loss = epsilon * Double(2 * k - count)
                let mass = binomial * pow(p, Double(k)) * pow(1 - p, Double(count - k))
                if loss > at { exact += mass * -expm1(at - loss) }
                binomial *= Double(count - k) / Double(k + 1)
            }
            let found = exp(accountant.logDelta(of: laws, epsilon: at))
            #expect(found >= exact * (1 - 1e-13) && found <= exact * (1 + 1e-11) + 1e-15)
        }
    }
}

struct LossSketchTests {
    static func sketch(_ sigma: Double, _ q: Double, _ steps: Int, _ direction: LossDirection) throws -> LossSketch {
        let law = LossLaw(.gaussian(noiseMultiplier: sigma), samplingProbability: q)
        let cut = LossGrid.Cut(above: 1e-60, below: 1e-30)
        return try #require(LossSketch([LossLawCount(law, count: steps)], direction, cut: cut))
    }

    @Test("the sketched moments are the Rényi costs, to a percent", arguments: [(1.0, 0.01), (4, 0.1), (2, 1)])
    func moments(sigma: Double, q: Double) throws {
        let sketch = try Self.sketch(sigma, q, 100, .remove)
        for theta in [1.0, 2, 5] {
            let cost = SubsampledGaussian(noiseMultiplier: sigma, samplingProbability: q).cost(order: theta + 1)
            #expect(relativeError(sketch.moments(theta).log, 100 * theta * cost) < 0.01)
        }
        // Σ P = 1.
        #expect(abs(sketch.moments(0).log) < 1e-6)
    }

    @Test("a tilt puts the mean where it was asked for", arguments: LossDirection.allCases)
    func tilts(direction: LossDirection) throws {
        let sketch = try Self.sketch(2, 0.02, 1000, direction)
        for epsilon in [0.5, 1, 2] {
            let (tilt, moments) = sketch.tilt(epsilon: epsilon)
            #expect(tilt > 0)
            // A tenth of a standard deviation, or where halving stops.
            #expect(abs(moments.mean - epsilon) < 0.2 * moments.variance.squareRoot())
        }
        // The smaller δ, the steeper.
        let tilts = [-2.0, -10, -30].map { sketch.tilt(logDelta: $0).tilt }
        #expect(tilts[0] < tilts[1] && tilts[1] < tilts[2])
    }

    @Test("a step on which the atoms of a Laplace loss lie")
    func snapping() throws {
        let laws = [LossLawCount(LossLaw(.laplace(scale: 3)), count: 5)]
        let sketch = try #require(LossSketch(laws, .remove, cut: .init(above: 1e-30, below: 1e-30)))
        for step in [0.1, 0.0123, 1e-4] {
            let snapped = sketch.snapped(step)
            #expect(snapped <= step * (1 + 1e-15) && snapped > step * 0.7)
            let count = 1.0 / 3 / snapped
            #expect(abs(count - count.rounded()) < 1e-9)
        }
        #expect(sketch.snapped(5) == 5)
    }
}
