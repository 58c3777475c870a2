// SPDX-License-Identifier: Apache-2.0

public import DPAccounting
import LinearAlgebra

extension Spectral {
    /// What a training would be, and what is reserved for it.
    public struct TrainingPlan: Sendable {
        public let configuration: SpectralConfiguration
        /// Public features of the items, where there are any.
        public let features: PublicFeatures?
        /// Popularity, feature Gram, head Gram, subspace steps: those that have a share.
        public let plan: RunPlan
    }

    /// What `--set` knows. None may be chosen by looking at private data: that would have to be paid for.
    public static let parameters: [HyperParameter] = [
        HyperParameter(
            key: "rank", meaning: "r, the most factors that are learned", defaultRule: "32; 48 from ε = 8 on",
            range: 1...256, isInteger: true),
        HyperParameter(
            key: "steps", meaning: "T, subspace steps; 0 learns popularity alone",
            defaultRule: "1; with features 2 for 1 < ε < 8; 0 where N·μ < 500, or < 1000 with features and ε ≤ 0.5",
            range: 0...8, isInteger: true),
        HyperParameter(
            key: "popularity-share", meaning: "share of the privacy spent on popularity", defaultRule: "0.15",
            range: 0.001...0.9, isInteger: false),
        HyperParameter(
            key: "feature-share", meaning: "share spent on the Gram matrix of public features",
            defaultRule: "0.1 with features, else 0", range: 0...0.9, isInteger: false),
        HyperParameter(
            key: "head-share", meaning: "share spent on the Gram matrix of popular items",
            defaultRule: "0.25; with features 0 below ε = 8", range: 0...0.9, isInteger: false),
        HyperParameter(
            key: "head-items", meaning: "H, how many popular items that is about",
            defaultRule: "400; without features 1000 for over 10000 items, else 200 if ε ≤ 1 or N < 3000",
            range: 1...8192, isInteger: true),
        HyperParameter(
            key: "title-words", meaning: "whether words of titles count as public features", defaultRule: "false",
            range: 0...1, isInteger: true, isSwitch: true),
    ]

    /// Whether these settings ask for words of titles.
    /// - Throws: `unknownSetting`, `invalidSetting`.
    public static func wantsTitleWords(_ settings: [String: String]) throws(RecommenderError) -> Bool {
        try parameters.values(settings)["title-words"] == 1
    }

    /// Plans a training from public numbers: defaults by one rule for every data set, then the noise that (ε, δ) needs.
    /// - Parameters:
    ///   - features: Of the catalogue; nil where it says nothing.
    ///   - settings: `--set`, by key; see `parameters`.
    /// - Throws: `unknownSetting`, `invalidSetting`, `invalidPlan`.
    public static func plan(
        _ numbers: PlanningNumbers, features: PublicFeatures? = nil, settings: [String: String] = [:]
    ) throws(RecommenderError) -> TrainingPlan {
        try numbers.check()
        let values = try parameters.values(settings)
        if let features, features.matrix.rows != numbers.itemCount {
            throw .invalidPlan("the features are of another catalogue")
        }
        var configuration = SpectralConfiguration(
            defaultsFor: numbers, featureColumns: features?.matrix.columns ?? 0,
            titleWords: values["title-words"] == 1)
        try configuration.apply(values, numbers)
        let noise = try NoiseCalibration.noiseMultiplier(numbers) { configuration.runPlan(noiseMultiplier: $0) }
        return TrainingPlan(
            configuration: configuration, features: features, plan: configuration.runPlan(noiseMultiplier: noise))
    }
}

extension SpectralConfiguration {
    /// Takes the place of defaults, for the keys that are there. Who asks for steps, or for anything that steps need, gets them
    /// also where the rule would keep to popularity.
    mutating func apply(_ values: [String: Double], _ numbers: PlanningNumbers) throws(RecommenderError) {
        let asked = values.filter { $0.key != "title-words" }
        if asked.isEmpty { return }
        if values["steps"] == 0 {
            keepToPopularity()
            return
        }
        if !learnsTaste {
            let known = PlanningNumbers(
                itemCount: numbers.itemCount, nominalUsers: 1 << 40, maxItemsPerUser: numbers.maxItemsPerUser,
                epsilon: numbers.epsilon, delta: numbers.delta)
            self = SpectralConfiguration(defaultsFor: known, featureColumns: featureColumns, titleWords: titleWords)
            nominalUsers = numbers.nominalUsers
        }
        rank = values["rank"].map { Int($0) } ?? rank
        steps = values["steps"].map { Int($0) } ?? steps
        popularityShare = values["popularity-share"] ?? popularityShare
        featureShare = values["feature-share"] ?? featureShare
        headShare = values["head-share"] ?? headShare
        if headShare > 0 { headItems = min(values["head-items"].map { Int($0) } ?? max(headItems, 400), itemCount) }
        if featureColumns == 0, featureShare > 0 { throw .invalidPlan("the catalogue has no public features") }
        guard popularityShare + featureShare + headShare < 0.999 else {
            throw .invalidPlan("the shares leave nothing for the steps")
        }
        guard featureShare + headShare > 0 else {
            throw .invalidPlan("the steps begin at a Gram matrix: give feature-share or head-share")
        }
    }

    /// A release with the share s of μ² = Σ 1/σ² has σ = σ₁/√s. Contributions have no unit: C is 1.
    func runPlan(noiseMultiplier: Double) -> RunPlan {
        func stretch(_ share: Double, _ dimension: Int, count: Int = 1) -> [RunPlan.Stretch] {
            if share <= 0 || count == 0 { return [] }
            let noise = noiseMultiplier / (share / Double(count)).squareRoot()
            let event = GaussianSumEvent(
                samplingProbability: 1, clippingNorm: 1, noiseMultiplier: noise, dimension: dimension)
            return [RunPlan.Stretch(event: .gaussianSum(event), count: count)]
        }
        let rest = 1 - popularityShare - featureShare - headShare
        return RunPlan(
            stretch(popularityShare, itemCount)
                + stretch(featureShare, featureColumns * (featureColumns + 1) / 2)
                + stretch(headShare, headItems * (headItems + 1) / 2)
                + stretch(rest, itemCount * rank, count: steps))
    }
}
