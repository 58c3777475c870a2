// SPDX-License-Identifier: Apache-2.0

/// A vector of ℓ2 sensitivity 1 plus ideal Gaussian noise on each coordinate. μ = 1/σ (Balle, Wang 2018; Dong, Roth, Su 2019).
public struct GaussianEvent: Hashable, Codable, Sendable {
    /// σ / sensitivity, above 0.
    public let noiseMultiplier: Double

    public init(noiseMultiplier: Double) { self.noiseMultiplier = noiseMultiplier }
}

/// A number of sensitivity 1 (or a vector of ℓ1 sensitivity 1) plus ideal Laplace noise: pure ε = 1/b (Dwork et al. 2006).
///
/// Priced as one number moved by 1: by the log-concavity of the noise a vector moved by 1 in ℓ1 costs no more in pure ε, but
/// may in δ, so where a vector is meant use `pure`.
public struct LaplaceEvent: Hashable, Codable, Sendable {
    /// b / sensitivity, above 0.
    public let noiseMultiplier: Double

    public init(noiseMultiplier: Double) { self.noiseMultiplier = noiseMultiplier }
}

/// One answer out of `buckets` per user, kept with probability 1 − `noise`, else uniform (Warner 1965).
///
/// A user who is not there counts with an answer that is fixed in public, randomized like any other: so adding or removing a
/// user replaces one answer.
public struct RandomizedResponseEvent: Hashable, Codable, Sendable {
    /// The chance that the answer is drawn uniformly, in (0, 1].
    public let noise: Double
    /// 2 to 2²⁰.
    public let buckets: Int

    public init(noise: Double, buckets: Int) { (self.noise, self.buckets) = (noise, buckets) }
}

/// The exponential mechanism: ε-bounded range, hence pure ε, and better than that (Dong, Durfee, Rogers 2020).
public struct ExponentialMechanismEvent: Hashable, Codable, Sendable {
    /// The range of the loss: twice the sensitivity of the score times the factor in the exponent; once if the score is
    /// monotone in the data.
    public let epsilon: EpsilonAmount

    public init(epsilon: EpsilonAmount) { self.epsilon = epsilon }
}

/// The index of the largest noisy score: pure ε (report-noisy-max, permute-and-flip; McKenna, Sheldon 2020).
public struct ReportNoisyMaxEvent: Hashable, Codable, Sendable {
    public let epsilon: EpsilonAmount

    public init(epsilon: EpsilonAmount) { self.epsilon = epsilon }
}

/// Which keys to show, each (ε, δ)-DP, a user touching at most so many (Desfontaines, Voss, Gipson, Mandayam 2020).
public struct PartitionSelectionEvent: Hashable, Codable, Sendable {
    /// Of one key.
    public let epsilon: EpsilonAmount
    /// Of one key.
    public let delta: DeltaAmount
    /// Most keys of one user.
    public let maxPartitions: Int

    public init(epsilon: EpsilonAmount, delta: DeltaAmount, maxPartitions: Int) {
        (self.epsilon, self.delta, self.maxPartitions) = (epsilon, delta, maxPartitions)
    }
}

/// Anything of which nothing but (ε, δ)-DP is known; δ = 0 is pure ε.
public struct ApproximateEvent: Hashable, Codable, Sendable {
    public let epsilon: EpsilonAmount
    public let delta: DeltaAmount

    public init(epsilon: EpsilonAmount, delta: DeltaAmount) { (self.epsilon, self.delta) = (epsilon, delta) }
}

/// Anything of which nothing but ρ-zCDP is known (Bun, Steinke 2016).
public struct ZeroConcentratedEvent: Hashable, Codable, Sendable {
    /// ρ in units of 10⁻¹².
    public let rho: EpsilonAmount

    public init(rho: EpsilonAmount) { self.rho = rho }
}
