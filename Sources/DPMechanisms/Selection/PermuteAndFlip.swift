// SPDX-License-Identifier: Apache-2.0

/// Permute-and-flip: in random order, the first candidate whose coin of exp(rate·(scoreᵢ − best)) lands. Exact.
///
/// **Private** (rate = ε/2Δ; ε/Δ where all scores move the same way). Let each candidate come at a uniform time t, and
/// wⱼ = exp(rate·(scoreⱼ − best)): pᵢ = wᵢ·∫₀¹ Π over j ≠ i of (1 − t·wⱼ) dt. For a neighbour shift all scores, which changes
/// nothing, until scoreᵢ′ = scoreᵢ; then scoreⱼ′ ≤ scoreⱼ + 2Δ, best′ ≤ best + 2Δ. With c = exp(2Δ·rate) = e^ε,
/// d = exp(rate·(best′ − best)) and k = c/d ≥ 1: wᵢ′ = wᵢ/d and wⱼ′ ≤ k·wⱼ. Put t = u/k:
/// pᵢ′ = wᵢ/(d·k)·∫₀ᵏ Π(1 − u·wⱼ′/k) du ≥ wᵢ/c·∫₀¹ Π(1 − u·wⱼ) du = pᵢ/c. The same way: Δ for 2Δ throughout. □
/// It is never worse than the exponential mechanism (their Theorem 2), and takes at most one coin a candidate.
/// - SeeAlso: McKenna, Sheldon, "Permute-and-Flip", NeurIPS 2020, Algorithm 1.
enum PermuteAndFlip {
    /// - Parameter scores: Private. At least one.
    static func choose<Words: WordSource & ~Copyable>(
        _ scores: [Int64], _ coin: ExponentialCoin, using words: inout Words
    ) -> Int {
        let best = scores.reduce(.min, max)
        var order = Array(scores.indices)
        for last in stride(from: order.count - 1, through: 0, by: -1) {
            order.swapAt(last, Int(Uniform.below(UInt64(last + 1), using: &words)))
            let i = order[last]
            if coin.lands(gap: ExponentialCoin.gap(below: best, scores[i]), using: &words) { return i }
        }
        return 0  // not reached: the coin of the best score always lands
    }
}
