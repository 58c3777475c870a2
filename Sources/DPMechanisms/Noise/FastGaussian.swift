// SPDX-License-Identifier: Apache-2.0

/// Gaussian noise as an integer on the fine grid; rounded to the output grid mostly in half a random word a draw
/// (`addRounded`).
///
/// The law aimed at is P(z) ∝ exp(−z²/2s²) on the integers, s = σ/g ≥ 2³⁴, g the fine grid. How far it is from rounded
/// Gaussian noise is the constant pair of `FastGaussianLaw` (DPAccounting), by this argument:
///
/// **Construction** (rejection from equal steps; no number decides that is not bounded below). Cut |z| into bins of
/// W = 2ʷ integers, s/32 < W ≤ s/16; with λ = W/s and h = λ²/2 the density at the left end of bin k is exp(−hk²).
/// 1. bin k with probability p_k ∝ exp(−hk²); 2. r uniform below W, |z| = kW + r, and a fair sign;
/// 3. keep with probability exp(−γ), γ = h(2ku + u²), u = r/W; −0 is drawn again.
/// Bin, r, sign and coin are read off their first bits; where those leave a doubt, the bits that follow are drawn.
/// A value z is proposed and kept with probability ∝ exp(−hk²)·exp(−γ) = exp(−z²/2s²). □
///
/// **What is not exact**, in total variation a draw:
/// * p_k is the difference of two cumulative sums of 128 bits (`GaussianBins`): together within 2⁻¹⁰³; bins past
///   exp(−hk²) < 2⁻¹²⁰, |z| > 12.9s, are never drawn: mass below 2⁻¹¹⁸.
/// * exp(−γ) is compared as a Double only where 64-bit words and bounds leave no doubt; else (probability 2⁻³⁸) with 128
///   bits against a value within 2⁻¹¹³: the coin is within 2⁻¹¹³·2⁻³⁸ + 2⁻¹²⁸.
/// Rejection at a rate above 0.97 at most doubles them. All together below **τ = 2⁻¹⁰⁰**.
/// * The ideal is ⌊sN + ½⌋, N standard normal: rounding a Gaussian mechanism to the fine grid, then to the output grid, is
///   post-processing. exp(−z²/2s²) against its mean over [z − ½, z + ½]: that mean is the value times
///   1 + (z²/s² − 1)/24s² + O(s⁻⁴), the normalisers differ by less (Poisson summation: exp(−2π²s²)). For |z| ≤ 12.9s and
///   s ≥ 2³⁴ the logarithm of the ratio is below 7·2⁻⁶⁸ < **η = 2⁻⁶⁴** (beyond 12.9s: in τ).
/// So n draws are within t = nτ + η√(n/2) of the ideal: 10⁹ draws 1.3·10⁻¹⁵, times 1 + e¹² 2·10⁻¹⁰. Nothing exact is
/// needed in its stead.
///
/// - Note: A draw's time depends on its value (rejection): draw in batches, show no draw's time.
struct FastGaussian {
    /// Most bits of w: what fits a word beside the sign, and keeps noise and sums far from overflow.
    static let offsetBits = 30...52

    let bins: GaussianBins
    /// w.
    let binBits: Int
    /// λ² and h, as Doubles.
    let lambdaSquared: Double
    let half: Double
    private let unit: Double

    /// - Parameters:
    ///   - standardDeviation: σ > 0, finite and normal. W·g is the power of two in (σ/32, σ/16], so h = 2²²³⁻¹²⁸/m² for
    ///     the significand m of σ, an integer of 53 bits; rounded down, which is more noise, never less.
    ///   - gridExponent: g = 2^gridExponent.
    /// - Returns: Nil unless 30 ≤ w ≤ 52.
    init?(standardDeviation: Double, gridExponent: Int) {
        binBits = Int(standardDeviation.exponent) - 4 - gridExponent
        guard Self.offsetBits.contains(binBits) else { return nil }
        let m = UInt128(standardDeviation.significandBitPattern | 1 << 52)
        let (h, _) = (m * m).dividingFullWidth((high: 1 << 95, low: 0))
        bins = GaussianBins(h: h)
        half = Double(h) * 0x1p-128
        lambdaSquared = 2 * half
        unit = 1 / Double(1 << binBits)
    }

