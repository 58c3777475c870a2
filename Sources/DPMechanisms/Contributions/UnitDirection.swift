// SPDX-License-Identifier: Apache-2.0

/// q̂: a public unit vector rounded to the grid 2⁻⁴⁰, and P̂ = I − q̂q̂ᵀ, the projection that the door applies to sums.
///
/// The length of what a user adds is that of P̂x = x − a·q̂, a = q̂ᵀx, for the *rounded* q̂: with k items
/// ‖P̂x‖² = k − a²(2 − ‖q̂‖²) = n². a and ‖q̂‖² are integers here, so that n² has three roundings of at most k·2⁻⁵² each. Where
/// n² ≤ 10⁻⁴·k the contribution is zero; elsewhere n² is within 2⁻³⁷ of the truth, relative. □
struct UnitDirection {
    /// The components are multiples of 2⁻⁴⁰.
    static let bits = 40

    /// The components in units of 2⁻⁴⁰; below 2⁴¹.
    let steps: [Int64]
    /// 2 − ‖q̂‖².
    private let complement: Double

    /// - Parameter direction: q. Public.
    /// - Throws: `unusableFactors` unless all is finite and the length is 1 to 2⁻¹⁰.
    init(_ direction: [Double]) throws(DoorError) {
        guard direction.count < 1 << 31, direction.allSatisfy({ abs($0) <= 1.001 }) else {
            throw .unusableFactors("the direction is no unit vector, or there are more than 2³¹ items")
        }
        steps = direction.map { Int64(($0 * 0x1p40).rounded()) }
        // Each square is below 2⁸¹ and there are fewer than 2³¹.
        let squared = steps.reduce(UInt128(0)) { $0 + UInt128($1.magnitude) * UInt128($1.magnitude) }
        let length = Double(squared) * 0x1p-80
        guard abs(length - 1) <= 0x1p-10 else { throw .unusableFactors("the direction is no unit vector") }
        complement = 2 - length
    }

    /// n² of a user's items; nil where it is too small beside k to be told from rounding.
    /// - Parameter items: Private. At most 2¹⁶ of them, so that a fits Int64.
    @inline(__always)
    func remainderSquared(_ items: Span<UInt32>) -> Double? {
        var sum: Int64 = 0
        for index in items.indices { sum += steps[Int(items[index])] }
        let a = Double(sum) * 0x1p-40
        let k = Double(items.count)
        let squared = k - a * a * complement
        return squared > 1e-4 * k ? squared : nil
    }

    /// ⌊value·factor / 2⁴⁰⌋; |factor| < 2⁴¹, so that the result is below 2·|value| and fits.
    @inline(__always)
    static func scaled(_ value: Int128, by factor: Int64) -> Int128 {
        if value.magnitude < 1 << 80 { return (value &* Int128(factor)) >> Int128(bits) }
        let product = value.multipliedFullWidth(by: Int128(factor))
        return product.high << Int128(128 - bits) | Int128(truncatingIfNeeded: product.low >> UInt128(bits))
    }
}
