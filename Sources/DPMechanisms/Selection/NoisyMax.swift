// SPDX-License-Identifier: Apache-2.0

/// Report-noisy-max: the index of the largest score after discrete Laplace noise of scale 2Δ/ε; ties are broken by fair coins.
///
/// **Private.** Fix the noise of all but i, and let g(x) be the chance that i wins when its own noise is x: 1, or 1/(m + 1) in
/// a tie with m others, or 0; it never falls in x. In a neighbouring set scoreᵢ + x + 2Δ leads each other one by at least as
/// much as scoreᵢ + x did (one fell by at most Δ, the other rose by at most Δ), so its tie is no larger: g′(x + 2Δ) ≥ g(x).
/// With p(x) ∝ exp(−|x|/scale): Σ p(x)·g′(x) ≥ Σ p(x + 2Δ)·g(x) ≥ e^(−2Δ/scale)·Σ p(x)·g(x), and 2Δ/scale = ε. Where
/// all scores move the same way the lead shrinks by Δ at most: scale Δ/ε. □
/// The winner's noisy score is not released: it would cost its own ε.
/// - SeeAlso: Dwork, Roth 2014, Claim 3.9; Ding et al. 2021 (arXiv:2105.07260) on ties of discrete noise.
enum NoisyMax {
    /// - Parameter scores: Private. At least one.
    static func choose<Words: WordSource & ~Copyable>(
        _ scores: [Int64], _ noise: DiscreteLaplace, using words: inout Words
    ) -> Int {
        var (best, bestScore, ties) = (0, Int128.min, UInt64(0))
        for i in scores.indices {
            let score = Int128(scores[i]) + Int128(noise.sample(using: &words))
            if score > bestScore {
                (best, bestScore, ties) = (i, score, 1)
            } else if score == bestScore {
                ties += 1
                if Uniform.below(ties, using: &words) == 0 { best = i }
            }
        }
        return best
    }
}
