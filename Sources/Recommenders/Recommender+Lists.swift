// SPDX-License-Identifier: Apache-2.0

public import Interactions
public import LinearAlgebra

extension Recommender {
    /// Scores of all items for one history. Shape `[itemCount]`.
    public func scores(for history: History) -> [Float] { scores(for: [history]).elements }

    /// Scores of all items for several histories. Shape `[histories × itemCount]`.
    public func scores(for histories: [History]) -> Matrix<Float> {
        let vectors = histories.map(userVector)
        let dimension = vectors.first?.count ?? 0
        return scores(Matrix(rows: vectors.count, columns: dimension, elements: Array(vectors.joined())))
    }

    /// The k best items, best first, ties in catalogue order; fewer where the catalogue has fewer.
    /// - Parameters:
    ///   - includeSeen: Whether items of the history may be in the list.
    ///   - candidates: Only these may be in the list; nil for all.
    public func recommend(
        _ history: History, k: Int, includeSeen: Bool = false, candidates: [UInt32]? = nil
    ) -> [ScoredItem] {
        var scores = scores(for: history)
        if let candidates {
            var kept = [Float](repeating: -.infinity, count: itemCount)
            for item in candidates where Int(item) < itemCount { kept[Int(item)] = scores[Int(item)] }
            scores = kept
        }
        if !includeSeen {
            for event in history.interactions where Int(event.item) < itemCount {
                scores[Int(event.item)] = -.infinity
            }
        }
        return topK(scores.span, max(k, 0)).map { ScoredItem(item: UInt32($0), score: scores[$0]) }
    }

    /// The own items behind the score of `item`, those that count most first. The shares sum to 1.
    ///
    /// Empty where no own item made the score, where the parts cancel out, and for an item outside the catalogue.
    public func explain(_ history: History, item: UInt32) -> [Reason] {
        guard Int(item) < itemCount else { return [] }
        let parts = contributions(history, item: item)
        let total = parts.reduce(0) { $0 + $1.value }
        let size = parts.reduce(0) { $0 + abs($1.value) }
        // A sum lost in rounding has no shares: below 2⁻⁴⁰ of its parts only noise of the arithmetic is left.
        guard size > 0, size.isFinite, abs(total) > size * 0x1p-40 else { return [] }
        return parts.map { Reason(item: $0.item, share: $0.value / total) }
            .sorted { ($1.share, $0.item) < ($0.share, $1.item) }
    }
}
