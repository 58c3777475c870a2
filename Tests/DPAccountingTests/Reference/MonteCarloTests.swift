// SPDX-License-Identifier: Apache-2.0

import Foundation
import TestSupport
import Testing

@testable import DPAccounting

/// δ(ε) = E_P[(1 − e^(ε − L))⁺] by drawing what the mechanism would release.
///
/// The outcomes are drawn from the mechanism's law and the loss is the logarithm of two densities: no masses, no grids, no
/// transforms. Each draw is in [0, 1], so by Hoeffding the mean of n is within √(ln(2/α)/2n) of δ with probability 1 − α.
struct MonteCarloTests {
    /// The chance, over fresh seeds, that one comparison fails though the code is right.
    static let falseAlarmRate = 1e-9
    static let draws = 60_000
    static let tolerance = (log(2 / falseAlarmRate) / Double(2 * draws)).squareRoot()

    /// Draws the loss of one release when P is true.
    static func loss(_ law: LossLaw, _ direction: LossDirection, _ generator: inout SeededGenerator) -> Double {
        let q = law.samplingProbability
        // Removing: the user is there, and in the sample with probability q. Adding: not there.
        let isIn = direction == .remove && Double.random(in: 0..<1, using: &generator) < q
        let outcome = draw(law.mechanism, shifted: isIn, &generator)
        let (p, out) = densities(law.mechanism, outcome)
        let mixed = (1 - q) * out + q * p
        return direction == .remove ? log(mixed / out) : log(out / mixed)
    }

    private static func normal(_ generator: inout SeededGenerator) -> Double {
        // Box, Muller 1958.
        let (u, v) = (Double.random(in: 0x1p-60..<1, using: &generator), Double.random(in: 0..<1, using: &generator))
        return (-2 * log(u)).squareRoot() * cos(2 * Double.pi * v)
    }

    private static func draw(_ mechanism: LossMechanism, shifted: Bool, _ generator: inout SeededGenerator) -> Double {
        switch mechanism {
        case .gaussian(let sigma): return (shifted ? 1 : 0) + sigma * normal(&generator)
        case .laplace(let scale):
            let sign = Bool.random(using: &generator) ? 1.0 : -1.0
            return (shifted ? 1 : 0) - sign * scale * log(Double.random(in: 0x1p-60..<1, using: &generator))
        case .discreteLaplace(let scale, let shift):
            // The difference of two geometric numbers.
            func geometric() -> Double {
                (-scale * log(Double.random(in: 0x1p-60..<1, using: &generator))).rounded(.down)
            }
            return (shifted ? Double(shift) : 0) + geometric() - geometric()
        case .randomizedResponse(let noise, let buckets):
            if Double.random(in: 0..<1, using: &generator) >= noise { return shifted ? 1 : 0 }
            return Double(Int.random(in: 0..<buckets, using: &generator))
        default: return .nan
        }
    }

    private static func densities(_ mechanism: LossMechanism, _ x: Double) -> (p: Double, q: Double) {
        switch mechanism {
        case .gaussian(let sigma):
            return (exp(-(x - 1) * (x - 1) / (2 * sigma * sigma)), exp(-x * x / (2 * sigma * sigma)))
        case .laplace(let scale): return (exp(-abs(x - 1) / scale), exp(-abs(x) / scale))
        case .discreteLaplace(let scale, let shift):
            return (exp(-abs(x - Double(shift)) / scale), exp(-abs(x) / scale))
        case .randomizedResponse(let noise, let buckets):
            let other = noise / Double(buckets)
            return (x == 1 ? 1 - noise + other : other, x == 0 ? 1 - noise + other : other)
        default: return (.nan, .nan)
        }
    }

    /// The mean over draws of (1 − e^(ε − L))⁺ for the sum of all losses.
    static func estimate(_ laws: [LossLawCount], _ direction: LossDirection, _ epsilons: [Double], seed: UInt64)
        -> [Double]
    {
        var generator = SeededGenerator(seed: seed)
        var sums = epsilons.map { _ in 0.0 }
        for _ in 0..<draws {
            var total = 0.0
            for entry in laws {
                for _ in 0..<entry.count { total += loss(entry.law, direction, &generator) }
            }
            for k in epsilons.indices where total > epsilons[k] { sums[k] += 1 - exp(epsilons[k] - total) }
        }
        return sums.map { $0 / Double(draws) }
    }

    static let runs: [[LossLawCount]] = [
        [LossLawCount(LossLaw(.gaussian(noiseMultiplier: 1)), count: 3)],
        [LossLawCount(LossLaw(.gaussian(noiseMultiplier: 0.7), samplingProbability: 0.3), count: 6)],
        [LossLawCount(LossLaw(.laplace(scale: 1.5)), count: 4)],
        [LossLawCount(LossLaw(.laplace(scale: 0.8), samplingProbability: 0.2), count: 5)],
        [LossLawCount(LossLaw(.discreteLaplace(scale: 2, sensitivity: 2)), count: 3)],
        [LossLawCount(LossLaw(.randomizedResponse(noise: 0.5, buckets: 4)), count: 3)],
        [
            LossLawCount(LossLaw(.gaussian(noiseMultiplier: 2), samplingProbability: 0.5), count: 4),
            LossLawCount(LossLaw(.laplace(scale: 3)), count: 2),
            LossLawCount(LossLaw(.discreteLaplace(scale: 1, sensitivity: 1), samplingProbability: 0.4), count: 2),
        ],
    ]

    @Test("composed losses are the mean over drawn releases, in both directions", arguments: runs.indices)
    func composed(run: Int) {
        let laws = Self.runs[run]
        let epsilons = [0, 0.3, 1, 2]
        var accountant = LossAccountant(tolerance: 1e-4)
        for direction in LossAccountant.directions(laws) {
            let drawn = Self.estimate(laws, direction, epsilons, seed: UInt64(100 + run))
            for (epsilon, mean) in zip(epsilons, drawn) {
                let found = exp(accountant.logDelta(of: laws, direction, epsilon: epsilon))
                // The grid's own excess at tolerance 1e-4 is far below the 0.0134 of the draws.
                #expect(abs(found - mean) < Self.tolerance + 1e-3, "\(laws) \(direction) \(epsilon): \(found), \(mean)")
            }
        }
    }

    @Test("a run of another noise or sampling is told apart: the comparison has power")
    func power() {
        let laws = Self.runs[1]
        let drawn = Self.estimate(laws, .remove, [0.3], seed: 7)[0]
        var accountant = LossAccountant(tolerance: 1e-4)
        for wrong in [
            LossLaw(.gaussian(noiseMultiplier: 0.8), samplingProbability: 0.3),
            LossLaw(.gaussian(noiseMultiplier: 0.7), samplingProbability: 0.4),
        ] {
            let other = exp(accountant.logDelta(of: [LossLawCount(wrong, count: 6)], .remove, epsilon: 0.3))
            #expect(abs(other - drawn) > Self.tolerance, "\(wrong): \(other), \(drawn)")
        }
    }
}
