// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import DPAccounting

/// Every kind of event as a family in one parameter x > 0: the larger x, the more is hidden.
struct EventFamily: Sendable, CustomTestStringConvertible {
    let name: String
    /// Whether an accountant can give it a finite ε at δ = 1e-6 somewhere.
    let accountants: [Accountant]
    let event: @Sendable (Double) -> PrivacyEvent

    var testDescription: String { name }

    private static func amount(_ value: Double) -> EpsilonAmount { EpsilonAmount(value, rounding: .up) }
    private static let one = ItemBound(maxItemsPerUser: 1, maxValuePerItem: 1)

    /// A fraction with 20 bits below the point.
    static func fraction(_ value: Double) -> Rational { Rational(Int64((value * 0x1p20).rounded()), 1 << 20)! }

    static let gaussian = EventFamily(name: "gaussian", accountants: [.gdp, .zcdp, .rdp, .pld, .exact]) {
        .gaussian(GaussianEvent(noiseMultiplier: $0))
    }
    static let laplace = EventFamily(name: "laplace", accountants: [.pure, .zcdp, .rdp, .pld, .exact]) {
        .laplace(LaplaceEvent(noiseMultiplier: $0))
    }

    static let all: [EventFamily] = [
        gaussian, laplace,
        EventFamily(name: "discrete Laplace", accountants: [.pure, .zcdp, .rdp, .pld, .exact]) {
            .discreteLaplace(
                DiscreteLaplaceEvent(
                    scale: fraction($0), bound: ItemBound(maxItemsPerUser: 2, maxValuePerItem: 1), dimension: 9))
        },
        EventFamily(name: "discrete Gaussian", accountants: [.zcdp, .rdp, .pld, .exact]) {
            .discreteGaussian(DiscreteGaussianEvent(variance: fraction($0 * $0), bound: one, dimension: 9))
        },
        EventFamily(name: "Gaussian sum", accountants: [.rdp, .pld, .exact]) {
            .gaussianSum(
                GaussianSumEvent(samplingProbability: 0.2, clippingNorm: 3, noiseMultiplier: $0, dimension: 9))
        },
        EventFamily(name: "randomized response", accountants: [.pure, .zcdp, .rdp, .pld, .exact]) {
            .randomizedResponse(RandomizedResponseEvent(noise: $0 / (1 + $0), buckets: 5))
        },
        EventFamily(name: "exponential mechanism", accountants: [.pure, .zcdp, .rdp, .pld, .exact]) {
            .exponentialMechanism(ExponentialMechanismEvent(epsilon: amount(1 / $0)))
        },
        EventFamily(name: "report noisy max", accountants: [.pure, .zcdp, .rdp, .pld, .exact]) {
            .reportNoisyMax(ReportNoisyMaxEvent(epsilon: amount(1 / $0)))
        },
        EventFamily(name: "partition selection", accountants: [.pure, .zcdp, .rdp, .pld, .exact]) {
            .partitionSelection(
                PartitionSelectionEvent(
                    epsilon: amount(1 / $0), delta: DeltaAmount(1e-9, rounding: .up), maxPartitions: 3))
        },
        EventFamily(name: "approximate", accountants: [.pure, .zcdp, .rdp, .pld, .exact]) {
            .approximate(ApproximateEvent(epsilon: amount(1 / $0), delta: DeltaAmount(1e-9, rounding: .up)))
        },
        EventFamily(name: "zCDP", accountants: [.zcdp, .rdp]) {
            .zeroConcentrated(ZeroConcentratedEvent(rho: amount(1 / (2 * $0 * $0))))
        },
        EventFamily(name: "sampled Gaussian", accountants: [.rdp, .pld, .exact]) {
            .sampled(SampledEvent(samplingProbability: 0.1, event: gaussian.event($0)))
        },
        EventFamily(name: "sampled Laplace", accountants: [.pure, .zcdp, .rdp, .pld, .exact]) {
            .sampled(SampledEvent(samplingProbability: 0.1, event: laplace.event($0)))
        },
        EventFamily(name: "sampled response", accountants: [.pure, .zcdp, .rdp, .pld, .exact]) {
            .sampled(
                SampledEvent(
                    samplingProbability: 0.3,
                    event: .randomizedResponse(RandomizedResponseEvent(noise: $0 / (1 + $0), buckets: 3))))
        },
        EventFamily(name: "composition", accountants: [.zcdp, .rdp, .pld, .exact]) {
            .composed(ComposedEvent(events: [gaussian.event($0), laplace.event(2 * $0)]))
        },
        EventFamily(name: "self-composition", accountants: [.gdp, .zcdp, .rdp, .pld, .exact]) {
            .selfComposed(SelfComposedEvent(event: gaussian.event($0), count: 4))
        },
        EventFamily(name: "tiers", accountants: [.rdp, .pld, .exact]) {
            .tiered(
                TieredEvent(
                    tiers: [.init(name: "a", samplingProbability: 0.05), .init(name: "b", samplingProbability: 0.2)],
                    event: gaussian.event($0)))
        },
        EventFamily(name: "random trials", accountants: [.rdp]) {
            .randomTrials(
                RandomTrialsEvent(trials: .negativeBinomial(shape: 1, probability: 0.2), event: gaussian.event($0)))
        },
        EventFamily(name: "matrix mechanism", accountants: [.gdp, .zcdp, .rdp, .pld, .exact]) {
            .matrixMechanism(
                MatrixMechanismEvent(
                    coefficients: [1, 0.5, 0.375], steps: 12, minSeparation: 4, maxParticipations: 3,
                    noiseMultiplier: $0))
        },
    ]

    /// Each family with each accountant that prices it.
    static let priced: [(EventFamily, Accountant)] = all.flatMap { family in family.accountants.map { (family, $0) } }
}
