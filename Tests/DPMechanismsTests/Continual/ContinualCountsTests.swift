// SPDX-License-Identifier: Apache-2.0

import DPAccounting
import Foundation
import Interactions
import TestSupport
import Testing

@testable import DPMechanisms

struct ContinualCountsTests {
    /// Noise that is zero but for a chance of e^(−2²⁰).
    private func silent(items: Int, perUser: Int, periods: Int) -> PrivacyEvent {
        .discreteLaplace(
            DiscreteLaplaceEvent(
                scale: Rational(1, 1 << 20)!, bound: ContinualCounts.bound(itemsPerUser: perUser, periods: periods),
                dimension: items))
    }

    private func open(_ event: PrivacyEvent, periods: Int, _ cohort: Cohort) throws -> ContinualCounts {
        try ContinualCounts.open(periods: periods, of: cohort, spending: TestCohorts.step(event, for: cohort))
    }

    private func close(_ stream: inout ContinualCounts, _ histories: [[UInt32]], items: Int) throws -> [Int64]? {
        var words = SeededGenerator(seed: 1)
        return try stream.closePeriod(TestCohorts.cohort(itemCount: items, histories), using: &words)?.steps
    }

    @Test func countsFollowEventsAsTheyArrive() throws {
        let periods = 9
        let start = TestCohorts.cohort(itemCount: 4, [[], [], []])
        var stream = try open(silent(items: 4, perUser: 4, periods: periods), periods: periods, start)
        var histories: [[UInt32]] = [[], [], []]
        for period in 0..<periods {
            histories[period % 3].append(UInt32(period % 4))
            let expected = (0..<4 as Range<UInt32>).map { item in Int64(histories.count { $0.contains(item) }) }
            let counts = try close(&stream, histories, items: 4)
            #expect(counts == expected, "period \(period)")
        }
        let after = try close(&stream, histories, items: 4)
        #expect(after == nil)
        #expect(stream.closedPeriods == 9 && stream.periods == 9)
    }

    /// Every node ever closed, of a user and without that user: in integers, with the same coins for the others.
    @Test("a user moves all nodes of a life by at most m·L coordinates of 1", arguments: 0..<12 as Range<UInt64>)
    func aUserMovesNodesByTheBound(seed: UInt64) throws {
        let (items, most) = (6, 1 + Int(seed % 4))
        let periods = [1, 2, 7, 8, 13, 16][Int(seed % 6)]
        let event = silent(items: items, perUser: most, periods: periods)
        let lives = [true, false].map { isThere -> [[Int64]] in
            var words = SeededGenerator(seed: seed)
            let cohort = TestCohorts.cohort(itemCount: items, isThere ? [[], []] : [[]])
            guard var stream = try? open(event, periods: periods, cohort) else { return [] }
            var own: [UInt32] = []
            var nodes: [[Int64]] = []
            for period in 0..<periods {
                // The user takes everything, in an order of its own, and leaves and comes back in the middle.
                own += [UInt32(words.next() % UInt64(items)), UInt32(words.next() % UInt64(items))]
                let isAway = seed % 3 == 0 && period == periods / 2
                let others: [UInt32] = [UInt32(period % items)]
                var coins = SeededGenerator(seed: seed + UInt64(period))
                let present = TestCohorts.cohort(itemCount: items, isThere && !isAway ? [others, own] : [others])
                _ = try? stream.closePeriod(present, using: &coins)
                let level = stream.state.closed.trailingZeroBitCount
                nodes.append(stream.state.nodes[level] ?? [])
            }
            return nodes
        }
        let moved = zip(lives[0].joined(), lives[1].joined()).map { abs($0 - $1) }
        #expect(moved.allSatisfy { $0 <= 1 })
        #expect(moved.reduce(0, +) <= Int64(most * ContinualCounts.levels(periods: periods)))
        #expect(moved.contains(1) || periods == 1)
    }

    @Test func whoLeavesIsLeftOutOfOpenNodesOnlyAndForGood() throws {
        let both = TestCohorts.cohort(itemCount: 1, [[0], []])
        var stream = try open(silent(items: 1, perUser: 1, periods: 8), periods: 8, both)
        // Period 1 is closed with user 0 in it; then user 0 leaves.
        #expect(try close(&stream, [[0], []], items: 1) == [1])
        var cohort = TestCohorts.cohort(itemCount: 1, [[0], []])
        cohort.withdraw([TestCohorts.user(0)])
        var words = SeededGenerator(seed: 2)
        // Node 1…2 is closed without: what stands at period 2 is that node alone.
        #expect(try stream.closePeriod(cohort, using: &words)?.steps == [0])
        #expect(stream.state.members.users == [TestCohorts.user(1)])
        // Back again, with the same or new items: not counted.
        #expect(try close(&stream, [[0], []], items: 1) == [0])
    }

