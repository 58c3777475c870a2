// SPDX-License-Identifier: Apache-2.0

/// Sparse vector: says of queries, one after the other, whether they are above a threshold; pays for the "yes" only.
///
/// Threshold T + ρ, ρ of scale Δ/ε₁, drawn once; query qᵢ + νᵢ, νᵢ of scale 2cΔ/ε₂ drawn anew for each (cΔ/ε₂ where every
/// query moves the same way); "yes" if qᵢ + νᵢ ≥ T + ρ; the end after c of them. ε₁ + ε₂ in all, whatever the number of "no".
///
/// **Private** (Lyu, Su, Li 2017, Theorem 2, in integers). Take the answers a₁…aₙ; for fixed ρ = z they are independent:
/// P = Σ_z p(z)·Π over "no" of P(qᵢ + νᵢ < T + z)·Π over "yes" of P(qᵢ + νᵢ ≥ T + z). For a neighbour put z + Δ for z: p
/// changes by e^(ε₁) at most; a "no" becomes more likely, since qᵢ′ ≤ qᵢ + Δ; a "yes" needs νᵢ larger by 2Δ at most (by Δ if
/// qᵢ′ ≥ qᵢ), so e^(ε₂/c) each. All shifts are whole numbers, so that the discrete law bounds them as the continuous one. □
/// The ρ is never drawn again after a "yes" (that would need more ε₁), no query noise is reused, and no noisy value is
/// released beside an answer: what made six published variants fail.
struct AboveThreshold: ~Copyable {
    private let noisyThreshold: Int128
    private let queryNoise: DiscreteLaplace
    /// How many "yes" are left.
    private(set) var left: Int

    /// - Parameters:
    ///   - cutoff: c. Public, at least 1.
    init<Words: WordSource & ~Copyable>(
        threshold: Int64, thresholdNoise: DiscreteLaplace, queryNoise: DiscreteLaplace, cutoff: Int,
        using words: inout Words
    ) {
        noisyThreshold = Int128(threshold) + Int128(thresholdNoise.sample(using: &words))
        self.queryNoise = queryNoise
        left = cutoff
    }

    /// The answer to the next query; nil once c were above.
    mutating func isAbove<Words: WordSource & ~Copyable>(_ query: Int64, using words: inout Words) -> Bool? {
        guard left > 0 else { return nil }
        let isAbove = Int128(query) + Int128(queryNoise.sample(using: &words)) >= noisyThreshold
        if isAbove { left -= 1 }
        return isAbove
    }
}
