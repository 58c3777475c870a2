// SPDX-License-Identifier: Apache-2.0

internal import DPAccounting

/// Which keys to show, of those that only the data know: a key of n users is kept with probability π(n).
///
/// **Private.** π(0) = 0, π never falls, and a table of integers Pₙ = π(n)·2¹²⁰ is built so that, for each n,
/// 1. π(n+1) ≤ e^ε·π(n) + δ (kept), 2. 1 − π(n) ≤ e^ε·(1 − π(n+1)) + δ (left out), and 1 from there on. With d ≥ e^(−ε) from
/// above and all quotients rounded down: Pₙ₊₁ = min(Pₙ/d + δ, 1 − d·(1 − Pₙ − δ)) satisfies both, whatever the rounding, and
/// a 128-bit coin compared with Pₙ has exactly that probability. The other two inequalities follow from π(n) ≤ π(n+1).
/// So one key is (ε, δ)-DP for one user more or less; a user who has up to m keys moves m of them, each with coins of its own:
/// (mε, mδ). A key without users cannot be kept, so the keys need not be known before. □
/// At the largest possible Pₙ this is the optimal rule: Desfontaines, Voss, Gipson, Mandayam, "Differentially private partition
/// selection", PoPETs 2022, Theorem 1 (their truncated geometric law, for every δ).
struct PartitionKeeping {
    /// The most users that the table goes to: (2/ε)·ln(1/δ) or so.
    static let mostEntries = 1 << 20
    /// Pₙ for n = 0, 1, …; certain beyond.
    private let thresholds: [UInt128]

    /// - Parameters:
    ///   - epsilon: of one key.
    ///   - delta: of one key, in (0, 1).
    /// - Returns: Nil where the table would be longer than `mostEntries`, or δ is below 2⁻¹⁰⁰.
    init?(epsilon: Rational, delta: Double) {
        guard delta >= 0x1p-100, delta < 1 else { return nil }
        let one = UnitFixedPoint.one
        let step = UInt128(delta * 0x1p120)  // a Double of 53 bits at or above 2⁻¹⁰⁰: rounded down, if at all
        let decay = Self.decay(epsilon)
        var thresholds: [UInt128] = [0]
        var kept: UInt128 = 0
        while kept < one {
            guard thresholds.count < Self.mostEntries else { return nil }
            kept = min(Self.grown(kept, decay, step), Self.saturated(kept, decay, step))
            thresholds.append(kept)
        }
        self.thresholds = thresholds
    }

    /// The least n that is kept for certain.
    var certainFrom: Int { thresholds.count - 1 }

    /// π(n)·2¹²⁰.
    func threshold(_ users: Int) -> UInt128 {
        users <= 0 ? 0 : users < thresholds.count ? thresholds[users] : UnitFixedPoint.one
    }

    /// Whether a key of `users` users is shown.
    func keeps<Words: WordSource & ~Copyable>(_ users: Int, using words: inout Words) -> Bool {
        Uniform.word128(using: &words) >> 8 < threshold(users)
    }

    /// P/d + δ, rounded down, at most 1.
    private static func grown(_ kept: UInt128, _ decay: UInt128, _ step: UInt128) -> UInt128 {
        if kept >= decay { return UnitFixedPoint.one }
        // P·2¹²⁰/d: P < d, so that P·2¹²⁸/d fits; eight bits are dropped.
        let (quotient, _) = decay.dividingFullWidth((high: kept, low: 0))
        return min(UnitFixedPoint.one, quotient >> 8 + step)
    }

    /// 1 − d·(1 − P − δ), the product rounded up.
    private static func saturated(_ kept: UInt128, _ decay: UInt128, _ step: UInt128) -> UInt128 {
        let one = UnitFixedPoint.one
        guard kept + step < one else { return one }
        return one - min(one, UnitFixedPoint.product(decay, one - kept - step) + 1)
    }

    /// At or above e^(−ε), at most 1: the fractional part to 71·2⁻¹²⁰, then e⁻¹ for each whole one, each rounded by less than
    /// 71·2⁻¹²⁰ more; 2¹⁴ units are added for up to 120 factors. Beyond ε = 100 those of 100 are enough.
    private static func decay(_ epsilon: Rational) -> UInt128 {
        let (numerator, denominator) = (UInt64(epsilon.numerator), UInt64(epsilon.denominator))
        var (whole, rest) = numerator.quotientAndRemainder(dividingBy: denominator)
        if whole >= 100 { (whole, rest) = (100, 0) }
        // rest/denominator·2¹²⁰ rounded down: a larger e^(−ε).
        let (fraction, _) = UInt128(denominator).dividingFullWidth((high: UInt128(rest), low: 0))
        var decay = UnitFixedPoint.expNegative(fraction >> 8)
        let oneLess = UnitFixedPoint.expNegative(UnitFixedPoint.one)
        for _ in 0..<whole { decay = UnitFixedPoint.product(decay, oneLess) }
        return min(UnitFixedPoint.one, decay + 1 << 14)
    }
}
