// SPDX-License-Identifier: Apache-2.0

/// Everything that decides a training of `mf` beside the data and the noise. Public numbers, all of them.
public struct MFConfiguration: Hashable, Codable, Sendable {
    /// How many items the catalogue has.
    public var itemCount: Int
    /// How many numbers stand for an item.
    public var rank: Int
    /// Noised gradient steps, after the release of popularity.
    public var steps: Int
    /// q of the gradient steps; at 1 every user is in every step.
    public var samplingProbability: Double
    /// N: what is divided by is q·N.
    public var nominalUsers: Int
    /// w: how much an item counts that the user did not take, against 1 for one they took.
    public var denseWeight: Double
    /// λ / w: the ridge of a user's solve, beside 1/w for an item that they took.
    public var regularization: Double
    /// η: how far a coordinate of root-mean-square gradient goes in one step.
    public var learningRate: Double
    /// How large the first factors are, beside a popularity of root-mean-square 1/2.
    public var initialScale: Double
    /// β: item i is learned in the coordinates vᵢ / pᵢᵝ, pᵢ ≤ 1 its released popularity; so rare items, whose gradient
    /// is nearly all noise, move less.
    public var popularityExponent: Double
    /// The share of the privacy (of μ², Gaussian DP) that the release of popularity takes.
    public var popularityShare: Double
    /// The share of the steps, from the end, that is averaged.
    public var averagedShare: Double
    /// Most items of one user that are looked at, the latest; for training and for fold-in alike.
    public var maxItemsPerUser: Int

    /// λ.
    var ridge: Double { regularization * denseWeight }
    /// q·N.
    var normaliser: Double { samplingProbability * Double(nominalUsers) }

    /// Whether every number is one that a training or a fold-in can work with; an artifact is asked before it is used.
    var isValid: Bool {
        itemCount >= 1 && rank >= 1 && steps >= 1 && nominalUsers >= 1 && maxItemsPerUser >= 1
            && samplingProbability > 0 && samplingProbability <= 1
            && [denseWeight, regularization, learningRate, popularityShare].allSatisfy { $0 > 0 && $0.isFinite }
            && [initialScale, popularityExponent, averagedShare].allSatisfy { $0 >= 0 && $0.isFinite }
    }
}
