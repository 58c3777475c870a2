// SPDX-License-Identifier: Apache-2.0

import DPMechanisms
import LinearAlgebra

/// The pairs of items whose edges are released: chosen by what was released before and by public features alone.
///
/// For each item the K others of greatest kernel, and whatever items propose it. Kept as rows of later items, ascending.
struct CandidatePairs: Sendable {
    let itemCount: Int
    /// Item i has the pairs `offsets[i] ..< offsets[i + 1]`. Shape `[items + 1]`.
    let offsets: [Int]
    /// The later item of each pair, ascending in a row.
    let later: [UInt32]

    var count: Int { later.count }

    /// - Parameters:
    ///   - scorer: Released. Neighbours are the items that it scores best for somebody with that item alone.
    ///   - neighbours: K.
    init(_ scorer: LinearScorer, neighbours: Int) {
        let itemCount = scorer.itemCount
        var rows: [[UInt32]] = Array(repeating: [], count: itemCount)
        let side = scorer.kernelSide
        let block = 512
        for start in stride(from: 0, to: itemCount, by: block) {
            let end = min(start + block, itemCount)
            let own = Matrix(
                rows: end - start, columns: side.columns,
                elements: Array(scorer.factors.elements[start * side.columns..<end * side.columns]))
            var scores = gemm(own, side, transposeB: true)
            for item in start..<end {
                let best: [Int] = scores.withMutableRow(item - start) { row in
                    row[item] = -.infinity
                    return topK(row.span, neighbours)
                }
                for other in best { rows[min(item, other)].append(UInt32(max(item, other))) }
            }
        }
        self.init(rows: rows)
    }

    /// - Parameter rows: For each item later ones, in any order, some of them perhaps twice.
    init(rows: [[UInt32]]) {
        itemCount = rows.count
        var (offsets, later) = ([0], [UInt32]())
        for row in rows {
            var last: UInt32?
            for item in row.sorted() where item != last {
                later.append(item)
                last = item
            }
            offsets.append(later.count)
        }
        (self.offsets, self.later) = (offsets, later)
    }

    /// The earlier item of each pair.
    var earlier: [UInt32] {
        (0..<itemCount).flatMap { Array(repeating: UInt32($0), count: offsets[$0 + 1] - offsets[$0]) }
    }

    /// **Contribution.** A user with both items of n of the pairs adds 1/√n to each of these, nothing to the others: ℓ2 norm 1, or 0
    /// where n = 0. The pairs are public here, so that a neighbour changes nothing but that vector; the door clips it besides.
    /// Noise goes on every pair, also on those that nobody has: which pairs are empty is private.
    /// (REFERENCES section 7, EdgeSUB, step 3.)
    var contribution: UserVector {
        let pairs = self
        return UserVector(dimension: max(1, count)) { items, _, _, out in
            let own = pairs.own(items)
            let value = 1 / Double(own.count).squareRoot()
            for pair in own { out.add(value, at: pair) }
        }
    }

    /// The pairs of which somebody with these items has both. Ascending.
    /// - Parameter items: Private. Ascending, unique.
    func own(_ items: Span<UInt32>) -> [Int] {
        var own: [Int] = []
        let later = later.span
        for index in items.indices {
            let item = Int(items[index])
            guard item < itemCount else { break }
            let end = offsets[item + 1]
            var pair = offsets[item]
            var other = index + 1
            // Two ascending lists.
            while pair < end, other < items.count {
                let (proposed, owned) = (later[pair], items[other])
                if proposed == owned { own.append(pair) }
                if proposed <= owned { pair += 1 }
                if owned <= proposed { other += 1 }
            }
        }
        return own
    }
}
