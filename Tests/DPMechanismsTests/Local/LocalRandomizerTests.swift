// SPDX-License-Identifier: Apache-2.0

import DPAccounting
import Foundation
import TestSupport
import Testing

@testable import DPMechanisms

struct LocalRandomizerTests {
    private func randomizer(
        _ method: LocalRandomizer.Method, _ domain: Int, _ epsilon: Rational = Rational(1, 1)!
    ) throws -> LocalRandomizer { try #require(LocalRandomizer(method, domain: domain, epsilon: epsilon)) }

    @Test("randomized response has the golden law", .enabled(if: Golden.available, "needs the golden files"))
    func randomizedResponseHasTheGoldenLaw() throws {
        for golden in try MechanismsGolden.entries("randomized_response") {
            let (epsilon, k) = ((golden["eps"] as! NSNumber).doubleValue, (golden["categories"] as! NSNumber).intValue)
            let exact = Rational(Int64((epsilon * 1e12).rounded()), 1_000_000_000_000)!
            let randomizer = try randomizer(.randomizedResponse, k, exact)
            var words = SeededGenerator(seed: 1)
            let draws = (0..<50_000).map { _ -> Int64 in
                guard case .value(let value) = randomizer.report(1, using: &words) else { return -1 }
                return Int64(value)
            }
            let (own, other) = (Double(golden["p_true"] as! String)!, Double(golden["p_other"] as! String)!)
            let law = (0..<k).map { (outcome: Int64($0), probability: $0 == 1 ? own : other) }
            #expect(GoodnessOfFit.fits(draws, law))
            #expect(!GoodnessOfFit.fits(draws.map { $0 == 1 ? 0 : $0 }, law))
        }
    }

    @Test("reports hold their ε", arguments: LocalRandomizer.Method.allCases)
    func reportsHoldTheirEpsilon(method: LocalRandomizer.Method) throws {
        let randomizer = try randomizer(method, 4)
        var words = SeededGenerator(seed: 2)
        #expect(
            StochasticTester(epsilon: 1).refute(
                { randomizer.report(0, using: &words) }, against: { randomizer.report(3, using: &words) }) == nil)
        // They do spend it: a claim of 0.8 is refuted.
        #expect(
            StochasticTester(epsilon: 0.8, runs: 60_000).refute(
                { randomizer.report(0, using: &words) }, against: { randomizer.report(3, using: &words) }) != nil)
    }

    @Test("frequencies are unbiased", arguments: LocalRandomizer.Method.allCases, [2, 5, 16])
    func frequenciesAreUnbiased(method: LocalRandomizer.Method, domain: Int) throws {
        let randomizer = try randomizer(method, domain, Rational(3, 2)!)
        var words = SeededGenerator(seed: 3)
        let n = 30_000
        // A third hold 0, the others 1.
        let reports = (0..<n).map { randomizer.report($0 % 3 == 0 ? 0 : 1, using: &words) }
        let estimates = randomizer.frequencies(of: reports)
        let odds = exp(1.5)
        // Variance of one estimate at zero true count: 4e^ε/(e^ε − 1)² a user for unary encoding; (e^ε + d − 2)/(e^ε − 1)² for
        // randomized response; ((e^ε + 1)/(e^ε − 1))² for Hadamard. Held values add at most as much again and n/4·…: twice the
        // largest is ample. 4.9 deviations each: 1e-6.
        let each = max(4 * odds, odds + Double(domain), (odds + 1) * (odds + 1)) / ((odds - 1) * (odds - 1))
        let bound = 4.9 * (2 * each * Double(n)).squareRoot()
        for (value, estimate) in estimates.enumerated() {
            let truth = value == 0 ? Double(n) / 3 : value == 1 ? Double(n) * 2 / 3 : 0
            #expect(abs(estimate - truth) < bound, "value \(value): \(estimate) against \(truth)")
        }
        #expect(estimates.count == domain)
    }

    @Test func halvesOfHadamardRowsAreHalves() throws {
        let size = HadamardResponse(try randomizer(.hadamardResponse, 5)).size
        #expect(size == 8)
        for x in 0..<5 {
            #expect((0..<size).count { HadamardResponse.isOwn(x, $0) } == size / 2)
            for other in 0..<5 where other != x {
                let shared = (0..<size).count { HadamardResponse.isOwn(x, $0) && HadamardResponse.isOwn(other, $0) }
                #expect(shared == size / 4)
            }
        }
    }

    @Test("what is not in the domain, or of another method, does no harm", arguments: LocalRandomizer.Method.allCases)
    func strangersDoNoHarm(method: LocalRandomizer.Method) throws {
        let randomizer = try randomizer(method, 3)
        for value in [-1, 3, Int.max, .min] { _ = randomizer.report(value) }
        let strange: [LocalReport] = [.value(-1), .value(99), .bits([-4, 99]), .index(-1), .index(1 << 40)]
        let estimates = randomizer.frequencies(of: strange)
        #expect(estimates.allSatisfy { $0.isFinite })
        #expect(LocalRandomizer(method, domain: 1, epsilon: Rational(1, 1)!) == nil)
        #expect(LocalRandomizer(method, domain: 1 << 21, epsilon: Rational(1, 1)!) == nil)
    }

    @Test func extremeEpsilonsEnd() throws {
        for method in LocalRandomizer.Method.allCases {
            let sure = try randomizer(method, 4, Rational(700, 1)!)
            let reports = (0..<200).map { _ in sure.report(2) }
            // Unary encoding halves what it keeps; 200 fair coins are never all tails.
            #expect(sure.frequencies(of: reports)[2] > 50)
            _ = try randomizer(method, 4, Rational(1, 1_000_000)!).report(2)
        }
    }
}
