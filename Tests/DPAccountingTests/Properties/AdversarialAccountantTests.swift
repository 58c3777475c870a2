// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing

@testable import DPAccounting

/// Every accountant behind the interface at the ends of what a caller can write down: at or above a lower bound or ∞, in
/// bounded time, never NaN, never a trap.
struct AdversarialAccountantTests {
    static let sigmas = [1e-3, 0.2, 1, 40, 1e6]
    static let samplings = [1e-9, 1e-3, 0.7, 1]

    static func plan(_ sigma: Double, _ q: Double, _ steps: Int) -> RunPlan {
        PlanSolver.plan(noiseMultiplier: sigma, samplingProbability: q, steps: steps)
    }

    @Test("ε of sampled Gaussians", arguments: [Accountant.gdp, .zcdp, .rdp, .pld], sigmas)
    func epsilons(name: Accountant, sigma: Double) throws {
        // A coarse grid is as valid as a fine one, and ten times as fast.
        let method: any PlanAccountant = name == .pld ? LossAccounting(tolerance: 3e-3) : try #require(name.method)
        let clock = ContinuousClock()
        for q in Self.samplings {
            for steps in [1, 50, 10_000_000] {
                for delta in [1e-300, 1e-30, 1e-6, 0.5] {
                    let start = clock.now
                    let epsilon = method.epsilon(of: Self.plan(sigma, q, steps), delta: delta)
                    let what = "\(name) σ \(sigma) q \(q) T \(steps) δ \(delta): \(epsilon)"
                    #expect(clock.now - start < .seconds(20), "\(what)")
                    let least = PrivacyLossAdversarialTests.lowerBound(sigma, q, steps, delta)
                    #expect(epsilon >= least * (1 - 1e-9), "\(what) under \(least)")
                }
            }
        }
    }

