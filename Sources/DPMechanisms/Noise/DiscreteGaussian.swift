// SPDX-License-Identifier: Apache-2.0

internal import DPAccounting

/// Exact discrete Gaussian noise, P(x) ∝ exp(−x²/2σ²) on the integers, with integer arithmetic only.
///
/// - SeeAlso: Canonne, Kamath, Steinke, "The Discrete Gaussian for Differential Privacy", NeurIPS 2020, Algorithm 3.
struct DiscreteGaussian {
    /// σ² = a/b.
    private let a: UInt64
    private let b: UInt64
    /// ⌊σ⌋ + 1: the scale of the proposals.
    private let t: UInt64
    private let proposal: DiscreteLaplace

    /// Nil if b·t does not fit 63 bits: the variance is then written too finely for the width of the arithmetic.
    init?(variance: Rational) {
        (a, b) = (UInt64(variance.numerator), UInt64(variance.denominator))
        t = Self.squareRoot(a / b) + 1
        let (bt, overflow) = b.multipliedReportingOverflow(by: t)
        guard !overflow, bt < 1 << 63, let scale = Rational(Int64(t), 1) else { return nil }
        proposal = DiscreteLaplace(scale: scale)
    }

    /// A proposal y with P ∝ exp(−|y|/t) is kept with probability exp(−γ), γ = (|y| − σ²/t)²/2σ²; the product is
    /// ∝ exp(−y²/2σ²), the rest being constant. In integers, γ = (|y|·b·t − a)² / (2·(a·t)·(b·t)): the numerator below
    /// 2²⁵², the denominator below 2¹⁶². exp(−γ) = exp(−⌊γ⌋)·exp(−(γ − ⌊γ⌋)).
    func sample<Words: WordSource & ~Copyable>(using words: inout Words) -> Int64 {
        while true {
            let y = proposal.sample(using: &words)
            let left = UInt128(y.magnitude) * UInt128(b * t)
            let distance = left > UInt128(a) ? left - UInt128(a) : UInt128(a) - left
            let numerator = WideUInt(product: distance, distance)
            let denominator = WideUInt(product: 2 * UInt128(a) * UInt128(t), UInt128(b * t))
            let (whole, rest) = numerator.quotientAndRemainder(dividingBy: denominator)
            if Bernoulli.expNegative(whole: whole, using: &words),
                Bernoulli.expNegative(rest, over: denominator, using: &words)
            {
                return y
            }
        }
    }

    /// ⌊√n⌋, exact: the Double estimate is off by one at most.
    static func squareRoot(_ n: UInt64) -> UInt64 {
        var root = min(UInt64(Double(n).squareRoot()), 0xFFFF_FFFF)
        while root * root > n { root -= 1 }
        while root < 0xFFFF_FFFF, (root + 1) * (root + 1) <= n { root += 1 }
        return root
    }
}

extension WideUInt {
    /// The quotient (saturating at 2¹²⁸ − 1, which no coin of exp(−quotient) outlives) and the remainder.
    func quotientAndRemainder(dividingBy divisor: WideUInt) -> (UInt128, WideUInt) {
        if self < divisor { return (0, self) }
        if divisor.high == 0, high < divisor.low {
            let (quotient, remainder) = divisor.low.dividingFullWidth((high: high, low: low))
            return (quotient, WideUInt(remainder))
        }
        if divisor.high == 0 { return (.max, WideUInt(0)) }
        return longDivision(by: divisor)
    }

    /// Bit by bit; rare (only for denominators beyond 2¹²⁸).
    private func longDivision(by divisor: WideUInt) -> (UInt128, WideUInt) {
        var quotient: UInt128 = 0
        var rest = WideUInt(high)  // the upper half first; divisor ≥ 2¹²⁸ > high, so its quotient is zero
        var bits = low
        for _ in 0..<128 {
            rest = WideUInt(high: rest.high << 1 | rest.low >> 127, low: rest.low << 1 | bits >> 127)
            bits <<= 1
            quotient <<= 1
            if rest >= divisor {
                let (difference, borrow) = rest.low.subtractingReportingOverflow(divisor.low)
                rest = WideUInt(high: rest.high - divisor.high - (borrow ? 1 : 0), low: difference)
                quotient |= 1
            }
        }
        return (quotient, rest)
    }
}
