// SPDX-License-Identifier: Apache-2.0

import DPAccounting
import Foundation
import TestSupport
import Testing

@testable import DPMechanisms

/// One report of a user who holds several values.
struct LocalUserTests {
    private func randomizer(_ method: LocalRandomizer.Method, _ domain: Int, _ epsilon: Rational) throws
        -> LocalRandomizer
    {
        try #require(LocalRandomizer(method, domain: domain, epsilon: epsilon))
    }

    @Test("the report of any set is within e^ε of that of any other", arguments: [1, 2] as [Int64])
    func anySetIsWithinEpsilonOfAnyOther(epsilon: Int64) throws {
        let randomizer = try randomizer(.hadamardResponse, 5, Rational(epsilon, 1)!)
        let draws = 200_000
        // As different as can be: nothing, one value, another, all.
        let sets: [[Int]] = [[], [0], [4], [0, 1, 2, 3, 4]]
        let seen = sets.enumerated().map { seed, values -> [Double] in
            var words = SeededGenerator(seed: UInt64(seed) + 40)
            var seen = [Double](repeating: 0, count: randomizer.indexCount)
            for _ in 0..<draws {
                if case .index(let y) = randomizer.report(oneOf: values, using: &words) { seen[y] += 1 }
            }
            return seen.map { $0 / Double(draws) }
        }
        // Hoeffding at 1e-9 over all 12·8 comparisons: each frequency is within t = √(ln(2·96/1e-9)/2n) = 0.0081 of its mean.
        let t = (log(2 * 96 / 1e-9) / Double(2 * draws)).squareRoot()
        for a in seen {
            #expect(abs(a.reduce(0, +) - 1) < 1e-9)
            for b in seen {
                for (p, q) in zip(a, b) { #expect(p - t <= exp(Double(epsilon)) * (q + t)) }
            }
        }
        // Power: single values use all of ε, so that a sampler of twice the ε would be told.
        let worst = zip(seen[1], seen[2]).map { ($0 - t) / ($1 + t) }.max() ?? 0
        #expect(worst > exp(Double(epsilon) / 2))
    }

    @Test("one value of a user's own is reported, each as likely")
    func eachOwnValueIsAsLikely() throws {
        // ε so large that the report is the value.
        let randomizer = try randomizer(.randomizedResponse, 8, Rational(60, 1)!)
        var words = SeededGenerator(seed: 44)
        let reports = (0..<60_000).map { _ -> Int64 in
            if case .value(let value) = randomizer.report(oneOf: [1, 4, 6], using: &words) { Int64(value) } else { -1 }
        }
        #expect(GoodnessOfFit.fits(reports, [1, 4, 6].map { (outcome: $0, probability: 1.0 / 3) }))
        #expect(
            !GoodnessOfFit.fits(reports, [(1, 0.32), (4, 0.32), (6, 0.36)].map { (outcome: $0.0, probability: $0.1) }))
    }

    @Test("estimates from counts of indices are those from the reports", arguments: [2, 5, 8, 31])
    func countsAreAsGoodAsReports(domain: Int) throws {
        let randomizer = try randomizer(.hadamardResponse, domain, Rational(3, 2)!)
        var words = SeededGenerator(seed: 45)
        let reports = (0..<5_000).map { randomizer.report($0 % domain, using: &words) }
        var seen = [Int64](repeating: 0, count: randomizer.indexCount)
        for case .index(let y) in reports { seen[y] += 1 }
        #expect(randomizer.frequencies(ofIndexCounts: seen) == randomizer.frequencies(of: reports))
        #expect(randomizer.frequencies(ofIndexCounts: [1]).allSatisfy { $0 == 0 })
        #expect(randomizer.indexCount > domain && randomizer.indexCount.nonzeroBitCount == 1)
    }

    @Test func estimatesAreUnbiased() throws {
        let (domain, n) = (10, 100_000)
        let randomizer = try randomizer(.hadamardResponse, domain, Rational(1, 1)!)
        var words = SeededGenerator(seed: 46)
        // Half of all users hold item 3 alone, the others items 0 and 7.
        let reports = (0..<n).map { randomizer.report(oneOf: $0 % 2 == 0 ? [3] : [0, 7], using: &words) }
        let estimates = randomizer.frequencies(of: reports)
        // A report moves an estimate by ±(e^ε + 1)/(e^ε − 1) = 2.164: Hoeffding at 1e-9 over ten items.
        let tolerance = 2.164 * (2 * Double(n) * log(2 * 10 / 1e-9)).squareRoot()
        let truth = (0..<domain).map { $0 == 3 ? 0.5 : $0 == 0 || $0 == 7 ? 0.25 : 0 }
        for (estimate, share) in zip(estimates, truth) { #expect(abs(estimate - share * Double(n)) < tolerance) }
        // Power: the raw shares of indices, or no scaling, would be off by more.
        #expect(tolerance < 0.25 * Double(n) * (1 - 1 / 2.164))
    }
}
