// SPDX-License-Identifier: Apache-2.0

public import DPAccounting

extension MatrixFactorization {
    /// What a training would be, and what is reserved for it.
    public struct TrainingPlan: Hashable, Sendable {
        public let configuration: MFConfiguration
        /// One release of popularity, then the gradient steps.
        public let plan: RunPlan

        /// A configuration of one's own, without any default: for callers that price the plan themselves.
        /// - Parameter noiseMultiplier: σ/C of a gradient step; 0 for none.
        public init(configuration: MFConfiguration, noiseMultiplier: Double) {
            self.configuration = configuration
            plan = configuration.runPlan(noiseMultiplier: noiseMultiplier)
        }
    }

    /// Plans a training from public numbers: defaults by one rule for every data set, then the noise that (ε, δ) needs.
    ///
    /// The rule: a user's say in a step is 1 and the noise σ = √T/μ, so the signal in a column of factors grows with N·μ and
    /// its noise with the square root of its length. Rank r = 1.6·√(N·μ/√items), from 6 to 24; steps T = 2r, at least 16.
    /// Without noise r = 32 and T = 100. At most 2 + min(items, N)/20 factors. Found on the validation parts of ml1m and ml100k.
    /// - Parameter settings: `--set`, by key; see `parameters`.
    /// - Throws: `unknownSetting`, `invalidSetting`, `invalidPlan`.
    public static func plan(
        _ numbers: PlanningNumbers, settings: [String: String] = [:]
    ) throws(RecommenderError) -> TrainingPlan {
        try numbers.check()
        let values = try parameters.values(settings)
        var configuration = MFConfiguration(defaultsFor: numbers)
        configuration.apply(values)
        if values["steps"] == nil { configuration.steps = MFConfiguration.steps(rank: configuration.rank, numbers) }
        let noise = try NoiseCalibration.noiseMultiplier(numbers) { configuration.runPlan(noiseMultiplier: $0) }
        return TrainingPlan(configuration: configuration, noiseMultiplier: noise)
    }
}

extension MFConfiguration {
    /// The clipping norm of both kinds of releases; contributions have no unit.
    private static let clippingNorm = 1.0
    /// Above this many users a step samples so many, in the mean: enough for a gradient far above its noise.
    private static let usersPerStep = 16_384.0

    init(defaultsFor numbers: PlanningNumbers) {
        let users = Double(numbers.nominalUsers)
        let signal = 1.6 * (users * numbers.mu / Double(numbers.itemCount).squareRoot()).squareRoot()
        // A small catalogue or few users cannot tell many directions apart: they would be learned by heart.
        let most = 2 + min(numbers.itemCount, numbers.nominalUsers) / 20
        let rank = min(most, numbers.epsilon.isInfinite ? 32 : Int(min(24, max(6, signal)).rounded()))
        self.init(
            itemCount: numbers.itemCount, rank: rank, steps: Self.steps(rank: rank, numbers),
            samplingProbability: min(1, Self.usersPerStep / users), nominalUsers: numbers.nominalUsers,
            denseWeight: 1, regularization: 2, learningRate: 0.2, initialScale: 0.1, popularityExponent: 0.3,
            popularityShare: 0.1, averagedShare: 0.4, maxItemsPerUser: numbers.maxItemsPerUser)
    }

    static func steps(rank: Int, _ numbers: PlanningNumbers) -> Int {
        numbers.epsilon.isInfinite ? 100 : max(16, 2 * rank)
    }

    /// σ_p = σ·√((1 − s)/(s·T·q²)): so popularity takes the share s of μ² = 1/σ_p² + T·q²/σ² (the second term holds for
    /// q = 1, and nearly for sampled steps of much noise; the price of the plan is computed from its events, not from this).
    func runPlan(noiseMultiplier: Double) -> RunPlan {
        let q = samplingProbability
        let ratio = ((1 - popularityShare) / (popularityShare * Double(steps) * q * q)).squareRoot()
        return RunPlan([
            event(
                probability: 1, noiseMultiplier: min(noiseMultiplier * ratio, max(noiseMultiplier, 0x1p15)),
                dimension: itemCount, count: 1),
            event(probability: q, noiseMultiplier: noiseMultiplier, dimension: itemCount * rank, count: steps),
        ])
    }

    private func event(
        probability: Double, noiseMultiplier: Double, dimension: Int, count: Int
    ) -> RunPlan.Stretch {
        RunPlan.Stretch(
            event: .gaussianSum(
                GaussianSumEvent(
                    samplingProbability: probability, clippingNorm: Self.clippingNorm, noiseMultiplier: noiseMultiplier,
                    dimension: dimension)),
            count: count)
    }
}
