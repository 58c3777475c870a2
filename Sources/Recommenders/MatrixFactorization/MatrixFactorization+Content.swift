// SPDX-License-Identifier: Apache-2.0

import LinearAlgebra
import Records

extension MatrixFactorization {
    /// `model.json`: kind, format and configuration; tensors `itemFactors` `[items × rank]` and `popularity` `[items]`.
    public var content: ModelContent {
        ModelContent(
            model: .object([
                "kind": .string(Self.kind), "format": .integer(1), "configuration": configuration.json,
            ]),
            tensors: [
                NamedTensor(name: "itemFactors", shape: [itemCount, configuration.rank], values: itemFactors.elements),
                NamedTensor(name: "popularity", shape: [itemCount], values: popularity),
            ])
    }

    public init(_ content: ModelContent) throws(RecommenderError) {
        guard case .object(let fields) = content.model, fields["kind"] == .string(Self.kind),
            fields["format"] == .integer(1), let json = fields["configuration"]
        else { throw .invalidArtifact("model.json") }
        let configuration = try MFConfiguration(json: json)
        let (items, rank) = (configuration.itemCount, configuration.rank)
        self.init(
            configuration: configuration,
            itemFactors: Matrix(
                rows: items, columns: rank, elements: try content.tensor("itemFactors", shape: [items, rank])),
            popularity: try content.tensor("popularity", shape: [items]))
    }
}

extension MFConfiguration {
    /// All fields are finite numbers and small integers, so encoding cannot fail; null would not decode.
    var json: JSONValue { (try? JSONValue(encoding: self)) ?? .null }

    /// - Throws: `invalidArtifact` if a field is missing, of another type or out of range.
    init(json: JSONValue) throws(RecommenderError) {
        guard let decoded = try? json.decode(MFConfiguration.self), decoded.isValid else {
            throw .invalidArtifact("configuration")
        }
        self = decoded
    }
}
