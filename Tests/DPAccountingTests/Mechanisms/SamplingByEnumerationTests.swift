// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing

@testable import DPAccounting

/// What Poisson sampling does, from whole mechanisms on small data sets: every subset of the users is drawn, every output summed up.
/// No dominating pair is assumed: the events' prices have to be above what any two neighbours show, and are reached by some.
struct SamplingByEnumerationTests {
    /// A law of integer noise on −reach…reach.
    struct Noise: Sendable {
        let name: String
        let masses: [Double]
        var reach: Int { masses.count / 2 }
        let event: PrivacyEvent

        static func discreteLaplace(_ scale: Int64) -> Noise {
            let reach = Int(scale) * 42
            let p = exp(-1 / Double(scale))
            return Noise(
                name: "discrete Laplace \(scale)",
                masses: (-reach...reach).map { (1 - p) / (1 + p) * pow(p, Double(abs($0))) },
                event: .discreteLaplace(
                    DiscreteLaplaceEvent(
                        scale: Rational(scale, 1)!, bound: ItemBound(maxItemsPerUser: 1, maxValuePerItem: 1),
                        dimension: 1)))
        }

        static func discreteGaussian(_ variance: Int64) -> Noise {
            let reach = Int((80 * Double(variance)).squareRoot()) + 1
            let weights = (-reach...reach).map { exp(-Double($0 * $0) / Double(2 * variance)) }
            let sum = weights.reduce(0, +)
            return Noise(
                name: "discrete Gaussian \(variance)", masses: weights.map { $0 / sum },
                event: .discreteGaussian(
                    DiscreteGaussianEvent(
                        variance: Rational(variance, 1)!, bound: ItemBound(maxItemsPerUser: 1, maxValuePerItem: 1),
                        dimension: 1)))
        }
    }

    static let noises: [Noise] = [.discreteLaplace(1), .discreteLaplace(3), .discreteGaussian(1), .discreteGaussian(6)]

    /// The law of the noised sum of a sample in which each user's value is with probability q.
    static func outputs(_ values: [Int], q: Double, _ noise: Noise) -> [Double] {
        let spread = 4
        var law = [Double](repeating: 0, count: noise.masses.count + 2 * spread)
        for subset in 0..<(1 << values.count) {
            var (weight, sum) = (1.0, 0)
            for (user, value) in values.enumerated() {
                let isIn = subset >> user & 1 == 1
                weight *= isIn ? q : 1 - q
                if isIn { sum += value }
            }
            for (k, mass) in noise.masses.enumerated() { law[k + sum + spread] += weight * mass }
        }
        return law
    }

    static func hockeyStick(_ p: [Double], _ q: [Double], _ epsilon: Double) -> Double {
        zip(p, q).reduce(0) { $0 + max(0, $1.0 - exp(epsilon) * $1.1) }
    }

    /// All data sets of up to three users with values in −1…1.
    static let dataSets: [[Int]] = {
        var sets: [[Int]] = [[]]
        for _ in 0..<3 { sets += sets.filter { $0.count < 3 }.flatMap { set in [-1, 0, 1].map { set + [$0] } } }
        return Array(Set(sets.map { $0.sorted() })).sorted { $0.lexicographicallyPrecedes($1) }
    }()

