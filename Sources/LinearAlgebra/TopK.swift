// SPDX-License-Identifier: Apache-2.0

/// The positions of the k greatest scores, greatest first; of equal scores the lower position first.
///
/// Scores of −∞ and NaN are never among them: mask what is not wanted with −∞.
/// - Complexity: O(n + m log k), m the scores that enter the heap on their way.
public func topK(_ scores: Span<Float>, _ k: Int) -> [Int] {
    var heap = BoundedHeap(capacity: k)
    if k <= 0 { return [] }
    var threshold = -Float.infinity
    for index in scores.indices where scores[index] > threshold {
        threshold = heap.insert(scores[index], index)
    }
    return heap.descending
}

/// The k best seen so far; the worst of them on top. Positions must come ascending.
private struct BoundedHeap {
    private let capacity: Int
    private var entries: [(score: Float, index: Int)] = []

    init(capacity: Int) { self.capacity = capacity }

    /// Takes the entry in; the caller has checked that it beats the threshold.
    /// - Returns: What the next score must exceed.
    mutating func insert(_ score: Float, _ index: Int) -> Float {
        if entries.count < capacity {
            entries.append((score, index))
            siftUp(entries.count - 1)
        } else {
            entries[0] = (score, index)
            siftDown(0)
        }
        return entries.count == capacity ? entries[0].score : -.infinity
    }

    var descending: [Int] { entries.sorted { isWorse($1, $0) }.map(\.index) }

    private func isWorse(_ a: (score: Float, index: Int), _ b: (score: Float, index: Int)) -> Bool {
        a.score < b.score || (a.score == b.score && a.index > b.index)
    }

    private mutating func siftUp(_ start: Int) {
        var child = start
        while child > 0, isWorse(entries[child], entries[(child - 1) / 2]) {
            entries.swapAt(child, (child - 1) / 2)
            child = (child - 1) / 2
        }
    }

    private mutating func siftDown(_ start: Int) {
        var parent = start
        while true {
            var worst = parent
            for child in [2 * parent + 1, 2 * parent + 2]
            where child < entries.count && isWorse(entries[child], entries[worst]) { worst = child }
            if worst == parent { return }
            entries.swapAt(parent, worst)
            parent = worst
        }
    }
}
