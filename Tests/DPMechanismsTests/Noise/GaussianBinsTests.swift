// SPDX-License-Identifier: Apache-2.0

import TestSupport
import Testing

@testable import DPMechanisms

/// Known answers: Python 3.11 `decimal` with 90 digits, p_k = exp(−hk²)/Σ, sums below k times 2¹²⁸.
struct GaussianBinsTests {
    struct Known: Sendable {
        let significand: UInt64
        let h: UInt128
        let sums: [Int: UInt128]
    }
    static let known = [
        Known(
            significand: 1 << 52, h: 0x800000000000000000000000000000,
            sums: [
                1: 0xc74a154ae57911b63c4e75c98dde5fd, 7: 0x550741a89e329f17e8786ef5d9860510,
                40: 0xfc9e0391a70419f539563ad632abcea0, 100: 0xfffffffde9dbb527a4cccfed751a9244,
            ]),
        Known(
            significand: (1 << 53) - 1, h: 0x200000000000020000000000001800,
            sums: [
                1: 0x64df2540dabb91ae2b186331ccc7ecc, 7: 0x2bda592bf3b6c9f9bb92ca6c1caa94a7,
                40: 0xc91eebd862317e895ff7c9b4404530ba, 100: 0xff86b216799f77dcdfa3f53078e4f53e,
                200: 0xfffffffe14374950fd8e5630a1576c69, 300: 0xffffffffffffffffdab912b0952e835d,
            ]),
        Known(
            significand: 0x1921_FB54_442D18, h: 0x33e05ec4458e40911aae4174d28830,
            sums: [
                1: 0x8000cc8179a87c7867866aa5114b429, 7: 0x376e454bb5f425007e37511de4babbcc,
                40: 0xe2c430d7b7eb57ca1bd1be1d63f2ff56, 100: 0xfffb26419cf5d086b5e4abf0598aac8c,
                200: 0xffffffffffff6eb31db160bdb0824a85, 300: 0xffffffffffffffffffffffffffcef7bc,
            ]),
    ]

    @Test("sums are within the derived 2⁻¹⁰³ of 90-digit arithmetic", arguments: known)
    func sumsAreWithinTheDerivedError(known: Known) throws {
        let sigma = Double(sign: .plus, exponent: -52, significand: Double(known.significand))
        let bins = try #require(FastGaussian(standardDeviation: sigma, gridExponent: -40)).bins
        #expect(bins.h == known.h)
        for (k, expected) in known.sums {
            let sum = bins.cumulative(k)
            let difference = sum > expected ? sum - expected : expected - sum
            #expect(difference < 1 << 25, "bin \(k)")
        }
        // The bins end where exp(−hk²) < 2⁻¹²⁰: 12.9 standard deviations, 206 to 413 bins.
        #expect((200...420).contains(bins.count))
    }

    @Test("the word just below and just at a sum choose the bins on either side", arguments: [1, 40, 100])
    func boundariesAreExact(k: Int) throws {
        let bins = try #require(FastGaussian(standardDeviation: 1.3, gridExponent: -40)).bins
        let sum = bins.cumulative(k)
        for (offset, expected) in [(UInt128(0), k), (1, k), (.max, k - 1), (UInt128.max - 5, k - 1)] {
            let word = sum &+ offset
            var words = TwoWords([UInt64(word >> 64), UInt64(truncatingIfNeeded: word)])
            #expect(bins.sample(using: &words) == expected)
        }
        var last = TwoWords([.max, .max])
        #expect(bins.sample(using: &last) == bins.count - 1)
        var first = TwoWords([0, 0])
        #expect(bins.sample(using: &first) == 0)
    }

    struct TwoWords: WordSource {
        var left: [UInt64]
        init(_ words: [UInt64]) { left = words }
        mutating func next() -> UInt64 { left.removeFirst() }
    }
}
