// SPDX-License-Identifier: Apache-2.0

public import Interactions
public import LinearAlgebra
import Records

/// Weighted alternating least squares on implicit feedback (Hu, Koren, Volinsky 2008), without privacy the model of Rendle et al.
/// 2022, under a budget one step of it by sufficient statistics (Chien et al. 2021).
public struct AlternatingLeastSquares: Recommender {
    public static let kind = "als"
    public let configuration: ALSConfiguration
    let serving: FactorServing

    public var itemCount: Int { serving.itemCount }

    /// - Parameters: Shapes `[items × rank]` and `[items]`.
    init(configuration: ALSConfiguration, itemFactors: Matrix<Float>, popularity: [Float]) {
        self.configuration = configuration
        serving = FactorServing(
            itemFactors: itemFactors, popularity: popularity,
            foldIn: configuration.foldIn(itemFactors.converted()), maxItemsPerUser: configuration.maxItemsPerUser)
    }

    public func userVector(_ history: History) -> [Float] { serving.userVector(history) }
    public func scores(_ userVectors: Matrix<Float>) -> Matrix<Float> { serving.scores(userVectors) }
    public func contributions(_ history: History, item: UInt32) -> [ScorePart] {
        serving.contributions(history, item: item)
    }

    /// `model.json`: kind, format and configuration; tensors `itemFactors` `[items × rank]` and `popularity` `[items]`.
    public var content: ModelContent {
        ModelContent(
            model: .object([
                "kind": .string(Self.kind), "format": .integer(1),
                "configuration": (try? JSONValue(encoding: configuration)) ?? .null,
            ]),
            tensors: [
                NamedTensor(
                    name: "itemFactors", shape: [itemCount, serving.itemFactors.columns],
                    values: serving.itemFactors.elements),
                NamedTensor(name: "popularity", shape: [itemCount], values: serving.popularity),
            ])
    }

    public init(_ content: ModelContent) throws(RecommenderError) {
        guard case .object(let fields) = content.model, fields["kind"] == .string(Self.kind),
            fields["format"] == .integer(1),
            let configuration = try? fields["configuration"]?.decode(ALSConfiguration.self), configuration.isValid,
            let shape = content.shape("itemFactors"), shape.count == 2, shape[0] == configuration.itemCount
        else { throw .invalidArtifact("model.json") }
        self.init(
            configuration: configuration,
            itemFactors: Matrix(
                rows: shape[0], columns: shape[1], elements: try content.tensor("itemFactors", shape: shape)),
            popularity: try content.tensor("popularity", shape: [configuration.itemCount]))
    }
}
