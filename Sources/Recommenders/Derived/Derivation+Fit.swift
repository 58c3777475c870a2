// SPDX-License-Identifier: Apache-2.0

public import DPAccounting
import DPMechanisms
public import DPTraining
public import Interactions
import LinearAlgebra

extension Derivation {
    /// The kinds that are trained in one go: the releases of `spectral`, then the rule.
    public static let trainedKinds = [Ease.kind, ItemNeighbours.kind, NonnegativeFactors.kind, PureSVD.kind]

    /// Those that know what to do with the whole of a Gram matrix without noise.
    private static let wholeKinds = [Ease.kind, ItemNeighbours.kind]

    /// What a training would be, and what is reserved for it.
    public struct TrainingPlan: Sendable {
        public let kind: String
        public let plan: RunPlan
        fileprivate let basis: Basis
        fileprivate let values: [String: Double]
        /// What a certificate has to say beside the cost.
        public var notes: [String] {
            guard case .spectral(let plan) = basis else { return [] }
            return plan.configuration.notes
        }
    }

    fileprivate enum Basis: Sendable {
        case spectral(Spectral.TrainingPlan)
        /// The whole Gram matrix without noise.
        case whole(PlanningNumbers)
    }

    /// What `--set` knows at a training: the rule's own keys, then those of `spectral`.
    public static func trainingParameters(ofKind kind: String) -> [HyperParameter] {
        (parameters(ofKind: kind) ?? []) + Spectral.parameters
    }

    /// Plans the releases of `spectral` under its defaults. For `ease` and `item-knn` at ε = ∞ and at most 5000 items it is one of the
    /// whole Gram matrix instead: the models are then the published ones.
    /// - Throws: `unknownKind`, `unknownSetting`, `invalidSetting`, `invalidPlan`.
    public static func plan(
        _ kind: String, _ numbers: PlanningNumbers, features: PublicFeatures? = nil, settings: [String: String] = [:]
    ) throws(RecommenderError) -> TrainingPlan {
        guard trainedKinds.contains(kind), let own = parameters(ofKind: kind) else { throw .unknownKind(kind) }
        try numbers.check()
        let values = try trainingParameters(ofKind: kind).values(settings)
        let rest = settings.filter { key, _ in !own.contains { $0.key == key } }
        if numbers.epsilon.isInfinite, numbers.itemCount <= TasteGram.mostWholeItems, wholeKinds.contains(kind),
            rest.isEmpty
        {
            return TrainingPlan(
                kind: kind, plan: wholePlan(numbers.itemCount), basis: .whole(numbers), values: values)
        }
        let spectral = try Spectral.plan(numbers, features: features, settings: rest)
        return TrainingPlan(kind: kind, plan: spectral.plan, basis: .spectral(spectral), values: values)
    }

    /// - Parameters: As of `Spectral.fit`.
    public static func fit(
        _ cohort: inout Cohort, spending grant: consuming RunGrant, as plan: TrainingPlan, maxUsers: Int,
        between: @escaping BetweenSteps = { _, _ in .go }
    ) throws -> (model: any Recommender, outcome: TrainingOutcome) {
        let source: StatisticsSource
        let outcome: TrainingOutcome
        switch plan.basis {
        case .spectral(let training):
            let fitted = try Spectral.fit(
                &cohort, spending: grant, as: training, maxUsers: maxUsers, between: between)
            (source, outcome) = (StatisticsSource(gram: fitted.model.scorer.tasteGram), fitted.outcome)
        case .whole(let numbers):
            guard grant.plan == plan.plan, cohort.itemCount == numbers.itemCount else {
                try grant.finish()
                throw RecommenderError.planDoesNotMatch
            }
            let fitted = try TrainingSession.run(
                spending: grant, cohort: &cohort, maxUsers: maxUsers, between: between
            ) { session in try wholeGram(numbers, in: &session) }
            (source, outcome) = (StatisticsSource(gram: fitted.result), fitted.outcome)
        }
        return (try model(plan.kind, of: source, values: plan.values), outcome)
    }

    private static func wholePlan(_ items: Int) -> RunPlan {
        RunPlan(
            [items, items * (items + 1) / 2].map { dimension in
                RunPlan.Stretch(
                    event: .gaussianSum(
                        GaussianSumEvent(
                            samplingProbability: 1, clippingNorm: 1, noiseMultiplier: 0, dimension: dimension)),
                    count: 1)
            })
    }

    private static func wholeGram(
        _ numbers: PlanningNumbers, in session: inout TrainingSession
    ) throws -> TasteGram {
        let n = numbers.itemCount
        let popularity = PopularityScale.normalized(try session.release(.itemWeights)?.values, itemCount: n)
        let contribution = HeadGram(
            items: (0..<UInt32(n)).map { $0 }, direction: nil, maxItemsPerUser: numbers.maxItemsPerUser)
        let whole = try session.release(.headGram(contribution))?.symmetricMatrix(order: n)
        return TasteGram(
            form: .whole(whole ?? Matrix(rows: n, columns: n)), popularity: popularity.map(Double.init),
            maxItemsPerUser: numbers.maxItemsPerUser)
    }
}
