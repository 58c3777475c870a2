// SPDX-License-Identifier: Apache-2.0

import DPAccounting
import Foundation
import TestSupport
import Testing

@testable import DPMechanisms

/// The exact law of each report, by its formula.
struct LocalLawsTests {
    private let epsilon = Rational(6, 5)!
    private var odds: Double { exp(1.2) }
    private let draws = 40_000

    @Test("every pattern of bits has the law of unary encoding", arguments: [0, 2])
    func unaryEncodingHasItsLaw(value: Int) throws {
        let randomizer = try #require(LocalRandomizer(.unaryEncoding, domain: 3, epsilon: epsilon))
        var words = SeededGenerator(seed: 1)
        let seen = (0..<draws).map { _ -> Int64 in
            guard case .bits(let bits) = randomizer.report(value, using: &words) else { return -1 }
            #expect(zip(bits, bits.dropFirst()).allSatisfy { $0 < $1 })
            return bits.reduce(0) { $0 | 1 << Int64($1) }
        }
        let zeroToOne = 1 / (1 + odds)
        let law = (0..<8).map { pattern -> (outcome: Int64, probability: Double) in
            let p = (0..<3).reduce(1.0) { p, bit in
                let one = bit == value ? 0.5 : zeroToOne
                return p * (pattern >> bit & 1 == 1 ? one : 1 - one)
            }
            return (Int64(pattern), p)
        }
        #expect(GoodnessOfFit.fits(seen, law))
        #expect(!GoodnessOfFit.fits(seen.map { ($0 + 1) & 7 }, law))
        // The worst ratio over patterns and values is e^ε.
        let other = (0..<8).map { pattern in
            (0..<3).reduce(1.0) { p, bit in
                let one = bit == (value + 1) % 3 ? 0.5 : zeroToOne
                return p * (pattern >> bit & 1 == 1 ? one : 1 - one)
            }
        }
        let worst = zip(law, other).map { $0.probability / $1 }.max() ?? 0
        #expect(abs(worst - odds) < 1e-12)
    }

    @Test("every index has the law of Hadamard response", arguments: [0, 1, 4])
    func hadamardResponseHasItsLaw(value: Int) throws {
        let randomizer = try #require(LocalRandomizer(.hadamardResponse, domain: 5, epsilon: epsilon))
        var words = SeededGenerator(seed: 2)
        let seen = (0..<draws).map { _ -> Int64 in
            guard case .index(let y) = randomizer.report(value, using: &words) else { return -1 }
            return Int64(y)
        }
        let law = (0..<8).map { y in
            (outcome: Int64(y), probability: (HadamardResponse.isOwn(value, y) ? odds : 1) / (1 + odds) / 4)
        }
        #expect(GoodnessOfFit.fits(seen, law))
        // One bit in common with value + 1 flipped: the other half.
        let other = Int64((value + 1) & -(value + 1))
        #expect(!GoodnessOfFit.fits(seen.map { $0 ^ other }, law))
    }

    @Test("estimates of exact expectations are exact", arguments: [2, 3, 8])
    func estimatesOfExpectationsAreExact(domain: Int) throws {
        // Every value of a randomized response once more than 10^6·law: the estimate inverts the law.
        let randomizer = try #require(LocalRandomizer(.randomizedResponse, domain: domain, epsilon: Rational(700, 1)!))
        // At ε = 700 nobody lies.
        let reports = (0..<domain).flatMap { value in Array(repeating: LocalReport.value(value), count: value + 1) }
        for (value, estimate) in randomizer.frequencies(of: reports).enumerated() {
            #expect(abs(estimate - Double(value + 1)) < 1e-9)
        }
    }

    @Test("reports survive being stored", arguments: LocalRandomizer.Method.allCases)
    func reportsSurviveBeingStored(method: LocalRandomizer.Method) throws {
        let randomizer = try #require(LocalRandomizer(method, domain: 20, epsilon: epsilon))
        let reports = (0..<20).map { randomizer.report($0) }
        let stored = try JSONEncoder().encode(reports)
        #expect(try JSONDecoder().decode([LocalReport].self, from: stored) == reports)
    }

    @Test("a value outside the domain is as good as random", arguments: LocalRandomizer.Method.allCases)
    func aStrangeValueIsAsGoodAsRandom(method: LocalRandomizer.Method) throws {
        let randomizer = try #require(LocalRandomizer(method, domain: 2, epsilon: epsilon))
        var words = SeededGenerator(seed: 3)
        let found = StochasticTester(epsilon: 1.2).refute(
            { randomizer.report(-5, using: &words) }, against: { randomizer.report(1, using: &words) })
        #expect(found == nil)
    }
}
