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
    /// How many entries have each digit, pass by pass.
    private var digits: [UInt32]
    private(set) var count = 0

    init(itemCount: Int) {
        self.itemCount = itemCount
        let bits = max(1, 64 - UInt64(max(0, itemCount - 1)).leadingZeroBitCount)
        passes = (bits + 7) / 8
        digitBits = (bits + passes - 1) / passes
        digits = Array(repeating: 0, count: passes << digitBits)
    }

    /// Items outside the catalogue are left out.
    mutating func sort(_ history: Span<Interaction>) {
        if entries.count < history.count {
            entries = Array(repeating: 0, count: history.count * 2)
            other = entries
        }
        count = Self.take(history, below: itemCount, &entries, &digits, passes: passes, digitBits: digitBits)
        if count < 40 {
            Self.insertionSort(&entries, count)
            return
        }
        // Least significant digit first; each pass keeps the order of the one before.
        for pass in 0..<passes {
            Self.move(entries, count, to: &other, &digits, pass: pass, digitBits: digitBits)
            swap(&entries, &other)
        }
    }

    /// Makes the entries, and counts their digits on the way.
    private static func take(
        _ history: Span<Interaction>, below itemCount: Int, _ entries: inout [UInt64], _ digits: inout [UInt32],
        passes: Int, digitBits: Int
    ) -> Int {
        var entries = entries.mutableSpan
        var digits = digits.mutableSpan
        for digit in digits.indices { digits[digit] = 0 }
        let mask = 1 << digitBits - 1
        var count = 0
        for place in history.indices {
            let item = history[place].item
            if Int(item) >= itemCount { continue }
            entries[count] = UInt64(item) << 32 | UInt64(place)
            count += 1
            // Two passes are what catalogues of 257 to 65 536 items take.
            if passes == 2 {
                digits[Int(item) & mask] &+= 1
                digits[1 << digitBits | Int(item) >> digitBits] &+= 1
            } else {
                var rest = Int(item)
                for pass in 0..<passes {
                    digits[pass << digitBits | rest & mask] &+= 1
                    rest >>= digitBits
                }
            }
        }
        return count
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

    private static func move(
        _ entries: [UInt64], _ count: Int, to other: inout [UInt64], _ digits: inout [UInt32], pass: Int, digitBits: Int
    ) {
        let source = entries.span
        var starts = digits.mutableSpan
        var target = other.mutableSpan
        let (first, mask) = (pass << digitBits, 1 << digitBits - 1)
        // From how many have a digit to where its next one goes.
        var sum: UInt32 = 0
        for digit in first...first + mask {
            let here = starts[digit]
            starts[digit] = sum
            sum &+= here
        }
        let shift = UInt64(32 + digitBits * pass)
        for index in 0..<count {
            let entry = source[index]
            let digit = first + Int(truncatingIfNeeded: entry >> shift) & mask
            let place = starts[digit]
            target[Int(place)] = entry
            starts[digit] = place &+ 1
        }
    }
}
