// SPDX-License-Identifier: Apache-2.0

import Foundation
import TestSupport
import Testing

@testable import DPAccounting

/// The events that the door does not make: their JSON, their ranges, what they may hold.
struct EventKindsTests {
    static let amount = EpsilonAmount(decimal: "0.5", rounding: .up)!
    static let delta = DeltaAmount(decimal: "1e-8", rounding: .up)!
    static let gaussian = PrivacyEvent.gaussian(GaussianEvent(noiseMultiplier: 2))
    static let laplace = PrivacyEvent.laplace(LaplaceEvent(noiseMultiplier: 3))

    static func sampled(_ q: Double, _ event: PrivacyEvent) -> PrivacyEvent {
        .sampled(SampledEvent(samplingProbability: q, event: event))
    }

    static let matrix = MatrixMechanismEvent(
        coefficients: [1, 0.5, 0.375], steps: 12, minSeparation: 4, maxParticipations: 3, noiseMultiplier: 2)

    static let all: [(String, PrivacyEvent)] = [
        (#"{"noiseMultiplier":2,"type":"gaussian","version":1}"#, gaussian),
        (#"{"noiseMultiplier":3,"type":"laplace","version":1}"#, laplace),
        (
            #"{"buckets":4,"noise":0.25,"type":"randomized-response","version":1}"#,
            .randomizedResponse(RandomizedResponseEvent(noise: 0.25, buckets: 4))
        ),
        (
            #"{"epsilon":"0.5","type":"exponential-mechanism","version":1}"#,
            .exponentialMechanism(ExponentialMechanismEvent(epsilon: amount))
        ),
        (
            #"{"epsilon":"0.5","type":"report-noisy-max","version":1}"#,
            .reportNoisyMax(ReportNoisyMaxEvent(epsilon: amount))
        ),
        (
            #"{"delta":"0.00000001","epsilon":"0.5","maxPartitions":3,"type":"partition-selection","version":1}"#,
            .partitionSelection(PartitionSelectionEvent(epsilon: amount, delta: delta, maxPartitions: 3))
        ),
        (
            #"{"delta":"0.00000001","epsilon":"0.5","type":"approximate","version":1}"#,
            .approximate(ApproximateEvent(epsilon: amount, delta: delta))
        ),
        (#"{"rho":"0.5","type":"zcdp","version":1}"#, .zeroConcentrated(ZeroConcentratedEvent(rho: amount))),
        (
            #"{"event":{"noiseMultiplier":2,"type":"gaussian","version":1},"samplingProbability":0.5,"type":"poisson-sampled","version":1}"#,
            sampled(0.5, gaussian)
        ),
        (
            #"{"events":[{"noiseMultiplier":2,"type":"gaussian","version":1},{"noiseMultiplier":3,"type":"laplace","version":1}],"type":"composition","version":1}"#,
            .composed(ComposedEvent(events: [gaussian, laplace]))
        ),
        (
            #"{"count":7,"event":{"noiseMultiplier":3,"type":"laplace","version":1},"type":"self-composed","version":1}"#,
            .selfComposed(SelfComposedEvent(event: laplace, count: 7))
        ),
        (
            #"{"event":{"noiseMultiplier":2,"type":"gaussian","version":1},"tiers":[{"name":"a","samplingProbability":0.25},{"name":"b","samplingProbability":0.5}],"type":"tiered-sampled","version":1}"#,
            .tiered(
                TieredEvent(
                    tiers: [.init(name: "a", samplingProbability: 0.25), .init(name: "b", samplingProbability: 0.5)],
                    event: gaussian))
        ),
        (
            #"{"event":{"noiseMultiplier":2,"type":"gaussian","version":1},"trials":{"distribution":"poisson","mean":10},"type":"random-trials","version":1}"#,
            .randomTrials(RandomTrialsEvent(trials: .poisson(mean: 10), event: gaussian))
        ),
        (
            #"{"event":{"noiseMultiplier":2,"type":"gaussian","version":1},"trials":{"distribution":"negative-binomial","probability":0.125,"shape":1},"type":"random-trials","version":1}"#,
            .randomTrials(RandomTrialsEvent(trials: .negativeBinomial(shape: 1, probability: 0.125), event: gaussian))
        ),
        (
            #"{"coefficients":[1,0.5,0.375],"maxParticipations":3,"minSeparation":4,"noiseMultiplier":2,"steps":12,"type":"matrix-mechanism","version":1}"#,
            .matrixMechanism(matrix)
        ),
    ]

    private func decode(_ text: String) throws -> PrivacyEvent {
        try JSONDecoder().decode(PrivacyEvent.self, from: Data(text.utf8))
    }

    @Test("each has the documented JSON, both ways", arguments: all)
    func written(text: String, event: PrivacyEvent) throws {
        #expect(event.isValid)
        #expect(try decode(text) == event)
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys]
        #expect(String(decoding: try encoder.encode(event), as: UTF8.self) == text)
    }

    @Test(
        "the three that ledgers hold keep their JSON to the letter",
        arguments: [
            #"{"bound":{"maxItemsPerUser":20,"maxValuePerItem":1},"dimension":100,"scale":"7/3","type":"discrete-laplace","version":1}"#,
            #"{"bound":{"maxItemsPerUser":20,"maxValuePerItem":2},"dimension":9,"type":"discrete-gaussian","variance":"900/1","version":1}"#,
            #"{"clippingNorm":1,"dimension":3,"noiseMultiplier":2,"samplingProbability":0.5,"type":"gaussian-sum","version":1}"#,
        ])
    func ledgerEvents(text: String) throws {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        #expect(String(decoding: try encoder.encode(try decode(text)), as: UTF8.self) == text)
    }

    @Test("what is out of range, unknown, or sampled without a proof is refused")
    func refused() throws {
        func replacing(_ index: Int, _ old: String, _ new: String) -> String {
            Self.all[index].0.replacingOccurrences(of: old, with: new)
        }
        let laplaceText = Self.all[1].0
        for text in [
            replacing(0, ":2", ":0"), replacing(0, ":2", ":-1"), replacing(0, "gaussian", "cauchy"),
            replacing(0, "\"version\":1", "\"version\":2"), replacing(1, ":3", ":1e999"), replacing(2, "0.25", "0"),
            replacing(2, "0.25", "1.1"), replacing(2, ":4", ":1"), replacing(3, "\"0.5\"", "\"infinity\""),
            replacing(3, "\"0.5\"", "\"-1\""), replacing(5, "\"maxPartitions\":3", "\"maxPartitions\":0"),
            replacing(6, "0.00000001", "1"), replacing(8, "0.5", "0"), replacing(8, "0.5", "1.5"),
            #"{"events":[],"type":"composition","version":1}"#, replacing(10, ":7", ":0"),
            replacing(10, ":7", ":4294967297"),
            replacing(11, "\"b\"", "\"a\""), replacing(11, "0.25", "0"), replacing(12, ":10", ":0"),
            replacing(12, "poisson", "uniform"), replacing(13, "\"shape\":1", "\"shape\":-1"),
            replacing(13, "0.125", "1"), replacing(14, "[1,0.5,0.375]", "[]"), replacing(14, ":12", ":0"),
            replacing(14, "\"minSeparation\":4", "\"minSeparation\":0"),
            // Sampling: of a composition, of ρ-zCDP, of a sample, of trials, of a matrix mechanism.
            replacing(8, Self.all[0].0, Self.all[9].0), replacing(8, Self.all[0].0, Self.all[7].0),
            replacing(8, Self.all[0].0, Self.all[8].0), replacing(8, Self.all[0].0, Self.all[10].0),
            replacing(8, Self.all[0].0, Self.all[12].0), replacing(8, Self.all[0].0, Self.all[14].0),
        ] {
            #expect(!Self.all.contains { $0.0 == text })
            #expect(throws: (any Error).self, "\(text)") { try decode(text) }
        }
        #expect(try decode(replacing(8, Self.all[0].0, laplaceText)) == Self.sampled(0.5, Self.laplace))
    }

    @Test("deep nesting is refused, not a crash")
    func nesting() throws {
        var text = Self.all[0].0
        for _ in 0..<20 { text = #"{"event":\#(text),"count":1,"type":"self-composed","version":1}"# }
        #expect(throws: Never.self) { try decode(text) }
        for _ in 0..<60 { text = #"{"event":\#(text),"count":1,"type":"self-composed","version":1}"# }
        #expect(throws: (any Error).self) { try decode(text) }
    }

    @Test("unit and relation are named")
    func named() {
        #expect(PrivacyEvent.unit == .user)
        #expect(PrivacyEvent.adjacency == .addOrRemoveUser)
        #expect(Adjacency.allCases.map(\.rawValue) == ["addOrRemoveUser", "replaceUser"])
    }

    @Test("compositions are taken apart with their counts, and what overflows is no plan")
    func flattened() throws {
        let inner = PrivacyEvent.composed(ComposedEvent(events: [Self.gaussian, Self.laplace]))
        let event = PrivacyEvent.selfComposed(SelfComposedEvent(event: inner, count: 3))
        let flat = try #require(RunPlan([.init(event: event, count: 2)]).flattened)
        #expect(flat.stretches == [.init(event: Self.gaussian, count: 6), .init(event: Self.laplace, count: 6)])
        var tower = Self.gaussian
        for _ in 0..<3 { tower = .selfComposed(SelfComposedEvent(event: tower, count: 1 << 31)) }
        #expect(RunPlan(tower).flattened == nil)
        #expect(PlanPrice(of: RunPlan(tower), delta: Self.delta).problem == .invalidEvent)
        // A sum of the door, sampled outside, is the sampled sum.
        let sum = Plans.gaussianEvent(multiplier: 1.5)
        #expect(
            RunPlan(Self.sampled(0.1, sum)).flattened == RunPlan(Plans.gaussianEvent(multiplier: 1.5, q: 0.1)))
    }

    @Test("the price of tiers is the dearest tier's; each tier has its own")
    func tiers() throws {
        guard case .tiered(let tiered) = Self.all[11].1 else { return }
        func price(_ event: PrivacyEvent) -> EpsilonAmount { PlanPrice(of: RunPlan(event), delta: Self.delta).epsilon }
        let (a, b) = (try #require(tiered.event(ofTier: "a")), try #require(tiered.event(ofTier: "b")))
        #expect(tiered.event(ofTier: "c") == nil)
        #expect(price(.tiered(tiered)) == price(b))
        #expect(price(a) < price(b))
    }
}
