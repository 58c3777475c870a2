// SPDX-License-Identifier: Apache-2.0

public import Interactions
public import LinearAlgebra
import Records

/// The default model: a few private sums (popularity, small Gram matrices, a step of subspace iteration), everything after
/// is free. A user's vector is a sum over the own items, and so is a score.
public struct Spectral: Recommender {
    public static let kind = "spectral"
    public let configuration: SpectralConfiguration
    let scorer: LinearScorer

    public var itemCount: Int { scorer.itemCount }

    init(configuration: SpectralConfiguration, scorer: LinearScorer) {
        (self.configuration, self.scorer) = (configuration, scorer)
    }

    public func userVector(_ history: History) -> [Float] { scorer.userVector(history) }
    public func scores(_ userVectors: Matrix<Float>) -> Matrix<Float> { scorer.scores(userVectors) }
    public func contributions(_ history: History, item: UInt32) -> [ScorePart] {
        scorer.contributions(history, item: item)
    }

    /// `model.json`: kind, format and configuration; the tensors of `LinearScorer`.
    public var content: ModelContent {
        ModelContent(
            model: .object([
                "kind": .string(Self.kind), "format": .integer(1),
                "configuration": (try? JSONValue(encoding: configuration)) ?? .null,
            ]),
            tensors: scorer.tensors)
    }

    public init(_ content: ModelContent) throws(RecommenderError) {
        guard case .object(let fields) = content.model, fields["kind"] == .string(Self.kind),
            fields["format"] == .integer(1),
            let configuration = try? fields["configuration"]?.decode(SpectralConfiguration.self), configuration.isValid
        else { throw .invalidArtifact("model.json") }
        self.init(
            configuration: configuration,
            scorer: try LinearScorer(
                content, itemCount: configuration.itemCount, maxItemsPerUser: configuration.maxItemsPerUser))
    }
}

extension LinearScorer {
    /// `itemFactors` U `[items × rank]`, `scales` d `[rank]`, `popularity` p̂ `[items]`.
    var tensors: [NamedTensor] {
        [
            NamedTensor(name: "itemFactors", shape: [itemCount, scales.count], values: factors.elements),
            NamedTensor(name: "scales", shape: [scales.count], values: scales),
            NamedTensor(name: "popularity", shape: [itemCount], values: popularity),
        ]
    }

    /// - Throws: `invalidArtifact` if a tensor is missing, of another shape or not finite.
    init(_ content: ModelContent, itemCount: Int, maxItemsPerUser: Int) throws(RecommenderError) {
        guard let shape = content.shape("scales"), shape.count == 1 else { throw .invalidArtifact("tensor scales") }
        let scales = try content.tensor("scales", shape: shape)
        let factors = try content.tensor("itemFactors", shape: [itemCount, shape[0]])
        self.init(
            factors: Matrix(rows: itemCount, columns: shape[0], elements: factors), scales: scales,
            popularity: try content.tensor("popularity", shape: [itemCount]), maxItemsPerUser: maxItemsPerUser)
    }
}
