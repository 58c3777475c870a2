// SPDX-License-Identifier: Apache-2.0

import Foundation

/// How good one user's list is, given what the user turned out to like. All figures are in [0, 1].
///
/// A user without relevant items has no figures and is left out of every mean.
public struct RankedList<Item: Hashable & Sendable>: Sendable {
    /// The list, best first, each item once.
    public let recommended: [Item]
    /// The relevant items with their gains; 1 where relevance is binary.
    public let gains: [Item: Double]

    /// - Parameter gains: Entries that are not positive are not relevant and left out.
    public init(recommended: [Item], gains: [Item: Double]) {
        self.recommended = recommended
        self.gains = gains.filter { $0.value > 0 }
    }

    /// Binary relevance.
    public init(recommended: [Item], relevant: some Sequence<Item>) {
        self.init(
            recommended: recommended, gains: Dictionary(relevant.map { ($0, 1) }, uniquingKeysWith: { a, _ in a }))
    }

    /// How many of the first k are relevant.
    public func hits(at k: Int) -> Int { recommended.prefix(k).count { gains[$0] != nil } }

    /// 1 if one of the first k is relevant, else 0; nil without relevant items.
    public func hit(at k: Int) -> Double? { gains.isEmpty ? nil : hits(at: k) > 0 ? 1 : 0 }

    /// hits / relevant items; nil without relevant items.
    public func recall(at k: Int) -> Double? {
        gains.isEmpty ? nil : Double(hits(at: k)) / Double(gains.count)
    }

    /// hits / min(k, relevant items) (Liang et al. 2018, "Variational Autoencoders for Collaborative Filtering", section 4.2).
    public func recallCapped(at k: Int) -> Double? {
        gains.isEmpty || k < 1 ? nil : Double(hits(at: k)) / Double(min(k, gains.count))
    }

    /// hits / k: a list shorter than k pays for what it lacks.
    public func precision(at k: Int) -> Double? {
        gains.isEmpty || k < 1 ? nil : Double(hits(at: k)) / Double(k)
    }

    /// 1 / rank of the first relevant item among the first k, 0 if there is none (Voorhees 1999, TREC-8).
    public func reciprocalRank(at k: Int) -> Double? {
        if gains.isEmpty { return nil }
        let first = recommended.prefix(k).firstIndex { gains[$0] != nil }
        return first.map { 1 / Double($0 + 1) } ?? 0
    }

    /// Σ precision at each hit's rank ≤ k, divided by the number of relevant items (trec_eval's `map_cut`).
    public func averagePrecision(at k: Int) -> Double? {
        if gains.isEmpty { return nil }
        var (hits, sum) = (0.0, 0.0)
        for (index, item) in recommended.prefix(k).enumerated() where gains[item] != nil {
            hits += 1
            sum += hits / Double(index + 1)
        }
        return sum / Double(gains.count)
    }

    /// Σ gainᵣ / log₂(r + 1) over ranks r ≤ k, divided by that sum for the best list (Järvelin, Kekäläinen 2002).
    ///
    /// With binary gains the best list has min(k, relevant items) ones.
    public func ndcg(at k: Int) -> Double? {
        if gains.isEmpty || k < 1 { return nil }
        let found = recommended.prefix(k).map { gains[$0] ?? 0 }
        let ideal = gains.values.sorted(by: >).prefix(k)
        return discounted(found) / discounted(ideal)
    }

    private func discounted(_ gains: some Sequence<Double>) -> Double {
        gains.enumerated().reduce(0) { $0 + $1.element / log2(Double($1.offset + 2)) }
    }
}
