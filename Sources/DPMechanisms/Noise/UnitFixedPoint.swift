// SPDX-License-Identifier: Apache-2.0

/// Exponentials with 120 bits behind the point, in integer arithmetic: X stands for X/2¹²⁰.
enum UnitFixedPoint {
    /// 1.
    static let one: UInt128 = 1 << 120

    /// a·b rounded down, a, b ≤ 1: the error is below 2⁻¹²⁰.
    static func product(_ a: UInt128, _ b: UInt128) -> UInt128 {
        let full = a.multipliedFullWidth(by: b)
        return full.high << 8 | full.low >> 120
    }

    /// exp(−x), 0 ≤ x ≤ 1, within n·2⁻¹¹⁹ for n terms of Taylor's series (n = 35 at x = 1, 13 at x = 2⁻⁹).
    ///
    /// Each term is the one before times x/n, rounded down twice: its error is at most x/n of the error before plus
    /// 2·2⁻¹²⁰. The first term that is zero is below 2⁻¹¹⁹, and the series alternates.
    static func expNegative(_ x: UInt128) -> UInt128 {
        var (term, n, sum) = (one, UInt128(1), one)
        while true {
            term = product(term, x) / n
            if term == 0 { return sum }
            if n % 2 == 1 { sum -= min(term, sum) } else { sum += term }
            n += 1
        }
    }
}