    @Test func whoDidNotPayIsNotCounted() throws {
        var stream = try open(
            silent(items: 1, perUser: 1, periods: 4), periods: 4, TestCohorts.cohort(itemCount: 1, [[]]))
        #expect(try close(&stream, [[0], [0], [0]], items: 1) == [1])
    }

    @Test func aLifeCountsForSoManyItems() throws {
        var stream = try open(
            silent(items: 9, perUser: 2, periods: 4), periods: 4, TestCohorts.cohort(itemCount: 9, [[]]))
        #expect(try close(&stream, [[1, 2, 3, 4, 5]], items: 9)?.reduce(0, +) == 2)
        #expect(try close(&stream, [[1, 2, 3, 4, 5, 6, 7]], items: 9)?.reduce(0, +) == 2)
    }

    @Test func aStreamGoesOnFromItsSealedState() throws {
        let cohort = TestCohorts.cohort(itemCount: 3, [[0], [1]])
        var stream = try open(silent(items: 3, perUser: 3, periods: 5), periods: 5, cohort)
        _ = try close(&stream, [[0], [1]], items: 3)
        let bytes = try stream.encoded()
        var again = try ContinualCounts.decoded(bytes)
        #expect(again.closedPeriods == 1)
        #expect(try close(&again, [[0, 2], [1]], items: 3) == [1, 1, 1])
    }

    @Test func bytesThatAreNoStreamAreRefused() throws {
        let cohort = TestCohorts.cohort(itemCount: 3, [[0]])
        let good = try open(silent(items: 3, perUser: 3, periods: 5), periods: 5, cohort).encoded()
        let text = String(decoding: good, as: UTF8.self)
        for (old, new) in [
            ("5,\"version\":1", "5,\"version\":2"), ("\"closed\":0", "\"closed\":6"), ("\"closed\":0", "\"closed\":1"),
            ("\"periods\":5", "\"periods\":50000000"), ("\"itemCount\":3", "\"itemCount\":-3"),
            ("\"counted\":[[]]", "\"counted\":[[7]]"), ("\"counted\":[[]]", "\"counted\":[]"), ("{", "["),
        ] {
            let bad = text.replacingOccurrences(of: old, with: new)
            #expect(bad != text, "\(old)")
            #expect(throws: DecodingError.self) { _ = try ContinualCounts.decoded(Data(bad.utf8)).periods }
        }
    }

    @Test func onlyWhatPaysForIsOpened() {
        let cohort = TestCohorts.cohort(itemCount: 3, [[0]])
        let thin = PrivacyEvent.discreteLaplace(
            DiscreteLaplaceEvent(
                scale: Rational(1, 1)!, bound: ItemBound(maxItemsPerUser: 3, maxValuePerItem: 1), dimension: 3))
        let small = silent(items: 2, perUser: 1, periods: 8)
        let sum = PrivacyEvent.gaussianSum(TestCohorts.gaussian(noise: 1))
        for event in [thin, small, sum] {
            #expect(throws: DoorError.self) { _ = try open(event, periods: 8, cohort).periods }
        }
        #expect(throws: DoorError.self) {
            _ = try open(silent(items: 3, perUser: 1, periods: 8), periods: 0, cohort).periods
        }
        #expect(throws: DoorError.grantForAnotherCohort) {
            let other = TestCohorts.cohort(itemCount: 3, [[0], [1]])
            _ = try ContinualCounts.open(
                periods: 8, of: other,
                spending: TestCohorts.step(silent(items: 3, perUser: 1, periods: 8), for: cohort)
            ).periods
        }
    }

    @Test func noiseIsThatOfTheTree() throws {
        // T = 7: the counts at period 7 = 111₂ carry the noise of three nodes.
        let periods = 7
        let bound = ContinualCounts.bound(itemsPerUser: 1, periods: periods)
        let items = 20_000
        let event = PrivacyEvent.discreteGaussian(
            DiscreteGaussianEvent(variance: Rational(100, 1)!, bound: bound, dimension: items))
        let nobody = TestCohorts.cohort(itemCount: items, [])
        var stream = try open(event, periods: periods, nobody)
        var words = SeededGenerator(seed: 5)
        var variances: [Double] = []
        while let release = try stream.closePeriod(nobody, using: &words) {
            variances.append(release.steps.reduce(0.0) { $0 + Double($1) * Double($1) } / Double(items))
        }
        for (period, variance) in variances.enumerated() {
            let nodes = Double((period + 1).nonzeroBitCount)
            // Golden `variance_test` at n = 10 000, 1e-6: 0.932 to 1.071; n is 20 000 here.
            #expect(variance > 0.932 * 100 * nodes && variance < 1.071 * 100 * nodes, "period \(period + 1)")
        }
        #expect(variances.count == periods)
    }
}
