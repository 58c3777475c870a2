// SPDX-License-Identifier: Apache-2.0

internal import DPAccounting

/// Exact discrete Laplace noise, P(x) ∝ exp(−|x|/scale) on the integers, with integer arithmetic only.
///
/// - SeeAlso: Canonne, Kamath, Steinke, "The Discrete Gaussian for Differential Privacy", NeurIPS 2020, Algorithm 2.
/// - Note: A draw takes longer the larger it is (in expectation, O(1)): draw in batches, show no draw's time.
struct DiscreteLaplace {
    /// scale = t/s.
    private let t: UInt64
    private let s: UInt64

    init(scale: Rational) {
        (t, s) = (UInt64(scale.numerator), UInt64(scale.denominator))
    }

    /// P(|X| = x) ∝ exp(−x·s/t), by these steps:
    /// u uniform below t is kept with probability exp(−u/t); v counts coins of exp(−1): u + t·v = x′ has P ∝ exp(−x′/t) on
    /// the naturals; ⌊x′/s⌋ = y has P ∝ Σ over s values, exp(−y·s/t)·const. With a fair sign, −0 drawn again, P(±y) is
    /// symmetric and 0 is not counted twice.
    func sample<Words: WordSource & ~Copyable>(using words: inout Words) -> Int64 {
        while true {
            let u = Uniform.below(t, using: &words)
            if !Bernoulli.expNegative(u, over: t, using: &words) { continue }
            var v: UInt64 = 0
            while Bernoulli.expNegative(1, over: 1, using: &words) { v += 1 }
            let (product, overflow) = t.multipliedReportingOverflow(by: v)
            let (x, carry) = product.addingReportingOverflow(u)
            let isNegative = words.next() & 1 == 1
            // t is an Int64, so more than 2⁶³ means v ≥ 1 at the least; for t ≤ 2⁵⁰ it has probability e^(−8192).
            if overflow || carry || x / s > UInt64(Int64.max) { return isNegative ? .min : .max }
            let y = Int64(x / s)
            if isNegative && y == 0 { continue }
            return isNegative ? -y : y
        }
    }
}
