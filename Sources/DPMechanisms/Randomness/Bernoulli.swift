// SPDX-License-Identifier: Apache-2.0

/// Coins of probability exp(−γ), exact for rational γ (Canonne, Kamath, Steinke 2020, Algorithm 1).
enum Bernoulli {
    /// True with probability exp(−γ), 0 ≤ γ = numerator/denominator ≤ 1.
    ///
    /// Proof: let K be the first k whose coin of probability γ/k fails. P(K > k) = γᵏ/k!, so
    /// P(K odd) = Σ over even k of (γᵏ/k! − γᵏ⁺¹/(k+1)!) = Σ (−γ)ᵏ/k! = exp(−γ). The coin γ/k is the product of the
    /// independent coins 1/k and γ, each an exact comparison of integers.
    static func expNegative<Words: WordSource & ~Copyable>(
        _ numerator: UInt64, over denominator: UInt64, using words: inout Words
    ) -> Bool {
        var k: UInt64 = 1
        while Uniform.below(k, using: &words) == 0, Uniform.below(denominator, using: &words) < numerator { k += 1 }
        return k % 2 == 1
    }

    /// The same for 256-bit fractions in [0, 1].
    static func expNegative<Words: WordSource & ~Copyable>(
        _ numerator: WideUInt, over denominator: WideUInt, using words: inout Words
    ) -> Bool {
        var k: UInt64 = 1
        while Uniform.below(k, using: &words) == 0, Uniform.below(denominator, using: &words) < numerator { k += 1 }
        return k % 2 == 1
    }

    /// True with probability exp(−whole): `whole` coins of probability exp(−1), all of them true.
    static func expNegative<Words: WordSource & ~Copyable>(whole: UInt128, using words: inout Words) -> Bool {
        var left = whole
        while left > 0 {
            if !expNegative(1, over: 1, using: &words) { return false }
            left -= 1
        }
        return true
    }
}

/// Who takes part in a step: each user with probability q, independently.
struct PoissonSampler {
    /// ⌊q·2⁶⁴⌋; nil for q = 1, where no coin is drawn.
    private let threshold: UInt64?

    /// - Parameter samplingProbability: q in (0, 1]. q·2⁶⁴ is exact in Double (a shift of the exponent), so that the
    ///   conversion is the floor; the coin is at most 2⁻⁶⁴ below q and never above.
    init(samplingProbability: Double) {
        threshold = samplingProbability < 1 ? UInt64(samplingProbability * 0x1p64) : nil
    }

    func includes<Words: WordSource & ~Copyable>(using words: inout Words) -> Bool {
        guard let threshold else { return true }
        return words.next() < threshold
    }
}
