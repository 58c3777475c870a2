// SPDX-License-Identifier: Apache-2.0

public import DPAccounting
public import DPTraining
public import Interactions

extension Spectral {
    /// Trains on `cohort`: at most four kinds of private sums, everything else is post-processing.
    ///
    /// - Parameters:
    ///   - cohort: Private. Users whom `between` withdraws contribute nothing from then on.
    ///   - grant: For exactly the plan of `plan`; consumed and settled.
    ///   - maxUsers: The policy's public bound on members.
    ///   - between: Called before the first release and after each; stopping leaves a valid model.
    /// - Returns: The model, and how far the run came.
    /// - Throws: `planDoesNotMatch` before any release; the door's, the hook's and the ledger's errors. What was handed out is
    ///   charged.
    public static func fit(
        _ cohort: inout Cohort, spending grant: consuming RunGrant, as plan: TrainingPlan, maxUsers: Int,
        between: @escaping BetweenSteps = { _, _ in .go }
    ) throws -> (model: Spectral, outcome: TrainingOutcome) {
        let configuration = plan.configuration
        guard grant.plan == plan.plan, configuration.isValid, cohort.itemCount == configuration.itemCount else {
            try grant.finish()
            throw RecommenderError.planDoesNotMatch
        }
        let features = plan.features?.matrix
        let (model, outcome) = try TrainingSession.run(
            spending: grant, cohort: &cohort, maxUsers: maxUsers, between: between
        ) { session in
            let iteration = SubspaceIteration(configuration: configuration, features: features)
            let (popularity, factors) = try iteration.run(in: &session)
            return Spectral(
                configuration: configuration,
                scorer: LinearScorer(
                    popularity: popularity, factors: factors, features: features,
                    maxItemsPerUser: configuration.maxItemsPerUser))
        }
        return (model, outcome)
    }
}
