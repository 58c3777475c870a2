// SPDX-License-Identifier: Apache-2.0

import Foundation
import TestSupport
import Testing

@testable import Records

struct ParsingTests {
    private func fault(_ source: [UInt8]) -> JSONFault? {
        guard case .invalidJSON(_, let reason) = thrown({ _ = try JSONValue.parse(source) }) else { return nil }
        return reason
    }

    @Test(
        "what RFC 8259 does not allow is refused, each with its reason",
        arguments: [
            ("", JSONFault.unexpectedEnd), (" ", .unexpectedEnd), ("[", .unexpectedEnd), ("[1", .unexpectedEnd),
            ("{\"a\"", .unexpectedEnd), ("{\"a\":", .unexpectedEnd), ("\"abc", .unexpectedEnd),
            ("\"\\", .unexpectedEnd),
            ("\"\\u12", .unexpectedEnd), ("tru", .unexpectedEnd), ("-", .badNumber), ("1.", .badNumber),
            ("1e", .badNumber),
            ("1e+", .badNumber), (".5", .unexpectedByte), ("+1", .unexpectedByte), ("01", .trailingBytes),
            ("-01", .trailingBytes), ("0x10", .trailingBytes), ("1 2", .trailingBytes), ("[]]", .trailingBytes),
            ("nul1", .unexpectedByte), ("True", .unexpectedByte), ("NaN", .unexpectedByte),
            ("Infinity", .unexpectedByte),
            ("-Infinity", .badNumber), ("[1,]", .unexpectedByte), ("[,1]", .unexpectedByte), ("[1 2]", .unexpectedByte),
            ("{,}", .unexpectedByte), ("{\"a\":1,}", .unexpectedByte), ("{a:1}", .unexpectedByte),
            ("{1:1}", .unexpectedByte),
            ("{\"a\" 1}", .unexpectedByte), ("'a'", .unexpectedByte), ("// c\n1", .unexpectedByte),
            ("\u{feff}1", .unexpectedByte), ("1\u{0}", .trailingBytes), ("\u{a0}1", .unexpectedByte),
            ("\"\\x41\"", .badEscape), ("\"\\u00g0\"", .badEscape), ("\"\\u 041\"", .badEscape),
            ("\"\\U0041\"", .badEscape),
            ("\"a\nb\"", .controlCharacter), ("\"\u{0}\"", .controlCharacter), ("\"\t\"", .controlCharacter),
            ("\"\\ud800\"", .loneSurrogate), ("\"\\udc00\"", .loneSurrogate), ("\"\\ud800\\u0041\"", .loneSurrogate),
            ("\"\\ud800\\ud800\"", .loneSurrogate), ("\"\\ud83d x\"", .loneSurrogate),
            ("\"\\udc00\\ud800\"", .loneSurrogate),
            ("1e400", .badNumber), ("-1e400", .badNumber), ("{\"a\":1,\"a\":1}", .duplicateKey),
            ("{\"a\":1,\"\\u0061\":2}", .duplicateKey), ("{\"\\u00e9\":1,\"e\\u0301\":2}", .duplicateKey),
            ("9007199254740993", .inexactInteger), ("-9007199254740995", .inexactInteger),
            ("18446744073709551615", .inexactInteger), ("100000000000000000001", .inexactInteger),
        ])
    func refuses(source: String, reason: JSONFault) {
        #expect(fault(text(source)) == reason)
    }

    @Test(
        "bytes that are not UTF-8 are refused",
        arguments: [
            [0x80], [0xc0, 0x80], [0xc3], [0xed, 0xa0, 0x80], [0xf4, 0x90, 0x80, 0x80], [0xff], [0xe2, 0x82],
        ] as [[UInt8]])
    func refusesBadUTF8(bytes: [UInt8]) {
        #expect(fault([0x22] + bytes + [0x22]) == .invalidUTF8)
        #expect(fault(bytes) == .unexpectedByte)
    }

    @Test(
        "what RFC 8259 allows is read",
        arguments: [
            (" \t\r\n1 ", JSONValue.integer(1)), ("-0", 0), ("-0.0", 0), ("1.0", 1), ("1e2", 100), ("1E-2", 0.01),
            ("9007199254740992", .integer(1 << 53)), ("9007199254740994", .number(9_007_199_254_740_994)),
            ("100000000000000000000", .number(1e20)), ("1e20", .number(1e20)), ("1e-400", 0),
            ("5e-324", .number(.leastNonzeroMagnitude)),
            ("\"\\u00e9\\/\\ud83d\\ude02\"", "é/😂"), ("\"\\uD83D\\uDE02\"", "😂"), ("[ ]", []), ("{ }", .object([:])),
            ("{ \"a\" : [ true , null ] }", ["a": [true, nil]]), ("\"\\u0000\"", "\u{0}"), ("\"\u{7f}\"", "\u{7f}"),
        ] as [(String, JSONValue)])
    func reads(source: String, expected: JSONValue) throws {
        #expect(try JSONValue.parse(text(source)) == expected)
    }

    @Test("64 levels are read, 65 and a million are refused without exhausting the stack")
    func limitsDepth() throws {
        func nested(_ open: String, _ close: String, _ depth: Int) -> [UInt8] {
            text(String(repeating: open, count: depth) + "1" + String(repeating: close, count: depth))
        }
        #expect(fault(nested("[", "]", 64)) == nil)
        #expect(fault(nested("[", "]", 65)) == .tooDeep)
        #expect(fault(nested("{\"a\":", "}", 64)) == nil)
        #expect(fault(nested("{\"a\":", "}", 65)) == .tooDeep)
        #expect(fault(nested("[", "", 1_000_000)) == .tooDeep)
    }

    @Test("a document with bytes changed, cut or added is read or refused, never a trap", arguments: 0..<60)
    func survivesGarbage(seed: UInt64) throws {
        var generator = SeededGenerator(seed: seed)
        for _ in 0..<50 {
            var bytes = try CanonicalJSON.bytes(RandomJSON.value(&generator))
            for _ in 0..<Int.random(in: 1...4, using: &generator) where !bytes.isEmpty {
                let index = bytes.indices.randomElement(using: &generator) ?? 0
                switch Int.random(in: 0..<3, using: &generator) {
                case 0: bytes[index] = UInt8.random(in: 0...255, using: &generator)
                case 1: bytes.remove(at: index)
                default: bytes.insert(text("\\\"{}[],:eu0-.").randomElement(using: &generator) ?? 0, at: index)
                }
            }
            guard let value = try? JSONValue.parse(bytes) else { continue }
            // What was read can be written and read again.
            #expect(try JSONValue.parse(CanonicalJSON.bytes(value)) == value)
            // And Foundation, which is more lenient, reads it too.
            #expect(throws: Never.self) {
                try JSONSerialization.jsonObject(with: Data(bytes), options: .fragmentsAllowed)
            }
        }
    }

    @Test("the fault's offset is the byte's")
    func saysWhere() {
        #expect(thrown { _ = try JSONValue.parse(text("[1, x]")) } == .invalidJSON(offset: 4, reason: .unexpectedByte))
        #expect(
            thrown { _ = try JSONValue.parse(text(#"{"a":1,"a":2}"#)) }
                == .invalidJSON(offset: 7, reason: .duplicateKey))
    }
}
