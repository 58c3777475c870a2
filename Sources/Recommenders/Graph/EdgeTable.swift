// SPDX-License-Identifier: Apache-2.0

import LinearAlgebra

/// Edges between items with their weights, each in the rows of both its ends.
struct EdgeTable: Sendable {
    let itemCount: Int
    /// Each edge once: two items, the earlier first, and its weight. Shapes `[edges]`.
    let earlier: [UInt32]
    let later: [UInt32]
    let weights: [Float]
    private let offsets: [Int]
    private let others: [UInt32]
    private let rowWeights: [Float]

    /// Edges of weight 0 are left out.
    /// - Returns: Nil unless all lists have one length, and each edge two different items, the earlier first.
    init?(itemCount: Int, earlier: [UInt32], later: [UInt32], weights: [Float]) {
        guard earlier.count == later.count, later.count == weights.count,
            zip(earlier, later).allSatisfy({ $0 < $1 && Int($1) < itemCount })
        else { return nil }
        let kept = weights.indices.filter { weights[$0] != 0 }
        self.itemCount = itemCount
        self.earlier = kept.map { earlier[$0] }
        self.later = kept.map { later[$0] }
        self.weights = kept.map { weights[$0] }
        var counts = [Int](repeating: 0, count: itemCount + 1)
        for edge in kept {
            counts[Int(earlier[edge]) + 1] += 1
            counts[Int(later[edge]) + 1] += 1
        }
        for item in 0..<itemCount { counts[item + 1] += counts[item] }
        var next = counts
        var others = [UInt32](repeating: 0, count: 2 * kept.count)
        var rowWeights = [Float](repeating: 0, count: 2 * kept.count)
        for edge in kept {
            for (from, to) in [(earlier[edge], later[edge]), (later[edge], earlier[edge])] {
                others[next[Int(from)]] = to
                rowWeights[next[Int(from)]] = weights[edge]
                next[Int(from)] += 1
            }
        }
        (offsets, self.others, self.rowWeights) = (counts, others, rowWeights)
    }

    /// scores ← scores + factor · row of `item`.
    func add(_ factor: Double, rowOf item: Int, to scores: inout [Double], from start: Int) {
        for place in offsets[item]..<offsets[item + 1] {
            scores[start + Int(others[place])] += factor * Double(rowWeights[place])
        }
    }

    /// 0 where there is no edge.
    func weight(_ a: Int, _ b: Int) -> Float {
        guard a < itemCount, b < itemCount else { return 0 }
        for place in offsets[a]..<offsets[a + 1] where Int(others[place]) == b { return rowWeights[place] }
        return 0
    }
}
