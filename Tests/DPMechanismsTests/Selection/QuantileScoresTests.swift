// SPDX-License-Identifier: Apache-2.0

import DPAccounting
import Foundation
import TestSupport
import Testing

@testable import DPMechanisms

@Suite(.enabled(if: Golden.available, "needs the golden files"))
struct QuantileScoresTests {
    private func rational(_ value: Any?) -> Rational { Rational(Int64((value as! NSNumber).doubleValue * 100), 100)! }

    private func numbers(_ value: Any?) -> [Double] { (value as! [NSNumber]).map(\.doubleValue) }

    @Test func candidatesHaveTheGoldenScoresAndLaw() throws {
        for golden in try MechanismsGolden.entries("quantile_candidates") {
            let q = rational(golden["quantile"])
            let quantile = try #require(QuantileScores(quantile: q))
            let scores = quantile.points(numbers(golden["candidates"]), sortedValues: numbers(golden["data"]).sorted())
            let expected = (golden["scores"] as! [String]).map { text in
                let parts = text.split(separator: "/").map { Double($0)! }
                return parts[0] / (parts.count > 1 ? parts[1] : 1) * Double(q.denominator)
            }
            #expect(scores.map(Double.init) == expected)
            let epsilon = rational(golden["eps"])
            let coin = ExponentialCoin(
                rate: Rational(epsilon.numerator, epsilon.denominator * 2 * quantile.sensitivity)!)
            var words = SeededGenerator(seed: 1)
            let draws = (0..<50_000).map { _ in Int64(ExponentialMechanism.choose(scores, coin, using: &words)) }
            let law = (golden["probs"] as! [String]).enumerated().map { (outcome: Int64($0), probability: Double($1)!) }
            #expect(GoodnessOfFit.fits(draws, law))
        }
    }

    @Test func unitCellsHaveTheGoldenLawOfIntervals() throws {
        for golden in try MechanismsGolden.entries("quantile_intervals") {
            let quantile = try #require(QuantileScores(quantile: rational(golden["quantile"])))
            let (lower, upper) = (numbers([golden["lower"]!])[0], numbers([golden["upper"]!])[0])
            let values = numbers(golden["data"]).map { min(max($0, lower), upper) }.sorted()
            let edges = Array(stride(from: lower, through: upper, by: 1))
            let scores = quantile.cells(edges, sortedValues: values)
            let epsilon = rational(golden["eps"])
            let coin = ExponentialCoin(
                rate: Rational(epsilon.numerator, epsilon.denominator * 2 * quantile.sensitivity)!)
            var words = SeededGenerator(seed: 2)
            let intervals = numbers(golden["edges"])
            let draws = (0..<50_000).map { _ in
                let cell = edges[ExponentialMechanism.choose(scores, coin, using: &words)]
                // The interval with the cell inside: the last one that starts at or before it.
                return Int64(intervals.lastIndex { $0 <= cell }!)
            }
            let law = (golden["probs_sensitivity_max_q_1mq"] as! [String]).enumerated().map {
                (outcome: Int64($0), probability: Double($1)!)
            }
            #expect(GoodnessOfFit.fits(draws, law), "\(values)")
        }
    }

    @Test("a value more or less moves every score by Δ at most", arguments: [(1, 2), (1, 4), (9, 10), (99, 100)])
    func aValueMovesScoresByDelta(a: Int64, b: Int64) throws {
        let quantile = try #require(QuantileScores(quantile: Rational(a, b)!))
        let edges = (0...10).map(Double.init)
        let values = [-.infinity, 0, 0.5, 3, 3, 7, 10, 11, .infinity]
        for added in [-.infinity, -1, 0, 2.5, 3, 5, 9.99, 10, .greatestFiniteMagnitude, .infinity] {
            let more = (values + [added]).sorted()
            for (x, y) in zip(
                quantile.points(edges, sortedValues: values) + quantile.cells(edges, sortedValues: values),
                quantile.points(edges, sortedValues: more) + quantile.cells(edges, sortedValues: more))
            {
                #expect(abs(x - y) <= quantile.sensitivity)
            }
        }
    }

    @Test func oddQuantilesAreRefused() {
        #expect(QuantileScores(quantile: Rational(1, 1)!) == nil)
        #expect(QuantileScores(quantile: Rational(3, 2)!) == nil)
        #expect(QuantileScores(quantile: Rational(1, 1 << 20)!) == nil)
    }
}
