// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing

@testable import DPAccounting

/// Composed losses between a plain second implementation that rounds up and one that rounds down.
struct NaiveLossesTests {
    static let laws: [LossLaw] = [
        LossLaw(.gaussian(noiseMultiplier: 1.2)), LossLaw(.gaussian(noiseMultiplier: 0.8), samplingProbability: 0.2),
        LossLaw(.gaussian(noiseMultiplier: 3), samplingProbability: 0.6), LossLaw(.laplace(scale: 2)),
        LossLaw(.laplace(scale: 0.7), samplingProbability: 0.3),
        LossLaw(.discreteLaplace(scale: 3, sensitivity: 2)),
        LossLaw(.discreteLaplace(scale: 1.5, sensitivity: 1), samplingProbability: 0.25),
        LossLaw(.discreteGaussian(variance: 5, sensitivity: 1)),
        LossLaw(.discreteGaussian(variance: 2, sensitivity: 2), samplingProbability: 0.5),
        LossLaw(.randomizedResponse(noise: 0.6, buckets: 3)),
        LossLaw(.randomizedResponse(noise: 0.3, buckets: 4), samplingProbability: 0.4),
        LossLaw(.approximate(epsilon: 0.8, delta: 1e-4)),
        LossLaw(.approximate(epsilon: 1, delta: 0), samplingProbability: 0.1),
        LossLaw(.gaussianReplaceOne(noiseMultiplier: 1.5, samplingProbability: 0.3)),
    ]
    static let step = 0.01

    @Test("one release is between the plain sums, in both directions", arguments: laws)
    func one(law: LossLaw) {
        for direction in LossDirection.allCases {
            let up = NaiveLosses(law, direction, step: Self.step, .up)
            let down = NaiveLosses(law, direction, step: Self.step, .down)
            for epsilon in stride(from: 0.0, through: 3, by: 0.17) {
                let found = law.hockeyStick(epsilon, direction)
                // The plain sums stop at 9σ or 40b and add up to 10⁻¹⁴ of rounding.
                #expect(found <= up.delta(epsilon) + 1e-13, "\(law) \(direction) \(epsilon)")
                #expect(found >= down.delta(epsilon) - 1e-13, "\(law) \(direction) \(epsilon)")
            }
        }
    }

    @Test("five releases are between five times rounded up and five times rounded down", arguments: laws)
    func several(law: LossLaw) {
        var accountant = LossAccountant(tolerance: 1e-4)
        for direction in law.directions {
            let up = NaiveLosses(law, direction, step: Self.step, .up).repeated(5)
            let down = NaiveLosses(law, direction, step: Self.step, .down).repeated(5)
            for epsilon in [0.05, 0.4, 1.1, 2.5] {
                let found = exp(accountant.logDelta(of: [LossLawCount(law, count: 5)], direction, epsilon: epsilon))
                #expect(found >= down.delta(epsilon) * (1 - 1e-9) - 1e-13, "\(law) \(direction) \(epsilon)")
                #expect(found <= up.delta(epsilon) * (1 + 1e-9) + 1e-12, "\(law) \(direction) \(epsilon)")
            }
            for delta in [1e-2, 1e-4, 1e-6] {
                let found = accountant.epsilon(of: [LossLawCount(law, count: 5)], direction, delta: delta)
                #expect(found >= down.epsilon(delta) - 1e-9, "\(law) \(direction) \(delta)")
                #expect(found <= up.epsilon(delta) + 1e-9, "\(law) \(direction) \(delta)")
            }
        }
    }

    @Test("different laws after one another, in both directions")
    func mixtures() {
        var accountant = LossAccountant(tolerance: 1e-4)
        for (a, b) in zip(Self.laws, Self.laws.dropFirst(3)) {
            let laws = [LossLawCount(a, count: 2), LossLawCount(b, count: 1)]
            for direction in LossDirection.allCases {
                let up =
                    NaiveLosses(a, direction, step: Self.step, .up).repeated(2)
                    * NaiveLosses(b, direction, step: Self.step, .up)
                let down =
                    NaiveLosses(a, direction, step: Self.step, .down).repeated(2)
                    * NaiveLosses(b, direction, step: Self.step, .down)
                for epsilon in [0.1, 0.9, 2] {
                    let found = exp(accountant.logDelta(of: laws, direction, epsilon: epsilon))
                    #expect(found >= down.delta(epsilon) * (1 - 1e-9) - 1e-13, "\(laws) \(direction) \(epsilon)")
                    #expect(found <= up.delta(epsilon) * (1 + 1e-9) + 1e-12, "\(laws) \(direction) \(epsilon)")
                }
            }
        }
    }

    @Test("the exact accountant's bracket meets the plain sums'", arguments: laws)
    func exact(law: LossLaw) throws {
        for direction in law.directions {
            let laws = [LossLawCount(law, count: 4)]
            guard let both = ExactAccountant.compositions(laws, directions: [direction]) else { continue }
            let up = NaiveLosses(law, direction, step: Self.step, .up).repeated(4)
            let down = NaiveLosses(law, direction, step: Self.step, .down).repeated(4)
            for epsilon in [0.2, 0.8, 1.9] {
                let found = both[0].logDelta(epsilon: epsilon, effort: .quick)
                #expect(exp(found.upper) >= down.delta(epsilon) * (1 - 1e-9) - 1e-13, "\(law) \(direction) \(epsilon)")
                #expect(exp(found.lower) <= up.delta(epsilon) * (1 + 1e-9) + 1e-12, "\(law) \(direction) \(epsilon)")
            }
        }
    }

    @Test("the plain sums are no straw men: up and down are close, and far from a law ten percent off")
    func power() {
        let law = LossLaw(.gaussian(noiseMultiplier: 1.2))
        let up = NaiveLosses(law, .remove, step: Self.step, .up).repeated(5)
        let down = NaiveLosses(law, .remove, step: Self.step, .down).repeated(5)
        let (high, low) = (up.epsilon(1e-4), down.epsilon(1e-4))
        #expect(high - low < 0.12 && high > low)
        var accountant = LossAccountant(tolerance: 1e-4)
        let less = LossLaw(.gaussian(noiseMultiplier: 1.2 * 1.1))
        #expect(accountant.epsilon(of: [LossLawCount(less, count: 5)], delta: 1e-4) < low)
        let more = LossLaw(.gaussian(noiseMultiplier: 1.2 / 1.1))
        #expect(accountant.epsilon(of: [LossLawCount(more, count: 5)], delta: 1e-4) > high)
    }
}
