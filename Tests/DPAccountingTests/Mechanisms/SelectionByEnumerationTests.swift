// SPDX-License-Identifier: Apache-2.0

import Foundation
import TestSupport
import Testing

@testable import DPAccounting

/// Mechanisms that choose: the exponential mechanism, permute-and-flip, noisy maxima, the best of random trials, keys. Each is
/// written out for small inputs, and the event's figures have to be above what neighbouring inputs show.
struct SelectionByEnumerationTests {
    /// P(i) ∝ e^(factor·score).
    static func exponential(_ scores: [Double], _ factor: Double) -> [Double] {
        let weights = scores.map { exp(factor * $0) }
        let sum = weights.reduce(0, +)
        return weights.map { $0 / sum }
    }

    /// McKenna, Sheldon 2020, Algorithm 1: in random order, accept with probability e^(factor·(score − best)).
    static func permuteAndFlip(_ scores: [Double], _ factor: Double) -> [Double] {
        let accept = scores.map { exp(factor * ($0 - (scores.max() ?? 0))) }
        var chances = [Double](repeating: 0, count: scores.count)
        func visit(_ left: [Int], _ weight: Double) {
            for i in left {
                let share = weight / Double(left.count)
                chances[i] += share * accept[i]
                if accept[i] < 1 { visit(left.filter { $0 != i }, share * (1 - accept[i])) }
            }
        }
        visit(Array(scores.indices), 1)
        return chances
    }

    /// The index of the largest score after discrete Laplace noise of scale b, ties to the first; by summing over the largest value.
    static func noisyMax(_ scores: [Int], _ scale: Double) -> [Double] {
        let p = exp(-1 / scale)
        let reach = Int(45 * scale) + 8
        func mass(_ x: Int) -> Double { (1 - p) / (1 + p) * pow(p, Double(abs(x))) }
        /// P(noise ≤ x).
        func below(_ x: Int) -> Double { x < 0 ? pow(p, Double(-x)) / (1 + p) : 1 - pow(p, Double(x + 1)) / (1 + p) }
        return scores.indices.map { i in
            (-reach...reach).reduce(0.0) { sum, noise in
                let top = scores[i] + noise
                var chance = mass(noise)
                for j in scores.indices where j != i { chance *= below(top - scores[j] - (j < i ? 1 : 0)) }
                return sum + chance
            }
        }
    }

    static func hockeyStick(_ p: [Double], _ q: [Double], _ epsilon: Double) -> Double {
        zip(p, q).reduce(0) { $0 + max(0, $1.0 - exp(epsilon) * $1.1) }
    }

    static func renyi(_ p: [Double], _ q: [Double], _ order: Double) -> Double {
        log(zip(p, q).reduce(0) { $0 + pow($1.0, order) * pow($1.1, 1 - order) }) / (order - 1)
    }

    /// Scores that differ by at most 1 in each entry.
    static func neighbours(_ generator: inout SeededGenerator) -> ([Double], [Double]) {
        let count = Int.random(in: 2...6, using: &generator)
        let scores = (0..<count).map { _ in Double.random(in: -5...5, using: &generator) }
        let mode = Int.random(in: 0..<3, using: &generator)
        return (
            scores,
            scores.enumerated().map { index, score in
                switch mode {
                case 0: score + Double.random(in: -1...1, using: &generator)
                case 1: score + (index == 0 ? 1 : -1)
                default: score + (index % 2 == 0 ? 1 : 0)
                }
            }
        )
    }

