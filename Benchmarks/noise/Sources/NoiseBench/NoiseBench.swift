// SPDX-License-Identifier: Apache-2.0

import DPAccounting
import DPMechanisms
import Foundation
import Interactions

/// Releases through the door, noise alone: a cohort of nobody. The fast
/// Gaussian in releases of 10⁵ (memory that stays in cache, as a training step's) and of 10⁶. One JSON line a task, as the peer's
/// `bench_noise.py`. What is timed is the whole release: sums, noise, rounding to the output grid, the result.
@main
struct NoiseBench {
    static let coordinates = 1_000_000
    static let limit = AccountLimit(epsilon: .infinity, delta: DeltaAmount(0.5, rounding: .down))

    static func main() throws {
        for scale in [1, 1000] as [Int64] {
            try run("discrete Laplace, scale \(scale).0", .itemCounts, draws: coordinates / 4) {
                .discreteLaplace(
                    DiscreteLaplaceEvent(scale: Rational(scale, 1)!, bound: bound, dimension: coordinates))
            }
            try run("discrete Gaussian, scale \(scale).0", .itemCounts, draws: coordinates / 4) {
                .discreteGaussian(
                    DiscreteGaussianEvent(variance: Rational(scale * scale, 1)!, bound: bound, dimension: coordinates))
            }
        }
        for (task, draws) in [("fast Gaussian, releases of 10^5", coordinates / 10), ("fast Gaussian", coordinates)] {
            try run(task, .itemWeights, draws: draws) {
                .gaussianSum(
                    GaussianSumEvent(
                        samplingProbability: 1, clippingNorm: 1, noiseMultiplier: 1, dimension: coordinates))
            }
        }
    }

    static let bound = ItemBound(maxItemsPerUser: 1, maxValuePerItem: 1)

    static func run(
        _ task: String, _ contribution: Contribution, draws: Int, _ event: () -> PrivacyEvent
    ) throws {
        let nobody = Cohort(itemCount: draws, members: [])
        var (best, bestCPU) = (Double.infinity, Double.infinity)
        var check: Int64 = 0
        for repetition in 0..<(draws == coordinates / 4 ? 10 : 50) {
            let ledger = InMemoryLedger(name: "bench", limit: limit)
            var run = try ledger.reserve(
                RunPlan(event()), delta: DeltaAmount(1e-6, rounding: .down), run: RunID(hex: "\(repetition)"),
                cohort: PrivateSum.digest(of: nobody))
            guard let step = run.next() else { return }
            let (start, cpu) = (ContinuousClock.now, clock())
            let release = try PrivateSum.release(contribution, of: nobody, spending: step, maxUsers: 1 << 20)
            let seconds = (ContinuousClock.now - start) / .seconds(1)
            check ^= release.steps.reduce(0, ^)
            best = min(best, seconds)
            bestCPU = min(bestCPU, Double(clock() - cpu) / 1e6)
        }
        let rate = Double(draws) / best / 1e6
        print(
            "{\"task\": \"ours: \(task)\", \"draws\": \(draws), \"seconds_best\": \(best), "
                + "\"cpu_seconds_best\": \(bestCPU), \"million_draws_per_second\": \(rate)}")
        if check == 42 { print("") }  // the result is used
    }
}
