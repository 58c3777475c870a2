// SPDX-License-Identifier: Apache-2.0

import DPAccounting
import DPTraining
import Interactions
import Recommenders

/// A model that is about to be trained: its plan, and how it is fitted.
struct TrainingJob {
    private typealias Fit =
        (inout Cohort, consuming RunGrant, Int, @escaping BetweenSteps) throws -> (
            model: any Recommender, outcome: TrainingOutcome
        )
    private let kind: String
    private let plan: RunPlan
    private let body: Fit
    private var notes: [String] = []
    private var free: ContentBased?

    /// - Throws: `RecommenderError` for a bad setting or number; `DiscreetError` for an unknown kind.
    init(_ subject: ModelSubject, _ numbers: PlanningNumbers) throws {
        let (settings, features) = (subject.settings, subject.features)
        kind = subject.kind
        switch kind {
        case Spectral.kind:
            let training = try Spectral.plan(numbers, features: features, settings: settings)
            (plan, notes) = (training.plan, training.configuration.notes)
            body = { try Spectral.fit(&$0, spending: $1, as: training, maxUsers: $2, between: $3) }
        case Graph.kind:
            let training = try Graph.plan(numbers, features: features, settings: settings)
            (plan, notes) = (training.plan, training.configuration.notes)
            body = { try Graph.fit(&$0, spending: $1, as: training, maxUsers: $2, between: $3) }
        case ContentBased.kind:
            let training = try ContentBased.plan(numbers, features: features, settings: settings)
            plan = training.plan
            if plan.stretches.isEmpty { free = ContentBased(free: training) }
            body = { try ContentBased.fit(&$0, spending: $1, as: training, maxUsers: $2, between: $3) }
        case Popularity.kind:
            plan = try Popularity.plan(numbers, settings: settings)
            body = { try Popularity.fit(&$0, spending: $1, maxUsers: $2, between: $3) }
        case MatrixFactorization.kind:
            let training = try MatrixFactorization.plan(numbers, settings: settings)
            plan = training.plan
            body = { try MatrixFactorization.fit(&$0, spending: $1, as: training, maxUsers: $2, between: $3) }
        case AlternatingLeastSquares.kind:
            let training = try AlternatingLeastSquares.plan(numbers, features: features, settings: settings)
            (plan, notes) = (training.plan, training.notes)
            body = { try AlternatingLeastSquares.fit(&$0, spending: $1, as: training, maxUsers: $2, between: $3) }
        case _ where Derivation.trainedKinds.contains(kind):
            let training = try Derivation.plan(kind, numbers, features: features, settings: settings)
            (plan, notes) = (training.plan, training.notes)
            body = { try Derivation.fit(&$0, spending: $1, as: training, maxUsers: $2, between: $3) }
        default:
            throw DiscreetError(
                .usage, "There is no model of this kind (\(kind))",
                hint: "The models are \(ModelLoader.kinds.joined(separator: ", ")).")
        }
    }

    func run(epsilon: EpsilonAmount, delta: DeltaAmount, id: RunID? = nil) -> PlannedRun {
        PlannedRun(kind: "train \(kind)", purpose: .train, plan: plan, epsilon: epsilon, delta: delta, run: id)
    }

    /// Consumes the grant of exactly this job's plan.
    func fit(
        _ cohort: inout Cohort, spending grant: consuming RunGrant, maxUsers: Int, between: @escaping BetweenSteps
    ) throws -> FittedModel {
        let (model, outcome) = try body(&cohort, grant, maxUsers, between)
        return FittedModel(model: model, outcome: outcome, notes: notes)
    }

    /// The model of a job that asks for nobody's data; nil where there is a plan to be paid for.
    var freeModel: FittedModel? {
        free.map { FittedModel(model: $0, outcome: TrainingOutcome(stepsTaken: 0, stoppedEarly: false)) }
    }
}

/// What a run left: a model, and how far it came.
struct FittedModel {
    let model: any Recommender
    let outcome: TrainingOutcome
    /// What the certificate says about the model beside its cost: by public rules only.
    var notes: [String] = []

    /// How many steps were made, if the run ended before its plan did.
    var stoppedAt: Int? { outcome.stoppedEarly ? outcome.stepsTaken : nil }
}
