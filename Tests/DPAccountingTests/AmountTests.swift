// SPDX-License-Identifier: Apache-2.0

import DPAccounting
import Foundation
import Testing

struct AmountTests {
    @Test(
        "decimal text is read exactly and rounded the way that is asked",
        arguments: [
            ("3", 3_000_000_000_000, 3_000_000_000_000), ("0.5", 500_000_000_000, 500_000_000_000),
            ("1e-6", 1_000_000, 1_000_000), ("1e-13", 1, 0), ("0.0000000000011", 2, 1),
            ("2.5E+1", 25_000_000_000_000, 25_000_000_000_000),
            ("0", 0, 0), ("1e-999", 1, 0), ("9223372.036854775806", Int64.max - 1, Int64.max - 1),
            ("9223372.0368547758061", Int64.max, Int64.max - 1), ("1e7", Int64.max, Int64.max - 1),
            ("1e999", Int64.max, Int64.max - 1),
        ])
    func decimals(text: String, up: Int64, down: Int64) {
        #expect(EpsilonAmount(decimal: text, rounding: .up)?.units == up)
        #expect(EpsilonAmount(decimal: text, rounding: .down)?.units == down)
    }

    @Test(
        "what is no number is no amount",
        arguments: ["", "-1", "nan", "inf", "1e", "e5", ".", "1.2.3", "1e5000", "0x1", "1 "])
    func garbage(text: String) {
        #expect(EpsilonAmount(decimal: text, rounding: .up) == nil)
    }

    @Test("a cost that is no number is infinite, a limit that is no number is nothing")
    func strangeDoubles() {
        for value in [Double.nan, -1, -Double.infinity] {
            #expect(EpsilonAmount(value, rounding: .up).isInfinite)
            #expect(EpsilonAmount(value, rounding: .down) == .zero)
        }
        #expect(EpsilonAmount(Double.infinity, rounding: .down).isInfinite)
        #expect(EpsilonAmount(1e300, rounding: .up).isInfinite)
        #expect(EpsilonAmount(0.1, rounding: .up).units == 100_000_000_000)
        #expect(DeltaAmount(Double.leastNonzeroMagnitude, rounding: .up).units == 1)
    }

    @Test("sums saturate, and infinity is never spent")
    func saturation() {
        let large = EpsilonAmount(units: .max - 1)
        #expect((large + large).isInfinite)
        #expect((large + EpsilonAmount(units: 1)).isInfinite)
        #expect(EpsilonAmount.infinity.remaining(after: large).isInfinite)
        #expect(EpsilonAmount(units: 5).remaining(after: EpsilonAmount(units: 9)) == .zero)
        #expect(EpsilonAmount(units: -1).isInfinite)
    }

    @Test("text and JSON come back")
    func roundTrip() throws {
        for units in [0, 1, 999, 1_000_000_000_000, 3_141_592_653_589, Int64.max - 1, Int64.max] {
            let amount = DeltaAmount(units: units)
            let data = try JSONEncoder().encode([amount])
            #expect(try JSONDecoder().decode([DeltaAmount].self, from: data) == [amount])
        }
    }
}
