// SPDX-License-Identifier: Apache-2.0

import TestSupport
import Testing

@testable import DPMechanisms

struct UniformTests {
    /// 60 000 draws: expected counts of 10 000 and more, false alarm 1e-6 each.
    @Test("is uniform below small and awkward bounds", arguments: [1, 2, 3, 6, 7] as [UInt64])
    func isUniform(n: UInt64) {
        var words = SeededGenerator(seed: n)
        let draws = (0..<60_000).map { _ in Int64(Uniform.below(n, using: &words)) }
        let law = (0..<Int64(n)).map { (outcome: $0, probability: 1 / Double(n)) }
        #expect(GoodnessOfFit.fits(draws, law))
    }

    @Test func isUniformWhereAPlainRemainderWouldBeBiasedByHalf() {
        // n = 3·2⁶²: w mod n would give the lowest third twice as often. 30 000 draws, thirds.
        var words = SeededGenerator(seed: 4)
        let n: UInt64 = 3 << 62
        let law = (0..<3).map { (outcome: Int64($0), probability: 1.0 / 3) }
        let draws = (0..<30_000).map { _ in Int64(Uniform.below(n, using: &words) >> 62) }
        #expect(GoodnessOfFit.fits(draws, law))
        #expect(!GoodnessOfFit.fits((0..<30_000).map { _ in Int64((words.next() % n) >> 62) }, law))
    }

    @Test func wideBoundsAreUniformToo() {
        var words = SeededGenerator(seed: 5)
        let n = WideUInt(high: 5, low: 0)  // 5·2¹²⁸: the upper half is uniform below 5
        let draws = (0..<30_000).map { _ in Int64(Uniform.below(n, using: &words).high) }
        #expect(GoodnessOfFit.fits(draws, (0..<5).map { (outcome: Int64($0), probability: 0.2) }))
        let small = (0..<30_000).map { _ in Int64(Uniform.below(WideUInt(6), using: &words).low) }
        #expect(GoodnessOfFit.fits(small, (0..<6).map { (outcome: Int64($0), probability: 1.0 / 6) }))
        // Between 2⁶⁴ and 2¹²⁸: 3·2⁶⁴ / 2⁶⁴ is uniform below 3.
        let middle = (0..<30_000).map { _ in Int64(Uniform.below(WideUInt(3 << 64), using: &words).low >> 64) }
        #expect(GoodnessOfFit.fits(middle, (0..<3).map { (outcome: Int64($0), probability: 1.0 / 3) }))
    }

    @Test func everySubsetIsEquallyLikely() {
        // The 10 subsets of size 2 of 5 items.
        var words = SeededGenerator(seed: 6)
        let draws = (0..<50_000).map { _ -> Int64 in
            let chosen = Uniform.subset(of: 5, size: 2, using: &words).sorted()
            return Int64(10 * chosen[0] + chosen[1])
        }
        let law = (0..<5).flatMap { a in (a + 1..<5).map { (outcome: Int64(10 * a + $0), probability: 0.1) } }
        #expect(GoodnessOfFit.fits(draws, law))
        #expect(Uniform.subset(of: 3, size: 7, using: &words).sorted() == [0, 1, 2])
    }

    @Test func wideDivisionIsExact() {
        var words = SeededGenerator(seed: 7)
        for round in 0..<2000 {
            // quotient · divisor + rest with rest < divisor, put together and taken apart again.
            let isLong = round % 2 == 0
            let divisor = WideUInt(
                high: isLong ? UInt128(words.next() >> 40) + 1 : 0, low: Uniform.word128(using: &words) >> 30 | 1)
            let quotient = UInt128(words.next() >> UInt64(round % 60))
            let rest = Uniform.below(divisor, using: &words)
            let low = WideUInt(product: divisor.low, quotient)
            let (sum, carry) = low.low.addingReportingOverflow(rest.low)
            let value = WideUInt(
                high: low.high + divisor.high * quotient + rest.high + (carry ? 1 : 0), low: sum)
            let (q, r) = value.quotientAndRemainder(dividingBy: divisor)
            #expect(q == quotient && r == rest)
        }
    }
}
