// SPDX-License-Identifier: Apache-2.0

public import DPAccounting
import DPMechanisms
public import DPTraining
public import Interactions
import LinearAlgebra

extension MatrixFactorization {
    /// Trains on `cohort`: one private release of popularity, then noised gradient steps; all else is post-processing.
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
    ) throws -> (model: MatrixFactorization, outcome: TrainingOutcome) {
        let configuration = plan.configuration
        guard grant.plan == plan.plan, configuration.isValid, cohort.itemCount == configuration.itemCount else {
            try grant.finish()
            throw RecommenderError.planDoesNotMatch
        }
        let (model, outcome) = try TrainingSession.run(
            spending: grant, cohort: &cohort, maxUsers: maxUsers, between: between
        ) { session in
            let popularity = PopularityScale.normalized(
                try session.release(.itemWeights)?.values, itemCount: configuration.itemCount)
            var training = FactorTraining(configuration: configuration, popularity: popularity)
            try configuration.optimizer.train(&training, in: &session)
            return MatrixFactorization(
                configuration: configuration, itemFactors: training.factors.converted(), popularity: popularity)
        }
        return (model, outcome)
    }
}

extension MFConfiguration {
    var optimizer: DPSGD {
        DPSGD(
            normaliser: normaliser, learningRate: LearningRate(initial: learningRate), averagedShare: averagedShare)
    }
}
