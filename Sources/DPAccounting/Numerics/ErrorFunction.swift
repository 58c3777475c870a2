// SPDX-License-Identifier: Apache-2.0

import Foundation

/// e^(x²)·erfc(x), the scaled complementary error function; within a few 10⁻¹⁵ relative for x ≥ −5.
///
/// Up to 7 the product itself; above, the asymptotic series (DLMF 7.12.1), whose terms fall below 10⁻¹⁷ before they grow.
/// Below −26 it overflows to infinity.
func scaledErfc(_ x: Double) -> Double {
    if x < 7 {
        // x² = head + tail exactly, so that the exponential sees no rounding of the square.
        let head = x * x
        let tail = (-head).addingProduct(x, x)
        return exp(head) * (1 + tail) * erfc(x)
    }
    if x.isInfinite { return 0 }
    let inverse = 1 / (2 * x * x)
    var term = 1.0
    var sum = 1.0
    for k in 1...40 {
        let next = -term * Double(2 * k - 1) * inverse
        if abs(next) >= abs(term) { break }
        term = next
        sum += term
        if abs(term) < 1e-17 { break }
    }
    return sum / (x * Double.pi.squareRoot())
}

/// ln(e^a − 1) for a > 0 without overflow.
func logExpm1(_ a: Double) -> Double {
    a > 40 ? a + log1p(-exp(-a)) : log(expm1(a))
}

/// ln(1 + e^a) without overflow.
func log1pExp(_ a: Double) -> Double {
    a > 40 ? a + exp(-a) : log1p(exp(a))
}

/// ln Σ e^(values), with the largest factored out. Empty: −∞.
func logSumExp(_ values: [Double]) -> Double {
    guard let largest = values.max(), largest > -.infinity else { return -.infinity }
    if largest == .infinity { return .infinity }
    var sum = 0.0
    for value in values { sum += exp(value - largest) }
    return largest + log(sum)
}

/// e^x as a δ, rounded up: 0 at x = −∞ alone, and where it underflows the least positive number.
func expRoundedUp(_ x: Double, by relative: Double = 1e-15) -> Double {
    x == -.infinity ? 0 : roundedUp(exp(x), by: relative)
}

/// A step up by `relative` of the value and one ulp: how costs are rounded. NaN becomes infinity.
func roundedUp(_ cost: Double, by relative: Double = 0) -> Double {
    cost.isNaN ? .infinity : (cost * (1 + relative)).nextUp
}
