// SPDX-License-Identifier: Apache-2.0

/// The exponential mechanism: candidate i with probability ∝ exp(rate·scoreᵢ), exact.
///
/// **Private.** Adding or removing a user moves each score by at most Δ, so each weight by a factor within e^(±rate·Δ), and
/// so their sum: the probability by at most e^(2·rate·Δ). With rate = ε/2Δ that is ε. Where a user moves all scores the same
/// way (counts: nobody lowers one), weight and sum move the same way: rate = ε/Δ is enough. □
///
/// **Sampled exactly.** A uniform candidate is kept with probability exp(−rate·(best − scoreᵢ)), else another is drawn: the
/// law is ∝ exp(rate·scoreᵢ), the constant exp(−rate·best) cancels. The best one is kept for certain, so that n candidates
/// take n draws or fewer in expectation. How many is private: time is outside ε (SECURITY.md). □
/// - SeeAlso: McSherry, Talwar, "Mechanism Design via Differential Privacy", FOCS 2007, Definition 2.
enum ExponentialMechanism {
    /// - Parameter scores: Private. At least one.
    static func choose<Words: WordSource & ~Copyable>(
        _ scores: [Int64], _ coin: ExponentialCoin, using words: inout Words
    ) -> Int {
        let best = scores.reduce(.min, max)
        while true {
            let i = Int(Uniform.below(UInt64(scores.count), using: &words))
            if coin.lands(gap: ExponentialCoin.gap(below: best, scores[i]), using: &words) { return i }
        }
    }
}
