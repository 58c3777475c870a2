// SPDX-License-Identifier: Apache-2.0

/// One release of private data: all that an accountant needs to price it and all that the door needs to make it.
///
/// The unit of privacy is one user with the whole history; neighbours differ by one user added or removed.
/// What an event means never changes; new behaviour is a new case, and one that is not known is refused, never free.
/// Every field is public.
///
/// The first three are what the door of `DPMechanisms` makes; it refuses the others before anything is paid. They are for
/// accounting alone: of other people's mechanisms, of plans, of what is compared.
public indirect enum PrivacyEvent: Hashable, Sendable {
    /// Integers plus exact discrete Laplace noise: pure ε.
    case discreteLaplace(DiscreteLaplaceEvent)
    /// Integers plus exact discrete Gaussian noise: zCDP.
    case discreteGaussian(DiscreteGaussianEvent)
    /// A (Poisson-sampled) sum of clipped vectors plus the fast Gaussian, on the output grid.
    case gaussianSum(GaussianSumEvent)
    /// Ideal Gaussian noise.
    case gaussian(GaussianEvent)
    /// Ideal Laplace noise.
    case laplace(LaplaceEvent)
    /// Randomized response.
    case randomizedResponse(RandomizedResponseEvent)
    /// The exponential mechanism: pure ε of bounded range.
    case exponentialMechanism(ExponentialMechanismEvent)
    /// Report-noisy-max and permute-and-flip: pure ε.
    case reportNoisyMax(ReportNoisyMaxEvent)
    /// Differentially private choice of keys.
    case partitionSelection(PartitionSelectionEvent)
    /// Any (ε, δ)-DP release.
    case approximate(ApproximateEvent)
    /// Any ρ-zCDP release.
    case zeroConcentrated(ZeroConcentratedEvent)
    /// A release on a Poisson sample.
    case sampled(SampledEvent)
    /// Several events.
    case composed(ComposedEvent)
    /// One event several times.
    case selfComposed(SelfComposedEvent)
    /// A release on a sample whose probability is the user's tier's.
    case tiered(TieredEvent)
    /// The best of a random number of runs.
    case randomTrials(RandomTrialsEvent)
    /// Correlated Gaussian noise over many steps.
    case matrixMechanism(MatrixMechanismEvent)
}

/// How much one user may add to a vector of integers.
public struct ItemBound: Hashable, Codable, Sendable {
    /// Most coordinates that one user touches (ℓ0).
    public let maxItemsPerUser: Int
    /// Most that one user adds to a coordinate (ℓ∞).
    public let maxValuePerItem: Int

    public init(maxItemsPerUser: Int, maxValuePerItem: Int) {
        self.maxItemsPerUser = maxItemsPerUser
        self.maxValuePerItem = maxValuePerItem
    }

    /// The ℓ1 sensitivity, `.addOrRemoveUser`.
    public var l1Sensitivity: Int { maxItemsPerUser * maxValuePerItem }
    /// The square of the ℓ2 sensitivity, `.addOrRemoveUser`.
    public var l2SensitivitySquared: Int { maxItemsPerUser * maxValuePerItem * maxValuePerItem }
}

/// Each of `dimension` integers gets discrete Laplace noise, P(x) ∝ exp(−|x| / scale).
///
/// ε = ℓ1 sensitivity / scale (Ghosh, Roughgarden, Sundararajan 2009; sampler: Canonne, Kamath, Steinke 2020, Algorithm 2).
public struct DiscreteLaplaceEvent: Hashable, Codable, Sendable {
    public let scale: Rational
    public let bound: ItemBound
    public let dimension: Int

    public init(scale: Rational, bound: ItemBound, dimension: Int) {
        (self.scale, self.bound, self.dimension) = (scale, bound, dimension)
    }
}

/// Each of `dimension` integers gets discrete Gaussian noise, P(x) ∝ exp(−x² / 2·variance).
///
/// ρ = ℓ2 sensitivity² / (2·variance) zCDP (Canonne, Kamath, Steinke 2020, Theorem 14).
public struct DiscreteGaussianEvent: Hashable, Codable, Sendable {
    /// σ², exact.
    public let variance: Rational
    public let bound: ItemBound
    public let dimension: Int

    public init(variance: Rational, bound: ItemBound, dimension: Int) {
        (self.variance, self.bound, self.dimension) = (variance, bound, dimension)
    }
}

/// Every user is in the step with probability `samplingProbability`, adds a vector of ℓ2 norm at most `clippingNorm`;
/// each coordinate of the sum gets Gaussian noise of standard deviation noiseMultiplier · clippingNorm.
public struct GaussianSumEvent: Hashable, Codable, Sendable {
    /// q in (0, 1]; at 1 no coin is drawn.
    public let samplingProbability: Double
    /// C, in the unit of the contribution.
    public let clippingNorm: Double
    /// σ / C. Zero is no noise at all: the cost is infinite, and only a directory of public data admits it.
    public let noiseMultiplier: Double
    /// Most coordinates that are released.
    public let dimension: Int

    public init(samplingProbability: Double, clippingNorm: Double, noiseMultiplier: Double, dimension: Int) {
        self.samplingProbability = samplingProbability
        self.clippingNorm = clippingNorm
        self.noiseMultiplier = noiseMultiplier
        self.dimension = dimension
    }

    /// σ in the unit of the contribution.
    public var standardDeviation: Double { noiseMultiplier * clippingNorm }
}
