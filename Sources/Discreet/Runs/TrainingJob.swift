// SPDX-License-Identifier: Apache-2.0

import DPAccounting
import DPTraining
import Interactions
import Recommenders

/// A model that is about to be trained: its plan, and how it is fitted.
struct TrainingJob {
    private enum Model {
        case popularity
        case spectral(Spectral.TrainingPlan)
        case graph(Graph.TrainingPlan)
        case content(ContentBased.TrainingPlan)
        case matrixFactorization(MatrixFactorization.TrainingPlan)
    }
    private let kind: String
    private let model: Model
    private let plan: RunPlan

    /// - Throws: `RecommenderError` for a bad setting or number; `DiscreetError` for an unknown kind.
    init(_ subject: ModelSubject, _ numbers: PlanningNumbers) throws {
        let (kind, settings) = (subject.kind, subject.settings)
        self.kind = kind
        switch kind {
        case Spectral.kind:
            let training = try Spectral.plan(numbers, features: subject.features, settings: settings)
            model = .spectral(training)
            plan = training.plan
        case Graph.kind:
            let training = try Graph.plan(numbers, features: subject.features, settings: settings)
            model = .graph(training)
            plan = training.plan
        case ContentBased.kind:
            let training = try ContentBased.plan(numbers, features: subject.features, settings: settings)
            model = .content(training)
            plan = training.plan
        case Popularity.kind:
            model = .popularity
            plan = try Popularity.plan(numbers, settings: settings)
        case MatrixFactorization.kind:
            let training = try MatrixFactorization.plan(numbers, settings: settings)
            model = .matrixFactorization(training)
            plan = training.plan
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
        switch model {
        case .popularity:
            let (model, outcome) = try Popularity.fit(&cohort, spending: grant, maxUsers: maxUsers, between: between)
            return FittedModel(model: model, outcome: outcome)
        case .spectral(let training):
            let (model, outcome) = try Spectral.fit(
                &cohort, spending: grant, as: training, maxUsers: maxUsers, between: between)
            return FittedModel(model: model, outcome: outcome, notes: training.configuration.notes)
        case .graph(let training):
            let (model, outcome) = try Graph.fit(
                &cohort, spending: grant, as: training, maxUsers: maxUsers, between: between)
            return FittedModel(model: model, outcome: outcome, notes: training.configuration.notes)
        case .content(let training):
            let (model, outcome) = try ContentBased.fit(
                &cohort, spending: grant, as: training, maxUsers: maxUsers, between: between)
            return FittedModel(model: model, outcome: outcome)
        case .matrixFactorization(let training):
            let (model, outcome) = try MatrixFactorization.fit(
                &cohort, spending: grant, as: training, maxUsers: maxUsers, between: between)
            return FittedModel(model: model, outcome: outcome)
        }
    }
}

extension TrainingJob {
    /// The model of a job that asks for nobody's data; nil where there is a plan to be paid for.
    var freeModel: FittedModel? {
        guard case .content(let training) = model, plan.stretches.isEmpty else { return nil }
        return FittedModel(
            model: ContentBased(free: training), outcome: TrainingOutcome(stepsTaken: 0, stoppedEarly: false))
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
