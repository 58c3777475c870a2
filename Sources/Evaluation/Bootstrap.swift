// SPDX-License-Identifier: Apache-2.0

/// Intervals of means over users by resampling users with replacement: the percentile bootstrap (Efron, Tibshirani 1993,
/// "An Introduction to the Bootstrap", chapter 13).
///
/// Users are the unit: what one user's list gains and loses stays together, so several metrics are resampled at once.
enum Bootstrap {
    static let resamples = 1_000

    /// One interval a column.
    /// - Parameters:
    ///   - columns: Equally long, one value a user. Empty columns give 0…0.
    ///   - level: In (0, 1).
    static func intervals(
        ofMeansOf columns: [[Double]], level: Double, resamples: Int = resamples, seed: UInt64
    ) -> [ClosedRange<Double>] {
        precondition(level > 0 && level < 1 && resamples >= 1, "a level between 0 and 1")
        let users = columns.first?.count ?? 0
        if users == 0 { return columns.map { _ in 0...0 } }
        var generator = SplitMix64(state: seed)
        var means = columns.map { _ in [Double]() }
        var drawn = [Int](repeating: 0, count: users)
        for _ in 0..<resamples {
            for index in drawn.indices { drawn[index] = generator.below(users) }
            for (place, column) in columns.enumerated() {
                let values = column.span
                var sum = 0.0
                for index in drawn { sum += values[index] }
                means[place].append(sum / Double(users))
            }
        }
        return means.map { interval($0.sorted(), level: level) }
    }

    /// The values that leave (1 − level)/2 of `sorted` out at each end.
    private static func interval(_ sorted: [Double], level: Double) -> ClosedRange<Double> {
        let outside = Int((1 - level) / 2 * Double(sorted.count))
        return sorted[min(outside, sorted.count - 1)]...sorted[max(sorted.count - 1 - outside, 0)]
    }
}
