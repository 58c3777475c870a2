// SPDX-License-Identifier: Apache-2.0

import Foundation

/// Parameters solved for by composed privacy losses. What comes back was priced by them: it costs at most (ε, δ).
extension PrivacyLossAccountant {
    /// The least noise multiplier of `steps` Gaussian sums of sampling probability q, to 1e-6 relative.
    public static func noiseMultiplier(
        epsilon: Double, delta: Double, samplingProbability: Double = 1, steps: Int
    ) throws(CalibrationError) -> Double {
        guard samplingProbability > 0, samplingProbability <= 1 else { throw .outOfRange("q must be in (0, 1]") }
        guard steps >= 1 else { throw .outOfRange("a run has at least one step") }
        return try noise(epsilon: epsilon, delta: delta, guess: 1) { sigma in
            let law = LossLaw(.gaussian(noiseMultiplier: sigma), samplingProbability: samplingProbability)
            return [LossLawCount(law, count: steps)]
        }
    }

    /// The least multiplier for which `plan(multiplier)` costs at most (ε, δ): a plan of fixed shape with one unknown.
    /// - Precondition: a larger multiplier means more noise in every event.
    public static func scale(
        epsilon: Double, delta: Double, plan: (Double) -> RunPlan
    ) throws(CalibrationError) -> Double {
        try noise(epsilon: epsilon, delta: delta, guess: 1) { plan($0).lossLaws }
    }

    /// The most steps of Gaussian sums that cost at most (ε, δ); at most 2³².
    public static func steps(
        epsilon: Double, delta: Double, noiseMultiplier: Double, samplingProbability: Double = 1
    ) throws(CalibrationError) -> Int {
        try check(epsilon: epsilon, delta: delta)
        guard noiseMultiplier > 0, noiseMultiplier.isFinite else { throw .outOfRange("the noise must be positive") }
        guard samplingProbability > 0, samplingProbability <= 1 else { throw .outOfRange("q must be in (0, 1]") }
        let law = LossLaw(.gaussian(noiseMultiplier: noiseMultiplier), samplingProbability: samplingProbability)
        var calibration = LossCalibration(epsilon: epsilon, delta: delta)
        let found = calibration.largest(in: 1...0x1p32, from: 100, whole: true) { steps in
            [LossLawCount(law, count: Int(steps))]
        }
        guard let found else { throw .outOfRange("not even one step costs so little") }
        return Int(found)
    }

    /// The largest sampling probability of `steps` Gaussian sums that cost at most (ε, δ), to 1e-6 relative.
    public static func samplingProbability(
        epsilon: Double, delta: Double, noiseMultiplier: Double, steps: Int
    ) throws(CalibrationError) -> Double {
        try check(epsilon: epsilon, delta: delta)
        guard noiseMultiplier > 0, noiseMultiplier.isFinite else { throw .outOfRange("the noise must be positive") }
        guard steps >= 1 else { throw .outOfRange("a run has at least one step") }
        var calibration = LossCalibration(epsilon: epsilon, delta: delta)
        let found = calibration.largest(in: 0x1p-40...1, from: 0.01) { q in
            let law = LossLaw(.gaussian(noiseMultiplier: noiseMultiplier), samplingProbability: min(q, 1))
            return [LossLawCount(law, count: steps)]
        }
        guard let found else { throw .outOfRange("no sampling probability costs so little") }
        return min(found, 1)
    }

    private static func noise(
        epsilon: Double, delta: Double, guess: Double, _ family: LossCalibration.Family
    ) throws(CalibrationError) -> Double {
        try check(epsilon: epsilon, delta: delta)
        var calibration = LossCalibration(epsilon: epsilon, delta: delta)
        guard let found = calibration.least(in: Calibration.range, from: guess, family) else {
            throw .outOfRange("no noise is enough, or numerics fail")
        }
        return found
    }

    private static func check(epsilon: Double, delta: Double) throws(CalibrationError) {
        guard epsilon >= 0, epsilon.isFinite else { throw .outOfRange("ε must be finite and not negative") }
        guard delta > 0, delta < 1 else { throw .outOfRange("δ must be between 0 and 1") }
    }
}
