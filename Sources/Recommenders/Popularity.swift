// SPDX-License-Identifier: Apache-2.0

public import Interactions
public import LinearAlgebra
import Records

/// The same list for everybody: items by their released, noisy popularity. The baseline of every evaluation.
public struct Popularity: Recommender {
    public static let kind = "popularity"
    /// In the unit of the release; may be negative. Shape `[items]`.
    public let popularity: [Float]

    public var itemCount: Int { popularity.count }

    /// - Parameter released: Noisy sums or counts, one an item in catalogue order.
    public init(released: [Double]) { popularity = released.map { Float($0) } }

    /// - Parameter counts: Noisy counts, one an item in catalogue order.
    public init(counts: [Int64]) { popularity = counts.map { Float($0) } }

    /// The user plays no part: `[1]`.
    public func userVector(_ history: History) -> [Float] { [1] }

    public func scores(_ userVectors: Matrix<Float>) -> Matrix<Float> {
        gemm(userVectors, Matrix(rows: 1, columns: itemCount, elements: popularity))
    }

    public func contributions(_ history: History, item: UInt32) -> [ScorePart] { [] }

    public var content: ModelContent {
        ModelContent(
            model: .object(["kind": .string(Self.kind), "format": .integer(1)]),
            tensors: [NamedTensor(name: "popularity", shape: [itemCount], values: popularity)])
    }

    public init(_ content: ModelContent) throws(RecommenderError) {
        guard case .object(let fields) = content.model, fields["kind"] == .string(Self.kind),
            fields["format"] == .integer(1), let shape = content.shape("popularity"), shape.count == 1, shape[0] >= 1
        else { throw .invalidArtifact("model.json") }
        popularity = try content.tensor("popularity", shape: shape)
    }
}
