// SPDX-License-Identifier: Apache-2.0

internal import DPAccounting
internal import Interactions

/// Σ over sampled users of min(1, C)/√k for each of the user's k items.
///
/// With M = ⌊min(1, C)/g⌋ steps a user adds v = ⌊M/√k⌋ = ⌊√(M²/k)⌋ to k coordinates: k·v² ≤ M², so the ℓ2 norm is at most
/// M·g ≤ C, in integers throughout. □
enum ItemWeights {
    static func sum<Words: WordSource & ~Copyable>(
        over cohort: Cohort, _ event: GaussianSumEvent, grid: FineGrid, maxUsers: Int, using words: inout Words
    ) -> ExactSum {
        let most = event.clippingNorm > 1 ? UInt64(1 / grid.granularity) : grid.clippingSteps
        var sum = ExactSum(count: cohort.itemCount, perUser: most, maxUsers: maxUsers)
        let sampler = PoissonSampler(samplingProbability: event.samplingProbability)
        for index in 0..<cohort.count where sampler.includes(using: &words) {
            cohort.withColumns(of: index) { items, _, _ in
                if items.isEmpty { return }
                let weight = Int64(steps(most, for: UInt64(items.count)))
                sum.add { sum in for i in items.indices { sum[Int(items[i])] += weight } }
            }
        }
        return sum
    }

    /// ⌊√(M²/k)⌋ = the largest v with k·v² ≤ M²; M ≤ 2⁴⁰.
    static func steps(_ most: UInt64, for k: UInt64) -> UInt64 {
        let square = UInt128(most) * UInt128(most)
        var v = UInt64(Double(most) / Double(k).squareRoot())
        while UInt128(k) * UInt128(v) * UInt128(v) > square { v -= 1 }
        while UInt128(k) * UInt128(v + 1) * UInt128(v + 1) <= square { v += 1 }
        return v
    }
}
