// SPDX-License-Identifier: Apache-2.0

extension MatrixFactorization {
    /// What `--set` knows. None may be chosen by looking at private data: that would have to be paid for.
    public static let parameters: [HyperParameter] = [
        HyperParameter(
            key: "rank", meaning: "numbers per item",
            defaultRule: "1.6 √(N·μ / √items), 6 to 24; 32 at ε = ∞; at most 2 + min(items, N)/20",
            range: 1...256, isInteger: true),
        HyperParameter(
            key: "steps", meaning: "noised gradient steps", defaultRule: "2 · rank, at least 16; 100 at ε = ∞",
            range: 1...10_000, isInteger: true),
        HyperParameter(
            key: "sampling", meaning: "q, each user's chance to be in a step", defaultRule: "min(1, 16384 / N)",
            range: 1e-6...1, isInteger: false),
        HyperParameter(
            key: "weight", meaning: "w, weight of an item not taken, against 1", defaultRule: "1",
            range: 1e-6...100, isInteger: false),
        HyperParameter(
            key: "regularization", meaning: "ridge of a user's vector over w", defaultRule: "2",
            range: 1e-6...1e6, isInteger: false),
        HyperParameter(
            key: "learning-rate", meaning: "move of a typical coordinate in one step", defaultRule: "0.2",
            range: 1e-6...10, isInteger: false),
        HyperParameter(
            key: "initial-scale", meaning: "size of the first factors", defaultRule: "0.1", range: 0...10,
            isInteger: false),
        HyperParameter(
            key: "popularity-exponent", meaning: "how much less rare items move", defaultRule: "0.3",
            range: 0...1, isInteger: false),
        HyperParameter(
            key: "popularity-share", meaning: "share of the privacy spent on popularity", defaultRule: "0.1",
            range: 0.001...0.9, isInteger: false),
        HyperParameter(
            key: "averaged-share", meaning: "share of the steps, from the end, that is averaged", defaultRule: "0.4",
            range: 0...1, isInteger: false),
    ]
}

extension MFConfiguration {
    /// Takes the place of defaults, for the keys that are there.
    mutating func apply(_ values: [String: Double]) {
        rank = values["rank"].map { Int($0) } ?? rank
        steps = values["steps"].map { Int($0) } ?? steps
        samplingProbability = values["sampling"] ?? samplingProbability
        denseWeight = values["weight"] ?? denseWeight
        regularization = values["regularization"] ?? regularization
        learningRate = values["learning-rate"] ?? learningRate
        initialScale = values["initial-scale"] ?? initialScale
        popularityExponent = values["popularity-exponent"] ?? popularityExponent
        popularityShare = values["popularity-share"] ?? popularityShare
        averagedShare = values["averaged-share"] ?? averagedShare
    }
}
