// SPDX-License-Identifier: Apache-2.0

import Foundation
import TestSupport
import Testing

@testable import DPMechanisms

struct PoissonSamplerTests {
    /// Gives one word again and again, and counts.
    struct FixedWords: WordSource {
        let word: UInt64
        var drawn = 0
        mutating func next() -> UInt64 {
            drawn += 1
            return word
        }
    }

    @Test func comparesTheWordWithTheFloorOfQ() {
        // q = 0.1 is 0x1.999999999999ap-4: ⌊q·2⁶⁴⌋ = 0x1999999999999a00.
        let sampler = PoissonSampler(samplingProbability: 0.1)
        var below = FixedWords(word: 0x1999_9999_9999_99FF)
        var at = FixedWords(word: 0x1999_9999_9999_9A00)
        #expect(sampler.includes(using: &below))
        #expect(!sampler.includes(using: &at))
    }

    @Test func drawsNoCoinWhenEverybodyTakesPart() {
        var words = FixedWords(word: .max)
        #expect(PoissonSampler(samplingProbability: 1).includes(using: &words))
        #expect(words.drawn == 0)
        // The largest q below 1 draws one and leaves out the 2¹¹ largest words.
        #expect(!PoissonSampler(samplingProbability: 1.0.nextDown).includes(using: &words))
        #expect(words.drawn == 1)
    }

    @Test func aProbabilityBelowOneWordTakesNobody() {
        var words = FixedWords(word: 0)
        #expect(!PoissonSampler(samplingProbability: 0x1p-70).includes(using: &words))
    }

    @Test("batch sizes are binomial, size 0 included", arguments: [(12, 0.1), (40, 0.25), (6, 0.9)])
    func batchSizesAreBinomial(users: Int, q: Double) {
        var words = SeededGenerator(seed: UInt64(users))
        let sampler = PoissonSampler(samplingProbability: q)
        let sizes = (0..<50_000).map { _ in Int64((0..<users).count { _ in sampler.includes(using: &words) }) }
        #expect(GoodnessOfFit.fits(sizes, binomial(users, q)))
        // Power: q off by 5 % fails.
        #expect(!GoodnessOfFit.fits(sizes, binomial(users, q * 1.05)))
        // With 12 users at 0.1 the empty sample has probability 0.28.
        #expect(users != 12 || sizes.contains(0))
    }

    private func binomial(_ n: Int, _ q: Double) -> [(outcome: Int64, probability: Double)] {
        (0...n).map { k in
            let logChoose = lgamma(Double(n + 1)) - lgamma(Double(k + 1)) - lgamma(Double(n - k + 1))
            return (Int64(k), exp(logChoose + Double(k) * log(q) + Double(n - k) * log(1 - q)))
        }
    }
}
