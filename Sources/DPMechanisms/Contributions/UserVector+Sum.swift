// SPDX-License-Identifier: Apache-2.0

internal import DPAccounting
internal import Interactions

extension UserVector {
    /// Σ of whole numbers, for a discrete event.
    ///
    /// A user adds k with |k| ≤ v = maxValuePerItem at no more than m = maxItemsPerUser coordinates: ℓ1 ≤ m·v, ℓ2² ≤ m·v². Which
    /// coordinates stay is drawn from the user's own alone (as in `Counts`); withdrawn users add nothing. Int64 holds 2⁴⁶ users
    /// of 2¹⁶. □
    func counts<Words: WordSource & ~Copyable>(
        of cohort: Cohort, bound: ItemBound, using words: inout Words
    ) -> [Int64] {
        var sum = [Int64](repeating: 0, count: dimension)
        let most = Double(bound.maxValuePerItem)
        for index in 0..<cohort.count where !cohort.isWithdrawn(index) {
            let own = entries(of: cohort, index)
            var kept: [(coordinate: Int, steps: Int64)] = []
            for (coordinate, value) in zip(own.coordinates, own.values) {
                // Held first: the quotient may be infinite, never NaN.
                let steps = Int64(min(max(value / granularity, -most), most))
                if steps != 0 { kept.append((coordinate, steps)) }
            }
            if kept.count > bound.maxItemsPerUser {
                kept = Uniform.subset(of: kept.count, size: bound.maxItemsPerUser, using: &words).map { kept[$0] }
            }
            for (coordinate, steps) in kept { sum[coordinate] += steps }
        }
        return sum
    }

    /// Σ over sampled users of the vector clipped to C, on the fine grid.
    ///
    /// x, M = max|xᵢ|, u = x/M in Double: |uᵢ| ≤ 1, and with n coordinates ℓ = ‖u‖ as computed is within n·2⁻⁵² of it, at least
    /// 1. The scale f = min(M, C(1 − 2⁻²⁰)/ℓ) makes ‖f·u‖ ≤ C(1 − 2⁻²⁰)(1 + (n + 8)·2⁻⁵²) ≤ C(1 − 2⁻²¹) for n < 2³⁰; each f·uᵢ/g
    /// is rounded by a factor within 1 + 2⁻⁵¹ and then truncated toward zero: the norm is at most C. Each is at most 2⁴⁰ steps.
    /// Squares cannot overflow and the largest cannot vanish, whatever x is; a vector of zeros adds nothing. □
    func sum<Words: WordSource & ~Copyable>(
        over cohort: Cohort, _ event: GaussianSumEvent, grid: FineGrid, maxUsers: Int, using words: inout Words
    ) throws(DoorError) -> ExactSum {
        guard dimension < 1 << 30 else { throw .unsupportedEvent("the vector has more than 2³⁰ coordinates") }
        var sum = ExactSum(count: dimension, perUser: 1 << 41, maxUsers: maxUsers)
        let sampler = PoissonSampler(samplingProbability: event.samplingProbability)
        for index in 0..<cohort.count where sampler.includes(using: &words) && !cohort.isWithdrawn(index) {
            let own = entries(of: cohort, index)
            let largest = own.values.reduce(0) { max($0, abs($1)) }
            guard largest > 0 else { continue }
            let unit = own.values.map { $0 / largest }
            let length = unit.reduce(0) { $0 + $1 * $1 }.squareRoot()
            let scale = min(largest, event.clippingNorm * (1 - 0x1p-20) / length) / grid.granularity
            sum.add { sum in
                for (coordinate, value) in zip(own.coordinates, unit) { sum[coordinate] += Int64(value * scale) }
            }
        }
        return sum
    }

    private func entries(of cohort: Cohort, _ index: Int) -> (coordinates: [Int], values: [Double]) {
        cohort.withColumns(of: index) { items, values, times in
            var out = UserEntries(dimension: dimension)
            user(items, values, times, &out)
            return out.merged()
        }
    }
}

extension Contribution {
    /// The unit of a release under a discrete event. Public.
    var countGranularity: Double {
        if case .userVector(let vector) = self { vector.granularity } else { 1 }
    }
}
