// SPDX-License-Identifier: Apache-2.0

import DPAccounting

/// Everything that decides a training of `spectral` beside the data and the noise. Public numbers, all of them.
public struct SpectralConfiguration: Hashable, Codable, Sendable {
    /// How many items the catalogue has.
    public var itemCount: Int
    /// N: the rule of the defaults.
    public var nominalUsers: Int
    /// Columns of public features; 0 without.
    public var featureColumns: Int
    /// Whether words of titles are among them.
    public var titleWords: Bool
    /// p, f, g: shares of the privacy (of μ², Gaussian DP) for popularity, feature Gram and head Gram; the steps have the rest.
    public var popularityShare: Double
    public var featureShare: Double
    public var headShare: Double
    /// T: subspace steps. At 0 popularity and public features are the whole model.
    public var steps: Int
    /// r: the most factors that are learned.
    public var rank: Int
    /// H: how many popular items the head Gram is about.
    public var headItems: Int
    /// Most items of one user that are looked at: random ones in training, the latest for a list.
    public var maxItemsPerUser: Int

    /// Whether anything but popularity is learned from people.
    public var learnsTaste: Bool { steps > 0 }

    /// What a certificate has to say about the model, by public numbers.
    public var notes: [String] {
        if learnsTaste { return [] }
        let rest = featureColumns > 0 ? "popularity and public features" : "popularity"
        return ["With this N and epsilon no taste can be told from noise: the model is \(rest) alone."]
    }

    /// Whether every number is one that a training or a list can work with; an artifact is asked before it is used.
    var isValid: Bool {
        let shares = [popularityShare, featureShare, headShare]
        return itemCount >= 1 && nominalUsers >= 1 && maxItemsPerUser >= 1 && featureColumns >= 0 && steps >= 0
            && rank >= 0 && headItems >= 0 && popularityShare > 0 && shares.allSatisfy { $0 >= 0 && $0.isFinite }
            && shares.reduce(0, +) <= 1 + 1e-9
    }
}

extension SpectralConfiguration {
    /// The defaults: one rule for every data set, of ε, N, the number of items and whether there are features.
    ///
    /// Where N·μ is so small that no taste could be told from noise (below 500; with features at ε ≤ 1/2, below 1000), all of
    /// it is spent on popularity. 8 and 1/2 stand for the ε that was asked, of which a count of N may have taken a hundredth.
    init(defaultsFor numbers: PlanningNumbers, featureColumns: Int, titleWords: Bool) {
        let (epsilon, users, items) = (numbers.epsilon.value, numbers.nominalUsers, numbers.itemCount)
        let hasFeatures = featureColumns > 0
        let generous = epsilon >= 7.9
        let signal = Double(users) * numbers.mu
        let hasHead = generous || !hasFeatures
        self.init(
            itemCount: items, nominalUsers: users, featureColumns: featureColumns, titleWords: titleWords,
            popularityShare: 0.15, featureShare: hasFeatures ? 0.1 : 0, headShare: hasHead ? 0.25 : 0,
            steps: hasFeatures && epsilon > 1 && !generous ? 2 : 1, rank: generous ? 48 : 32,
            headItems: hasFeatures ? 400 : items > 10_000 ? 1000 : epsilon <= 1 || users < 3000 ? 200 : 400,
            maxItemsPerUser: numbers.maxItemsPerUser)
        headItems = hasHead ? min(headItems, items) : 0
        if signal < 500 || (hasFeatures && epsilon <= 0.5 && signal < 1000) { keepToPopularity() }
    }

    /// All of the privacy for popularity.
    mutating func keepToPopularity() {
        (popularityShare, featureShare, headShare) = (1, 0, 0)
        (steps, rank, headItems) = (0, 0, 0)
    }
}
