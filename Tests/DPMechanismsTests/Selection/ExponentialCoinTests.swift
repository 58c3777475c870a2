// SPDX-License-Identifier: Apache-2.0

import DPAccounting
import Foundation
import TestSupport
import Testing

@testable import DPMechanisms

struct ExponentialCoinTests {
    static let draws = 40_000

    /// Two-sided at 1e-6: 4.8917 standard deviations of a binomial, and one draw for its lattice.
    private func isConsistent(_ heads: Int, _ p: Double) -> Bool {
        let n = Double(Self.draws)
        return abs(Double(heads) - n * p) <= 4.8917 * (n * p * (1 - p)).squareRoot() + 1
    }

    @Test(
        "lands with probability exp(−rate·gap)",
        arguments: [(1, 2, 1), (1, 2, 2), (1, 2, 3), (3, 1, 1), (7, 5, 2), (1, 1_000_000, 500_000), (999, 1000, 1)]
            as [(Int64, Int64, UInt64)])
    func landsWithItsProbability(numerator: Int64, denominator: Int64, gap: UInt64) throws {
        var words = SeededGenerator(seed: gap)
        let rate = try #require(Rational(numerator, denominator))
        let coin = ExponentialCoin(rate: rate)
        let heads = (0..<Self.draws).count { _ in coin.lands(gap: gap, using: &words) }
        let p = exp(-rate.value * Double(gap))
        #expect(isConsistent(heads, p))
        // Power: a rate a tenth larger fails.
        #expect(!isConsistent(heads, exp(-rate.value * Double(gap) * 1.1)))
    }

    @Test func noGapAlwaysLandsAndAHugeOneEndsAtOnce() throws {
        var words = SeededGenerator(seed: 1)
        let coin = ExponentialCoin(rate: Rational(.max, 1)!)
        for _ in 0..<100 {
            let (none, huge) = (coin.lands(gap: 0, using: &words), coin.lands(gap: .max, using: &words))
            #expect(none && !huge)
        }
    }

    @Test func gapsAreExactOverAllOfInt64() {
        for (best, score) in [(Int64.max, Int64.min), (0, .min), (.max, 0), (-1, .min), (5, 5), (.max, .max - 1)] {
            let expected = UInt64((Int128(best) - Int128(score)).magnitude)
            #expect(ExponentialCoin.gap(below: best, score) == expected)
        }
    }

    @Test("the unlikelier of two comes with e^(−ε)/(1 + e^(−ε))", arguments: [0.1, 1, 3])
    func theUnlikelierOfTwo(epsilon: Double) throws {
        var words = SeededGenerator(seed: 2)
        let coin = ExponentialCoin(rate: Rational(Int64(epsilon * 10), 10)!)
        let heads = (0..<Self.draws).count { _ in coin.isUnlikelier(using: &words) }
        #expect(isConsistent(heads, 1 / (1 + exp(epsilon))))
        #expect(!isConsistent(heads, 1 / (1 + exp(epsilon * 1.2 + 0.1))))
    }
}
