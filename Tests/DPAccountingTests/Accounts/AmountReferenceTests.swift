// SPDX-License-Identifier: Apache-2.0

import Foundation
import TestSupport
import Testing

@testable import DPAccounting

/// Exact decimal amounts against a decimal arithmetic of strings, digit by digit.
struct AmountReferenceTests {
    /// A non-negative decimal as its digits and how many of them are behind the point.
    struct Decimal: Equatable {
        var digits: [Int]
        var scale: Int

        /// units · 10^(−decimals), rounded up or down to a whole number of units.
        func units(decimals: Int, up: Bool) -> [Int] {
            var whole = digits
            var isInexact = false
            if scale > decimals {
                let dropped = min(whole.count, scale - decimals)
                isInexact = whole.suffix(dropped).contains { $0 != 0 }
                whole.removeLast(dropped)
            } else {
                whole += Array(repeating: 0, count: decimals - scale)
            }
            if isInexact && up { whole = Decimal.plus(whole, [1]) }
            return Array(whole.drop { $0 == 0 })
        }

        static func plus(_ a: [Int], _ b: [Int]) -> [Int] {
            var (sum, carry) = ([Int](), 0)
            for k in 0..<max(a.count, b.count) {
                let digit = (k < a.count ? a[a.count - 1 - k] : 0) + (k < b.count ? b[b.count - 1 - k] : 0) + carry
                sum.append(digit % 10)
                carry = digit / 10
            }
            if carry > 0 { sum.append(carry) }
            return sum.reversed()
        }
    }

    static func digits(_ units: Int64) -> [Int] { units == 0 ? [] : String(units).map { $0.wholeNumberValue ?? 0 } }

    @Test("random decimals: up and down to the unit, as digit strings say", arguments: 0..<8)
    func parsing(seed: Int) throws {
        var generator = SeededGenerator(seed: 600 + UInt64(seed))
        for _ in 0..<400 {
            let (before, behind) = (Int.random(in: 0...5, using: &generator), Int.random(in: 0...24, using: &generator))
            let digits = (0..<before + behind).map { _ in Int.random(in: 0...9, using: &generator) }
            guard !digits.isEmpty else { continue }
            let power = Int.random(in: -4...3, using: &generator)
            var text = digits.prefix(before).map(String.init).joined()
            if behind > 0 { text += "." + digits.suffix(behind).map(String.init).joined() }
            if power != 0 { text += "e\(power)" }
            let value = Decimal(digits: digits, scale: behind - power)
            let (up, down) = (
                try #require(EpsilonAmount(decimal: text, rounding: .up), "\(text)"),
                try #require(EpsilonAmount(decimal: text, rounding: .down), "\(text)")
            )
            // Up to ten million nats fit; larger is infinite up, and the largest finite amount down.
            let wanted = (up: value.units(decimals: 12, up: true), down: value.units(decimals: 12, up: false))
            if wanted.down.count > 18 {
                #expect(up.isInfinite || Self.digits(up.units) == wanted.up, "\(text)")
            } else {
                #expect(Self.digits(up.units) == wanted.up && Self.digits(down.units) == wanted.down, "\(text)")
                #expect(down <= up && up.units - down.units <= 1)
            }
        }
    }

    @Test("what is printed is read again as the same amount, and sums are those of the digits", arguments: 0..<4)
    func printing(seed: Int) throws {
        var generator = SeededGenerator(seed: 700 + UInt64(seed))
        for _ in 0..<300 {
            let shift = Int64.random(in: 0...61, using: &generator)
            let a = EpsilonAmount(units: Int64.random(in: 0...(Int64.max >> 1), using: &generator) >> shift)
            let b = EpsilonAmount(units: Int64.random(in: 0...(Int64.max >> 2), using: &generator) >> shift)
            for amount in [a, b] {
                #expect(EpsilonAmount(decimal: amount.description, rounding: .up) == amount)
                #expect(EpsilonAmount(decimal: amount.description, rounding: .down) == amount)
                #expect(abs(amount.value - Double(amount.units) * 1e-12) <= 4e-16 * amount.value)
                let data = try JSONEncoder().encode(amount)
                #expect(try JSONDecoder().decode(EpsilonAmount.self, from: data) == amount)
            }
            #expect(
                Self.digits((a + b).units)
                    == Array(Decimal.plus(Self.digits(a.units), Self.digits(b.units)).drop { $0 == 0 }))
            #expect(a.remaining(after: b) + min(a, b) == a)
            #expect((a < b) == (a.units < b.units) && (a + b >= a))
        }
    }

    @Test("doubles go by their shortest decimal: a cost is never less, a limit never more", arguments: 0..<4)
    func doubles(seed: Int) {
        var generator = SeededGenerator(seed: 800 + UInt64(seed))
        for _ in 0..<500 {
            let value = pow(10, Double.random(in: -16...6, using: &generator))
            let (up, down) = (EpsilonAmount(value, rounding: .up), EpsilonAmount(value, rounding: .down))
            #expect(up.value >= value * (1 - 3e-16) && down.value <= value * (1 + 3e-16))
            #expect(up.units - down.units <= 1)
            #expect(up > .zero)
            let delta = DeltaAmount(value * 1e-7, rounding: .up)
            #expect(delta.value >= value * 1e-7 * (1 - 3e-16) && delta > .zero)
        }
    }

    @Test("saturation: what does not fit is infinite, and stays so")
    func saturation() {
        let most = EpsilonAmount(units: .max - 1)
        #expect(!most.isInfinite && (most + EpsilonAmount(units: 1)).isInfinite)
        #expect((EpsilonAmount.infinity + most).isInfinite && EpsilonAmount(units: -1).isInfinite)
        for text in ["1e7", "9223372.036854775807", "1e400", "99999999999999999999"] {
            #expect(EpsilonAmount(decimal: text, rounding: .up)?.isInfinite == true, "\(text)")
            #expect(EpsilonAmount(decimal: text, rounding: .down) == most, "\(text)")
        }
        #expect(EpsilonAmount(decimal: "9223372.036854775806", rounding: .up) == most)
        for text in ["", ".", "-1", "1.2.3", "1e", "e5", "0x10", "1e1001", "one", "1 ", " 1", "∞", "1_000", "１"] {
            #expect(EpsilonAmount(decimal: text, rounding: .up) == nil, "\(text)")
        }
        #expect(EpsilonAmount(decimal: "+.5", rounding: .up) == EpsilonAmount(units: 500_000_000_000))
        #expect(EpsilonAmount(decimal: "5.", rounding: .up) == EpsilonAmount(units: 5_000_000_000_000))
    }
}
