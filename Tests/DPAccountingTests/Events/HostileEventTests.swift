// SPDX-License-Identifier: Apache-2.0

import Foundation
import TestSupport
import Testing

@testable import DPAccounting

/// Events as files that somebody else wrote: what is not exactly a known event is refused, never free, never a trap.
struct HostileEventTests {
    static let samples: [PrivacyEvent] = EventFamily.all.map { $0.event(2) }

    private func decode(_ text: String) throws -> PrivacyEvent {
        try JSONDecoder().decode(PrivacyEvent.self, from: Data(text.utf8))
    }

    private func json(_ event: PrivacyEvent) throws -> Data {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys]
        return try encoder.encode(event)
    }

    @Test("whatever a file says, it is an event with a price above nothing, or refused", arguments: samples.indices)
    func mutatedBytes(index: Int) throws {
        let original = try json(Self.samples[index])
        var generator = SeededGenerator(seed: 400 + UInt64(index))
        var (accepted, refused) = (0, 0)
        for _ in 0..<400 {
            var bytes = [UInt8](original)
            for _ in 0..<Int.random(in: 1...3, using: &generator) {
                let at = Int.random(in: 0..<bytes.count, using: &generator)
                switch Int.random(in: 0..<4, using: &generator) {
                case 0: bytes[at] = UInt8.random(in: 0x20...0x7e, using: &generator)
                case 1: bytes.remove(at: at)
                case 2: bytes.insert(UInt8.random(in: 0x30...0x39, using: &generator), at: at)
                default: bytes[at] ^= 1 << UInt8.random(in: 0..<7, using: &generator)
                }
            }
            guard let event = try? JSONDecoder().decode(PrivacyEvent.self, from: Data(bytes)) else {
                refused += 1
                continue
            }
            accepted += 1
            #expect(event.isValid)
            // What was read means something, and is written again as what it is.
            #expect(try JSONDecoder().decode(PrivacyEvent.self, from: json(event)) == event)
            // Its cost by orders is no NaN and no credit.
            #expect(RenyiAccountant.cost(of: event, order: 3) >= 0)
        }
        // Most changes of a digit are other events, most others are none: both happen.
        #expect(accepted > 0 && refused > 100, "\(accepted) accepted, \(refused) refused")
    }

    @Test("a file that was cut off anywhere is refused", arguments: samples.indices)
    func truncated(index: Int) throws {
        let bytes = try json(Self.samples[index])
        for end in 0..<bytes.count {
            #expect(throws: (any Error).self, "\(end)") {
                try JSONDecoder().decode(PrivacyEvent.self, from: bytes.prefix(end))
            }
        }
        #expect(try JSONDecoder().decode(PrivacyEvent.self, from: bytes) == Self.samples[index])
    }

    @Test(
        "types that are no type, versions that are no version",
        arguments: [
            #"{}"#, #"[]"#, #"null"#, #""gaussian""#, #"1"#,
            #"{"type":"gaussian"}"#, #"{"version":1}"#, #"{"type":"gaussian","version":1}"#,
            #"{"type":"gaussian","version":2,"noiseMultiplier":1}"#,
            #"{"type":"gaussian","version":0,"noiseMultiplier":1}"#,
            #"{"type":"gaussian","version":-1,"noiseMultiplier":1}"#,
            #"{"type":"gaussian","version":1.5,"noiseMultiplier":1}"#,
            #"{"type":"gaussian","version":"1","noiseMultiplier":1}"#,
            #"{"type":"gaussian","version":null,"noiseMultiplier":1}"#,
            #"{"type":"gaussian","version":1e300,"noiseMultiplier":1}"#,
            #"{"type":"Gaussian","version":1,"noiseMultiplier":1}"#,
            #"{"type":"gaussian ","version":1,"noiseMultiplier":1}"#,
            #"{"type":"free","version":1}"#, #"{"type":"no-op","version":1}"#, #"{"type":null,"version":1}"#,
            #"{"type":["gaussian"],"version":1,"noiseMultiplier":1}"#, #"{"type":"nonprivate","version":1}"#,
        ])
    func heads(text: String) {
        #expect(throws: (any Error).self) { try decode(text) }
    }

    @Test(
        "numbers out of range, of the wrong kind, or none",
        arguments: [
            #"{"type":"gaussian","version":1,"noiseMultiplier":0}"#,
            #"{"type":"gaussian","version":1,"noiseMultiplier":-1}"#,
            #"{"type":"gaussian","version":1,"noiseMultiplier":1e999}"#,
            #"{"type":"gaussian","version":1,"noiseMultiplier":"1"}"#,
            #"{"type":"gaussian","version":1,"noiseMultiplier":null}"#,
            #"{"type":"gaussian","version":1,"noiseMultiplier":NaN}"#,
            #"{"type":"gaussian","version":1,"noiseMultiplier":Infinity}"#,
            #"{"type":"gaussian","version":1,"noiseMultiplier":true}"#,
            #"{"type":"laplace","version":1,"noiseMultiplier":0}"#,
            #"{"type":"laplace","version":1,"noiseMultiplier":-0.0}"#,
            #"{"type":"randomized-response","version":1,"noise":0,"buckets":2}"#,
            #"{"type":"randomized-response","version":1,"noise":1.1,"buckets":2}"#,
            #"{"type":"randomized-response","version":1,"noise":0.5,"buckets":1}"#,
            #"{"type":"randomized-response","version":1,"noise":0.5,"buckets":2.5}"#,
            #"{"type":"randomized-response","version":1,"noise":0.5,"buckets":1e30}"#,
            #"{"type":"approximate","version":1,"epsilon":"1","delta":"1"}"#,
            #"{"type":"approximate","version":1,"epsilon":"infinity","delta":"0"}"#,
            #"{"type":"approximate","version":1,"epsilon":"-1","delta":"0"}"#,
            #"{"type":"approximate","version":1,"epsilon":"1","delta":"-1e-9"}"#,
            #"{"type":"approximate","version":1,"epsilon":1,"delta":0}"#,
            #"{"type":"approximate","version":1,"epsilon":"","delta":"0"}"#,
            #"{"type":"approximate","version":1,"epsilon":"0x1","delta":"0"}"#,
            #"{"type":"approximate","version":1,"epsilon":"nan","delta":"0"}"#,
            #"{"type":"zcdp","version":1,"rho":"infinity"}"#, #"{"type":"zcdp","version":1,"rho":"-0.5"}"#,
            #"{"type":"exponential-mechanism","version":1,"epsilon":"infinity"}"#,
            #"{"type":"report-noisy-max","version":1}"#,
            #"{"type":"partition-selection","version":1,"epsilon":"1","delta":"1e-9","maxPartitions":0}"#,
            #"{"type":"partition-selection","version":1,"epsilon":"1","delta":"2","maxPartitions":1}"#,
            #"{"type":"self-composed","version":1,"count":0,"event":{"type":"gaussian","version":1,"noiseMultiplier":1}}"#,
            #"{"type":"self-composed","version":1,"count":-5,"event":{"type":"gaussian","version":1,"noiseMultiplier":1}}"#,
            #"{"type":"self-composed","version":1,"count":9223372036854775807,"event":{"type":"gaussian","version":1,"noiseMultiplier":1}}"#,
            #"{"type":"composition","version":1,"events":[]}"#,
            #"{"type":"composition","version":1,"events":[{"type":"free","version":1}]}"#,
            #"{"type":"composition","version":1,"events":{"type":"gaussian","version":1,"noiseMultiplier":1}}"#,
            #"{"type":"poisson-sampled","version":1,"samplingProbability":0,"event":{"type":"gaussian","version":1,"noiseMultiplier":1}}"#,
            #"{"type":"poisson-sampled","version":1,"samplingProbability":1.01,"event":{"type":"gaussian","version":1,"noiseMultiplier":1}}"#,
            #"{"type":"poisson-sampled","version":1,"samplingProbability":0.5,"event":{"type":"zcdp","version":1,"rho":"1"}}"#,
            #"{"type":"tiered-sampled","version":1,"tiers":[],"event":{"type":"gaussian","version":1,"noiseMultiplier":1}}"#,
            #"{"type":"random-trials","version":1,"trials":{"distribution":"binomial","mean":3},"event":{"type":"zcdp","version":1,"rho":"1"}}"#,
            #"{"type":"random-trials","version":1,"trials":{"distribution":"poisson","mean":0},"event":{"type":"zcdp","version":1,"rho":"1"}}"#,
            #"{"type":"matrix-mechanism","version":1,"coefficients":[],"steps":1,"minSeparation":1,"maxParticipations":1,"noiseMultiplier":1}"#,
            #"{"type":"matrix-mechanism","version":1,"coefficients":[1e200],"steps":1,"minSeparation":1,"maxParticipations":1,"noiseMultiplier":1}"#,
            #"{"type":"matrix-mechanism","version":1,"coefficients":[1],"steps":0,"minSeparation":1,"maxParticipations":1,"noiseMultiplier":1}"#,
            #"{"type":"matrix-mechanism","version":1,"coefficients":[1],"steps":1,"minSeparation":0,"maxParticipations":1,"noiseMultiplier":1}"#,
        ])
    func fields(text: String) {
        #expect(throws: (any Error).self) { try decode(text) }
    }

    @Test("an event inside an event is held to the same rules, at any depth")
    func nested() throws {
        let good = #"{"type":"gaussian","version":1,"noiseMultiplier":1}"#
        for bad in [
            #"{"type":"gaussian","version":2,"noiseMultiplier":1}"#,
            #"{"type":"gaussian","version":1,"noiseMultiplier":0}"#,
            #"{"type":"gauss","version":1,"noiseMultiplier":1}"#, "null", "7",
        ] {
            var (inner, outer) = (bad, good)
            for depth in 0..<8 {
                inner = #"{"type":"self-composed","version":1,"count":2,"event":"# + inner + "}"
                outer = #"{"type":"self-composed","version":1,"count":2,"event":"# + outer + "}"
                #expect(throws: (any Error).self, "\(depth)") { try decode(inner) }
                let event = try decode(outer)
                let flat = try #require(RunPlan(event).flattened)
                #expect(flat.stretches.count == 1 && flat.stretches[0].count == 1 << (depth + 1))
            }
        }
    }

    @Test("a count that multiplies past what can be counted has no plan and no price")
    func overflow() throws {
        let big = RunPlan.Stretch.mostSteps
        let one = PrivacyEvent.gaussian(GaussianEvent(noiseMultiplier: 1))
        let event = PrivacyEvent.selfComposed(
            SelfComposedEvent(event: .selfComposed(SelfComposedEvent(event: one, count: big)), count: big))
        #expect(event.isValid)
        #expect(RunPlan(event).flattened == nil)
        for accountant in Accountant.allCases {
            guard let method = accountant.method else { continue }
            #expect(method.epsilon(of: RunPlan(event), delta: 0.5) == .infinity)
        }
        #expect(PlanPrice(of: RunPlan(event), delta: DeltaAmount(0.5, rounding: .down)).problem == .invalidEvent)
    }

    @Test("keys that are not known say nothing, keys given twice one thing", arguments: samples.indices)
    func extraKeys(index: Int) throws {
        let event = Self.samples[index]
        var object = try #require(try JSONSerialization.jsonObject(with: json(event)) as? [String: Any])
        object["comment"] = "noise as agreed"
        object["nested"] = ["type": "free", "version": 9]
        #expect(
            try JSONDecoder().decode(PrivacyEvent.self, from: JSONSerialization.data(withJSONObject: object)) == event)
        // A field twice: whichever is taken, it is one of the two, and valid.
        let text = #"{"type":"gaussian","version":1,"noiseMultiplier":5,"noiseMultiplier":7}"#
        if let twice = try? decode(text) {
            #expect([5, 7].map { PrivacyEvent.gaussian(GaussianEvent(noiseMultiplier: $0)) }.contains(twice))
        }
    }

    @Test("every kind has its own name, and no name is another's")
    func names() throws {
        var seen: [String: PrivacyEvent] = [:]
        for event in EventKindsTests.all.map(\.1) + Self.samples {
            let object = try #require(try JSONSerialization.jsonObject(with: json(event)) as? [String: Any])
            let name = try #require(object["type"] as? String)
            #expect(object["version"] as? Int == 1)
            if let known = seen[name] {
                // The same case of the enum.
                #expect(
                    Mirror(reflecting: known).children.first?.label == Mirror(reflecting: event).children.first?.label)
            }
            seen[name] = event
        }
        #expect(seen.count == 17)
    }
}
