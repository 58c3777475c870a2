// SPDX-License-Identifier: Apache-2.0

public import Interactions
public import LinearAlgebra

/// One user to be evaluated.
public struct EvaluationCase: Sendable {
    /// What the model may see, and what is left out of the list.
    public let history: History
    /// The test items, as catalogue positions; one that is also in the history cannot be hit and still counts.
    public let test: Set<UInt32>

    public init(history: History, test: some Sequence<UInt32>) {
        (self.history, self.test) = (history, Set(test))
    }
}

/// Ranks the catalogue for each user and measures the lists (weak generalisation as in CONTRACT.md).
///
/// Nothing here is private by itself: run it on public data, or pay for the means through the door.
public enum Ranking {
    /// How many users are scored at a time: their scores stay in the cache, and matrix products stay big.
    static let block = 256

    /// The metrics of `lists(for:)`.
    public static func evaluate(
        _ cases: [EvaluationCase], itemCount: Int, candidates: [UInt32]? = nil, k: Int = 20,
        scores: (_ histories: [History]) throws -> Matrix<Float>
    ) rethrows -> RankingMetrics {
        let lists = try lists(for: cases, itemCount: itemCount, candidates: candidates, k: k, scores: scores)
        return RankingMetrics(of: zip(lists, cases).map { RankedList(recommended: $0, relevant: $1.test) }, at: k)
    }

    /// The list of each user, best first, as catalogue positions; empty for a user without test items.
    ///
    /// - Parameters:
    ///   - scores: The model: for n histories a matrix `[n × itemCount]`; −∞ and NaN are never recommended.
    ///   - candidates: Only these items are ranked; nil for all. Positions outside the catalogue are ignored.
    ///   - k: The length of the lists, at least 1.
    /// - Complexity: O(users · itemCount), beside what `scores` takes.
    public static func lists(
        for cases: [EvaluationCase], itemCount: Int, candidates: [UInt32]? = nil, k: Int = 20,
        scores: (_ histories: [History]) throws -> Matrix<Float>
    ) rethrows -> [[UInt32]] {
        precondition(k >= 1, "a list has at least one place")
        let counted = cases.indices.filter { !cases[$0].test.isEmpty }
        let isCandidate = candidates.map { mask($0, itemCount) }
        var lists = [[UInt32]](repeating: [], count: cases.count)
        for start in stride(from: 0, to: counted.count, by: block) {
            let some = counted[start..<min(start + block, counted.count)]
            var table = try scores(some.map { cases[$0].history })
            precondition(
                table.rows == some.count && table.columns == itemCount, "scores of another shape than users × items")
            for (row, user) in some.enumerated() {
                lists[user] = table.withMutableRow(row) { top(k, of: &$0, without: cases[user].history, isCandidate) }
            }
        }
        return lists
    }

    /// The k best positions of `scores` (overwritten where masked), ties by position.
    private static func top(
        _ k: Int, of scores: inout MutableSpan<Float>, without history: History, _ isCandidate: [Bool]?
    ) -> [UInt32] {
        for interaction in history.interactions where Int(interaction.item) < scores.count {
            scores[Int(interaction.item)] = -.infinity
        }
        if let isCandidate {
            for item in isCandidate.indices where !isCandidate[item] { scores[item] = -.infinity }
        }
        return topK(scores.span, k).map { UInt32($0) }
    }

    private static func mask(_ candidates: [UInt32], _ itemCount: Int) -> [Bool] {
        var mask = [Bool](repeating: false, count: itemCount)
        for item in candidates where Int(item) < itemCount { mask[Int(item)] = true }
        return mask
    }
}
