// SPDX-License-Identifier: Apache-2.0

import DPAccounting
import Foundation
import TestSupport
import Testing

@testable import DPMechanisms

@Suite(.enabled(if: Golden.available, "needs the golden files"))
struct DiscreteLaplaceTests {
    private func draw(_ n: Int, scale: Rational, seed: UInt64) -> [Int64] {
        var words = SeededGenerator(seed: seed)
        let noise = DiscreteLaplace(scale: scale)
        return (0..<n).map { _ in noise.sample(using: &words) }
    }

    @Test func fitsTheGoldenLaws() throws {
        for golden in try MechanismsGolden.laws("discrete_laplace", parameter: "scale") {
            let draws = draw(100_000, scale: golden.parameter, seed: 1)
            #expect(GoodnessOfFit.fits(draws, golden.law), "scale \(golden.parameter)")
            // Var(X²)/Var(X)² ≤ 5 + 1/Var(X) for Laplace: six deviations of a mean of 100 000 squares, two-sided below 1e-8.
            let mean = draws.reduce(0.0) { $0 + Double($1) * Double($1) } / 1e5
            let deviation = golden.variance * (5 + 1 / golden.variance).squareRoot() / 1e5.squareRoot()
            #expect(abs(mean - golden.variance) < 6 * deviation, "scale \(golden.parameter)")
        }
    }

    @Test func anotherScaleFails() throws {
        let golden = try #require(
            MechanismsGolden.laws("discrete_laplace", parameter: "scale").first { $0.numerator == 7 })
        // 7/3 against 7/3·1.05.
        #expect(!GoodnessOfFit.fits(draw(100_000, scale: Rational(49, 20)!, seed: 2), golden.law))
    }

    @Test func extremeScalesEndAndKeepTheirSigns() {
        // The finest and the widest scale that a Rational can hold.
        #expect(draw(100, scale: Rational(1, .max)!, seed: 3).allSatisfy { $0 == 0 })
        let wide = draw(100, scale: Rational(.max, 1)!, seed: 4)
        #expect(wide.contains { $0 > 0 } && wide.contains { $0 < 0 })
    }
}
