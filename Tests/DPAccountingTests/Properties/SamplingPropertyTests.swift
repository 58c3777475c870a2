// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing

@testable import DPAccounting

/// What holds of every release that may be sampled.
struct SamplingPropertyTests {
    static let bases: [PrivacyEvent] = [
        EventFamily.gaussian.event(1.5), EventFamily.laplace.event(2),
        .randomizedResponse(RandomizedResponseEvent(noise: 0.5, buckets: 4)),
        .discreteLaplace(
            DiscreteLaplaceEvent(
                scale: Rational(3, 1)!, bound: ItemBound(maxItemsPerUser: 1, maxValuePerItem: 2), dimension: 5)),
        .reportNoisyMax(ReportNoisyMaxEvent(epsilon: EpsilonAmount(0.75, rounding: .up))),
        .approximate(
            ApproximateEvent(
                epsilon: EpsilonAmount(0.5, rounding: .up), delta: DeltaAmount(1e-9, rounding: .up))),
        Plans.gaussianEvent(multiplier: 1.5),
    ]

    static func sampled(_ q: Double, _ event: PrivacyEvent) -> PrivacyEvent {
        .sampled(SampledEvent(samplingProbability: q, event: event))
    }

    @Test("at q = 1 it is the plain event, to the last digit", arguments: bases)
    func plain(event: PrivacyEvent) throws {
        for name in [Accountant.pure, .zcdp, .rdp, .pld, .exact] {
            let method = try #require(name.method)
            for delta in [1e-3, 1e-7] {
                let (a, b) = (
                    method.epsilon(of: RunPlan([.init(event: Self.sampled(1, event), count: 4)]), delta: delta),
                    method.epsilon(of: RunPlan([.init(event: event, count: 4)]), delta: delta)
                )
                #expect(a == b, "\(name)")
            }
        }
    }

    @Test("less sampling never costs more, and never more than none of it", arguments: bases)
    func monotone(event: PrivacyEvent) throws {
        for name in [Accountant.rdp, .pld] {
            let method = try #require(name.method)
            var before = method.epsilon(of: RunPlan([.init(event: event, count: 3)]), delta: 1e-6)
            for q in [0.9, 0.5, 0.1, 1e-2, 1e-4] {
                let epsilon = method.epsilon(of: RunPlan([.init(event: Self.sampled(q, event), count: 3)]), delta: 1e-6)
                #expect(epsilon <= before * (1 + 3e-5), "\(name) q \(q)")
                before = epsilon
            }
        }
    }

    @Test(
        "one sampled release is amplified as Balle, Barthe and Gaboardi say: δ(ln(1 + q(e^ε − 1))) = q·δ(ε)",
        arguments: bases)
    func amplification(event: PrivacyEvent) throws {
        let method = LossAccounting()
        // The whole event fails or does not: its failure mass is charged in full, not q times.
        guard event.failure == .zero else { return }
        for (q, epsilon) in [(0.5, 0.1), (0.1, 0.3), (0.01, 0.45)] {
            let outer = log1p(q * expm1(epsilon))
            let plain = method.delta(of: RunPlan(event), epsilon: epsilon)
            let sampled = method.delta(of: RunPlan(Self.sampled(q, event)), epsilon: outer)
            // Equality for removing; adding may be larger. 2e-14: what closed forms are raised by, and the fast sampler's t.
            #expect(sampled >= q * plain - 2e-14)
            #expect(sampled <= q * plain * (1 + 1e-9) + 1e-10 || sampled <= plain)
        }
    }

    @Test("a sample of a sample, of a composition, of trials or of ρ-zCDP is no event", arguments: bases)
    func nested(event: PrivacyEvent) {
        let inner = Self.sampled(0.5, event)
        #expect(inner.isValid)
        for refused in [
            Self.sampled(0.5, inner), Self.sampled(0.5, .composed(ComposedEvent(events: [event]))),
            Self.sampled(0.5, .selfComposed(SelfComposedEvent(event: event, count: 2))),
            Self.sampled(0.5, .randomTrials(RandomTrialsEvent(trials: .poisson(mean: 2), event: event))),
            Self.sampled(0.5, .zeroConcentrated(ZeroConcentratedEvent(rho: EpsilonAmount(0.1, rounding: .up)))),
        ] {
            #expect(!refused.isValid)
            for name in Accountant.allCases {
                guard let method = name.method else { continue }
                #expect(method.epsilon(of: RunPlan(refused), delta: 0.1) == .infinity)
                #expect(method.delta(of: RunPlan(refused), epsilon: 3) == 1)
            }
        }
        for q in [0, -0.1, 1.0000001, .nan, .infinity] { #expect(!Self.sampled(q, event).isValid) }
    }

    @Test("tiers cost what the largest probability costs, and each tier its own", arguments: bases)
    func tiers(event: PrivacyEvent) throws {
        let tiered = TieredEvent(
            tiers: [.init(name: "rare", samplingProbability: 0.01), .init(name: "often", samplingProbability: 0.4)],
            event: event)
        let method = LossAccounting()
        func cost(_ event: PrivacyEvent) -> Double {
            method.epsilon(of: RunPlan([.init(event: event, count: 3)]), delta: 1e-6)
        }
        #expect(cost(.tiered(tiered)) == cost(Self.sampled(0.4, event)))
        let rare = try #require(tiered.event(ofTier: "rare"))
        #expect(cost(rare) == cost(Self.sampled(0.01, event)))
        #expect(cost(rare) < cost(.tiered(tiered)))
    }
}
