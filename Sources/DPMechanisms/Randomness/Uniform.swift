// SPDX-License-Identifier: Apache-2.0

/// Uniform integers without bias, by rejection; no float takes part.
enum Uniform {
    /// Uniform in 0 ..< n, n ≥ 1 (Lemire 2019, Algorithm 5).
    ///
    /// Proof: the word w is uniform, and x = ⌊w·n/2⁶⁴⌋ has the low half l = w·n mod 2⁶⁴. For each x the values w·n in
    /// [x·2⁶⁴, (x+1)·2⁶⁴) with l ≥ 2⁶⁴ mod n number exactly ⌊2⁶⁴/n⌋; the others are drawn again.
    static func below<Words: WordSource & ~Copyable>(_ n: UInt64, using words: inout Words) -> UInt64 {
        var product = n.multipliedFullWidth(by: words.next())
        if product.low < n {
            let threshold = (0 &- n) % n
            while product.low < threshold { product = n.multipliedFullWidth(by: words.next()) }
        }
        return product.high
    }

    /// Uniform in 0 ..< n, n ≥ 1: as many bits as n − 1 has, drawn again until they are below n.
    static func below<Words: WordSource & ~Copyable>(_ n: WideUInt, using words: inout Words) -> WideUInt {
        if n.high == 0, n.low <= UInt128(UInt64.max) {
            return WideUInt(UInt128(below(UInt64(n.low), using: &words)))
        }
        let mask = n.mask
        while true {
            let drawn = WideUInt(
                high: mask.high == 0 ? 0 : word128(using: &words) & mask.high, low: word128(using: &words) & mask.low)
            if drawn < n { return drawn }
        }
    }

    /// 128 independent fair bits.
    static func word128<Words: WordSource & ~Copyable>(using words: inout Words) -> UInt128 {
        UInt128(words.next()) << 64 | UInt128(words.next())
    }

    /// A uniformly random subset of 0 ..< n with min(n, size) members, in random order (Fisher and Yates, in part).
    static func subset<Words: WordSource & ~Copyable>(of n: Int, size: Int, using words: inout Words) -> [Int] {
        var pool = Array(0..<n)
        if size >= n { return pool }
        for i in 0..<size { pool.swapAt(i, i + Int(below(UInt64(n - i), using: &words))) }
        return Array(pool[..<size])
    }
}

/// An unsigned integer of 256 bits: just enough of one for the exact discrete Gaussian.
struct WideUInt: Comparable {
    var high: UInt128
    var low: UInt128

    init(high: UInt128, low: UInt128) { (self.high, self.low) = (high, low) }
    init(_ low: UInt128) { self.init(high: 0, low: low) }
    /// a · b, exact.
    init(product a: UInt128, _ b: UInt128) {
        let full = a.multipliedFullWidth(by: b)
        self.init(high: full.high, low: full.low)
    }

    static func < (a: WideUInt, b: WideUInt) -> Bool { a.high != b.high ? a.high < b.high : a.low < b.low }

    /// The least 2ᵏ − 1 that is at or above self − 1; self ≥ 1.
    var mask: WideUInt {
        let (low, borrow) = self.low.subtractingReportingOverflow(1)
        let high = borrow ? self.high - 1 : self.high
        return high == 0
            ? WideUInt(Self.ones(low)) : WideUInt(high: Self.ones(high), low: .max)
    }

    private static func ones(_ value: UInt128) -> UInt128 { value == 0 ? 0 : .max >> value.leadingZeroBitCount }
}
