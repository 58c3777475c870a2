// SPDX-License-Identifier: Apache-2.0

import DPAccounting
import Foundation
import TestSupport
import Testing

@testable import DPMechanisms

@Suite(.enabled(if: Golden.available, "needs the golden files"))
struct PartitionKeepingTests {
    private func probability(_ keeping: PartitionKeeping, _ n: Int) -> Double {
        Double(keeping.threshold(n)) * 0x1p-120
    }

    @Test func keepsAsOftenAsTheOptimalRule() throws {
        for golden in try MechanismsGolden.entries("partition_selection_optimal") {
            let epsilon = (golden["eps"] as! NSNumber).doubleValue
            let delta = (golden["delta"] as! NSNumber).doubleValue
            let keeping = try #require(
                PartitionKeeping(epsilon: Rational(Int64((epsilon * 100).rounded()), 100)!, delta: delta))
            for row in golden["keep"] as! [[Any]] {
                let (n, expected) = ((row[0] as! NSNumber).intValue, Double(row[1] as! String)!)
                // The golden δ is the decimal, ours the Double next to it; rounding is downwards.
                #expect(abs(probability(keeping, n) - expected) <= 1e-12 * expected, "ε \(epsilon), n \(n)")
            }
            #expect(keeping.certainFrom == (golden["n2_first_certain"] as! NSNumber).intValue)
        }
    }

    @Test(
        "neighbouring numbers of users satisfy (ε, δ) in integers",
        arguments: [(1, 1, 1e-5), (1, 100, 1e-9), (7, 3, 1e-12), (40, 1, 1e-6), (200, 1, 0.1), (1, 10, 0.5)])
    func neighboursSatisfyTheInequalities(numerator: Int64, denominator: Int64, delta: Double) throws {
        let epsilon = Double(numerator) / Double(denominator)
        let keeping = try #require(PartitionKeeping(epsilon: Rational(numerator, denominator)!, delta: delta))
        #expect(keeping.threshold(0) == 0)
        for n in 0..<keeping.certainFrom {
            let (p, next) = (probability(keeping, n), probability(keeping, n + 1))
            let (q, nextQ) = (
                Double(UnitFixedPoint.one - keeping.threshold(n)) * 0x1p-120,
                Double(UnitFixedPoint.one - keeping.threshold(n + 1)) * 0x1p-120
            )
            // Double's own rounding of these four.
            let slack = 1 + 1e-14
            #expect(keeping.threshold(n) <= keeping.threshold(n + 1))
            #expect(next <= (exp(epsilon) * p + delta) * slack)
            #expect(q <= (exp(epsilon) * nextQ + delta) * slack)
        }
        #expect(keeping.threshold(keeping.certainFrom) == UnitFixedPoint.one)
        #expect(keeping.threshold(.max) == UnitFixedPoint.one)
    }

    private func coin(_ p: Double) -> [(outcome: Int64, probability: Double)] { [(0, 1 - p), (1, p)] }

    @Test func drawsKeepAsOftenAsTheTableSays() throws {
        let keeping = try #require(PartitionKeeping(epsilon: Rational(1, 1)!, delta: 1e-5))
        var words = SeededGenerator(seed: 1)
        for n in [10, 11, 12] {
            let draws = (0..<50_000).map { _ in keeping.keeps(n, using: &words) ? Int64(1) : 0 }
            let p = probability(keeping, n)
            #expect(GoodnessOfFit.fits(draws, coin(p)))
            #expect(!GoodnessOfFit.fits(draws, coin(p * 1.1)))
        }
        for _ in 0..<1000 {
            let (none, negative) = (keeping.keeps(0, using: &words), keeping.keeps(-1, using: &words))
            let many = keeping.keeps(23, using: &words)
            #expect(!none && !negative && many)
        }
    }

    @Test func whatCannotBeTabledIsRefused() {
        #expect(PartitionKeeping(epsilon: Rational(1, 1)!, delta: 0) == nil)
        #expect(PartitionKeeping(epsilon: Rational(1, 1)!, delta: 1) == nil)
        #expect(PartitionKeeping(epsilon: Rational(1, 1)!, delta: .nan) == nil)
        #expect(PartitionKeeping(epsilon: Rational(1, 1)!, delta: 1e-40) == nil)
        #expect(PartitionKeeping(epsilon: Rational(1, .max)!, delta: 1e-9) == nil)
    }
}
