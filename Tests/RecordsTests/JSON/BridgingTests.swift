// SPDX-License-Identifier: Apache-2.0

import TestSupport
import Testing

@testable import Records

struct BridgingTests {
    struct Sample: Codable, Equatable {
        var double: Double
        var float: Float
        var integer: Int64
        var text: String
        var flag: Bool
        var list: [Double]
        var inner: [String: JSONValue]
        var missing: Int?
    }

    @Test("every Double and Float goes through Codable and back bit for bit", arguments: 0..<20)
    func numbersAreExact(seed: UInt64) throws {
        var generator = SeededGenerator(seed: seed)
        let doubles =
            (0..<1000).map { _ in RandomJSON.finiteDouble(&generator) } + [
                .leastNonzeroMagnitude, 1e21, 1e-7, 1e20, 0.1,
            ]
        let value = try JSONValue(encoding: doubles)
        #expect(value.arrayValue?.map(\.doubleValue) == doubles)
        #expect(try value.decode([Double].self) == doubles)
        #expect(try JSONValue.parse(CanonicalJSON.bytes(value)).decode([Double].self) == doubles)
        let floats = (0..<1000).map { _ in Float(bitPattern: UInt32.random(in: 0..<0x7f80_0000, using: &generator)) }
        #expect(try JSONValue(encoding: floats).decode([Float].self) == floats)
        let integers = (0..<1000).map { _ in Int64.random(in: -(1 << 53)...(1 << 53), using: &generator) }
        #expect(try JSONValue(encoding: integers).decode([Int64].self) == integers)
    }

    @Test("a struct comes back as it was, with documents inside it")
    func structsRoundTrip() throws {
        let sample = Sample(
            double: 1e-7, float: 0.1, integer: -(1 << 53), text: "é/\u{0}\"", flag: true, list: [-0.5, 1e300],
            inner: ["a": [1, nil, "x", 2.5, true, .object([:])]], missing: nil)
        let value = try JSONValue(encoding: sample)
        #expect(value["missing"] == nil && value["float"] == .number(0.1))
        #expect(try value.decode(Sample.self) == sample)
    }

    @Test("a document goes through Codable unchanged", arguments: 0..<50)
    func documentsRoundTrip(seed: UInt64) throws {
        struct Box: Codable { let content: JSONValue }
        var generator = SeededGenerator(seed: seed)
        let value = RandomJSON.value(&generator)
        let boxed = try JSONValue(encoding: Box(content: value))
        #expect(boxed["content"] == value)
        #expect(try boxed.decode(Box.self).content == value)
    }

    @Test("what JSON cannot say is refused: NaN, infinity, integers beyond 2⁵³")
    func refuses() {
        #expect(thrown { _ = try JSONValue(encoding: [Double.nan]) } == .notFinite)
        #expect(thrown { _ = try JSONValue(encoding: ["a": Double.infinity]) } == .notFinite)
        #expect(thrown { _ = try JSONValue(encoding: [UInt64.max]) } == .integerTooLarge)
        #expect(thrown { _ = try JSONValue(encoding: [Int64.min + 1]) } == .integerTooLarge)
        #expect(thrown { _ = try JSONValue(encoding: [JSONValue.integer(.max)]) } == .integerTooLarge)
        #expect(thrown { _ = try JSONValue(encoding: [JSONValue.number(.nan)]) } == .notFinite)
    }

    @Test("a field that is missing or of another kind is named by its path")
    func namesTheField() throws {
        struct Outer: Codable { let runs: [Inner] }
        struct Inner: Codable { let delta: Double }
        func field(_ value: JSONValue) -> RecordsError? { thrown { _ = try value.decode(Outer.self) } }
        #expect(field(["runs": [["delta": 1], [:] as JSONValue]]) == .doesNotFit(field: "runs.1.delta"))
        #expect(field(["runs": [["delta": "x"]]]) == .doesNotFit(field: "runs.0.delta"))
        #expect(field(.object([:])) == .doesNotFit(field: "runs"))
        #expect(field(.null) == .doesNotFit(field: "(document)"))
    }
}
