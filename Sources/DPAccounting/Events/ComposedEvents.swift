// SPDX-License-Identifier: Apache-2.0

/// One release on a Poisson sample: every user is in it with probability q, independently.
///
/// Allowed are releases that one dominating pair describes (Gaussian, Laplace, one-coordinate discrete noise, randomized
/// response, pure and approximate): for those Zhu, Dong, Wang 2022, Theorem 11 says what sampling does. Sampling a composition
/// is not the composition of sampled releases, so compositions are refused.
public struct SampledEvent: Hashable, Codable, Sendable {
    /// q in (0, 1].
    public let samplingProbability: Double
    public let event: PrivacyEvent

    public init(samplingProbability: Double, event: PrivacyEvent) {
        (self.samplingProbability, self.event) = (samplingProbability, event)
    }
}

/// Several events, one after the other, chosen adaptively or not.
public struct ComposedEvent: Hashable, Codable, Sendable {
    public let events: [PrivacyEvent]

    public init(events: [PrivacyEvent]) { self.events = events }
}

/// The same event `count` times.
public struct SelfComposedEvent: Hashable, Codable, Sendable {
    public let event: PrivacyEvent
    /// At least 1.
    public let count: Int

    public init(event: PrivacyEvent, count: Int) { (self.event, self.count) = (event, count) }
}

/// A sampled release at which users of different tiers have different probabilities (individualised DP-SGD: Boenisch et al.
/// 2023; Jorgensen, Yu, Cormode 2015). Tiers are public policy.
///
/// Its price is that of the largest probability, which bounds everyone's; `event(ofTier:)` is what one tier pays.
public struct TieredEvent: Hashable, Codable, Sendable {
    public struct Tier: Hashable, Codable, Sendable {
        public let name: String
        /// q in (0, 1].
        public let samplingProbability: Double

        public init(name: String, samplingProbability: Double) {
            (self.name, self.samplingProbability) = (name, samplingProbability)
        }
    }
    /// At least one; names differ.
    public let tiers: [Tier]
    /// What `SampledEvent` may sample.
    public let event: PrivacyEvent

    public init(tiers: [Tier], event: PrivacyEvent) { (self.tiers, self.event) = (tiers, event) }

    /// What a user of that tier pays: whether a user is there is hidden from all others at their own probability, since the
    /// other users' coins do not depend on it. Nil for a tier that is not there.
    public func event(ofTier name: String) -> PrivacyEvent? {
        tiers.first { $0.name == name }.map {
            .sampled(SampledEvent(samplingProbability: $0.samplingProbability, event: event))
        }
    }

    /// The tier that pays most.
    var worst: SampledEvent {
        SampledEvent(samplingProbability: tiers.map(\.samplingProbability).max() ?? 1, event: event)
    }
}

/// A random number K of runs of an event, of which only the best one's output is released (Papernot, Steinke 2022).
public struct RandomTrialsEvent: Hashable, Codable, Sendable {
    /// How K is drawn; it must not depend on the data.
    public enum Trials: Hashable, Codable, Sendable {
        /// Poisson of this mean; K = 0 releases something fixed.
        case poisson(mean: Double)
        /// Negative binomial truncated at 1, shape η > −1 (1: geometric, 0: logarithmic), γ in (0, 1).
        case negativeBinomial(shape: Double, probability: Double)
    }
    public let trials: Trials
    /// One run, whole.
    public let event: PrivacyEvent

    public init(trials: Trials, event: PrivacyEvent) { (self.trials, self.event) = (trials, event) }
}
