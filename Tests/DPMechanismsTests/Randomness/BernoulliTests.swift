// SPDX-License-Identifier: Apache-2.0

import Foundation
import TestSupport
import Testing

@testable import DPMechanisms

struct BernoulliTests {
    static let draws = 200_000

    /// Two-sided at 1e-6: 4.8917 standard deviations of a binomial, and one draw for its lattice.
    private func isConsistent(_ heads: Int, _ p: Double) -> Bool {
        let n = Double(Self.draws)
        return abs(Double(heads) - n * p) <= 4.8917 * (n * p * (1 - p)).squareRoot() + 1
    }

    @Test(
        "is exp(−γ)", arguments: [(0, 1), (1, 3), (1, 1), (1, 1_000_000_000), (5, 7)] as [(UInt64, UInt64)])
    func isExpNegative(numerator: UInt64, denominator: UInt64) {
        var words = SeededGenerator(seed: numerator)
        let p = exp(-Double(numerator) / Double(denominator))
        let heads = (0..<Self.draws).count { _ in
            Bernoulli.expNegative(numerator, over: denominator, using: &words)
        }
        #expect(isConsistent(heads, p))
        let wide = (0..<Self.draws).count { _ in
            Bernoulli.expNegative(
                WideUInt(high: UInt128(numerator), low: 0), over: WideUInt(high: UInt128(denominator), low: 0),
                using: &words)
        }
        #expect(isConsistent(wide, p))
        // Power: γ off by 0.02 moves the mean by 0.007 or more where γ < 1; five deviations are 0.0056 at the most.
        #expect(numerator == 0 || p > 0.999 || !isConsistent(heads, p * exp(-0.02)))
    }

    @Test func wholePartsMultiply() {
        var words = SeededGenerator(seed: 9)
        let heads = (0..<Self.draws).count { _ in Bernoulli.expNegative(whole: 2, using: &words) }
        #expect(isConsistent(heads, exp(-2)))
        // A quotient that saturated ends after a few coins, not after 2¹²⁷.
        #expect(!Bernoulli.expNegative(whole: .max, using: &words))
    }
}
