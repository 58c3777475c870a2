// SPDX-License-Identifier: Apache-2.0

import Foundation
import TestSupport
import Testing

@testable import DPAccounting

/// Sums of pure ε against exact decimal long division.
struct PureSumTests {
    /// Σ count·ℓ1·denominator/numerator in units of 10⁻¹², rounded up once, as integers over one common denominator.
    static func exact(_ terms: [(top: Int, bottom: Int, l1: Int, count: Int)]) -> Int64? {
        // Scales are small here, so that all fits: the common denominator is the product of the numerators.
        let common = terms.reduce(Int128(1)) { $0 * Int128($1.top) }
        var sum = Int128(0)
        for term in terms {
            sum +=
                Int128(term.count) * Int128(term.l1) * Int128(term.bottom) * 1_000_000_000_000
                * (common / Int128(term.top))
        }
        let (quotient, rest) = sum.quotientAndRemainder(dividingBy: common)
        return Int64(exactly: quotient + (rest > 0 ? 1 : 0))
    }

    @Test("random sums are exact to the unit", arguments: 0..<40)
    func random(seed: Int) throws {
        var generator = SeededGenerator(seed: UInt64(seed))
        var sum = PureSum()
        var terms: [(top: Int, bottom: Int, l1: Int, count: Int)] = []
        for _ in 0..<Int.random(in: 1...4, using: &generator) {
            let term = (
                top: Int.random(in: 1...997, using: &generator), bottom: Int.random(in: 1...50, using: &generator),
                l1: Int.random(in: 1...9, using: &generator), count: Int.random(in: 1...1000, using: &generator)
            )
            terms.append(term)
            let event = DiscreteLaplaceEvent(
                scale: try #require(Rational(Int64(term.top), Int64(term.bottom))),
                bound: ItemBound(maxItemsPerUser: term.l1, maxValuePerItem: 1), dimension: 1)
            sum.add(event, count: term.count)
        }
        #expect(sum.amount.units == Self.exact(terms))
        var backward = PureSum()
        for term in terms.reversed() {
            backward.add(
                DiscreteLaplaceEvent(
                    scale: Rational(Int64(term.top), Int64(term.bottom))!,
                    bound: ItemBound(maxItemsPerUser: term.l1, maxValuePerItem: 1), dimension: 1), count: term.count)
        }
        #expect(backward.amount == sum.amount)
    }

    @Test("thirds add up to a whole, three times a third to one unit no more")
    func thirds() {
        var sum = PureSum()
        let third = DiscreteLaplaceEvent(
            scale: Rational(3, 1)!, bound: ItemBound(maxItemsPerUser: 1, maxValuePerItem: 1), dimension: 1)
        for k in 1...9 {
            sum.add(third, count: 1)
            // ⌈k·10¹²/3⌉.
            #expect(sum.amount.units == (Int64(k) * 1_000_000_000_000 + 2) / 3)
        }
    }

    @Test(
        "greatest common divisors",
        arguments: [(12, 18, 6), (17, 5, 1), (0, 7, 7), (7, 0, 7), (1 << 40, 1 << 20, 1 << 20)])
    func divisors(a: Int, b: Int, expected: Int) {
        #expect(PureSum.greatestCommonDivisor(UInt128(a), UInt128(b)) == UInt128(expected))
    }

    @Test("amounts and events mix, and what is too large is infinite")
    func mixed() {
        var sum = PureSum()
        sum.add(EpsilonAmount(units: 5), count: 3)
        #expect(sum.amount.units == 15)
        sum.add(EpsilonAmount(units: .max - 1), count: 2)
        #expect(sum.amount.isInfinite)
        var infinite = PureSum()
        infinite.add(.infinity, count: 1)
        infinite.add(EpsilonAmount(units: 1), count: 1)
        #expect(infinite.amount.isInfinite)
    }
}
