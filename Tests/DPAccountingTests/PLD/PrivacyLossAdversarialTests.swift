// SPDX-License-Identifier: Apache-2.0

import Foundation
import TestSupport
import Testing

@testable import DPAccounting

/// Parameters at the ends of what a caller can write down: an upper bound or ∞, in bounded time, never NaN, never a trap.
struct PrivacyLossAdversarialTests {
    static let sigmas = [1e-3, 0.3, 1, 1e3, 1e6]
    static let samplings = [1e-9, 1e-4, 0.3, 1]

    @Test("ε is a number, at or above a lower bound, in seconds", arguments: sigmas, samplings)
    func epsilons(sigma: Double, q: Double) {
        for steps in [1, 77, 10_000_000] {
            for delta in [1e-300, 1e-12, 0.3] {
                let laws = [
                    LossLawCount(LossLaw(.gaussian(noiseMultiplier: sigma), samplingProbability: q), count: steps)
                ]
                var accountant = LossAccountant(tolerance: 1e-3)
                let clock = ContinuousClock()
                let start = clock.now
                let epsilon = accountant.epsilon(of: laws, delta: delta)
                #expect(clock.now - start < .seconds(10), "\(sigma) \(q) \(steps) \(delta)")
                #expect(epsilon >= 0, "\(sigma) \(q) \(steps) \(delta)")
                #expect(
                    epsilon >= Self.lowerBound(sigma, q, steps, delta) * (1 - 1e-9), "\(sigma) \(q) \(steps) \(delta)")
            }
        }
    }

    /// A test that tells "in" from "out" whatever the accountant: of one release exactly, of T unsampled ones exactly.
    static func lowerBound(_ sigma: Double, _ q: Double, _ steps: Int, _ delta: Double) -> Double {
        if q >= 1 { return GaussianDP.epsilon(mu: Double(steps).squareRoot() / sigma, delta: delta) }
        // One step of the run: ln(1 + q(e^ε − 1)) with δ/q at ε; composing more costs no less.
        guard delta < q else { return 0 }
        let one = GaussianDP.epsilon(mu: 1 / sigma, delta: delta / q)
        return one > 600 ? one + log(q) : log1p(q * expm1(one))
    }

    @Test("δ is in [0, 1], and at or above a lower bound", arguments: sigmas, samplings)
    func deltas(sigma: Double, q: Double) {
        for steps in [1, 300, 1_000_000] {
            let law = LossLaw(.gaussian(noiseMultiplier: sigma), samplingProbability: q)
            var accountant = LossAccountant(tolerance: 1e-3)
            for epsilon in [0, 1e-9, 0.01, 1, 30, 1e4, 1e9] {
                let found = accountant.logDelta(of: [LossLawCount(law, count: steps)], epsilon: epsilon)
                #expect(found <= 0, "\(sigma) \(q) \(steps) \(epsilon)")
                // Exact without sampling, otherwise one step of the run; the latter's rounding is some 1e-14 of P(L > ε).
                let least =
                    q >= 1
                    ? GaussianDP.logDelta(mu: Double(steps).squareRoot() / sigma, epsilon: epsilon)
                    : log(max(0, law.hockeyStick(epsilon, .remove) - 1e-13))
                #expect(found >= least - 1e-9, "\(sigma) \(q) \(steps) \(epsilon)")
            }
        }
    }

    @Test("discrete and pure laws of extreme parameters")
    func discreteExtremes() {
        let mechanisms: [LossMechanism] = [
            .discreteLaplace(scale: 1e-6, sensitivity: 1), .discreteLaplace(scale: 1e9, sensitivity: 65_536),
            .discreteLaplace(scale: 0.01, sensitivity: 65_536), .discreteGaussian(variance: 1e-9, sensitivity: 1),
            .discreteGaussian(variance: 1e12, sensitivity: 1), .discreteGaussian(variance: 0.01, sensitivity: 1000),
            .laplace(scale: 1e-6), .laplace(scale: 1e9), .approximate(epsilon: 0, delta: 0),
            .approximate(epsilon: 1e6, delta: 0.5), .randomizedResponse(noise: 1, buckets: 2),
            .randomizedResponse(noise: 1e-300, buckets: 1_000_000),
            .gaussianReplaceOne(noiseMultiplier: 1e-3, samplingProbability: 1e-9),
            .gaussianReplaceOne(noiseMultiplier: 1e6, samplingProbability: 1),
        ]
        for mechanism in mechanisms {
            for (q, steps) in [(1, 1), (1, 1000), (0.3, 7), (1e-6, 1_000_000)] {
                let law = LossLaw(mechanism, samplingProbability: q)
                var accountant = LossAccountant(tolerance: 1e-3)
                for delta in [1e-200, 1e-9, 0.4] {
                    let epsilon = accountant.epsilon(of: [LossLawCount(law, count: steps)], delta: delta)
                    #expect(epsilon >= 0, "\(law) \(steps) \(delta)")
                }
                for epsilon in [0, 0.5, 1e3] {
                    #expect(accountant.logDelta(of: [LossLawCount(law, count: steps)], epsilon: epsilon) <= 0)
                }
            }
        }
    }

    @Test("laws out of range and absurd counts cost ∞")
    func nonsense() {
        var accountant = LossAccountant()
        let bad: [LossLaw] = [
            LossLaw(.gaussian(noiseMultiplier: .nan)), LossLaw(.gaussian(noiseMultiplier: -1)),
            LossLaw(.gaussian(noiseMultiplier: 1), samplingProbability: .nan), LossLaw(.laplace(scale: 0)),
            LossLaw(.approximate(epsilon: .infinity, delta: 0)),
        ]
        for law in bad {
            #expect(accountant.epsilon(of: [LossLawCount(law, count: 3)], delta: 1e-6) == .infinity)
            #expect(accountant.logDelta(of: [LossLawCount(law, count: 3)], epsilon: 1) == 0)
        }
        let good = LossLaw(.gaussian(noiseMultiplier: 1))
        #expect(accountant.epsilon(of: [LossLawCount(good, count: 0)], delta: 1e-6) == .infinity)
        #expect(accountant.epsilon(of: [LossLawCount(good, count: -5)], delta: 1e-6) == .infinity)
        #expect(accountant.epsilon(of: [LossLawCount(good, count: .max)], delta: 1e-6) == .infinity)
    }
}
