// SPDX-License-Identifier: Apache-2.0

public import DPAccounting

extension AlternatingLeastSquares {
    /// What a training would be, and what is reserved for it.
    public struct TrainingPlan: Sendable {
        public let configuration: ALSConfiguration
        /// Without noise the popularity and the histories; else the releases of `spectral`, then the two statistics.
        public let plan: RunPlan
        /// What it begins with under a budget; nil without noise.
        let start: Spectral.TrainingPlan?

        /// What a certificate has to say beside the cost.
        public var notes: [String] {
            guard let start else { return [] }
            return start.configuration.notes
                + ["The model spectral was better than als at every finite epsilon that we measured."]
        }
    }

    /// What `--set` knows.
    public static let parameters: [HyperParameter] = [
        HyperParameter(
            key: "rank", meaning: "r, numbers that stand for an item",
            defaultRule: "32; without noise 64, and 128 for over 10000 items", range: 1...512, isInteger: true),
        HyperParameter(
            key: "sweeps", meaning: "sweeps over both sides, without noise; with it there is one of the items",
            defaultRule: "16", range: 1...100, isInteger: true),
        HyperParameter(
            key: "dense-weight", meaning: "α, the weight of an item that was not taken, against 1",
            defaultRule: "1000 / items, without noise 600 / items; at most 1", range: 1e-6...100, isInteger: false),
        HyperParameter(
            key: "regularization", meaning: "λ, the ridge for each entry of a row",
            defaultRule: "0.003, without noise 0.006",
            range: 1e-6...100, isInteger: false),
    ]

    /// The share of the privacy (of μ², Gaussian DP) for the step itself, and of that for the Gramian.
    private static let (stepShare, gramianShare) = (0.3, 0.15)

    /// - Throws: `unknownSetting`, `invalidSetting`, `invalidPlan`.
    public static func plan(
        _ numbers: PlanningNumbers, features: PublicFeatures? = nil, settings: [String: String] = [:]
    ) throws(RecommenderError) -> TrainingPlan {
        try numbers.check()
        let configuration = ALSConfiguration(numbers, try parameters.values(settings))
        if numbers.epsilon.isInfinite {
            let event = gaussian(noise: 0, dimension: numbers.itemCount)
            return TrainingPlan(
                configuration: configuration, plan: RunPlan([RunPlan.Stretch(event: event, count: 2)]), start: nil)
        }
        let start = try Spectral.plan(numbers, features: features)
        // Too little signal for tastes: popularity and features are all there is, and there is no step.
        guard start.configuration.learnsTaste else {
            return TrainingPlan(configuration: configuration, plan: start.plan, start: start)
        }
        func plan(_ noise: Double) -> RunPlan {
            let (r, share) = (configuration.rank, stepShare)
            return RunPlan(
                start.configuration.runPlan(noiseMultiplier: noise / (1 - share).squareRoot()).stretches
                    + [
                        (share * (1 - gramianShare), numbers.itemCount * r),
                        (share * gramianShare, r * (r + 1) / 2),
                    ].map { RunPlan.Stretch(event: gaussian(noise: noise / $0.squareRoot(), dimension: $1), count: 1) })
        }
        let noise = try NoiseCalibration.noiseMultiplier(numbers, plan: plan)
        return TrainingPlan(configuration: configuration, plan: plan(noise), start: start)
    }

    private static func gaussian(noise: Double, dimension: Int) -> PrivacyEvent {
        .gaussianSum(
            GaussianSumEvent(samplingProbability: 1, clippingNorm: 1, noiseMultiplier: noise, dimension: dimension))
    }
}

extension ALSConfiguration {
    /// The defaults, of public numbers alone. Without noise α and λ were each raised by the validation part of ml1m; together, with 16
    /// sweeps, they were tried on its test part only.
    init(_ numbers: PlanningNumbers, _ values: [String: Double]) {
        let (isFree, items) = (numbers.epsilon.isInfinite, numbers.itemCount)
        self.init(
            itemCount: items, nominalUsers: numbers.nominalUsers,
            rank: values["rank"].map { Int($0) } ?? (isFree ? (items > 10_000 ? 128 : 64) : 32),
            sweeps: isFree ? values["sweeps"].map { Int($0) } ?? 16 : 1,
            denseWeight: values["dense-weight"] ?? min(1, (isFree ? 600 : 1000) / Double(items)),
            regularization: values["regularization"] ?? (isFree ? 0.006 : 0.003),
            maxItemsPerUser: numbers.maxItemsPerUser)
    }
}
