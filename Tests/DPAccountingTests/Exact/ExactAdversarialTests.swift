// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing

@testable import DPAccounting

struct ExactAdversarialTests {
    @Test("σ 1e-3 to 1e6, q 1e-9 to 1, T 1 to 1e7, δ 1e-300 to 1: ordered brackets, never NaN, in bounded time")
    func extremes() {
        let clock = ContinuousClock()
        for sigma in [1e-3, 0.05, 0.7, 30, 1e6] {
            for q in [1e-9, 1e-3, 0.6, 1] {
                for steps in [1, 40, 10_000_000] {
                    for delta in [1e-300, 1e-6] {
                        let plan = Plans.gaussian(multiplier: sigma, q: q, steps: steps)
                        var ours = PrivacyBracket(lower: 0, upper: 0)
                        let time = clock.measure {
                            ours = ExactAccountant.epsilon(of: plan, logDelta: log(delta), effort: .quick)
                        }
                        let what = "σ \(sigma), q \(q), T \(steps), δ \(delta): \(ours)"
                        #expect(ours.lower >= 0 && ours.upper >= ours.lower * (1 - 1e-12), "\(what)")
                        // A second on a quiet machine.
                        #expect(time < .seconds(20), "\(what) took \(time)")
                        // Rényi is valid too: the lower end may not pass it.
                        let renyi = RenyiAccountant.epsilon(of: plan, delta: delta).epsilon
                        #expect(ours.lower <= renyi * (1 + 1e-9) + 1e-12, "\(what), Rényi \(renyi)")
                        // And never above the plain Gaussian, which sampling cannot pass.
                        let mu = Double(steps).squareRoot() / sigma
                        #expect(ours.lower <= GaussianDP.epsilonRoundedUp(mu: mu, delta: delta) * (1 + 1e-9))
                    }
                }
            }
        }
    }

    @Test("ln δ at extreme ε: ordered, at most 0, never NaN")
    func extremeEpsilon() {
        for sigma in [0.05, 1, 100] {
            for q in [1e-6, 0.2, 1] {
                for epsilon in [0, 1e-9, 1, 50, 1e4, 1e9] {
                    let plan = Plans.gaussian(multiplier: sigma, q: q, steps: 30)
                    for one in ExactAccountant.compositions(of: plan) ?? [] {
                        let ours = one.logDelta(epsilon: epsilon, effort: .quick)
                        #expect(
                            !ours.upper.isNaN && ours.upper <= 0 && !(ours.lower > ours.upper + 1e-9),
                            "σ \(sigma) q \(q) ε \(epsilon): \(ours)")
                    }
                }
            }
        }
    }

    @Test("discrete and pure laws at the edges of their ranges")
    func edges() throws {
        let laws: [LossMechanism] = [
            .discreteLaplace(scale: 1e-3, sensitivity: 1), .discreteLaplace(scale: 1e9, sensitivity: 1 << 16),
            .discreteGaussian(variance: 1e-2, sensitivity: 1), .discreteGaussian(variance: 1e12, sensitivity: 1 << 16),
            .laplace(scale: 1e-3), .laplace(scale: 1e9), .approximate(epsilon: 0, delta: 0),
            .approximate(epsilon: 100, delta: 0.5), .randomizedResponse(noise: 1, buckets: 2),
            .randomizedResponse(noise: 1e-9, buckets: 1 << 20),
        ]
        for law in laws {
            for count in [1, 1000] {
                for delta in [1e-100, 1e-6, 0.7] {
                    let both = try #require(
                        ExactAccountant.compositions([LossLawCount(LossLaw(law), count: count)], directions: [.remove]))
                    let ours = ExactAccountant.epsilon(of: both, logDelta: log(delta), effort: .quick)
                    #expect(
                        ours.lower >= 0 && ours.upper >= ours.lower * (1 - 1e-9),
                        "\(law) × \(count) at \(delta): \(ours)")
                }
            }
        }
    }

    @Test("pure ε is never passed; failure mass beyond δ is ∞")
    func limits() throws {
        let pure = RunPlan([
            .init(event: .reportNoisyMax(ReportNoisyMaxEvent(epsilon: EventKindsTests.amount)), count: 4)
        ])
        #expect(ExactAccountant.epsilon(of: pure, delta: 1e-200).upper <= 2 * (1 + 1e-12))
        #expect(ExactAccountant.epsilon(of: pure, delta: 0).upper <= 2 * (1 + 1e-12))
        let failing = RunPlan([.init(event: EventKindsTests.all[6].1, count: 4)])
        #expect(ExactAccountant.epsilon(of: failing, delta: 3.9e-8).upper == .infinity)
        #expect(ExactAccountant.epsilon(of: failing, delta: 4.1e-8).upper <= 2 * (1 + 1e-12))
        let delta = exp(ExactAccountant.logDelta(of: failing, epsilon: 2).upper)
        #expect(relativeError(delta, 4e-8) < 1e-7)
    }

    @Test(
        "the moments are those of a plain sum over the real line",
        arguments: [SampledGaussianMoments.Relation.remove, .add, .replace])
    func momentsByDefinition(relation: SampledGaussianMoments.Relation) {
        for (sigma, q, c) in [(1.0, 0.1, 3.0), (0.5, 0.01, 0.7), (3, 0.5, 20)] {
            let law = SampledGaussianMoments(noiseMultiplier: sigma, samplingProbability: q, relation: relation)
            let line = law.line(at: c)
            for t in [0.0, 0.3, 4, 25] {
                // An even fine grid on the real axis; at these t it does not alias.
                var (re, im) = (0.0, 0.0)
                let (low, high) = law.support(c)
                let h = (high - low) / 40_000
                for j in 0...40_000 {
                    let x = low + Double(j) * h
                    let loss =
                        relation == .remove
                        ? law.logRatio(x) : relation == .add ? -law.logRatio(x) : law.logRatio(x) - law.logRatio(-x)
                    let size =
                        exp(law.power(x, c) - x * x / (2 * sigma * sigma)) * h / (sigma * (2 * Double.pi).squareRoot())
                    re += size * cos(t * loss)
                    im += size * sin(t * loss)
                }
                let ours = line.logMoment(at: t)
                let value = complexLog(re, im)
                // Where little is left of the modulus, the sum's own rounding (10⁻¹³ of M(c)) shows.
                let tolerance = 1e-11 + 1e-12 * exp(law.logMoment(c) - value.re)
                #expect(abs(ours.re - value.re) < tolerance, "σ \(sigma) q \(q) c \(c) t \(t)")
                let turn = (ours.im - value.im) / (2 * Double.pi)
                #expect(abs(turn - turn.rounded()) * 2 * Double.pi < tolerance)
                #expect(ours.error < 1e-10 * exp(law.logMoment(c) - value.re))
                if t > 0 { #expect(value.re - law.logMoment(c) <= line.decay(beyond: t * 0.999) + 1e-9) }
            }
        }
    }
}
