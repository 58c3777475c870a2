// SPDX-License-Identifier: Apache-2.0

internal import DPAccounting

/// Coins of probability exp(−rate·gap) for a rational rate and whole gaps, exact: no float takes part.
struct ExponentialCoin {
    private let numerator: UInt64
    private let denominator: UInt64

    /// - Parameter rate: nats for each step that a score lies below the best one.
    init(rate: Rational) {
        (numerator, denominator) = (UInt64(rate.numerator), UInt64(rate.denominator))
    }

    /// exp(−γ) = exp(−⌊γ⌋)·exp(−(γ − ⌊γ⌋)), γ = gap·numerator/denominator: two independent exact coins.
    func lands<Words: WordSource & ~Copyable>(gap: UInt64, using words: inout Words) -> Bool {
        if gap == 0 { return true }
        let (whole, rest) = (UInt128(gap) * UInt128(numerator)).quotientAndRemainder(dividingBy: UInt128(denominator))
        return Bernoulli.expNegative(whole: whole, using: &words)
            && Bernoulli.expNegative(UInt64(rest), over: denominator, using: &words)
    }

    /// best − score without overflow, for score ≤ best.
    @inline(__always)
    static func gap(below best: Int64, _ score: Int64) -> UInt64 { UInt64(bitPattern: best &- score) }
}
