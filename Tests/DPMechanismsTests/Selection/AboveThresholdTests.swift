// SPDX-License-Identifier: Apache-2.0

import DPAccounting
import Foundation
import TestSupport
import Testing

@testable import DPMechanisms

/// Golden `sparse_vector`: there with continuous noise. In steps of 1/4096 the discrete law is the same to about 1e-4 of
/// the density, which 20 000 draws cannot see.
@Suite(.enabled(if: Golden.available, "needs the golden files"))
struct AboveThresholdTests {
    private let fineness: Int64 = 4096

    private func run(
        _ queries: [Int64], threshold: Int64, scales: (threshold: Double, query: Double), cutoff: Int = 1,
        _ words: inout SeededGenerator
    ) -> [Bool] {
        var session = AboveThreshold(
            threshold: threshold * fineness,
            thresholdNoise: DiscreteLaplace(scale: Rational(Int64(scales.threshold * Double(fineness)), 1)!),
            queryNoise: DiscreteLaplace(scale: Rational(Int64(scales.query * Double(fineness)), 1)!), cutoff: cutoff,
            using: &words)
        var answers: [Bool] = []
        for query in queries {
            guard let answer = session.isAbove(query * fineness, using: &words) else { break }
            answers.append(answer)
        }
        return answers
    }

    @Test func theFirstAboveHasTheGoldenLaw() throws {
        for golden in try MechanismsGolden.entries("sparse_vector") {
            let queries = (golden["queries"] as! [NSNumber]).map(\.int64Value)
            let scales = (
                threshold: (golden["threshold_noise_scale"] as! NSNumber).doubleValue,
                query: (golden["query_noise_scale"] as! NSNumber).doubleValue
            )
            var words = SeededGenerator(seed: 1)
            let draws = (0..<20_000).map { _ in
                let answers = run(
                    queries, threshold: (golden["threshold"] as! NSNumber).int64Value, scales: scales, &words)
                return Int64(answers.firstIndex(of: true) ?? -1)
            }
            var law = (golden["prob_first_above_at"] as! [String]).enumerated().map {
                (outcome: Int64($0), probability: Double($1)!)
            }
            law.append((-1, Double(golden["prob_never"] as! String)!))
            #expect(GoodnessOfFit.fits(draws, law), "\(queries)")
            if queries.count == 3, queries[2] == 5 {
                // Power: half the query noise does not fit.
                let wrong = (0..<20_000).map { _ in
                    Int64(
                        run(queries, threshold: 3, scales: (scales.threshold, scales.query / 2), &words)
                            .firstIndex(of: true) ?? -1)
                }
                #expect(!GoodnessOfFit.fits(wrong, law))
            }
        }
    }

    @Test func endsAfterSoManyAbove() {
        var words = SeededGenerator(seed: 2)
        let answers = run(Array(repeating: 1000, count: 10), threshold: 0, scales: (1, 1), cutoff: 3, &words)
        #expect(answers == [true, true, true])
    }

    @Test func extremeQueriesDoNotOverflow() {
        var words = SeededGenerator(seed: 3)
        let noise = DiscreteLaplace(scale: Rational(.max, 1)!)
        var session = AboveThreshold(
            threshold: .max, thresholdNoise: noise, queryNoise: noise, cutoff: 100, using: &words)
        for query in [Int64.min, .max, 0] { _ = session.isAbove(query, using: &words) }
        #expect(session.left <= 100)
    }
}
