// SPDX-License-Identifier: Apache-2.0

import DPAccounting
import Interactions
import TestSupport
import Testing

@testable import DPMechanisms

struct CountsTests {
    let bound = ItemBound(maxItemsPerUser: 3, maxValuePerItem: 1)

    @Test func countsEachItemOfEachUserOnce() {
        let cohort = TestCohorts.cohort(itemCount: 4, [[0, 1], [1], [], [1, 3, 3]])
        var words = SeededGenerator(seed: 1)
        #expect(Counts.items(of: cohort, bound: bound, using: &words) == [1, 3, 0, 1])
        #expect(Counts.users(of: cohort) == [4])
    }

    @Test("one user moves at most the bound of counts, each by one", arguments: [1, 3, 4, 1000, 65_536])
    func oneUserMovesAtMostTheBound(items: Int) {
        let cohort = TestCohorts.cohort(itemCount: 65_536, [(0..<UInt32(items)).map { $0 }])
        var words = SeededGenerator(seed: 2)
        let counts = Counts.items(of: cohort, bound: bound, using: &words)
        #expect(counts.reduce(0, +) == Int64(min(items, bound.maxItemsPerUser)))
        #expect(counts.allSatisfy { $0 == 0 || $0 == 1 })
    }

    @Test func everyItemOfABoundedUserIsEquallyLikely() {
        let cohort = TestCohorts.cohort(itemCount: 10, [(0..<10).map { $0 }])
        var words = SeededGenerator(seed: 3)
        var draws: [Int64] = []
        for _ in 0..<20_000 {
            let counts = Counts.items(
                of: cohort, bound: ItemBound(maxItemsPerUser: 1, maxValuePerItem: 1), using: &words)
            draws.append(Int64(counts.firstIndex(of: 1)!))
        }
        #expect(GoodnessOfFit.fits(draws, (0..<10).map { (outcome: Int64($0), probability: 0.1) }))
    }

    @Test func whoHasWithdrawnCountsAsNobody() {
        var cohort = TestCohorts.cohort(itemCount: 2, [[0], [0, 1]])
        cohort.withdraw([TestCohorts.user(1)])
        var words = SeededGenerator(seed: 4)
        #expect(Counts.items(of: cohort, bound: bound, using: &words) == [1, 0])
        #expect(Counts.users(of: cohort) == [1])
    }
}