    func sample<Words: WordSource & ~Copyable>(using words: inout Words) -> Int64 {
        sample(words.next(), using: &words)
    }

    /// A draw whose first word is U's upper one.
    private func sample<Words: WordSource & ~Copyable>(_ first: UInt64, using words: inout Words) -> Int64 {
        var upper = first
        while true {
            let k = bins.sample(upper, using: &words)
            let word = words.next()
            let r = word >> UInt64(64 - binBits)  // the sign is the lowest bit, which r (at most 52 bits) leaves alone
            if let draw = signed(k, r, isNegative: word & 1 == 1, coin: words.next(), using: &words) { return draw }
            upper = words.next()
        }
    }

    /// ±(kW + r) if the coin keeps it; nil: draw again.
    @inline(__always)
    func signed<Words: WordSource & ~Copyable>(
        _ k: Int, _ r: UInt64, isNegative: Bool, coin: UInt64, using words: inout Words
    ) -> Int64? {
        guard keeps(k, r, coin, using: &words) else { return nil }
        let magnitude = Int64(k) << Int64(binBits) | Int64(r)
        if isNegative { return magnitude == 0 ? nil : -magnitude }
        return magnitude
    }

    /// A coin of probability exp(−γ).
    ///
    /// γ̂ has five roundings and γ < 0.9: |γ̂ − γ| < 2⁻⁴⁹; |U − Û| < 2⁻⁵². The first tests use partial sums of the alternating series; the last
    /// Taylor's polynomial, within 2⁻⁴⁶ of exp(−γ). The margin of 2⁻⁴⁰ holds all of it.
    @inline(__always)
    func keeps<Words: WordSource & ~Copyable>(
        _ k: Int, _ r: UInt64, _ word: UInt64, using words: inout Words
    ) -> Bool {
        let u = Double(r) * unit
        let gamma = u * (lambdaSquared * Double(k) + half * u)
        let coin = Double(word >> 11) * 0x1p-53
        if coin + 0x1p-40 < 1 - gamma { return true }
        // Alternating series: the partial sums enclose exp(−γ).
        let second = 1 - gamma + gamma * gamma / 2
        if coin > second + 0x1p-40 { return false }
        if coin < second - gamma * gamma * gamma / 6 - 0x1p-40 { return true }
        let estimate = Self.expNegative(gamma)
        if coin < estimate - 0x1p-40 { return true }
        if coin > estimate + 0x1p-40 { return false }
        return keepsExactly(k, r, coin: UInt128(word) << 64 | UInt128(words.next()))
    }

    /// U < exp(−γ), U = coin/2¹²⁸.
    func keepsExactly(_ k: Int, _ r: UInt64, coin: UInt128) -> Bool { coin >> 8 < expOfMinusGamma(k, r) }

    /// exp(−γ)·2¹²⁰ within 2⁷, for γ = h(2k·r·W + r²)/W² computed to 2⁻¹²⁰. γ < 1, so that nothing is lost above.
    func expOfMinusGamma(_ k: Int, _ r: UInt64) -> UInt128 {
        let n = (UInt128(2 * k) << UInt128(binBits) + UInt128(r)) * UInt128(r)
        let product = bins.h.multipliedFullWidth(by: n)
        let shift = UInt128(2 * binBits)
        return UnitFixedPoint.expNegative((product.high << (128 - shift) | product.low >> shift) >> 8)
    }

    /// 1/16 … 1/1.
    private static let inverses: [16 of Double] = [
        1.0 / 16, 1.0 / 15, 1.0 / 14, 1.0 / 13, 1.0 / 12, 1.0 / 11, 1.0 / 10, 1.0 / 9, 1.0 / 8, 1.0 / 7, 1.0 / 6,
        1.0 / 5, 1.0 / 4, 1.0 / 3, 1.0 / 2, 1.0,
    ]

    /// Taylor's polynomial of degree 16, Horner: for 0 ≤ x < 0.9 the remainder is below 0.9¹⁷/17! < 2⁻⁵⁰ and the rounding
    /// below 2⁻⁵⁰.
    private static func expNegative(_ x: Double) -> Double {
        var sum = 1.0
        for index in inverses.indices { sum = 1 - x * sum * inverses[index] }
        return sum
    }
}
