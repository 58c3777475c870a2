// SPDX-License-Identifier: Apache-2.0

import LinearAlgebra

/// For each item the items most like it, as many for each, best first.
struct NeighbourTable: Sendable {
    /// k: neighbours of an item.
    let width: Int
    /// Positions in the catalogue; the item itself where there are fewer than k. Shape `[items × k]`.
    let items: [UInt32]
    /// Similarities; 0 where there are fewer than k. Shape `[items × k]`.
    let similarities: [Float]

    var itemCount: Int { width == 0 ? 0 : items.count / width }

    init(width: Int, items: [UInt32], similarities: [Float]) {
        precondition(items.count == similarities.count && width > 0 && items.count % width == 0, "a table has rows")
        (self.width, self.items, self.similarities) = (width, items, similarities)
    }

    /// The `width` greatest positive similarities of each item.
    /// - Parameter rows: Similarities of the items of a range to all items, shape `[range × items]`; what is not finite counts as
    ///   none. Called for ranges of at most 256 items, ascending.
    init(width: Int, itemCount: Int, rows: (Range<Int>) -> Matrix<Double>) {
        let width = max(1, min(width, itemCount - 1))
        var (items, similarities): ([UInt32], [Float]) = ([], [])
        items.reserveCapacity(itemCount * width)
        similarities.reserveCapacity(itemCount * width)
        for start in stride(from: 0, to: itemCount, by: 256) {
            let range = start..<min(start + 256, itemCount)
            let block = rows(range)
            for (place, item) in range.enumerated() {
                var row = block.row(place).map { $0 > 0 && $0.isFinite ? Float($0) : -.infinity }
                row[item] = -.infinity
                let best = topK(row.span, width)
                items += best.map { UInt32($0) } + repeatElement(UInt32(item), count: width - best.count)
                similarities += best.map { row[$0] } + repeatElement(0, count: width - best.count)
            }
        }
        self.init(width: width, items: items, similarities: similarities)
    }

    /// scores_j += Σ over the neighbours i of j of (user's weight of i)·similarity.
    func addScores(of user: Span<Float>, to scores: inout MutableSpan<Float>) {
        let (items, similarities) = (items.span, similarities.span)
        for j in scores.indices {
            var sum: Float = 0
            for place in j * width..<(j + 1) * width { sum += user[Int(items[place])] * similarities[place] }
            scores[j] += sum
        }
    }

    /// The neighbours of an item that have a similarity.
    func weights(of item: Int) -> [UInt32: Float] {
        var weights: [UInt32: Float] = [:]
        for place in item * width..<(item + 1) * width where similarities[place] != 0 {
            weights[items[place]] = similarities[place]
        }
        return weights
    }
}
