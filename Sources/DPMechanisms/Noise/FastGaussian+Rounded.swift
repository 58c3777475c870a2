// SPDX-License-Identifier: Apache-2.0

extension FastGaussian {
    /// Each b becomes ⌊(b + z)/W + ½⌋, z fresh noise of its own. Allocates one block of words.
    ///
    /// Half a word a draw: 13 bits of the bin, 8 of the coin, the sign, 10 of r. They decide where no bits that follow could decide
    /// otherwise: the bin holds the whole cell; the coin keeps whatever r and its own further bits are; and ⌊(t ± r)/W⌋, with
    /// t = (b mod W) + W/2, is the same for the least and the largest r of these bits (it is monotone in r). Else the bits that follow
    /// are drawn: those of each quantity after its own first ones, so that the law is the same. Draws are made in blocks, and no
    /// single draw's time is seen.
    /// - Parameter block: |b| < 2⁶². Then nothing overflows: t < 2⁵³, kW + r < 2⁶¹ (w ≤ 52, k < 2⁹), quotients below 2³⁴.
    func addRounded<Words: WordSource & ~Copyable>(to block: inout [Int64], using words: inout Words) {
        var drawn = [UInt64](repeating: 0, count: min((block.count + 1) / 2, Self.blockLength))
        var coordinates = block.mutableSpan
        var start = 0
        while start < coordinates.count {
            let count = min(2 * drawn.count, coordinates.count - start)
            var span = drawn.mutableSpan
            words.fill(&span)
            addRounded(to: &coordinates, start..<start + count, from: span.span, using: &words)
            start += count
        }
    }

    private static let blockLength = 2048

    private func addRounded<Words: WordSource & ~Copyable>(
        to block: inout MutableSpan<Int64>, _ part: Range<Int>, from drawn: Span<UInt64>, using words: inout Words
    ) {
        let cells = bins.cells.span
        let (width, low) = (Int64(binBits), Int64(binBits - Self.leadingBits))
        let (mask, middle, rest) = (Int64(1) << width - 1, Int64(1) << (width - 1), Int64(1) << low - 1)
        let start = part.lowerBound
        for index in part {
            let place = index &- start
            let word = drawn[place &>> 1]
            let bits = UInt32(truncatingIfNeeded: place & 1 == 0 ? word &>> 32 : word)
            let b = block[index]
            let cell = cells[Int(bits &>> 19)]
            let (k, least) = (Int64(cell), Int64(bits & 1023) &<< low)
            // The largest r and the largest coin of these bits.
            let u = Double(bits & 1023 &+ 1) * 0x1p-10
            let coin = Double(bits &>> 11 & 255 &+ 1) * 0x1p-8
            let isKept = coin + 0x1p-40 < 1 - u * (lambdaSquared * Double(cell) + half * u)
            let flip = Int64(0) &- Int64(bits &>> 10 & 1)  // −1 to negate: (x ^ −1) + 1 = −x
            let t = (b & mask) &+ middle
            let first = (t &+ ((least ^ flip) &- flip)) &>> width
            let last = (t &+ (((least | rest) ^ flip) &- flip)) &>> width
            // k = 0 and r = 0 would be −0, which is drawn again.
            if isKept, first == last, cell != GaussianBins.unclear, k | least != 0 {
                block[index] = (b &>> width) &+ ((k ^ flip) &- flip) &+ first
            } else {
                block[index] = rounded(b, finish(bits, using: &words))
            }
        }
    }

    /// Bits of r in half a word.
    private static let leadingBits = 10

    /// ⌊(b + z)/W + ½⌋.
    func rounded(_ b: Int64, _ z: Int64) -> Int64 {
        let width = Int64(binBits)
        return (b &>> width) + (((b & (1 << width - 1)) + z + 1 << (width - 1)) &>> width)
    }

    /// A draw that begins with these bits: all others are drawn now. If it is rejected, another draw.
    @inline(never)
    private func finish<Words: WordSource & ~Copyable>(_ bits: UInt32, using words: inout Words) -> Int64 {
        let k = bins.sample(UInt64(bits >> 19) << 51 | words.next() >> 13, using: &words)
        let low = UInt64(binBits - Self.leadingBits)
        let r = UInt64(bits & 1023) << low | words.next() >> (64 - low)
        let coin = UInt64(bits >> 11 & 255) << 56 | words.next() >> 8
        if let draw = signed(k, r, isNegative: bits >> 10 & 1 == 1, coin: coin, using: &words) { return draw }
        return sample(using: &words)
    }
}
