// SPDX-License-Identifier: Apache-2.0

/// Orders the events of one history after another by item, those of one item staying in order of time.
///
/// A radix sort of as many passes as the largest item has bytes: a cohort sorts every history it opens. Short histories are
/// sorted by insertion.
struct ItemOrder {
    private let itemCount: Int
    private let passes: Int
    /// Bits that a pass looks at, at most 8.
    private let digitBits: Int
    /// Item above, place in the history below; the first `count` count.
    private(set) var entries: [UInt64] = []
    private var other: [UInt64] = []
    private var starts = [Int](repeating: 0, count: 257)
    private(set) var count = 0

    init(itemCount: Int) {
        self.itemCount = itemCount
        let bits = max(1, 64 - UInt64(max(0, itemCount - 1)).leadingZeroBitCount)
        passes = (bits + 7) / 8
        digitBits = (bits + passes - 1) / passes
    }

    /// Items outside the catalogue are left out.
    mutating func sort(_ history: Span<Interaction>) {
        if entries.count < history.count {
            entries = Array(repeating: 0, count: history.count * 2)
            other = entries
        }
        count = 0
        for place in 0..<history.count {
            let item = history[place].item
            if Int(item) >= itemCount { continue }
            entries[count] = UInt64(item) << 32 | UInt64(place)
            count += 1
        }
        if count < 40 {
            Self.insertionSort(&entries, count)
            return
        }
        // Least significant digit first; each pass keeps the order of the one before.
        for digit in 0..<passes {
            Self.pass(
                entries, count, to: &other, &starts, shift: UInt64(32 + digitBits * digit), digits: 1 << digitBits)
            swap(&entries, &other)
        }
    }

    private static func insertionSort(_ entries: inout [UInt64], _ count: Int) {
        var entries = entries.mutableSpan
        for index in 0..<count {
            let entry = entries[index]
            var place = index
            while place > 0, entries[place - 1] > entry {
                entries[place] = entries[place - 1]
                place -= 1
            }
            entries[place] = entry
        }
    }

    private static func pass(
        _ entries: [UInt64], _ count: Int, to other: inout [UInt64], _ starts: inout [Int], shift: UInt64,
        digits: Int
    ) {
        let source = entries.span
        var starts = starts.mutableSpan
        var target = other.mutableSpan
        let mask = UInt64(digits - 1)
        for digit in 0...digits { starts[digit] = 0 }
        for index in 0..<count { starts[Int(source[index] >> shift & mask) + 1] += 1 }
        for digit in 1...digits { starts[digit] += starts[digit - 1] }
        for index in 0..<count {
            let digit = Int(source[index] >> shift & mask)
            target[starts[digit]] = source[index]
            starts[digit] += 1
        }
    }
}