    @Test(
        "one user more or less shows no more than the sampled event's δ, and some neighbours as much", arguments: noises
    )
    func addOrRemove(noise: Noise) {
        for q in [0.05, 0.4, 0.9] {
            let event = PrivacyEvent.sampled(SampledEvent(samplingProbability: q, event: noise.event))
            for epsilon in [0, 0.05, 0.3, 0.9] {
                let priced = LossAccounting().delta(of: RunPlan(event), epsilon: epsilon)
                var most = 0.0
                for set in Self.dataSets where set.count <= 2 {
                    let base = Self.outputs(set, q: q, noise)
                    for value in [-1, 1] {
                        let with = Self.outputs(set + [value], q: q, noise)
                        most = max(most, Self.hockeyStick(with, base, epsilon), Self.hockeyStick(base, with, epsilon))
                    }
                }
                // The noise is cut off where e^(−40) is left.
                #expect(most <= priced + 1e-14, "\(noise.name) q \(q) ε \(epsilon): \(most) over \(priced)")
                #expect(
                    most >= priced * (1 - 1e-9) - 1e-14, "\(noise.name) q \(q) ε \(epsilon): \(most) under \(priced)")
            }
        }
    }

    @Test("a user of a tier shows no more than the tier's event, whoever else is sampled how", arguments: noises)
    func tiers(noise: Noise) throws {
        let tiered = TieredEvent(
            tiers: [.init(name: "rare", samplingProbability: 0.1), .init(name: "often", samplingProbability: 0.6)],
            event: noise.event)
        for (name, q) in [("rare", 0.1), ("often", 0.6)] {
            let event = try #require(tiered.event(ofTier: name))
            for epsilon in [0.0, 0.2, 0.7] {
                let own = LossAccounting().delta(of: RunPlan(event), epsilon: epsilon)
                let worst = LossAccounting().delta(of: RunPlan(.tiered(tiered)), epsilon: epsilon)
                #expect(own <= worst * (1 + 1e-9) + 1e-15)
                // Another user of either tier holds 0 or 1; ours comes and goes at our own probability.
                for (other, value) in [(0.1, 1), (0.6, 1), (0.6, -1)] {
                    let without = Self.mixture([(value, other)], noise)
                    let with = Self.mixture([(value, other), (1, q)], noise)
                    let shown = max(
                        Self.hockeyStick(with, without, epsilon), Self.hockeyStick(without, with, epsilon))
                    #expect(shown <= own + 1e-14, "\(noise.name) \(name) ε \(epsilon): \(shown) over \(own)")
                }
            }
        }
    }

    /// The same with a probability for each user.
    static func mixture(_ users: [(value: Int, q: Double)], _ noise: Noise) -> [Double] {
        var law = [Double](repeating: 0, count: noise.masses.count + 8)
        for subset in 0..<(1 << users.count) {
            var (weight, sum) = (1.0, 0)
            for (index, user) in users.enumerated() {
                let isIn = subset >> index & 1 == 1
                weight *= isIn ? user.q : 1 - user.q
                if isIn { sum += user.value }
            }
            for (k, mass) in noise.masses.enumerated() { law[k + sum + 4] += weight * mass }
        }
        return law
    }

    @Test(
        "two sampled steps, of which the second sees the first, show no more than two events",
        arguments: noises.prefix(2))
    func adaptive(noise: Noise) {
        let q = 0.3
        let plan = RunPlan([
            .init(event: .sampled(SampledEvent(samplingProbability: q, event: noise.event)), count: 2)
        ])
        let (without, with) = (Self.outputs([1], q: q, noise), Self.outputs([1, 1], q: q, noise))
        let (other, otherWith) = (Self.outputs([-1], q: q, noise), Self.outputs([-1, -1], q: q, noise))
        for epsilon in [0.0, 0.2, 0.6, 1.1] {
            let priced = LossAccounting().delta(of: plan, epsilon: epsilon)
            // The second query depends on the sign of the first answer.
            for (p, r) in [(with, without), (without, with)] {
                var shown = 0.0
                for i in p.indices {
                    let second = i > p.count / 2 ? (with, without) : (otherWith, other)
                    let (x, y) = p == with ? second : (second.1, second.0)
                    for j in x.indices { shown += max(0, p[i] * x[j] - exp(epsilon) * r[i] * y[j]) }
                }
                #expect(shown <= priced + 1e-13, "\(noise.name) ε \(epsilon): \(shown) over \(priced)")
            }
        }
    }

    @Test("a sample of fixed size is not a Poisson sample: its cost is another, and not ours")
    func fixedSize() {
        // One of two users, always: replacing one is the relation; adding changes the size. Poisson at ½ hides an addition more.
        let noise = Self.noises[1]
        let event = PrivacyEvent.sampled(SampledEvent(samplingProbability: 0.5, event: noise.event))
        func fixed(_ values: [Int]) -> [Double] {
            let laws = values.map { Self.outputs([$0], q: 1, noise) }
            return laws[0].indices.map { k in laws.reduce(0) { $0 + $1[k] } / Double(values.count) }
        }
        let shown = Self.hockeyStick(fixed([1, -1]), fixed([1, 1]), 0.3)
        // ½ + ½·e^(2/3) against ½ + ½·e^(1/3): the one passes e^0.3, the other does not.
        #expect(LossAccounting().delta(of: RunPlan(event), epsilon: 0.3) < 1e-14)
        #expect(shown > 0.03, "\(shown)")
    }
}
