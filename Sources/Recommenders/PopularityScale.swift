// SPDX-License-Identifier: Apache-2.0

/// What models make of a noisy popularity.
enum PopularityScale {
    /// Floored at 0 and scaled to a maximum of 1; all 1 where nothing is known or nothing is positive.
    /// - Parameter released: Noisy sums, shape `[items]`; nil where the run was stopped before.
    static func normalized(_ released: [Double]?, itemCount: Int) -> [Float] {
        guard let released, let most = released.max(), most > 0 else {
            return [Float](repeating: 1, count: itemCount)
        }
        return released.map { Float(max($0, 0) / most) }
    }
}
