// SPDX-License-Identifier: Apache-2.0

import Foundation
import TestSupport
import Testing

@testable import Records

struct CanonicalNumbersTests {
    /// RFC 8785, Appendix B.
    static let appendixB: [(bits: UInt64, text: String)] = [
        (0x0000_0000_0000_0000, "0"),
        (0x8000_0000_0000_0000, "0"),
        (0x0000_0000_0000_0001, "5e-324"),
        (0x8000_0000_0000_0001, "-5e-324"),
        (0x7fef_ffff_ffff_ffff, "1.7976931348623157e+308"),
        (0xffef_ffff_ffff_ffff, "-1.7976931348623157e+308"),
        (0x4340_0000_0000_0000, "9007199254740992"),
        (0xc340_0000_0000_0000, "-9007199254740992"),
        (0x4430_0000_0000_0000, "295147905179352830000"),
        (0x44b5_2d02_c7e1_4af5, "9.999999999999997e+22"),
        (0x44b5_2d02_c7e1_4af6, "1e+23"),
        (0x44b5_2d02_c7e1_4af7, "1.0000000000000001e+23"),
        (0x444b_1ae4_d6e2_ef4e, "999999999999999700000"),
        (0x444b_1ae4_d6e2_ef4f, "999999999999999900000"),
        (0x444b_1ae4_d6e2_ef50, "1e+21"),
        (0x3eb0_c6f7_a0b5_ed8c, "9.999999999999997e-7"),
        (0x3eb0_c6f7_a0b5_ed8d, "0.000001"),
        (0x41b3_de43_5555_5553, "333333333.3333332"),
        (0x41b3_de43_5555_5554, "333333333.33333325"),
        (0x41b3_de43_5555_5555, "333333333.3333333"),
        (0x41b3_de43_5555_5556, "333333333.3333334"),
        (0x41b3_de43_5555_5557, "333333333.33333343"),
        (0xbecb_f647_612f_3696, "-0.0000033333333333333333"),
        (0x4314_3ff3_c1cb_0959, "1424953923781206.2"),
    ]

    @Test("the numbers of RFC 8785, Appendix B", arguments: appendixB)
    func matchesAppendixB(bits: UInt64, expected: String) throws {
        #expect(try CanonicalJSON.text(of: Double(bitPattern: bits)) == expected)
    }

    @Test(
        "the corners of ECMAScript's four forms",
        arguments: [
            (1e21, "1e+21"), (1e20, "100000000000000000000"), (123456789012345683968, "123456789012345680000"),
            (1e-6, "0.000001"), (1e-7, "1e-7"), (1.5e-7, "1.5e-7"), (0.1, "0.1"), (1.0 / 3, "0.3333333333333333"),
            (100, "100"), (-100.5, "-100.5"), (4.35, "4.35"), (0.002, "0.002"), (2e-3, "0.002"),
            (1e16, "10000000000000000"), (1.5e300, "1.5e+300"), (2.2250738585072014e-308, "2.2250738585072014e-308"),
            (0.30000000000000004, "0.30000000000000004"), (3, "3"), (9.9e-7, "9.9e-7"),
        ] as [(Double, String)])
    func matchesECMAScript(value: Double, expected: String) throws {
        #expect(try CanonicalJSON.text(of: value) == expected)
    }

    @Test("NaN and infinities cannot be written", arguments: [Double.nan, .infinity, -.infinity, .signalingNaN])
    func refusesNonFinite(value: Double) {
        #expect(thrown { _ = try CanonicalJSON.bytes(.array([.number(value)])) } == .notFinite)
    }

    @Test("integers end at 2⁵³ on both sides")
    func refusesLargeIntegers() throws {
        let limit = JSONValue.largestInteger
        #expect(try CanonicalJSON.bytes(.integer(limit)) == text("9007199254740992"))
        #expect(try CanonicalJSON.bytes(.integer(-limit)) == text("-9007199254740992"))
        for value in [limit + 1, -limit - 1, .max, .min] {
            #expect(thrown { _ = try CanonicalJSON.bytes(.integer(value)) } == .integerTooLarge)
        }
    }

    @Test("every Double reads back bit for bit from its text, in the fewest digits", arguments: 0..<20)
    func roundTrips(seed: UInt64) throws {
        var generator = SeededGenerator(seed: seed)
        for _ in 0..<2000 {
            let value = RandomJSON.finiteDouble(&generator)
            let written = try CanonicalJSON.text(of: value)
            #expect(Double(written) == value)
            // printf is another implementation: one significant digit fewer must not read back.
            let digits = written.prefix { $0 != "e" }.filter(\.isNumber).drop { $0 == "0" }
            let count = digits.reversed().drop { $0 == "0" }.count
            if count > 1 { #expect(Double(String(format: "%.\(count - 2)e", value)) != value) }
            // Of the shortest it is the nearest: printf with as many digits rounds correctly.
            let nearest = String(format: "%.\(count - 1)e", value)
            if Double(nearest) == value { #expect(try CanonicalJSON.text(of: value) == ecmascript(nearest)) }
        }
    }

    /// printf's "d.ddde±xx" as ECMAScript writes it, by its own route.
    private func ecmascript(_ scientific: String) throws -> String {
        let parts = scientific.split(separator: "e")
        let exponent = try #require(Int(parts[1]))
        let isNegative = parts[0].hasPrefix("-")
        var digits = Array(parts[0].filter(\.isNumber))
        while digits.count > 1, digits.last == "0" { digits.removeLast() }
        var body: String
        if exponent >= 21 || exponent < -6 {
            body = String(digits[0]) + (digits.count > 1 ? "." + String(digits[1...]) : "")
            body += "e" + (exponent < 0 ? "-" : "+") + String(abs(exponent))
        } else if exponent < 0 {
            body = "0." + String(repeating: "0", count: -exponent - 1) + String(digits)
        } else {
            while digits.count <= exponent { digits.append("0") }
            body = String(digits[...exponent])
            if digits.count > exponent + 1 { body += "." + String(digits[(exponent + 1)...]) }
        }
        return isNegative ? "-" + body : body
    }
}
