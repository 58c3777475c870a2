// SPDX-License-Identifier: Apache-2.0

import DPAccounting

/// The noise that a plan of one unknown needs for what was asked.
enum NoiseCalibration {
    /// The least multiplier whose whole plan costs at most (ε, δ); 0 where no privacy was asked.
    /// - Throws: `invalidPlan` where no noise is enough.
    static func noiseMultiplier(
        _ numbers: PlanningNumbers, plan: (Double) -> RunPlan
    ) throws(RecommenderError) -> Double {
        if numbers.epsilon.isInfinite { return 0 }
        do {
            return try Calibration.scale(epsilon: numbers.epsilon, delta: numbers.delta, plan: plan)
        } catch { throw .invalidPlan(error.description) }
    }
}
