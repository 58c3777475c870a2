// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing

@testable import DPAccounting

struct LossCalibrationTests {
    /// ln δ as the calibration's own accountant has it: grids of 1e-4.
    static func delta(_ sigma: Double, _ q: Double, _ steps: Int, epsilon: Double) -> Double {
        var accountant = LossAccountant(tolerance: 1e-5)
        let law = LossLaw(.gaussian(noiseMultiplier: sigma), samplingProbability: q)
        return exp(accountant.logDelta(of: [LossLawCount(law, count: steps)], epsilon: epsilon))
    }

    @Test(
        "the noise is enough, and 0.1 % less is not",
        arguments: [(1.0, 1e-6, 0.02, 300), (4, 1e-5, 1, 7), (0.3, 1e-8, 0.5, 1)])
    func noiseIsTheRoot(epsilon: Double, delta: Double, q: Double, steps: Int) throws {
        let sigma = try PrivacyLossAccountant.noiseMultiplier(
            epsilon: epsilon, delta: delta, samplingProbability: q, steps: steps)
        // A finer accountant finds less still, never more.
        #expect(Self.delta(sigma, q, steps, epsilon: epsilon) <= delta * (1 + 1e-9))
        #expect(Self.delta(sigma * 0.999, q, steps, epsilon: epsilon) > delta)
    }

    @Test(
        "one unsampled Gaussian is calibrated to the analytic noise", arguments: [(1.0, 1e-6), (0.1, 1e-9), (5, 1e-3)])
    func analyticNoise(epsilon: Double, delta: Double) throws {
        let sigma = try PrivacyLossAccountant.noiseMultiplier(epsilon: epsilon, delta: delta, steps: 1)
        let exact = 1 / GaussianDP.mu(epsilon: epsilon, delta: delta)
        #expect(sigma >= exact * (1 - 1e-12) && sigma <= exact * (1 + 1.1e-6))
    }

    @Test("steps: as many as fit, and one more does not", arguments: [(1.0, 0.02), (3.0, 1.0), (0.6, 0.001)])
    func stepsAreTheMost(sigma: Double, q: Double) throws {
        let epsilon = q < 1 ? 1.0 : 3
        let steps = try PrivacyLossAccountant.steps(
            epsilon: epsilon, delta: 1e-6, noiseMultiplier: sigma, samplingProbability: q)
        #expect(steps >= 1)
        #expect(Self.delta(sigma, q, steps, epsilon: epsilon) <= 1e-6 * (1 + 1e-9))
        // By the grids' 1e-4: a step or a permille more.
        let more = steps + max(1, steps / 500)
        #expect(Self.delta(sigma, q, more, epsilon: epsilon) > 1e-6)
    }

    @Test("sampling: as much as fits, all where all does")
    func samplingIsTheMost() throws {
        let q = try PrivacyLossAccountant.samplingProbability(
            epsilon: 1, delta: 1e-6, noiseMultiplier: 2, steps: 500)
        #expect(Self.delta(2, q, 500, epsilon: 1) <= 1e-6 * (1 + 1e-9))
        #expect(Self.delta(2, q * 1.001, 500, epsilon: 1) > 1e-6)
        let all = try PrivacyLossAccountant.samplingProbability(
            epsilon: 8, delta: 1e-6, noiseMultiplier: 50, steps: 3)
        #expect(all == 1)
    }

    @Test("a plan of several stages with one unknown")
    func plans() throws {
        func plan(_ scale: Double) -> RunPlan {
            RunPlan([
                .init(event: Plans.gaussianEvent(multiplier: 2 * scale, q: 0.1), count: 50),
                .init(event: Plans.gaussianEvent(multiplier: 5 * scale), count: 4),
                .init(event: Plans.laplaceEvent(Rational(100, 1)!), count: 3),
            ])
        }
        let scale = try PrivacyLossAccountant.scale(epsilon: 2, delta: 1e-6, plan: plan)
        #expect(PrivacyLossAccountant.epsilon(of: plan(scale), delta: 1e-6) <= 2 * (1 + 1e-9))
        #expect(PrivacyLossAccountant.epsilon(of: plan(scale * 0.998), delta: 1e-6) > 2)
    }

    @Test("less ε or δ asks for more noise")
    func monotone() throws {
        func noise(_ epsilon: Double, _ delta: Double) throws -> Double {
            try PrivacyLossAccountant.noiseMultiplier(
                epsilon: epsilon, delta: delta, samplingProbability: 0.05, steps: 100)
        }
        #expect(try noise(1, 1e-6) > noise(1.01, 1e-6))
        #expect(try noise(1, 1e-6) > noise(1, 1.1e-6))
    }

    @Test("what cannot be reached is an error")
    func errors() {
        #expect(throws: CalibrationError.self) {
            try PrivacyLossAccountant.noiseMultiplier(epsilon: -1, delta: 1e-6, steps: 1)
        }
        #expect(throws: CalibrationError.self) {
            try PrivacyLossAccountant.noiseMultiplier(epsilon: 1, delta: 0, steps: 1)
        }
        #expect(throws: CalibrationError.self) {
            try PrivacyLossAccountant.noiseMultiplier(epsilon: 1, delta: 1e-6, samplingProbability: 2, steps: 1)
        }
        #expect(throws: CalibrationError.self) {
            try PrivacyLossAccountant.noiseMultiplier(epsilon: 1, delta: 1e-6, steps: 0)
        }
        #expect(throws: CalibrationError.self) {
            // One step of so little noise costs more.
            try PrivacyLossAccountant.steps(epsilon: 0.1, delta: 1e-9, noiseMultiplier: 0.1)
        }
        #expect(throws: CalibrationError.self) {
            // A pure part that alone is too expensive: no scale helps.
            try PrivacyLossAccountant.scale(epsilon: 0.5, delta: 1e-9) { scale in
                RunPlan([
                    .init(event: Plans.gaussianEvent(multiplier: scale), count: 1),
                    .init(event: Plans.laplaceEvent(Rational(1, 1)!), count: 1),
                ])
            }
        }
    }
}
