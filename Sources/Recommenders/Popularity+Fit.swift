// SPDX-License-Identifier: Apache-2.0

public import DPAccounting
import DPMechanisms
public import DPTraining
public import Interactions

extension Popularity {
    /// `--set` knows nothing here.
    public static let parameters: [HyperParameter] = []

    /// One Gaussian release in which each user spreads a vector of norm 1 over their items: 1/√k on each of k.
    /// - Throws: `unknownSetting`, `invalidPlan`.
    public static func plan(
        _ numbers: PlanningNumbers, settings: [String: String] = [:]
    ) throws(RecommenderError) -> RunPlan {
        try numbers.check()
        _ = try parameters.values(settings)
        let noise = try NoiseCalibration.noiseMultiplier(numbers) { plan(itemCount: numbers.itemCount, noise: $0) }
        return plan(itemCount: numbers.itemCount, noise: noise)
    }

    /// Releases the popularity of `cohort`'s items.
    ///
    /// - Parameters:
    ///   - grant: For a plan of one release of `itemCount` numbers; consumed and settled.
    ///   - maxUsers: The policy's public bound on members.
    ///   - between: Called before the release and after; stopped before it, all items are alike.
    public static func fit(
        _ cohort: inout Cohort, spending grant: consuming RunGrant, maxUsers: Int,
        between: @escaping BetweenSteps = { _, _ in .go }
    ) throws -> (model: Popularity, outcome: TrainingOutcome) {
        guard grant.plan.stepCount == 1 else {
            try grant.finish()
            throw RecommenderError.planDoesNotMatch
        }
        let itemCount = cohort.itemCount
        let (model, outcome) = try TrainingSession.run(
            spending: grant, cohort: &cohort, maxUsers: maxUsers, between: between
        ) { session in
            Popularity(released: try session.release(.itemWeights)?.values ?? [Double](repeating: 0, count: itemCount))
        }
        return (model, outcome)
    }

    private static func plan(itemCount: Int, noise: Double) -> RunPlan {
        RunPlan(
            .gaussianSum(
                GaussianSumEvent(
                    samplingProbability: 1, clippingNorm: 1, noiseMultiplier: noise, dimension: itemCount)))
    }
}