    @Test("δ of sampled Gaussians", arguments: [Accountant.gdp, .zcdp, .rdp, .pld], sigmas)
    func deltas(name: Accountant, sigma: Double) throws {
        let method: any PlanAccountant = name == .pld ? LossAccounting(tolerance: 3e-3) : try #require(name.method)
        for q in Self.samplings {
            for steps in [1, 300, 1_000_000] {
                for epsilon in [0, 1e-9, 0.3, 20, 1e5, 1e12] {
                    let delta = method.delta(of: Self.plan(sigma, q, steps), epsilon: epsilon)
                    #expect(delta >= 0 && delta <= 1, "\(name) σ \(sigma) q \(q) T \(steps) ε \(epsilon): \(delta)")
                    if q >= 1 {
                        let least = GaussianDP.logDelta(mu: Double(steps).squareRoot() / sigma, epsilon: epsilon)
                        #expect(
                            log(delta) >= least - 1e-9 * max(1, -least), "\(name) σ \(sigma) T \(steps) ε \(epsilon)")
                    }
                }
            }
        }
    }

    @Test("where a window holds nothing the Rényi bound answers: finite, not 1 and ∞")
    func deepTails() {
        // δ of about e^(−10⁶/2·10⁻²), far below what a Double can be.
        let deep = Self.plan(1000, 1, 10)
        #expect(PrivacyLossAccountant.delta(of: deep, epsilon: 50) < 1e-300)
        for (sigma, q, steps, delta) in [
            (1e-3, 0.5, 10_000_000, 1e-6), (0.05, 1e-3, 10_000_000, 1e-9), (0.2, 1.0, 100_000, 1e-300),
        ] {
            let plan = Self.plan(sigma, q, steps)
            let epsilon = PrivacyLossAccountant.epsilon(of: plan, delta: delta, tolerance: 1e-3)
            let renyi = RenyiAccountant.epsilon(of: plan, delta: delta).epsilon
            #expect(epsilon.isFinite == renyi.isFinite && epsilon <= renyi * (1 + 3e-3), "\(epsilon) against \(renyi)")
        }
    }

    @Test("arguments that are no numbers, or out of range, cost everything")
    func nonsense() throws {
        let plan = Self.plan(1, 0.5, 10)
        for name in Accountant.allCases {
            guard let method = name.method else { continue }
            for delta in [-1, -0.0001, .nan, -.infinity] {
                #expect(method.epsilon(of: plan, delta: delta) == .infinity, "\(name) \(delta)")
            }
            for epsilon in [-1, -1e-300, .nan, -.infinity] {
                #expect(method.delta(of: plan, epsilon: epsilon) == 1, "\(name) \(epsilon)")
            }
            #expect(method.epsilon(of: plan, delta: 2) == 0)
            #expect(method.epsilon(of: plan, delta: .infinity) == 0)
        }
    }

    @Test("parameters that make no event cost everything")
    func invalidEvents() {
        let events: [PrivacyEvent] =
            [0, -1, .nan, .infinity].flatMap { x -> [PrivacyEvent] in
                [
                    .gaussian(GaussianEvent(noiseMultiplier: x)), .laplace(LaplaceEvent(noiseMultiplier: x)),
                    .sampled(SampledEvent(samplingProbability: x, event: EventFamily.gaussian.event(1))),
                    .matrixMechanism(
                        MatrixMechanismEvent(
                            coefficients: [1, x == 0 ? .nan : x], steps: 4, minSeparation: 1, maxParticipations: 2,
                            noiseMultiplier: x == -1 ? 0 : 1)),
                ]
            } + [
                .randomizedResponse(RandomizedResponseEvent(noise: 0, buckets: 3)),
                .randomizedResponse(RandomizedResponseEvent(noise: 1.5, buckets: 3)),
                .randomizedResponse(RandomizedResponseEvent(noise: 0.5, buckets: 1)),
                .composed(ComposedEvent(events: [])),
                .selfComposed(SelfComposedEvent(event: EventFamily.laplace.event(1), count: 0)),
                .tiered(TieredEvent(tiers: [], event: EventFamily.laplace.event(1))),
                .randomTrials(RandomTrialsEvent(trials: .poisson(mean: 0), event: EventFamily.laplace.event(1))),
                .randomTrials(
                    RandomTrialsEvent(
                        trials: .negativeBinomial(shape: -1, probability: 0.5), event: EventFamily.laplace.event(1))),
            ]
        for event in events {
            if case .matrixMechanism(let matrix) = event, matrix.isValid { continue }
            #expect(!event.isValid, "\(event)")
            for name in Accountant.allCases {
                guard let method = name.method else { continue }
                #expect(method.epsilon(of: RunPlan(event), delta: 0.3) == .infinity, "\(name) \(event)")
                #expect(method.delta(of: RunPlan(event), epsilon: 9) == 1, "\(name) \(event)")
            }
            #expect(PlanPrice(of: RunPlan(event), delta: DeltaAmount(1e-6, rounding: .down)).problem == .invalidEvent)
        }
    }

    @Test("plans of very many different laws, and counts at the edge, end")
    func manyLaws() {
        let stretches = (0..<300).map { k in
            RunPlan.Stretch(
                event: .sampled(
                    SampledEvent(
                        samplingProbability: 1e-3 * Double(k + 1),
                        event: .gaussian(GaussianEvent(noiseMultiplier: 0.5 + 0.07 * Double(k))))), count: 1 + k % 7)
        }
        let plan = RunPlan(stretches)
        let loss = PrivacyLossAccountant.epsilon(of: plan, delta: 1e-6, tolerance: 1e-3)
        let exact = ExactAccountant.epsilon(of: plan, delta: 1e-6)
        // Twice what the grid was chosen for.
        #expect(loss >= exact.lower && loss <= exact.upper * (1 + 2e-3), "\(loss) against \(exact)")
        // Few large samples decide here: orders cannot see that.
        #expect(RenyiAccountant.epsilon(of: plan, delta: 1e-6).epsilon > 1.5 * loss)
        let edge = RunPlan([.init(event: EventFamily.gaussian.event(1e6), count: RunPlan.Stretch.mostSteps)])
        let analytic = GaussianDP.epsilon(mu: Double(RunPlan.Stretch.mostSteps).squareRoot() / 1e6, delta: 1e-6)
        let found = PrivacyLossAccountant.epsilon(of: edge, delta: 1e-6)
        #expect(found >= analytic * (1 - 1e-9) && found <= analytic * (1 + 1e-9))
    }
}
