// SPDX-License-Identifier: Apache-2.0

import DPAccounting
import Foundation
import TestSupport
import Testing

@testable import DPMechanisms

struct FastGaussianTests {
    /// Noise of standard deviation `sigma` in units of 2^gridExponent, rounded to multiples of 2^outputBits.
    private func rounded(
        _ n: Int, sigma: Double, gridExponent: Int, outputBits: Int, offset: Int64 = 0, seed: UInt64
    ) throws -> [Int64] {
        var words = SeededGenerator(seed: seed)
        let noise = try #require(FastGaussian(standardDeviation: sigma, gridExponent: gridExponent))
        // Half of them as the door draws, in blocks, where the output grid is the door's.
        var draws = [Int64](repeating: offset, count: outputBits == noise.binBits ? n / 2 : 0)
        noise.addRounded(to: &draws, using: &words)
        return draws
            + (draws.count..<n).map { _ in
                (noise.sample(using: &words) + offset + 1 << (Int64(outputBits) - 1)) >> Int64(outputBits)
            }
    }

    @Test(.enabled(if: Golden.available, "needs the golden files"))
    func fitsTheGoldenLawsOfARoundedGaussian() throws {
        for golden in try MechanismsGolden.entries("gaussian_rounded_to_grid") {
            let (sigma, grid) = (golden["sigma"] as! Double, golden["grid"] as! Double)
            let draws = try rounded(
                200_000, sigma: sigma, gridExponent: -40, outputBits: 40 + Int(grid.exponent), seed: 11)
            let law = MechanismsGolden.bothSigns(golden["pmf"] as! [[Any]])
            #expect(GoodnessOfFit.fits(draws, law), "σ \(sigma), grid \(grid)")
            // Power: a scale 3 % off fails where the cells show the scale.
            let other = try rounded(
                200_000, sigma: sigma * 1.03, gridExponent: -40, outputBits: 40 + Int(grid.exponent), seed: 12)
            #expect(grid / sigma >= 4 || grid / sigma < 0.1 || !GoodnessOfFit.fits(other, law), "σ \(sigma)")
        }
    }

    /// Φ over the cells of its own output grid, 500 of them: where a seam between bins would show.
    @Test("fits Φ over its own output grid", arguments: [1.0, 1.999, 1.2345])
    func fitsItsOwnGrid(sigma: Double) throws {
        // Draws are moved by a third of a cell: outputs are no longer aligned with the bins.
        let bits = 36
        let offset = (Int64(1) << 36) / 3
        let draws = try rounded(400_000, sigma: sigma, gridExponent: -40, outputBits: bits, offset: offset, seed: 13)
        let cell = 0x1p-4 / sigma
        let shift = Double(offset) * 0x1p-40 / sigma
        let law = (-120...120).map { k -> (outcome: Int64, probability: Double) in
            let (low, high) = ((Double(k) - 0.5) * cell - shift, (Double(k) + 0.5) * cell - shift)
            return (Int64(k), (erf(high / 2.0.squareRoot()) - erf(low / 2.0.squareRoot())) / 2)
        }
        #expect(GoodnessOfFit.fits(draws, law))
        let wrong = try rounded(
            400_000, sigma: sigma * 1.02, gridExponent: -40, outputBits: bits, offset: offset, seed: 13)
        #expect(!GoodnessOfFit.fits(wrong, law))
    }

    @Test func momentsOfAMillionDrawsAreRight() throws {
        var words = SeededGenerator(seed: 14)
        let noise = try #require(FastGaussian(standardDeviation: 1.7, gridExponent: -41))
        let n = 1_000_000
        var (sum, squares, fourths, beyond) = (0.0, 0.0, 0.0, 0)
        var draws = [Int64](repeating: 0, count: n)
        noise.addRounded(to: &draws, using: &words)
        let cell = Double(sign: .plus, exponent: noise.binBits - 41, significand: 1) / 1.7
        for draw in draws {
            let z = Double(draw) * cell
            sum += z
            squares += z * z
            fourths += z * z * z * z
            if abs(z) > 4 { beyond += 1 }
        }
        // Five deviations each (5.7e-7 two-sided): of z 1, of z² √2, of z⁴ √96, of a count its root. Sheppard: rounding adds c²/12 to
        // the variance and c²/2 to the fourth moment.
        let root = Double(n).squareRoot()
        let tail = Double(n) * erfc(((4 / cell).rounded(.down) + 0.5) * cell / 2.0.squareRoot())
        #expect(abs(sum / Double(n)) < 5 / root)
        #expect(abs(squares / Double(n) - 1 - cell * cell / 12) < 5 * 2.0.squareRoot() / root)
        #expect(abs(fourths / Double(n) - 3 - cell * cell / 2) < 5 * 96.0.squareRoot() / root)
        #expect(abs(Double(beyond) - tail) < 5 * tail.squareRoot())
    }

