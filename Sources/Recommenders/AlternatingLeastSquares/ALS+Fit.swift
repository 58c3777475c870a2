// SPDX-License-Identifier: Apache-2.0

public import DPAccounting
import DPMechanisms
public import DPTraining
public import Interactions
import LinearAlgebra

extension AlternatingLeastSquares {
    /// Trains on `cohort`: private sums, everything else is post-processing; without noise, all sweeps on the histories.
    ///
    /// - Parameters:
    ///   - cohort: Private. Users whom `between` withdraws contribute nothing from then on.
    ///   - grant: For exactly the plan of `plan`; consumed and settled.
    ///   - maxUsers: The policy's public bound on members.
    ///   - between: Called before the first release and after each; stopping leaves a valid model.
    /// - Throws: `planDoesNotMatch` before any release; the door's, the hook's and the ledger's errors.
    public static func fit(
        _ cohort: inout Cohort, spending grant: consuming RunGrant, as plan: TrainingPlan, maxUsers: Int,
        between: @escaping BetweenSteps = { _, _ in .go }
    ) throws -> (model: AlternatingLeastSquares, outcome: TrainingOutcome) {
        let configuration = plan.configuration
        guard grant.plan == plan.plan, configuration.isValid, cohort.itemCount == configuration.itemCount else {
            try grant.finish()
            throw RecommenderError.planDoesNotMatch
        }
        let (model, outcome) = try TrainingSession.run(
            spending: grant, cohort: &cohort, maxUsers: maxUsers, between: between
        ) { session in
            if let start = plan.start { return try privately(configuration, from: start, in: &session) }
            let popularity = PopularityScale.normalized(
                try session.release(.itemWeights)?.values, itemCount: configuration.itemCount)
            let histories = try session.unprotected(mostItemsPerUser: configuration.maxItemsPerUser)
            let factors =
                histories.map { ImplicitALS(configuration: configuration, histories: $0).itemFactors() }
                ?? InitialFactors.factors(popularity: popularity, rank: configuration.rank, scale: 0.1)
            return AlternatingLeastSquares(
                configuration: configuration, itemFactors: factors.converted(), popularity: popularity)
        }
        return (model, outcome)
    }

    private static func privately(
        _ configuration: ALSConfiguration, from start: Spectral.TrainingPlan, in session: inout TrainingSession
    ) throws -> AlternatingLeastSquares {
        let features = start.features?.matrix
        let iteration = SubspaceIteration(configuration: start.configuration, features: features)
        let (popularity, taste) = try iteration.run(in: &session)
        let gram = LinearScorer(
            popularity: popularity, factors: taste, features: features, maxItemsPerUser: configuration.maxItemsPerUser
        ).tasteGram
        var step = PrivateALSStep(configuration: configuration, features: features, popularity: popularity, gram: gram)
        if start.configuration.learnsTaste { try step.run(in: &session) }
        return AlternatingLeastSquares(
            configuration: configuration, itemFactors: step.factors.converted(),
            popularity: gram.popularity.map { Float($0) })
    }
}
