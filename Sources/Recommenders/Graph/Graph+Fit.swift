// SPDX-License-Identifier: Apache-2.0

public import DPAccounting
import DPMechanisms
public import DPTraining
public import Interactions
import LinearAlgebra

extension Graph {
    /// Trains on `cohort`: the releases of `spectral`, and one more of exactly the pairs that these propose. Everything else is
    /// post-processing: nobody's history is passed on to anybody else's neighbours.
    ///
    /// *Proof sketch.* The pairs depend on releases and public features alone. Given them, a user moves the sum by ℓ2 norm 1 or 0
    /// (`CandidatePairs.contribution`), so the release is 1/σ-GDP; the μ² of all releases add up (Dong, Roth, Su 2022). How many pairs
    /// there are is a function of releases too; what is paid for is their largest possible number, which is public.
    /// - Parameters: As of `Spectral.fit`.
    /// - Returns: The model, and how far the run came. A run that ended before the edges is the model of `spectral`.
    /// - Throws: `planDoesNotMatch` before any release; the door's, the hook's and the ledger's errors. What was handed out is
    ///   charged.
    public static func fit(
        _ cohort: inout Cohort, spending grant: consuming RunGrant, as plan: TrainingPlan, maxUsers: Int,
        between: @escaping BetweenSteps = { _, _ in .go }
    ) throws -> (model: Graph, outcome: TrainingOutcome) {
        let configuration = plan.configuration
        guard grant.plan == plan.plan, configuration.isValid, cohort.itemCount == configuration.spectral.itemCount
        else {
            try grant.finish()
            throw RecommenderError.planDoesNotMatch
        }
        let features = plan.features?.matrix
        let (model, outcome) = try TrainingSession.run(
            spending: grant, cohort: &cohort, maxUsers: maxUsers, between: between
        ) { session in
            let iteration = SubspaceIteration(configuration: configuration.spectral, features: features)
            let (popularity, factors) = try iteration.run(in: &session)
            let scorer = LinearScorer(
                popularity: popularity, factors: factors, features: features,
                maxItemsPerUser: configuration.spectral.maxItemsPerUser)
            let edges = try edges(configuration, scorer, features, in: &session)
            return Graph(configuration: configuration, scorer: scorer, edges: edges)
        }
        return (model, outcome)
    }

    private static func edges(
        _ configuration: GraphConfiguration, _ scorer: LinearScorer, _ features: Matrix<Double>?,
        in session: inout TrainingSession
    ) throws -> EdgeTable? {
        guard configuration.hasEdges, session.stepsLeft > 0 else { return nil }
        let pairs = CandidatePairs(scorer, neighbours: configuration.neighbours)
        guard let release = try session.release(.userVector(pairs.contribution)), pairs.count > 0 else { return nil }
        let weights = EdgeShrinkage(pairs: pairs, scorer: scorer, features: features)
            .weights(
                release.values, standardDeviation: release.standardDeviation, priorWeight: configuration.priorWeight,
                edgeWeight: configuration.edgeWeight)
        return EdgeTable(
            itemCount: scorer.itemCount, earlier: pairs.earlier, later: pairs.later, weights: weights.map { Float($0) })
    }
}