    @Test(
        "exponential mechanisms: δ, and Rényi costs of bounded range, hold for random scores", arguments: [0.2, 1, 3.5])
    func exponentialMechanism(epsilon: Double) {
        var generator = SeededGenerator(seed: 71)
        let event = PrivacyEvent.exponentialMechanism(
            ExponentialMechanismEvent(epsilon: EpsilonAmount(epsilon, rounding: .up)))
        var most = 0.0
        for _ in 0..<300 {
            let (a, b) = Self.neighbours(&generator)
            // Scores of sensitivity 1: the factor is ε/2.
            let (p, q) = (Self.exponential(a, epsilon / 2), Self.exponential(b, epsilon / 2))
            for at in [0, epsilon / 4, epsilon * 0.9] {
                #expect(
                    Self.hockeyStick(p, q, at) <= LossAccounting().delta(of: RunPlan(event), epsilon: at) + 1e-15)
            }
            for order in [1.5, 4, 20] {
                let cost = RenyiAccountant.cost(of: event, order: order)
                #expect(Self.renyi(p, q, order) <= cost + 1e-14, "order \(order)")
                most = max(most, Self.renyi(p, q, order) / cost)
            }
            // Bounded range (Dong, Durfee, Rogers 2020): all losses lie within one interval of length ε.
            let losses = zip(p, q).map { log($0 / $1) }
            #expect((losses.max() ?? 0) - (losses.min() ?? 0) <= epsilon + 1e-12)
        }
        // The bound is not far above what random scores reach.
        #expect(most > 0.5, "\(most)")
    }

    @Test("permute-and-flip: pure ε, and never a worse choice than the exponential mechanism", arguments: [0.3, 1, 4])
    func permuteAndFlip(epsilon: Double) {
        var generator = SeededGenerator(seed: 72)
        let event = PrivacyEvent.reportNoisyMax(ReportNoisyMaxEvent(epsilon: EpsilonAmount(epsilon, rounding: .up)))
        for _ in 0..<120 {
            let (a, b) = Self.neighbours(&generator)
            let (p, q) = (Self.permuteAndFlip(a, epsilon / 2), Self.permuteAndFlip(b, epsilon / 2))
            #expect(abs(p.reduce(0, +) - 1) < 1e-12)
            for (x, y) in zip(p, q) { #expect(x <= exp(epsilon) * y * (1 + 1e-12)) }
            for at in [0, epsilon / 2] {
                #expect(
                    Self.hockeyStick(p, q, at) <= LossAccounting().delta(of: RunPlan(event), epsilon: at) + 1e-14)
            }
            for order in [2.0, 9] {
                #expect(Self.renyi(p, q, order) <= RenyiAccountant.cost(of: event, order: order) + 1e-13)
            }
            // Expected score (their Theorem 2).
            let other = Self.exponential(a, epsilon / 2)
            func mean(_ law: [Double]) -> Double { zip(law, a).reduce(0) { $0 + $1.0 * $1.1 } }
            #expect(mean(p) >= mean(other) - 1e-12)
        }
    }

    @Test(
        "a noisy maximum of counts, one user moving each by at most 1 and all the same way, is ε = 1/b pure",
        arguments: [1.0, 2.5])
    func noisyMax(scale: Double) {
        var generator = SeededGenerator(seed: 73)
        let event = PrivacyEvent.reportNoisyMax(ReportNoisyMaxEvent(epsilon: EpsilonAmount(1 / scale, rounding: .up)))
        for _ in 0..<80 {
            let counts = (0..<4).map { _ in Int.random(in: 0...6, using: &generator) }
            let more = counts.map { $0 + Int.random(in: 0...1, using: &generator) }
            let (p, q) = (Self.noisyMax(counts, scale), Self.noisyMax(more, scale))
            #expect(abs(p.reduce(0, +) - 1) < 1e-12)
            for at in [0, 0.3 / scale, 0.9 / scale] {
                let priced = LossAccounting().delta(of: RunPlan(event), epsilon: at)
                #expect(Self.hockeyStick(p, q, at) <= priced + 1e-13)
                #expect(Self.hockeyStick(q, p, at) <= priced + 1e-13)
            }
            for (x, y) in zip(p, q) {
                #expect(x <= exp(1 / scale) * y * (1 + 1e-9) && y <= exp(1 / scale) * x * (1 + 1e-9))
            }
        }
    }

    /// The chances that the best of K trials is each of the outcomes, which are ordered from the worst on: E[F(x)^K] − E[F(x−)^K].
    static func best(_ law: [Double], generating f: (Double) -> Double) -> [Double] {
        var (sum, before) = (0.0, f(0))
        let none = before
        return law.enumerated().map { index, mass in
            sum = min(1, sum + mass)
            let now = f(sum)
            defer { before = now }
            // No trial at all releases the worst outcome.
            return now - before + (index == 0 ? none : 0)
        }
    }

    @Test(
        "the best of a geometric, logarithmic or other number of pure runs: Papernot, Steinke 2022, Theorem 2",
        arguments: [-0.5, 0, 1, 3])
    func negativeBinomial(shape: Double) throws {
        let base = EventFamily.all.first { $0.name == "report noisy max" }!
        var generator = SeededGenerator(seed: 74)
        for gamma in [0.5, 0.1, 0.01] {
            let event = PrivacyEvent.randomTrials(
                RandomTrialsEvent(
                    trials: .negativeBinomial(shape: shape, probability: gamma), event: base.event(1)))
            /// E[x^K] of the truncated negative binomial (their Definition 1).
            func generating(_ x: Double) -> Double {
                if shape == 0 { return log(1 - (1 - gamma) * x) / log(gamma) }
                return (pow(1 - (1 - gamma) * x, -shape) - 1) / (pow(gamma, -shape) - 1)
            }
            for _ in 0..<100 {
                // Two laws within e^(±1) of one another.
                let count = Int.random(in: 2...5, using: &generator)
                let p = Self.exponential((0..<count).map { _ in Double.random(in: -2...2, using: &generator) }, 1)
                let raw = p.map { $0 * exp(Bool.random(using: &generator) ? 0.5 : -0.5) }
                let q = raw.map { $0 / raw.reduce(0, +) }
                guard zip(p, q).allSatisfy({ abs(log($0 / $1)) <= 1 }) else { continue }
                let (x, y) = (Self.best(p, generating: generating), Self.best(q, generating: generating))
                #expect(abs(x.reduce(0, +) - 1) < 1e-9)
                for (a, b) in zip(x, y) where a > 1e-12 {
                    // (2 + η)·ε in the limit of all orders.
                    #expect(log(a / b) <= 2 + shape + 1e-9, "η \(shape) γ \(gamma)")
                }
                for order in [1.5, 3, 12] {
                    #expect(
                        Self.renyi(x, y, order) <= RenyiAccountant.cost(of: event, order: order) + 1e-9,
                        "η \(shape) γ \(gamma) α \(order)")
                }
            }
        }
    }

    @Test("the best of a Poisson number of runs: Theorem 6", arguments: [0.5, 3, 20])
    func poissonTrials(mean: Double) {
        let base = EventFamily.all.first { $0.name == "report noisy max" }!
        var generator = SeededGenerator(seed: 75)
        let event = PrivacyEvent.randomTrials(RandomTrialsEvent(trials: .poisson(mean: mean), event: base.event(2)))
        for _ in 0..<100 {
            let p = Self.exponential((0..<4).map { _ in Double.random(in: -2...2, using: &generator) }, 1)
            let raw = p.map { $0 * exp(Bool.random(using: &generator) ? 0.25 : -0.25) }
            let q = raw.map { $0 / raw.reduce(0, +) }
            guard zip(p, q).allSatisfy({ abs(log($0 / $1)) <= 0.5 }) else { continue }
            let x = Self.best(p) { exp(mean * ($0 - 1)) }
            let y = Self.best(q) { exp(mean * ($0 - 1)) }
            for order in [1.5, 2, 6] {
                #expect(Self.renyi(x, y, order) <= RenyiAccountant.cost(of: event, order: order) + 1e-9, "α \(order)")
            }
        }
    }

    @Test(
        "optimal partition selection is (ε, δ) for every number of users, and the event composes it over keys",
        arguments: [(0.5, 1e-3), (2, 1e-6)])
    func partitionSelection(epsilon: Double, delta: Double) {
        // Desfontaines et al. 2020: πₙ₊₁ = min(e^ε·πₙ + δ, 1 − e^(−ε)·(1 − πₙ − δ), 1).
        var chances = [0.0]
        while chances.count < 400, (chances.last ?? 1) < 1 {
            let last = chances.last ?? 0
            chances.append(min(exp(epsilon) * last + delta, 1 - exp(-epsilon) * (1 - last - delta), 1))
        }
        for at in [0.0, epsilon / 2, epsilon, epsilon * 1.5] {
            let laws = LossLaw(.approximate(epsilon: epsilon, delta: delta))
            let priced = laws.hockeyStick(at, .remove)
            for (a, b) in zip(chances, chances.dropFirst()) {
                for (p, q) in [([a, 1 - a], [b, 1 - b]), ([b, 1 - b], [a, 1 - a])] {
                    #expect(Self.hockeyStick(p, q, at) <= priced + 1e-12, "ε \(at): \(a) \(b)")
                }
            }
        }
        // Three keys of one user: all that may come out of three choices, against three events' worth.
        let event = PrivacyEvent.partitionSelection(
            PartitionSelectionEvent(
                epsilon: EpsilonAmount(epsilon, rounding: .up), delta: DeltaAmount(delta, rounding: .up),
                maxPartitions: 3))
        for n in [0, 1, 3, chances.count - 2] where n >= 0 {
            let (a, b) = (chances[n], chances[n + 1])
            for at in [0.1, epsilon, 2.2 * epsilon] {
                var shown = 0.0
                for outcome in 0..<8 {
                    let kept = (0..<3).count { outcome >> $0 & 1 == 1 }
                    let p = pow(b, Double(kept)) * pow(1 - b, Double(3 - kept))
                    let q = pow(a, Double(kept)) * pow(1 - a, Double(3 - kept))
                    shown += max(0, p - exp(at) * q)
                }
                #expect(shown <= LossAccounting().delta(of: RunPlan(event), epsilon: at) + 1e-12, "n \(n) ε \(at)")
            }
        }
    }
}
