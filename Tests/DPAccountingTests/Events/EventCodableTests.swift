// SPDX-License-Identifier: Apache-2.0

import DPAccounting
import Foundation
import Testing

struct EventCodableTests {
    private func decode(_ text: String) throws -> PrivacyEvent {
        try JSONDecoder().decode(PrivacyEvent.self, from: Data(text.utf8))
    }

    @Test("every event survives JSON", arguments: IndependentCheckTests.plans)
    func roundTrip(plan: RunPlan) throws {
        let data = try JSONEncoder().encode(plan)
        #expect(try JSONDecoder().decode(RunPlan.self, from: data) == plan)
    }

    private let good = """
        {"type":"gaussian-sum","version":1,"samplingProbability":0.5,"clippingNorm":1,"noiseMultiplier":2,"dimension":3}
        """

    @Test("the written form is the documented one")
    func writtenForm() throws {
        let event = Plans.gaussianEvent(multiplier: 2, q: 0.5, dimension: 3)
        #expect(try decode(good) == event)
        let object = try JSONSerialization.jsonObject(with: JSONEncoder().encode(event)) as? [String: Any]
        #expect(object?["type"] as? String == "gaussian-sum")
        #expect(object?["version"] as? Int == 1)
        #expect(object?.count == 6)
    }

    @Test(
        "an unknown type or version, a missing field, or a value out of range is refused",
        arguments: [
            ("gaussian-sum", "gaussian-product"), ("\"version\":1", "\"version\":2"), ("\"version\":1,", ""),
            ("\"dimension\":3", "\"dimension\":0"), ("\"dimension\":3", "\"dimension\":-3"),
            (":0.5", ":0"), (":0.5", ":1.0000001"), (":0.5", ":-0.5"),
            ("\"noiseMultiplier\":2", "\"noiseMultiplier\":-2"),
            ("\"clippingNorm\":1", "\"clippingNorm\":0"), ("\"clippingNorm\":1", "\"clippingNorm\":1e999"),
            ("\"noiseMultiplier\":2,", ""),
        ])
    func refused(change: (String, String)) {
        let text = good.replacingOccurrences(of: change.0, with: change.1)
        #expect(text != good)
        #expect(throws: (any Error).self) { try decode(text) }
    }

    @Test(
        "scales are exact positive fractions",
        arguments: ["1/0", "0/1", "-1/2", "1", "a/b", "1/2/3", "9223372036854775808/1"])
    func fractions(text: String) {
        #expect(Rational(text) == nil)
        let event = """
            {"type":"discrete-laplace","version":1,"scale":"\(text)","bound":{"maxItemsPerUser":1,"maxValuePerItem":1},"dimension":1}
            """
        #expect(throws: (any Error).self) { try decode(event) }
    }

    @Test("a plan with a stretch of no steps, or of absurdly many, is refused", arguments: [0, -1, Int.max])
    func badStretch(count: Int) {
        let text = "{\"stretches\":[{\"event\":\(good),\"count\":\(count)}]}"
        #expect(throws: (any Error).self) { try JSONDecoder().decode(RunPlan.self, from: Data(text.utf8)) }
    }
}
