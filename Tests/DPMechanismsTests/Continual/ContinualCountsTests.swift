// SPDX-License-Identifier: Apache-2.0

import DPAccounting
import Interactions
import TestSupport
import Testing

@testable import DPMechanisms

struct ContinualCountsTests {
    @Test func countsFollowEventsAsTheyArrive() throws {
        let periods = 9
        var stream = try ContinualCounts(TestStreams.silentTree(items: 4, perUser: 4, periods: periods))
        var histories: [[UInt32]] = [[], [], []]
        for period in 0..<periods {
            histories[period % 3].append(UInt32(period % 4))
            let expected = (0..<4 as Range<UInt32>).map { item in Int64(histories.count { $0.contains(item) }) }
            let counts = try TestStreams.close(&stream, histories)
            #expect(counts == expected, "period \(period)")
        }
        let after = try TestStreams.close(&stream, histories)
        #expect(after == nil)
        #expect(stream.released.closed == 9)
    }

    @Test("a user moves all nodes of a life by at most m·L coordinates of 1", arguments: 0..<12 as Range<UInt64>)
    func aUserMovesNodesByTheBound(seed: UInt64) throws {
        let most = 1 + Int(seed % 4)
        let periods = [1, 2, 7, 8, 13, 16][Int(seed % 6)]
        let plan = try TestStreams.silentTree(items: 6, perUser: most, periods: periods)
        // Every node ever closed, of a user and without that user: in integers, with the same coins for the others.
        let lives = try [true, false].map { try life(plan, seed: seed, withUser: $0) { $0.released.vectors[0] } }
        let moved = zip(lives[0].joined(), lives[1].joined()).map { abs($0 - $1) }
        #expect(moved.allSatisfy { $0 <= 1 })
        #expect(moved.reduce(0, +) <= Int64(most * StreamPlan.levels(periods: periods)))
        #expect(moved.contains(1))
    }

    @Test("a user moves all rows of a life by at most the clipping norm, exactly", arguments: 0..<12 as Range<UInt64>)
    func aUserMovesRowsByTheNorm(seed: UInt64) throws {
        let periods = [1, 2, 7, 8, 13, 16][Int(seed % 6)]
        let plan = try TestStreams.squareRoot(
            items: 6, perUser: 1 + Int(seed % 4), periods: periods, band: 1 + Int(seed) % periods)
        guard case .gaussianSum(let event) = plan.event, case .squareRoot(let band) = plan.mechanism else { return }
        let column = try SquareRootColumn(event, band: band, itemsPerUser: plan.itemsPerUser)
        // The exact rows, before noise: what is added to them is the same law for both lives.
        let lives = try [true, false].map { isThere in
            try life(plan, seed: seed, withUser: isThere) { stream in stream.row(column).block }
        }
        let distance = zip(lives[0].joined(), lives[1].joined()).reduce(UInt128(0)) {
            $0 + UInt128(($1.0 - $1.1).magnitude) * UInt128(($1.0 - $1.1).magnitude)
        }
        let norm = UInt128(column.grid.clippingSteps)
        #expect(distance <= norm * norm)
        #expect(distance > 0)
    }

    /// The user of the test takes everything, in an order of its own, and may leave in the middle and come back: then as a
    /// newcomer, who has to pay again, so that here it stays away.
    private func life(
        _ plan: StreamPlan, seed: UInt64, withUser isThere: Bool, _ look: (borrowing ContinualCounts) -> [Int64]
    ) throws -> [[Int64]] {
        var words = SeededGenerator(seed: seed)
        var stream = try ContinualCounts(plan)
        var own: [UInt32] = []
        var seen: [[Int64]] = []
        for period in 0..<plan.periods {
            own += [UInt32(words.next() % 6), UInt32(words.next() % 6)]
            let isAway = seed % 3 == 0 && period > plan.periods / 2
            let others: [UInt32] = [UInt32(period % 6)]
            var coins = SeededGenerator(seed: seed + UInt64(period))
            let present = TestCohorts.cohort(itemCount: 6, isThere && !isAway ? [others, own] : [others])
            _ = try TestStreams.close(&stream, present, using: &coins)
            seen.append(look(stream))
        }
        return seen
    }

    @Test func whoLeavesIsLeftOutOfOpenNodesAndBeginsAnewOnlyUnderANewCharge() throws {
        var stream = try ContinualCounts(TestStreams.silentTree(items: 2, perUser: 1, periods: 8))
        #expect(try TestStreams.close(&stream, [[0], []]) == [1, 0])
        // User 0 leaves: node 1…2 is closed without, and what stands at period 2 is that node alone.
        var cohort = TestCohorts.cohort(itemCount: 2, [[0], []])
        cohort.withdraw([TestCohorts.user(0)])
        var words = SeededGenerator(seed: 2)
        #expect(try TestStreams.close(&stream, cohort, using: &words) == [0, 0])
        #expect(stream.members == [TestCohorts.user(1)])
        // In a cohort again means charged again: all of m is there once more.
        #expect(try TestStreams.close(&stream, [[0, 1], []])?.reduce(0, +) == 1)
    }

