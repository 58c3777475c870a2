// SPDX-License-Identifier: Apache-2.0

public import DPAccounting
import DPMechanisms
public import DPTraining
public import Interactions
public import LinearAlgebra
import Records

/// What public features say alone: items like the person's own. Costs nobody anything, and serves people who objected to
/// training; on request one private release of popularity stands beside it.
///
/// It is `LinearScorer` without learned factors: `spectral` where the signal is too small for more.
public struct ContentBased: Recommender {
    public static let kind = "content"
    public let configuration: Configuration
    let scorer: LinearScorer

    /// Public numbers, all of them.
    public struct Configuration: Hashable, Codable, Sendable {
        /// How many items the catalogue has.
        public var itemCount: Int
        /// Columns of public features.
        public var featureColumns: Int
        /// Whether words of titles are among them.
        public var titleWords: Bool
        /// Whether a private release of popularity is part of it.
        public var popularity: Bool
        /// Most items of one user that a list looks at, the latest.
        public var maxItemsPerUser: Int
    }

    /// What a model would be, and what is reserved for it.
    public struct TrainingPlan: Sendable {
        public let configuration: Configuration
        public let features: PublicFeatures
        /// One release of popularity, or none at all.
        public let plan: RunPlan
    }

    /// What `--set` knows.
    public static let parameters: [HyperParameter] = [
        HyperParameter(
            key: "popularity", meaning: "whether the popularity of items is released and used, which costs ε",
            defaultRule: "false", range: 0...1, isInteger: true, isSwitch: true),
        HyperParameter(
            key: "title-words", meaning: "whether words of titles count as public features", defaultRule: "false",
            range: 0...1, isInteger: true, isSwitch: true),
    ]

    /// Whether these settings ask for nobody's data.
    /// - Throws: `unknownSetting`, `invalidSetting`.
    public static func isFree(_ settings: [String: String]) throws(RecommenderError) -> Bool {
        try parameters.values(settings)["popularity"] != 1
    }

    /// - Throws: `unknownSetting`, `invalidSetting`; `invalidPlan` where the catalogue has no features.
    public static func plan(
        _ numbers: PlanningNumbers, features: PublicFeatures?, settings: [String: String] = [:]
    ) throws(RecommenderError) -> TrainingPlan {
        let values = try parameters.values(settings)
        let isFree = try isFree(settings)
        var numbers = numbers
        if isFree { numbers.epsilon = .infinity }  // no event, no price
        try numbers.check()
        guard let features, features.matrix.rows == numbers.itemCount else {
            throw .invalidPlan("the catalogue has no public features, which content is made of")
        }
        let configuration = Configuration(
            itemCount: numbers.itemCount, featureColumns: features.matrix.columns,
            titleWords: values["title-words"] == 1, popularity: !isFree, maxItemsPerUser: numbers.maxItemsPerUser)
        let plan = isFree ? RunPlan([]) : try Popularity.plan(numbers)
        return TrainingPlan(configuration: configuration, features: features, plan: plan)
    }

    /// The model of a plan without a release: all items are taken to be equally popular.
    public init(free plan: TrainingPlan) {
        self.init(plan, popularity: .init(repeating: 1, count: plan.configuration.itemCount))
    }

    /// What the features say beside the popularity that another model's scorer holds.
    /// - Throws: `invalidPlan` where the catalogue has no features.
    init(of scorer: LinearScorer, features: PublicFeatures?, titleWords: Bool) throws(RecommenderError) {
        guard let features, features.matrix.rows == scorer.itemCount else {
            throw .invalidPlan("the catalogue has no public features, which content is made of")
        }
        let configuration = Configuration(
            itemCount: scorer.itemCount, featureColumns: features.matrix.columns, titleWords: titleWords,
            popularity: Set(scorer.popularity).count > 1, maxItemsPerUser: scorer.maxItemsPerUser)
        self.init(
            TrainingPlan(configuration: configuration, features: features, plan: RunPlan([])),
            popularity: scorer.popularity.map(Double.init))
    }

    private init(_ plan: TrainingPlan, popularity: [Double]) {
        configuration = plan.configuration
        scorer = LinearScorer(
            popularity: popularity, factors: Matrix(rows: popularity.count, columns: 0),
            features: plan.features.matrix, maxItemsPerUser: plan.configuration.maxItemsPerUser)
    }

    /// Releases the popularity of `cohort`'s items and sets it beside the features.
    /// - Parameters: As of `Popularity.fit`.
    public static func fit(
        _ cohort: inout Cohort, spending grant: consuming RunGrant, as plan: TrainingPlan, maxUsers: Int,
        between: @escaping BetweenSteps = { _, _ in .go }
    ) throws -> (model: ContentBased, outcome: TrainingOutcome) {
        guard grant.plan == plan.plan, cohort.itemCount == plan.configuration.itemCount else {
            try grant.finish()
            throw RecommenderError.planDoesNotMatch
        }
        let (model, outcome) = try TrainingSession.run(
            spending: grant, cohort: &cohort, maxUsers: maxUsers, between: between
        ) { session in
            let released = try session.release(.itemWeights)?.values
            return ContentBased(plan, popularity: released ?? .init(repeating: 1, count: plan.configuration.itemCount))
        }
        return (model, outcome)
    }

    public var itemCount: Int { scorer.itemCount }
    public func userVector(_ history: History) -> [Float] { scorer.userVector(history) }
    public func scores(_ userVectors: Matrix<Float>) -> Matrix<Float> { scorer.scores(userVectors) }
    public func contributions(_ history: History, item: UInt32) -> [ScorePart] {
        scorer.contributions(history, item: item)
    }

    public var content: ModelContent {
        ModelContent(
            model: .object([
                "kind": .string(Self.kind), "format": .integer(1),
                "configuration": (try? JSONValue(encoding: configuration)) ?? .null,
            ]),
            tensors: scorer.tensors)
    }

    public init(_ content: ModelContent) throws(RecommenderError) {
        guard case .object(let fields) = content.model, fields["kind"] == .string(Self.kind),
            fields["format"] == .integer(1),
            let configuration = try? fields["configuration"]?.decode(Configuration.self), configuration.itemCount >= 1,
            configuration.maxItemsPerUser >= 1
        else { throw .invalidArtifact("model.json") }
        self.configuration = configuration
        scorer = try LinearScorer(
            content, itemCount: configuration.itemCount, maxItemsPerUser: configuration.maxItemsPerUser)
    }
}
