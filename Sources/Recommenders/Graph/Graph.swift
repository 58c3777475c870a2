// SPDX-License-Identifier: Apache-2.0

import Foundation
public import Interactions
public import LinearAlgebra
import Records

/// A graph of items that is private by construction: `spectral` proposes who is whose neighbour, one further private sum says how
/// strong each edge is, and a user's score passes from the own items along factors and edges.
///
/// score_j = Σᵢ xᵢ (A_i·C_j + K_ij) over the own items i; x weighs newer ones more where recency is asked for. That reads the user's
/// own data alone, and a person who was never seen in training is served alike.
public struct Graph: Recommender {
    public static let kind = "graph"
    public let configuration: GraphConfiguration
    let scorer: LinearScorer
    /// K; nil where the factors are the whole graph.
    let edges: EdgeTable?

    public var itemCount: Int { scorer.itemCount }

    init(configuration: GraphConfiguration, scorer: LinearScorer, edges: EdgeTable?) {
        (self.configuration, self.scorer, self.edges) = (configuration, scorer, edges)
    }

    /// The scorer's vector, then what the edges add to each item's score. Shape `[rank + 1 + items]`; without edges `[rank + 1]`.
    public func userVector(_ history: History) -> [Float] {
        let own = own(history)
        let vector = scorer.userVector(own)
        guard let edges else { return vector }
        var scores = [Double](repeating: 0, count: itemCount)
        for (item, weight) in own { edges.add(weight, rowOf: Int(item), to: &scores, from: 0) }
        return vector + scores.map { Float($0) }
    }

    public func scores(_ userVectors: Matrix<Float>) -> Matrix<Float> {
        let rank = scorer.scales.count + 1
        if edges == nil { return scorer.scores(userVectors) }
        let own = (0..<userVectors.rows).flatMap { userVectors.row($0).prefix(rank) }
        var scores = scorer.scores(Matrix(rows: userVectors.rows, columns: rank, elements: own))
        scores.withMutableElements { elements in
            let vectors = userVectors.elements.span
            for row in 0..<userVectors.rows {
                let (start, from) = (row * itemCount, row * userVectors.columns + rank)
                for item in 0..<itemCount { elements[start + item] += vectors[from + item] }
            }
        }
        return scores
    }

    public func contributions(_ history: History, item: UInt32) -> [ScorePart] {
        guard Int(item) < itemCount else { return [] }
        return own(history).map { own, weight in
            let edge = edges.map { Double($0.weight(Int(own), Int(item))) } ?? 0
            return ScorePart(item: own, value: weight * (scorer.kernel(from: Int(own), to: Int(item)) + edge))
        }
    }

    /// The own items with their weights x, ascending. Own items of one time weigh alike.
    func own(_ history: History) -> [(item: UInt32, weight: Double)] {
        let latest = OwnItems.latestFirst(
            history, itemCount: itemCount, most: configuration.spectral.maxItemsPerUser)
        var newer = 0
        return latest.indices.map { place in
            if place > 0, latest[place].time < latest[place - 1].time { newer = place }
            let weight = configuration.recency > 0 ? exp(-Double(newer) / configuration.recency) : 1
            return (latest[place].item, weight)
        }.sorted { $0.item < $1.item }
    }

    /// `model.json`: kind, format and configuration; the tensors of `LinearScorer`, and of the edges `edgeEarlier`, `edgeLater`
    /// (positions in the catalogue; below 2²⁴, so that a float32 has them exactly) and `edgeWeight`, each `[edges]`.
    public var content: ModelContent {
        var tensors = scorer.tensors
        if let edges, !edges.weights.isEmpty {
            let shape = [edges.weights.count]
            tensors += [
                NamedTensor(name: "edgeEarlier", shape: shape, values: edges.earlier.map { Float($0) }),
                NamedTensor(name: "edgeLater", shape: shape, values: edges.later.map { Float($0) }),
                NamedTensor(name: "edgeWeight", shape: shape, values: edges.weights),
            ]
        }
        return ModelContent(
            model: .object([
                "kind": .string(Self.kind), "format": .integer(1),
                "configuration": (try? JSONValue(encoding: configuration)) ?? .null,
            ]),
            tensors: tensors)
    }

    public init(_ content: ModelContent) throws(RecommenderError) {
        guard case .object(let fields) = content.model, fields["kind"] == .string(Self.kind),
            fields["format"] == .integer(1),
            let configuration = try? fields["configuration"]?.decode(GraphConfiguration.self), configuration.isValid
        else { throw .invalidArtifact("model.json") }
        let items = configuration.spectral.itemCount
        let scorer = try LinearScorer(
            content, itemCount: items, maxItemsPerUser: configuration.spectral.maxItemsPerUser)
        guard let shape = content.shape("edgeWeight") else {
            self.init(configuration: configuration, scorer: scorer, edges: nil)
            return
        }
        let earlier = try Self.positions(content.tensor("edgeEarlier", shape: shape))
        let later = try Self.positions(content.tensor("edgeLater", shape: shape))
        let weights = try content.tensor("edgeWeight", shape: shape)
        guard let earlier, let later,
            let edges = EdgeTable(itemCount: items, earlier: earlier, later: later, weights: weights)
        else { throw .invalidArtifact("tensor edgeEarlier") }
        self.init(configuration: configuration, scorer: scorer, edges: edges)
    }

    private static func positions(_ values: [Float]) -> [UInt32]? {
        let positions = values.compactMap { UInt32(exactly: $0) }
        return positions.count == values.count ? positions : nil
    }
}
