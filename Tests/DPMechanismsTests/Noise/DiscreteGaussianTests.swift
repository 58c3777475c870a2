// SPDX-License-Identifier: Apache-2.0

import DPAccounting
import Foundation
import TestSupport
import Testing

@testable import DPMechanisms

@Suite(.enabled(if: Golden.available, "needs the golden files"))
struct DiscreteGaussianTests {
    private func draw(_ n: Int, variance: Rational, seed: UInt64) -> [Int64] {
        var words = SeededGenerator(seed: seed)
        guard let noise = DiscreteGaussian(variance: variance) else { return [] }
        return (0..<n).map { _ in noise.sample(using: &words) }
    }

    @Test func fitsTheGoldenLaws() throws {
        for golden in try MechanismsGolden.laws("discrete_gaussian", parameter: "sigma2") {
            let draws = draw(60_000, variance: golden.parameter, seed: 1)
            #expect(GoodnessOfFit.fits(draws, golden.law), "σ² \(golden.parameter)")
            // Var(X²) ≤ 2σ⁴ + σ²: six deviations of a mean of 60 000 squares, two-sided below 1e-8.
            let mean = draws.reduce(0.0) { $0 + Double($1) * Double($1) } / 6e4
            let deviation = (2 * golden.variance * golden.variance + golden.variance).squareRoot() / 6e4.squareRoot()
            #expect(abs(mean - golden.variance) < 6 * deviation, "σ² \(golden.parameter)")
        }
    }

    @Test func anotherVarianceFails() throws {
        let golden = try #require(
            MechanismsGolden.laws("discrete_gaussian", parameter: "sigma2").first { $0.numerator == 25 })
        #expect(!GoodnessOfFit.fits(draw(60_000, variance: Rational(25, 3)!, seed: 2), golden.law))
        #expect(!GoodnessOfFit.fits(draw(60_000, variance: Rational(33, 5)!, seed: 2), golden.law))
    }

    @Test func anUnwieldyFractionOfTheSameVarianceHasTheSameLaw() throws {
        // 25/4 + 10⁻¹⁵ or so, written with 50 bits: the wide arithmetic, the same law to 1e-16.
        let golden = try #require(
            MechanismsGolden.laws("discrete_gaussian", parameter: "sigma2").first { $0.numerator == 25 })
        let variance = Rational(6_250_000_000_000_001, 1_000_000_000_000_000)!
        #expect(GoodnessOfFit.fits(draw(60_000, variance: variance, seed: 3), golden.law))
    }

    @Test func refusesWhatItsIntegersCannotHold() {
        #expect(DiscreteGaussian(variance: Rational(.max, .max - 1)!) == nil)
        #expect(DiscreteGaussian(variance: Rational(.max, 1)!) != nil)
        #expect(draw(50, variance: Rational(1, 1 << 60)!, seed: 4).allSatisfy { $0 == 0 })
    }

    @Test func squareRootsAreExact() {
        for n in [0, 1, 2, 3, 4, 8, 9, (1 << 52) - 1, 1 << 52, (1 << 62) - 1, .max] as [UInt64] {
            let root = DiscreteGaussian.squareRoot(n)
            #expect(root * root <= n)
            #expect(root == 0xFFFF_FFFF || (root + 1) * (root + 1) > n)
        }
    }
}
