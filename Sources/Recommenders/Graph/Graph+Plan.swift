// SPDX-License-Identifier: Apache-2.0

public import DPAccounting
import LinearAlgebra

extension Graph {
    /// What a training would be, and what is reserved for it.
    public struct TrainingPlan: Sendable {
        public let configuration: GraphConfiguration
        /// Public features of the items, where there are any.
        public let features: PublicFeatures?
        /// The releases of `spectral`, then the edges where they have a share.
        public let plan: RunPlan
    }

    /// What `--set` knows: all of `spectral`, and what the edges need. None may be chosen by looking at private data.
    public static let parameters: [HyperParameter] =
        Spectral.parameters + [
            HyperParameter(
                key: "edge-share", meaning: "e, share of the privacy spent on edges; the others share the rest",
                defaultRule: "0.25; 0.5 for over 10000 items; 0 where ε ≤ 1 or N·μ is below 0.4 for each item",
                range: 0...0.9, isInteger: false),
            HyperParameter(
                key: "neighbours", meaning: "K, how many neighbours each item proposes",
                defaultRule: "100; 50 for over 10000 items below ε = 8; without privacy 1024, 200 for over 10000 items",
                range: 1...1024, isInteger: true),
            HyperParameter(
                key: "prior-weight", meaning: "weight of what the factors make likely of an edge",
                defaultRule: "0.5; 0.3 for over 10000 items", range: 0...100, isInteger: false),
            HyperParameter(
                key: "edge-weight", meaning: "weight of what the release says beyond that",
                defaultRule: "1; 3 for over 10000 items", range: 0...100, isInteger: false),
            HyperParameter(
                key: "recency",
                meaning: "how many newer own items take an own item's weight down to 1/e in a list; 0: all weigh alike",
                defaultRule: "0", range: 0...10000, isInteger: false),
        ]

    private static let ownKeys = ["edge-share", "neighbours", "prior-weight", "edge-weight", "recency"]

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
        var configuration = GraphConfiguration(
            defaultsFor: numbers, featureColumns: features?.matrix.columns ?? 0,
            titleWords: values["title-words"] == 1)
        try configuration.spectral.apply(values.filter { !ownKeys.contains($0.key) }, numbers)
        configuration.edgeShare = values["edge-share"] ?? configuration.edgeShare
        configuration.neighbours = values["neighbours"].map { Int($0) } ?? configuration.neighbours
        configuration.priorWeight = values["prior-weight"] ?? configuration.priorWeight
        configuration.edgeWeight = values["edge-weight"] ?? configuration.edgeWeight
        configuration.recency = values["recency"] ?? configuration.recency
        if !configuration.spectral.learnsTaste {
            guard values["edge-share"] ?? 0 == 0 else {
                throw .invalidPlan("edges are proposed by factors, and there are no steps to learn them")
            }
            configuration.edgeShare = 0
        }
        configuration.neighbours = min(configuration.neighbours, max(1, numbers.itemCount - 1))
        if configuration.mostPairs == 0 { configuration.edgeShare = 0 }
        if configuration.hasEdges, configuration.mostPairs > mostPairs {
            throw .invalidPlan("there are more than \(mostPairs) pairs: give fewer neighbours")
        }
        let (planned, noise) = (
            configuration,
            try NoiseCalibration.noiseMultiplier(numbers) { [configuration] in
                configuration.runPlan(noiseMultiplier: $0)
            }
        )
        return TrainingPlan(
            configuration: planned, features: features, plan: planned.runPlan(noiseMultiplier: noise))
    }

    /// The most pairs that are released: 2²⁸.
    static let mostPairs = 1 << 28
}

extension GraphConfiguration {
    /// The plan of `spectral` with 1 − e of μ², then the edges: σ = σ₁/√share for each.
    func runPlan(noiseMultiplier: Double) -> RunPlan {
        guard hasEdges else { return spectral.runPlan(noiseMultiplier: noiseMultiplier) }
        let proposal = spectral.runPlan(noiseMultiplier: noiseMultiplier / (1 - edgeShare).squareRoot())
        let edges = GaussianSumEvent(
            samplingProbability: 1, clippingNorm: 1, noiseMultiplier: noiseMultiplier / edgeShare.squareRoot(),
            dimension: mostPairs)
        return RunPlan(proposal.stretches + [RunPlan.Stretch(event: .gaussianSum(edges), count: 1)])
    }
}
