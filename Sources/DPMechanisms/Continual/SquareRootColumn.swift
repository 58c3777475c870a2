// SPDX-License-Identifier: Apache-2.0

internal import DPAccounting

/// The first column of the matrix that a square-root stream releases, in steps of the fine grid, and what undoes it.
///
/// **Bounded.** A pair (item, period s) adds ĉ_{t−s} ≥ 0 to the coordinate (item, t) of every period t ≥ s. The items of a user's at
/// most m pairs differ, so the pairs move different coordinates, and the user's whole life has the squared ℓ2 norm
/// ≤ m·Σⱼ ĉⱼ². The ĉ are cⱼ·U rounded down, U such that m·Σⱼ ĉⱼ² ≤ K², K the clipping norm in steps: compared in integers. Whoever
/// leaves at some t adds a prefix of that, which is no longer. □
struct SquareRootColumn {
    /// ĉ₀ … in steps of the fine grid; ĉ₀ ≥ 1.
    let steps: [Int64]
    let grid: FineGrid

    init(_ event: GaussianSumEvent, band: Int, itemsPerUser: Int) throws(DoorError) {
        grid = try FineGrid(event)
        let coefficients = MatrixMechanismEvent.squareRootCoefficients(band)
        let length = coefficients.reduce(0) { $0 + $1 * $1 } * Double(itemsPerUser)
        // A relative 2⁻³⁰ below is more than all roundings of Double here; what counts is the comparison below.
        let unit = (Double(grid.clippingSteps) / length.squareRoot() * (1 - 0x1p-30)).rounded(.down)
        guard unit >= 1, unit <= 0x1p40 else { throw .unsupportedEvent("the clipping norm is too small for a stream") }
        steps = coefficients.map { Int64(($0 * unit).rounded(.down)) }
        let squares = steps.reduce(UInt128(0)) { $0 + UInt128($1.magnitude) * UInt128($1.magnitude) }
        let norm = UInt128(grid.clippingSteps)
        guard squares * UInt128(itemsPerUser) <= norm * norm else {
            throw .unsupportedEvent("the clipping norm is too small for a stream")
        }
    }

    /// d₀ … d_{n−1}, the coefficients of 1/((1 − x)·Ĉ(x)) in output steps: the counts up to t are Σⱼ dⱼ·y_{t−j}.
    ///
    /// y = Ĉx + z has the prefix sums A·Ĉ⁻¹·y, A all ones below the diagonal. Post-processing: in Double.
    func inverse(_ count: Int) -> [Double] {
        let scale = grid.outputGranularity / grid.granularity
        let first = Double(steps[0])
        var (inverse, sums): ([Double], [Double]) = ([], [])
        var sum = 0.0
        for n in 0..<count {
            var value = n == 0 ? 1.0 : 0.0
            for j in 1..<max(1, min(n + 1, steps.count)) { value -= Double(steps[j]) * inverse[n - j] }
            inverse.append(value / first)
            sum += value / first
            sums.append(sum * scale)
        }
        return sums
    }
}
