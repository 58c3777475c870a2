// SPDX-License-Identifier: Apache-2.0

/// Σ count·ℓ1/scale of discrete Laplace events, exact, in units of ε, rounded up once at the end.
struct PureSum {
    private var units: UInt128 = 0
    /// What is left below one unit, as a fraction < 1 with an exact common denominator.
    private var numerator: UInt128 = 0
    private var denominator: UInt128 = 1
    private var isInfinite = false

    /// Adds ℓ1·count/scale. Where the common denominator of the fractions would pass 2¹²⁷, that one is rounded up by itself.
    mutating func add(_ event: DiscreteLaplaceEvent, count: Int) {
        // ℓ1·count·denominator(scale)·10¹² / numerator(scale): the product may need more than 128 bits, so the division
        // goes in two parts: first ℓ1·denominator·10¹², then times count.
        let l1 = UInt128(event.bound.l1Sensitivity)  // ≤ 2³⁶
        let scale = UInt128(event.scale.numerator)
        let (a, overflowA) = (l1 * 1_000_000_000_000).multipliedReportingOverflow(by: UInt128(event.scale.denominator))
        guard !overflowA else { isInfinite = true; return }
        let (quotient, rest) = a.quotientAndRemainder(dividingBy: scale)
        let (whole, overflowB) = quotient.multipliedReportingOverflow(by: UInt128(count))
        let (carry, fraction) = (rest * UInt128(count)).quotientAndRemainder(dividingBy: scale)  // both < 2⁶³
        let (sum, overflowC) = units.addingReportingOverflow(whole)
        guard !overflowB, !overflowC, sum < UInt128(1) << 126 else { isInfinite = true; return }
        units = sum + carry
        addFraction(fraction, scale)
    }

    /// Adds count·ε.
    mutating func add(_ epsilon: EpsilonAmount, count: Int) {
        let (whole, overflowA) = UInt128(epsilon.units).multipliedReportingOverflow(by: UInt128(count))
        let (sum, overflowB) = units.addingReportingOverflow(whole)
        guard !epsilon.isInfinite, !overflowA, !overflowB, sum < UInt128(1) << 126 else { isInfinite = true; return }
        units = sum
    }

    private mutating func addFraction(_ top: UInt128, _ bottom: UInt128) {
        if top == 0 { return }
        let common = Self.greatestCommonDivisor(denominator, bottom)
        let (both, overflow) = (denominator / common).multipliedReportingOverflow(by: bottom)
        guard !overflow, both < UInt128(1) << 126 else { units += 1; return }
        let (mine, overflowA) = numerator.multipliedReportingOverflow(by: both / denominator)
        let (theirs, overflowB) = top.multipliedReportingOverflow(by: both / bottom)
        guard !overflowA, !overflowB else { units += 1; return }
        (numerator, denominator) = (mine + theirs, both)  // below 2·both < 2¹²⁷
        if numerator >= denominator {
            numerator -= denominator
            units += 1
        }
    }

    /// The sum, rounded up to a unit.
    var amount: EpsilonAmount {
        let total = units + (numerator > 0 ? 1 : 0)
        return isInfinite || total >= UInt128(Int64.max) ? .infinity : EpsilonAmount(units: Int64(total))
    }

    static func greatestCommonDivisor(_ a: UInt128, _ b: UInt128) -> UInt128 {
        var (a, b) = (a, b)
        while b != 0 { (a, b) = (b, a % b) }
        return a
    }
}
