// SPDX-License-Identifier: Apache-2.0

import DPAccounting
import Foundation
import TestSupport
import Testing

@testable import DPMechanisms

/// Golden `selection`: exact laws of four mechanisms.
@Suite(.enabled(if: Golden.available, "needs the golden files"))
struct SelectionTests {
    struct Case {
        let scores: [Int64]
        let epsilon: Rational
        let entry: [String: Any]

        func law(_ key: String) -> [(outcome: Int64, probability: Double)] {
            (entry[key] as! [String]).enumerated().map { (outcome: Int64($0), probability: Double($1)!) }
        }
        /// ε/2Δ, or ε/Δ where all scores move the same way; Δ = 1.
        func coin(monotone: Bool) -> ExponentialCoin {
            ExponentialCoin(rate: Rational(epsilon.numerator, epsilon.denominator * (monotone ? 1 : 2))!)
        }
    }
    static let draws = 50_000

    static func cases() throws -> [Case] {
        try MechanismsGolden.entries("selection").map {
            let epsilon = ($0["eps"] as! NSNumber).doubleValue
            return Case(
                scores: ($0["scores"] as! [NSNumber]).map(\.int64Value), epsilon: Rational(Int64(epsilon * 10), 10)!,
                entry: $0)
        }
    }

    private func draw(seed: UInt64, _ choose: (inout SeededGenerator) -> Int) -> [Int64] {
        var words = SeededGenerator(seed: seed)
        return (0..<Self.draws).map { _ in Int64(choose(&words)) }
    }

    @Test func theExponentialMechanismHasTheGoldenLaw() throws {
        for golden in try Self.cases() {
            for (monotone, key) in [(false, "exponential_mechanism"), (true, "exponential_mechanism_monotone")] {
                let coin = golden.coin(monotone: monotone)
                let draws = draw(seed: 1) { ExponentialMechanism.choose(golden.scores, coin, using: &$0) }
                #expect(GoodnessOfFit.fits(draws, golden.law(key)), "\(golden.scores) \(key)")
            }
        }
    }

    @Test func permuteAndFlipHasTheGoldenLaw() throws {
        for golden in try Self.cases() {
            let coin = golden.coin(monotone: false)
            let draws = draw(seed: 2) { PermuteAndFlip.choose(golden.scores, coin, using: &$0) }
            #expect(GoodnessOfFit.fits(draws, golden.law("permute_and_flip")), "\(golden.scores)")
        }
    }

    @Test func noisyMaxHasTheGoldenLaw() throws {
        for golden in try Self.cases() {
            let noise = DiscreteLaplace(scale: Rational(2 * golden.epsilon.denominator, golden.epsilon.numerator)!)
            let draws = draw(seed: 3) { NoisyMax.choose(golden.scores, noise, using: &$0) }
            let law = golden.law("noisy_max_discrete_laplace_scale_2_over_eps_uniform_ties")
            #expect(GoodnessOfFit.fits(draws, law), "\(golden.scores)")
        }
    }

    @Test func anotherRateFails() throws {
        let golden = try #require(try Self.cases().first)
        let coin = ExponentialCoin(rate: Rational(11, 20)!)  // ε a tenth too large
        #expect(
            !GoodnessOfFit.fits(
                draw(seed: 4) { ExponentialMechanism.choose(golden.scores, coin, using: &$0) },
                golden.law("exponential_mechanism")))
        #expect(
            !GoodnessOfFit.fits(
                draw(seed: 4) { PermuteAndFlip.choose(golden.scores, coin, using: &$0) },
                golden.law("permute_and_flip")))
    }

    /// The law of permute-and-flip by its own formula, at a rate and sensitivity: pᵢ = wᵢ·∫ Π(1 − t·wⱼ) dt.
    private func permuteAndFlipLaw(_ scores: [Int64], rate: Double) -> [Double] {
        let best = scores.max()!
        let w = scores.map { exp(rate * Double($0 - best)) }
        return w.indices.map { i in
            // Simpson's rule is exact for polynomials of degree 3.
            let n = 2
            let sum = (0...n).reduce(0.0) { sum, k in
                let t = Double(k) / Double(n)
                let product = w.indices.reduce(1.0) { $1 == i ? $0 : $0 * (1 - t * w[$1]) }
                return sum + product * (k == 0 || k == n ? 1 : k % 2 == 1 ? 4 : 2)
            }
            return w[i] * sum / (3 * Double(n))
        }
    }

    @Test("the law of permute-and-flip moves by e^ε at most between neighbours", arguments: [0.3, 1, 4])
    func permuteAndFlipIsPrivate(epsilon: Double) {
        let moves: [Int64] = [-1, 0, 1]
        for base in [[0, 0, 0, 0], [0, 1, 2, 3], [5, 5, 0, 1], [0, 9, 9, 2]] as [[Int64]] {
            let p = permuteAndFlipLaw(base, rate: epsilon / 2)
            #expect(abs(p.reduce(0, +) - 1) < 1e-9)
            for a in moves {
                for b in moves {
                    for c in moves {
                        for d in moves {
                            let q = permuteAndFlipLaw(
                                [base[0] + a, base[1] + b, base[2] + c, base[3] + d], rate: epsilon / 2)
                            for (p, q) in zip(p, q) { #expect(p <= exp(epsilon) * q * (1 + 1e-9)) }
                        }
                    }
                }
            }
        }
    }

    @Test func extremeScoresNeitherTrapNorHang() {
        var words = SeededGenerator(seed: 5)
        let scores: [Int64] = [.min, .max, 0, .max]
        let coin = ExponentialCoin(rate: Rational(.max, 1)!)
        let noise = DiscreteLaplace(scale: Rational(1, .max)!)
        for _ in 0..<100 {
            #expect(scores[ExponentialMechanism.choose(scores, coin, using: &words)] == .max)
            #expect(scores[PermuteAndFlip.choose(scores, coin, using: &words)] == .max)
            #expect(scores[NoisyMax.choose(scores, noise, using: &words)] == .max)
        }
        let flat = ExponentialCoin(rate: Rational(1, .max)!)
        let either = (0..<100).map { _ in ExponentialMechanism.choose([.min, .max], flat, using: &words) }
        #expect(either.allSatisfy { $0 == 0 || $0 == 1 })
        #expect(ExponentialCoin.gap(below: .max, .min) == .max)
    }

    @Test func oneCandidateIsChosen() {
        var words = SeededGenerator(seed: 6)
        let coin = ExponentialCoin(rate: Rational(1, 1)!)
        #expect(ExponentialMechanism.choose([-3], coin, using: &words) == 0)
        #expect(PermuteAndFlip.choose([-3], coin, using: &words) == 0)
        #expect(NoisyMax.choose([-3], DiscreteLaplace(scale: Rational(1, 1)!), using: &words) == 0)
    }
}
