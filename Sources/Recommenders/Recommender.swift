// SPDX-License-Identifier: Apache-2.0

public import Interactions
public import LinearAlgebra

/// A fitted model: an item side that was released with privacy, and a rule that makes a user's vector from that user's
/// own history. Everything here is post-processing of releases and of one person's own data.
public protocol Recommender: Sendable {
    /// The name on the command line and in artifacts: `mf`, `popularity`.
    static var kind: String { get }
    /// How many items the catalogue had at the time of training. Newer items are never recommended.
    var itemCount: Int { get }

    /// Folds a user in from their own history; trains nothing. Items outside the model's catalogue are ignored.
    /// - Returns: Shape `[user dimension]`, the same for every history of this model.
    func userVector(_ history: History) -> [Float]
    /// Scores of all items for several users. Shapes: `[n × user dimension]` to `[n × itemCount]`.
    func scores(_ userVectors: Matrix<Float>) -> Matrix<Float>
    /// What the score of `item` is made of: an exact sum over the user's own items, each once. Empty where the score
    /// does not come from own items at all (an empty history, a model of popularity).
    func contributions(_ history: History, item: UInt32) -> [ScorePart]

    /// What an artifact carries, and back: the copy gives bit-equal scores.
    var content: ModelContent { get }
    /// - Throws: `invalidArtifact` if anything is missing, out of range or of another shape.
    init(_ content: ModelContent) throws(RecommenderError)
}

/// A part of a score, from one own item.
public struct ScorePart: Hashable, Sendable {
    /// Position in the catalogue.
    public let item: UInt32
    /// In units of the score; may be negative.
    public let value: Double

    public init(item: UInt32, value: Double) { (self.item, self.value) = (item, value) }
}

/// An item of a list.
public struct ScoredItem: Hashable, Sendable {
    /// Position in the catalogue.
    public let item: UInt32
    /// Comparable within one list only.
    public let score: Float

    public init(item: UInt32, score: Float) { (self.item, self.score) = (item, score) }
}

/// Why an item is in a list: one own item and its share of the score.
public struct Reason: Hashable, Sendable {
    /// Position in the catalogue.
    public let item: UInt32
    /// Part of the score; the shares of all own items sum to 1. Negative for an item that speaks against.
    public let share: Double

    public init(item: UInt32, share: Double) { (self.item, self.share) = (item, share) }
}
