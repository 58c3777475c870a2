// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import DPMechanisms

struct ExactSumTests {
    @Test func blocksOfUsersAreAddedExactly() {
        // 2⁶⁰ a user: four users a block; 10 users of 2⁶⁰ would overflow Int64.
        for maxUsers in [1, 1_000_000] {
            var sum = ExactSum(count: 2, perUser: 1 << 60, maxUsers: maxUsers)
            for _ in 0..<10 {
                sum.add { span in
                    span[0] += 1 << 60
                    span[1] -= 1 << 60
                }
            }
            #expect(sum.value(at: 0) == 10 << 60)
            #expect(sum.value(at: 1) == -(10 << 60))
        }
    }

    @Test func wideAndNarrowAddendsAgree() {
        var narrow = ExactSum(count: 1, perUser: 8, maxUsers: 1)
        var wide = narrow
        narrow.add { $0[0] += 7 }
        wide.add { $0[0] += 7 }
        narrow.addBelow2To62 { $0[0] += 1 << 61 }
        wide.add(wide: { _ in 1 << 61 })
        #expect(narrow.value(at: 0) == wide.value(at: 0))
        #expect(narrow.value(at: 0) == 7 + 1 << 61)
    }
}
