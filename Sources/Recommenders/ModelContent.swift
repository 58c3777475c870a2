// SPDX-License-Identifier: Apache-2.0

public import Records

/// What an artifact stores of a model: `model.json` (with `kind`) and the tensors.
public struct ModelContent: Sendable {
    public let model: JSONValue
    public let tensors: [NamedTensor]

    public init(model: JSONValue, tensors: [NamedTensor]) { (self.model, self.tensors) = (model, tensors) }

    /// The tensor of this name.
    /// - Throws: `invalidArtifact` unless it is there with this shape and all its values are finite.
    func tensor(_ name: String, shape: [Int]) throws(RecommenderError) -> [Float] {
        // No side is longer than the whole, so the product of two cannot overflow.
        guard let tensor = tensors.first(where: { $0.name == name }), tensor.shape == shape, shape.count <= 2,
            shape.allSatisfy({ $0 >= 1 && $0 <= tensor.values.count }), tensor.values.count == shape.reduce(1, *),
            tensor.values.allSatisfy(\.isFinite)
        else { throw .invalidArtifact("tensor \(name)") }
        return tensor.values
    }

    /// The shape of the tensor of this name; nil if there is none.
    func shape(_ name: String) -> [Int]? { tensors.first { $0.name == name }?.shape }
}

/// Makes the model of an artifact, whatever its kind.
public enum ModelLoader {
    /// - Throws: `unknownKind` for a model of a newer program, `invalidArtifact` for a damaged one.
    public static func load(_ content: ModelContent) throws(RecommenderError) -> any Recommender {
        guard case .object(let fields) = content.model, case .string(let kind)? = fields["kind"] else {
            throw .invalidArtifact("kind")
        }
        switch kind {
        case Popularity.kind: return try Popularity(content)
        case MatrixFactorization.kind: return try MatrixFactorization(content)
        case Spectral.kind: return try Spectral(content)
        case Graph.kind: return try Graph(content)
        case ContentBased.kind: return try ContentBased(content)
        case AlternatingLeastSquares.kind: return try AlternatingLeastSquares(content)
        case Ease.kind: return try Ease(content)
        case ItemNeighbours.kind: return try ItemNeighbours(content)
        case NonnegativeFactors.kind: return try NonnegativeFactors(content)
        case PureSVD.kind: return try PureSVD(content)
        default: throw .unknownKind(kind)
        }
    }

    /// The kinds that can be trained and loaded.
    public static let kinds = [
        Spectral.kind, Graph.kind, ContentBased.kind, MatrixFactorization.kind, AlternatingLeastSquares.kind, Ease.kind,
        ItemNeighbours.kind,
        NonnegativeFactors.kind, PureSVD.kind, Popularity.kind,
    ]
}