    /// Known answers as in `GaussianBinsTests`: exp(−γ)·2¹²⁸ by 90-digit arithmetic.
    @Test func theExactCoinTurnsAtExpOfMinusGamma() throws {
        let known: [(m: UInt64, bits: Int, k: Int, r: UInt64, value: UInt128)] = [
            (1 << 52, 31, 0, 12345, 0xffff_ffff_ffed_d526_9e00_00a5_06de_ea5f),
            (3 << 51, 35, 17, (1 << 35) - 1, 0xf856_d4f0_85f5_d748_e4f4_67de_cd01_67f6),
            ((1 << 53) - 1, 52, 300, (1 << 51) + 987_654_321, 0xdd17_19d6_0224_51c2_afcc_b496_10cd_f377),
            (0x1921_FB54_442D18, 40, 206, 1, 0xffff_ffff_ffac_82e7_7c20_1c79_639d_8673),
        ]
        for (m, bits, k, r, value) in known {
            let sigma = Double(sign: .plus, exponent: -52, significand: Double(m))
            let noise = try #require(FastGaussian(standardDeviation: sigma, gridExponent: -4 - bits))
            #expect(noise.binBits == bits)
            // Within 2⁻¹¹³ on either side.
            #expect(noise.keepsExactly(k, r, coin: value - 1 << 15))
            #expect(!noise.keepsExactly(k, r, coin: value + 1 << 15))
        }
    }

    /// The coin in Double against the one in 128 bits, just outside the margin of 2⁻⁴⁰ where Double may decide, and inside it.
    @Test("Double decides as 128 bits would", arguments: [1.0, 1.5, 2.0.nextDown])
    func doubleDecidesAsTheExactCoin(sigma: Double) throws {
        var words = SeededGenerator(seed: 15)
        let noise = try #require(FastGaussian(standardDeviation: sigma, gridExponent: -44))
        var disagreements = 0
        for _ in 0..<20_000 {
            let k = Int(Uniform.below(UInt64(noise.bins.count), using: &words))
            let r = words.next() >> UInt64(64 - noise.binBits)
            let threshold = noise.expOfMinusGamma(k, r)
            // 2⁻³⁸ and 2⁻⁹² on either side; the second word of the coin comes only where it is needed.
            for distance in [UInt128(1) << 82, 1 << 28] where threshold > distance {
                if !decides(noise, k, r, coin: (threshold - distance) << 8) { disagreements += 1 }
                if threshold + distance >= UnitFixedPoint.one { continue }
                if decides(noise, k, r, coin: (threshold + distance) << 8) { disagreements += 1 }
            }
        }
        #expect(disagreements == 0)
    }

    private func decides(_ noise: FastGaussian, _ k: Int, _ r: UInt64, coin: UInt128) -> Bool {
        var words = GaussianBinsTests.TwoWords([UInt64(coin >> 64), UInt64(truncatingIfNeeded: coin)])
        return noise.keeps(k, r, words.next(), using: &words)
    }

    /// One word that decides, with the same word for every further one.
    private struct FirstWord: WordSource {
        let first: UInt64
        let further: UInt64
        var calls = 0
        mutating func next() -> UInt64 {
            calls += 1
            return further
        }
        mutating func fill(_ words: inout MutableSpan<UInt64>) {
            for index in words.indices { words[index] = first }
        }
    }

    /// Where half a word is taken to decide a draw, no bits that follow could have decided otherwise.
    @Test(
        "half a word decides only what it decides for certain", arguments: [1.0, 1.37, 2.0.nextDown], [-40, -34, -46])
    func halfAWordDecidesOnlyForCertain(sigma: Double, gridExponent: Int) throws {
        let noise = try #require(FastGaussian(standardDeviation: sigma, gridExponent: gridExponent))
        let width = Int64(noise.binBits)
        var words = SeededGenerator(seed: 16)
        var (decided, wrong) = (0, 0)
        for _ in 0..<20_000 {
            let bits = words.next() >> 32
            // What is added to: often near a seam of the output grid, sometimes negative.
            let seam = Int64(words.next() % 3) - 1
            let b = (Int64(words.next() & 7) - 3) << width + (words.next() & 1 == 0 ? seam : Int64(words.next() >> 20))
            var draw = [b]
            var source = FirstWord(first: bits << 32, further: .max / 3)
            noise.addRounded(to: &draw, using: &source)
            if source.calls > 0 { continue }
            decided += 1
            for further in [0, UInt64.max] {
                for rest in [0, UInt64.max] {
                    var source = FirstWord(first: 0, further: further)
                    let k = noise.bins.sample((bits >> 19) << 51 | further >> 13, using: &source)
                    let coin = (bits >> 11 & 255) << 56 | further >> 8
                    let r = (bits & 1023) << UInt64(width - 10) | rest >> UInt64(64 - (width - 10))
                    let z = noise.signed(k, r, isNegative: bits >> 10 & 1 == 1, coin: coin, using: &source)
                    if z.map({ noise.rounded(b, $0) }) != draw[0] { wrong += 1 }
                }
            }
        }
        // Unclear cells, unclear coins, rejections, seams: some 6 %.
        #expect(decided > 18_000)
        #expect(wrong == 0)
    }

