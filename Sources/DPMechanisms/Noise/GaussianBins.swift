// SPDX-License-Identifier: Apache-2.0

/// The choice of a bin k with probability ∝ exp(−hk²), by its cumulative sums in 128 bits.
///
/// Errors, in units of 2⁻¹²⁰: exp(−h) and exp(−2h) have at most 27 (13 terms each); rₖ = exp(−h(2k+1)), made by k products,
/// has 27(2k+1); wₖ₊₁ = wₖ·rₖ with rₖ ≥ 0.44 gives wₖ = exp(−hk²) at most 62k²·wₖ, and one more a step for its rounding.
/// Summed over k < 420 and divided by Σw ≥ 20: at most 62·mean(k²) + 420²/20 < 2¹⁷, since mean(k²) ≤ λ⁻² ≤ 2¹⁰. So the
/// p_k together are within 2⁻¹⁰³ of their law.
struct GaussianBins {
    /// h·2¹²⁸.
    let h: UInt128
    /// Σ over j < k of p_j, times 2¹²⁸, rounded down: upper and lower words. One entry a bin.
    private var upper: [UInt64] = []
    private var lower: [UInt64] = []
    /// The first bin that a word with these upper bits can be in.
    private var guide: [UInt16] = []
    private static let guideBits = 10
    /// The bin that holds all U with these upper bits, or `unclear`.
    private(set) var cells: [UInt16] = []
    static let cellBits = 13
    static let unclear = UInt16.max

    /// - Parameter h: λ²/2 as h·2¹²⁸, 2⁻¹¹ ≤ h ≤ 2⁻⁹.
    init(h: UInt128) {
        self.h = h
        let step = UnitFixedPoint.expNegative(h >> 7)  // exp(−2h), rounded once more
        var ratio = UnitFixedPoint.expNegative(h >> 8)
        var weights: [UInt128] = []
        var weight = UnitFixedPoint.one
        while weight > 0 {
            weights.append(weight)
            weight = UnitFixedPoint.product(weight, ratio)
            ratio = UnitFixedPoint.product(ratio, step)
        }
        let total = weights.reduce(0, +)  // at most 41·2¹²⁰
        var sum: UInt128 = 0
        for weight in weights {
            let (cumulative, _) = total.dividingFullWidth((high: sum, low: 0))
            upper.append(UInt64(cumulative >> 64))
            lower.append(UInt64(truncatingIfNeeded: cumulative))
            sum += weight
        }
        makeGuide()
        makeCells()
    }

    var count: Int { upper.count }

    /// Σ over j < k of p_j, times 2¹²⁸.
    func cumulative(_ k: Int) -> UInt128 { UInt128(upper[k]) << 64 | UInt128(lower[k]) }

    /// The last bin whose cumulative sum is at most U, U of 128 bits: P(k) is the difference of two sums, exactly. The
    /// lower word is drawn only where the upper one equals a sum's.
    func sample<Words: WordSource & ~Copyable>(using words: inout Words) -> Int {
        sample(words.next(), using: &words)
    }

    /// The same, of a U whose upper word is drawn already.
    func sample<Words: WordSource & ~Copyable>(_ word: UInt64, using words: inout Words) -> Int {
        var k = Int(guide[Int(word >> UInt64(64 - Self.guideBits))])
        while k + 1 < upper.count, upper[k + 1] < word { k += 1 }
        if k + 1 == upper.count || upper[k + 1] > word { return k }
        let low = words.next()
        while k + 1 < upper.count, upper[k + 1] == word, lower[k + 1] <= low { k += 1 }
        return k
    }

    private mutating func makeGuide() {
        var k = 0
        for index in 0..<(1 << Self.guideBits) {
            let least = UInt64(index) << UInt64(64 - Self.guideBits)
            while k + 1 < upper.count, upper[k + 1] < least { k += 1 }
            guide.append(UInt16(k))
        }
    }

    /// Bin k holds the whole cell c if its sum is below the cell's first word (or k = 0) and the next sum is not below the
    /// next cell's. About as many cells as bins are unclear.
    private mutating func makeCells() {
        let width = UInt64(64 - Self.cellBits)
        var k = 0
        for cell in 0..<UInt64(1 << Self.cellBits) {
            while k + 1 < upper.count, upper[k + 1] < cell << width { k += 1 }
            let last = (cell << width) | (1 << width - 1)
            let startsBefore = k == 0 || upper[k] < cell << width
            let endsBehind = k + 1 == upper.count || upper[k + 1] > last
            cells.append(startsBefore && endsBehind ? UInt16(k) : Self.unclear)
        }
    }
}
