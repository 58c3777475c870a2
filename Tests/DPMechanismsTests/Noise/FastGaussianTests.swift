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
        // Half of them as the door draws, in blocks.
        var draws = [Int64](repeating: 0, count: n / 2)
        noise.fill(&draws, using: &words)
        draws += (n / 2..<n).map { _ in noise.sample(using: &words) }
        return draws.map { ($0 + offset + 1 << (Int64(outputBits) - 1)) >> Int64(outputBits) }
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
        let offset = Int64(1) << 36 / 3
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
        noise.fill(&draws, using: &words)
        for draw in draws {
            let z = Double(draw) * 0x1p-41 / 1.7
            sum += z
            squares += z * z
            fourths += z * z * z * z
            if abs(z) > 4 { beyond += 1 }
        }
        // Five deviations each (5.7e-7 two-sided): of z 1, of z² √2, of z⁴ √96, of P(|z| > 4) = 6.3342e-5 its root.
        let root = Double(n).squareRoot()
        #expect(abs(sum / Double(n)) < 5 / root)
        #expect(abs(squares / Double(n) - 1) < 5 * 2.0.squareRoot() / root)
        #expect(abs(fourths / Double(n) - 3) < 5 * 96.0.squareRoot() / root)
        #expect(abs(Double(beyond) - 63.342) < 5 * 63.342.squareRoot())
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

    /// Where one word is taken to decide a draw, no bits that follow could have decided otherwise.
    @Test("one word decides only what it decides for certain", arguments: [1.0, 1.37, 2.0.nextDown], [-40, -34, -46])
    func oneWordDecidesOnlyForCertain(sigma: Double, gridExponent: Int) throws {
        let noise = try #require(FastGaussian(standardDeviation: sigma, gridExponent: gridExponent))
        var words = SeededGenerator(seed: 16)
        var (decided, wrong) = (0, 0)
        for _ in 0..<20_000 {
            let word = words.next()
            var draw: [Int64] = [0]
            var source = FirstWord(first: word, further: .max / 3)
            noise.fill(&draw, using: &source)
            if source.calls > 0 { continue }
            decided += 1
            let r = word & (1 << UInt64(noise.binBits) - 1)
            for further in [0, UInt64.max] {
                var source = FirstWord(first: word, further: further)
                let k = noise.bins.sample((word >> 51) << 51 | further >> 13, using: &source)
                let coin = (word >> 43 & 255) << 56 | further >> 8
                let magnitude = Int64(k) << Int64(noise.binBits) | Int64(r)
                let isKept = noise.keeps(k, r, coin, using: &source)
                if !isKept || draw[0] != (word >> 42 & 1 == 0 ? magnitude : -magnitude) { wrong += 1 }
            }
        }
        // Unclear cells, unclear coins and rejections: some 5 %.
        #expect(decided > 18_000)
        #expect(wrong == 0)
    }

    @Test("noise of every width of r has the same deviation", arguments: [-34, -40, -46, -47, -56])
    func everyWidthHasTheSameDeviation(gridExponent: Int) throws {
        let noise = try #require(FastGaussian(standardDeviation: 1, gridExponent: gridExponent))
        var words = SeededGenerator(seed: 17)
        var draws = [Int64](repeating: 0, count: 100_000)
        noise.fill(&draws, using: &words)
        let unit = Double(sign: .plus, exponent: gridExponent, significand: 1)
        let variance = draws.reduce(0.0) { $0 + (Double($1) * unit) * (Double($1) * unit) } / 1e5
        // Golden `variance_test` at n = 100 000, 1e-6.
        #expect(variance > 0.978276 && variance < 1.022030)
        #expect(Set(draws.map { $0 & 1 }).count == 2 && draws.contains { $0 < 0 })
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