    @Test func newcomersCountFromTheirPeriodOn() throws {
        var stream = try ContinualCounts(TestStreams.silentTree(items: 1, perUser: 1, periods: 4))
        #expect(try TestStreams.close(&stream, [[0]]) == [1])
        #expect(try TestStreams.close(&stream, [[0], [0], [0]]) == [3])
        #expect(stream.counted == [[1 << 32], [2 << 32], [2 << 32]])
    }

    @Test func aLifeCountsForSoManyItems() throws {
        for plan in [
            try TestStreams.silentTree(items: 9, perUser: 2, periods: 4),
            try TestStreams.squareRoot(items: 9, perUser: 2, periods: 4, noise: 0x1p-5),
        ] {
            var stream = try ContinualCounts(plan)
            _ = try TestStreams.close(&stream, [[1, 2, 3, 4, 5]])
            _ = try TestStreams.close(&stream, [[1, 2, 3, 4, 5, 6, 7]])
            #expect(stream.counted.map(\.count) == [2])
            #expect(stream.counted[0].allSatisfy { $0 >> 32 == 1 })
        }
    }

    @Test func aStreamGoesOnFromItsParts() throws {
        var stream = try ContinualCounts(TestStreams.silentTree(items: 3, perUser: 3, periods: 5))
        _ = try TestStreams.close(&stream, [[0], [1]])
        var again = try ContinualCounts(stream.plan, after: stream.released, parts: stream.parts())
        #expect(again.counted == stream.counted)
        #expect(try TestStreams.close(&again, [[0, 2], [1]]) == [1, 1, 1])
        // Every part has the same length, whatever is in it.
        #expect(Set(again.parts().map(\.bytes.count)) == [3 * 8])
    }

    @Test func aPeriodThatWasCutShortCountsItsItemsOnce() throws {
        let plan = try TestStreams.silentTree(items: 3, perUser: 2, periods: 5)
        var stream = try ContinualCounts(plan)
        _ = try TestStreams.close(&stream, [[0]])
        let before = stream.released
        var lost = try ContinualCounts(plan, after: before, parts: stream.parts())
        _ = try TestStreams.close(&lost, [[0, 1]])
        // The parts of the lost period were written, its release was not: it is closed once more, with newer histories.
        var again = try ContinualCounts(plan, after: before, parts: lost.parts())
        #expect(try TestStreams.close(&again, [[0, 1, 2]]) == [1, 1, 0])
        #expect(again.counted.map(\.count) == [2])
    }

    @Test func partsThatAreNoStreamsAreRefused() throws {
        let plan = try TestStreams.silentTree(items: 3, perUser: 2, periods: 5)
        let released = ContinualCounts.Released(closed: 1, vectors: [[0, 0, 0]])
        func part(_ user: Int, _ pairs: [UInt64]) -> ContinualCounts.Part {
            .init(
                user: TestCohorts.user(user),
                bytes: pairs.flatMap { pair in (0..<8).map { UInt8(truncatingIfNeeded: pair >> (56 - 8 * $0)) } })
        }
        let good = part(1, [1 << 32, 2 << 32 | 1])
        _ = try ContinualCounts(plan, after: released, parts: [good]).released
        let bad: [(ContinualCounts.Released, [ContinualCounts.Part])] = [
            (released, [good, good]),  // twice the same user
            (released, [part(2, []), part(1, [])]),  // not ascending
            (released, [part(1, [1 << 32, 2 << 32])]),  // one item twice
            (released, [part(1, [1 << 32 | 3])]),  // no such item
            (released, [part(1, [3 << 32])]), (released, [part(1, [0])]),  // a period that is not, or never was
            (released, [part(1, [1 << 32, 1 << 32 | 1, 1 << 32 | 2])]),  // more than m
            (released, [.init(user: TestCohorts.user(1), bytes: [0, 0, 0])]),
            (.init(closed: 6, vectors: [[0, 0, 0], [0, 0, 0]]), []), (.init(closed: 2, vectors: []), []),
            (.init(closed: 1, vectors: [[0, 0]]), []), (.init(closed: -1, vectors: []), []),
        ]
        for (released, parts) in bad {
            #expect(throws: DoorError.self) { _ = try ContinualCounts(plan, after: released, parts: parts).released }
        }
    }
}
