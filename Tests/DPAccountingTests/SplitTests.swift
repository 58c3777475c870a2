// SPDX-License-Identifier: Apache-2.0

import DPAccounting
import Testing

struct SplitTests {
    @Test("parts sum to exactly the whole", arguments: [1, 99, 100, 101, 3_000_000_000_000, Int64.max - 1])
    func partsSum(units: Int64) {
        let whole = EpsilonAmount(units: units)
        for percent in [0, 1, 37, 99, 100] {
            let (part, rest) = whole.split(percent: percent)
            #expect(part + rest == whole)
            #expect(part.value <= whole.value * Double(percent) / 100 * (1 + 1e-15))
        }
    }

    @Test("one percent of 3 is 0.03")
    func onePercent() {
        let (part, rest) = EpsilonAmount(units: 3_000_000_000_000).split(percent: 1)
        #expect(part.description == "0.03")
        #expect(rest.description == "2.97")
    }
}