    @Test func bothHalvesOfAWordAreUsedOnce() throws {
        let noise = try #require(FastGaussian(standardDeviation: 1, gridExponent: -40))
        let halves: [UInt64] = [0x1234_5078, 0x0055_1101]
        let alone = halves.map { half -> Int64 in
            var draw: [Int64] = [0]
            var source = FirstWord(first: half << 32, further: 0)
            noise.addRounded(to: &draw, using: &source)
            return draw[0]
        }
        var both: [Int64] = [0, 0]
        var source = FirstWord(first: halves[0] << 32 | halves[1], further: 0)
        noise.addRounded(to: &both, using: &source)
        #expect(both == alone && alone[0] != alone[1])
    }

    @Test("a sum of any size gets the same noise, narrow or wide", arguments: [-34, -40, -56])
    func rounding(gridExponent: Int) throws {
        let noise = try #require(FastGaussian(standardDeviation: 1, gridExponent: gridExponent))
        let w = Int64(1) << Int64(noise.binBits)
        for (b, z, expected) in [
            (0, 0, 0), (0, w / 2, 1), (0, w / 2 - 1, 0), (0, -w / 2, 0), (0, -w / 2 - 1, -1), (w - 1, 1, 1),
            (-1, 0, 0), (-w, -w, -2), (3 * w + w / 2, 0, 4), (3 * w + w / 2 - 1, 0, 3), (1 << 61, 0, (1 << 61) / w),
        ] as [(Int64, Int64, Int64)] {
            #expect(noise.rounded(b, z) == expected, "\(b) + \(z)")
        }
    }

    @Test("noise of every width of r has the same deviation", arguments: [-34, -40, -46, -47, -56])
    func everyWidthHasTheSameDeviation(gridExponent: Int) throws {
        let noise = try #require(FastGaussian(standardDeviation: 1, gridExponent: gridExponent))
        var words = SeededGenerator(seed: 17)
        var draws = [Int64](repeating: 0, count: 100_001)
        noise.addRounded(to: &draws, using: &words)
        let cell = Double(sign: .plus, exponent: noise.binBits + gridExponent, significand: 1)
        let variance = draws.reduce(0.0) { $0 + (Double($1) * cell) * (Double($1) * cell) } / 100_001
        // Golden `variance_test` at n = 100 000, 1e-6; Sheppard's c²/12 more.
        #expect(variance - cell * cell / 12 > 0.978276 && variance - cell * cell / 12 < 1.022030)
        #expect(Set(draws.map { $0 & 1 }).count == 2 && draws.contains { $0 < 0 } && draws.last != 0)
    }

    @Test func refusesGridsThatItsProofDoesNotCover() {
        #expect(FastGaussian(standardDeviation: 1, gridExponent: -33) == nil)  // w = 29
        #expect(FastGaussian(standardDeviation: 1, gridExponent: -34) != nil)
        #expect(FastGaussian(standardDeviation: 1, gridExponent: -56) != nil)
        #expect(FastGaussian(standardDeviation: 1, gridExponent: -57) == nil)  // w = 53
    }

    @Test func theStatedLawIsGoodEnoughForTheLongestRuns() {
        // DESIGN section 2: (1 + e^ε)·t ≤ δ/100 at ε = 12, δ = 1e-6, a thousand steps of a million coordinates.
        let t = FastGaussianLaw.totalVariation(draws: 1e9)
        #expect((1 + exp(12.0)) * t <= 1e-8)
        // η: (z²/s² + 1)/24s² for z = 12.9s and s = 2³⁴; τ: bins 2⁻¹⁰³, doubled by rejection, and the tails.
        #expect(FastGaussianLaw.logRatio >= (12.9 * 12.9 + 1) / 24 * 0x1p-68)
        #expect(FastGaussianLaw.tailMass >= 2 * 0x1p-103 + 0x1p-113 + 0x1p-118)
    }
}
