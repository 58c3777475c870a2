// SPDX-License-Identifier: Apache-2.0

import TestSupport
import Testing

@testable import Ingestion

struct DecimalParsingTests {
    private func float(_ text: String) -> Float? { DecimalParsing.float(Array(text.utf8).span) }

    @Test(
        "reads decimal numbers",
        arguments: [
            ("4", 4), ("-0.5", -0.5), (".5", 0.5), ("5.", 5), ("+3", 3), ("1e-3", 0.001), ("1E+2", 100), (" 7\t", 7),
            ("0004", 4), ("3.4028234e38", Float.greatestFiniteMagnitude), ("1e-400", 0), ("0e999999999999999999999", 0),
            ("0.1", 0.1), ("123456789012345678901234567890", 1.2345679e29), ("16777217", 16777216),
        ] as [(String, Float)])
    func readsDecimals(text: String, value: Float) {
        #expect(float(text) == value)
    }

    @Test(
        "refuses what is no finite decimal number",
        arguments: [
            "", " ", "-", "+", ".", "e5", "1e", "1e+", "1e400", "-1e39", "NaN", "nan", "inf", "-Infinity", "0x10",
            "1_000", "1,5",
            "1.2.3", "--1", "+-1", "1 2", "٣", "１", "1\0", "\0", "1e99999999999999999999", "12a", "½",
        ])
    func refusesOthers(text: String) {
        #expect(float(text) == nil)
    }

    @Test("makes minus zero zero, so that equal events have equal bytes")
    func normalisesMinusZero() {
        for text in ["-0", "-0.0", "-0e5", "-1e-400"] { #expect(float(text)?.sign == .plus && float(text) == 0) }
    }

    @Test("agrees with the standard library on numbers of every size")
    func agreesWithStandardLibrary() throws {
        var generator = SeededGenerator(seed: 754)
        for _ in 0..<20_000 {
            let value = Float(bitPattern: UInt32.random(in: 0 ... .max, using: &generator))
            guard value.isFinite, value != 0, value.isNormal else { continue }
            // Shortest decimals of a Float have at most 9 digits; their Double is within 2⁻⁴⁰ of the truth, far closer than half a Float step.
            #expect(float("\(value)") == value, "\(value)")
        }
    }

    @Test("survives long digit strings")
    func survivesLongDigits() {
        #expect(float(String(repeating: "9", count: 100_000)) == nil)
        #expect(float("0." + String(repeating: "0", count: 100_000) + "1") == 0)
        #expect(float(String(repeating: "0", count: 100_000) + "8") == 8)
        #expect(float("0." + String(repeating: "3", count: 100_000)) == Float(1) / 3)
    }
}
