// SPDX-License-Identifier: Apache-2.0

import DPAccounting
import Foundation
import Interactions
import TestSupport
import Testing

@testable import DPMechanisms

struct UserVectorTests {
    /// What an adversary makes the function say.
    static let tiny = Double.leastNonzeroMagnitude
    static let nasty: [[(Int, Double)]] = [
        [], [(0, 1)], [(0, 1e300), (1, -1e300)], [(0, tiny)], [(0, tiny), (1, tiny), (2, -tiny)],
        (0..<50).map { ($0, $0 % 2 == 0 ? 1e18 : -1e-18) }, (0..<50).map { ($0, 0.3) },
        [(0, .greatestFiniteMagnitude), (0, .greatestFiniteMagnitude)], [(3, 1), (3, 1), (3, -2)],
        [(0, .nan)], [(1, .infinity)], [(1, 1), (2, -.infinity)], [(-1, 1)], [(50, 1)], [(0, -0.0)],
        (0..<50).map { ($0, Double.leastNormalMagnitude) }, [(7, 1 - 0x1p-53), (8, 0x1p-30)],
    ]

    private func vector(_ entries: [(Int, Double)], granularity: Double = 1) -> UserVector {
        UserVector(dimension: 50, granularity: granularity) { items, _, _, out in
            if !items.isEmpty { for (coordinate, value) in entries { out.add(value, at: coordinate) } }
        }
    }

    @Test("a user moves the exact sum by at most C", arguments: nasty.indices, [1.0, 0.37, 1e-25, 1e20])
    func aUserMovesTheSumByAtMostC(index: Int, norm: Double) throws {
        let event = TestCohorts.gaussian(norm: norm)
        let grid = try FineGrid(event)
        var words = SeededGenerator(seed: 1)
        let values = try vector(Self.nasty[index]).sum(
            over: TestCohorts.cohort(itemCount: 1, [[0]]), event, grid: grid, maxUsers: 10, using: &words
        ).values
        let ratio = norm / grid.granularity
        // Both are exact to 2⁻⁵², and the clipping leaves 2⁻²¹.
        #expect(Double(squaredDistance(values, values.map { _ in 0 })) <= ratio * ratio)
    }

    @Test("a user adds at most m coordinates of at most v", arguments: nasty.indices)
    func aUserAddsBoundedCounts(index: Int) {
        var words = SeededGenerator(seed: 2)
        for (m, v, granularity) in [(1, 1, 1.0), (3, 2, 0.25), (50, 1 << 16, 1e-300)] {
            let sum = vector(Self.nasty[index], granularity: granularity).counts(
                of: TestCohorts.cohort(itemCount: 1, [[0]]), bound: ItemBound(maxItemsPerUser: m, maxValuePerItem: v),
                using: &words)
            #expect(sum.count { $0 != 0 } <= m)
            #expect(sum.allSatisfy { abs($0) <= Int64(v) })
        }
    }

    @Test func whatIsNotUsableIsZeroAndNotAnError() throws {
        var words = SeededGenerator(seed: 3)
        let event = TestCohorts.gaussian()
        for entries in [[(0, 1.0), (1, .nan)], [(0, 1), (50, 1)], [(0, 1), (-1, 1)], [(0, 1), (1, .infinity)]] {
            let sum = try vector(entries).sum(
                over: TestCohorts.cohort(itemCount: 1, [[0]]), event, grid: FineGrid(event), maxUsers: 1, using: &words)
            #expect(sum.values.allSatisfy { $0 == 0 })
        }
        let short = UserVector(dimension: 3) { _, _, _, out in out.add([1, 2]) }
        #expect(
            short.counts(
                of: TestCohorts.cohort(itemCount: 1, [[0]]), bound: ItemBound(maxItemsPerUser: 3, maxValuePerItem: 9),
                using: &words) == [0, 0, 0])
    }

    @Test func sumsAreTheDefinitionsAndOrderDoesNotMatter() throws {
        var words = SeededGenerator(seed: 4)
        let event = TestCohorts.gaussian(norm: 10)
        let grid = try FineGrid(event)
        let dense = UserVector(dimension: 3) { items, _, _, out in
            out.add([Double(items.count), -0.5, items.isEmpty ? 0 : Double(items[0]) / 7])
        }
        let histories: [[UInt32]] = [[1], [2, 3], [], [4, 5, 6]]
        let sums = try [histories, histories.reversed()].map {
            try dense.sum(
                over: TestCohorts.cohort(itemCount: 9, $0), event, grid: grid, maxUsers: 10, using: &words
            ).values
        }
        #expect(sums[0] == sums[1])
        for (sum, expected) in zip(sums[0], [6, -2, 1.0 / 7 + 2.0 / 7 + 4.0 / 7]) {
            #expect(abs(Double(sum) * grid.granularity - expected) < 4 * grid.granularity)
        }
    }

    @Test func longVectorsAreScaledToC() throws {
        var words = SeededGenerator(seed: 5)
        let event = TestCohorts.gaussian(norm: 2)
        let grid = try FineGrid(event)
        let sum = try vector((0..<50).map { ($0, Double($0)) }).sum(
            over: TestCohorts.cohort(itemCount: 1, [[0]]), event, grid: grid, maxUsers: 1, using: &words
        ).values
        let length = Double(squaredDistance(sum, sum.map { _ in 0 })).squareRoot() * grid.granularity
        #expect(length <= 2 && length > 2 * (1 - 0x1p-19))
    }

    @Test func withdrawnUsersAddNothing() throws {
        var cohort = TestCohorts.cohort(itemCount: 1, [[0], [0]])
        cohort.withdraw([TestCohorts.user(0)])
        let one = UserVector(dimension: 1) { _, _, _, out in out.add(1, at: 0) }
        var words = SeededGenerator(seed: 6)
        let bound = ItemBound(maxItemsPerUser: 1, maxValuePerItem: 1)
        #expect(one.counts(of: cohort, bound: bound, using: &words) == [1])
        let event = TestCohorts.gaussian()
        let sum = try one.sum(over: cohort, event, grid: FineGrid(event), maxUsers: 2, using: &words)
        #expect(sum.value(at: 0) <= 1 << 40)
    }

    @Test func histogramsSumsAndMeansGoThroughTheDoor() throws {
        let cohort = TestCohorts.cohort(itemCount: 10, [[0], [1, 2], [3, 4, 5], [1, 2, 3, 4, 5, 6], []])
        let event = PrivacyEvent.discreteLaplace(
            DiscreteLaplaceEvent(
                scale: Rational(1, 1 << 20)!, bound: ItemBound(maxItemsPerUser: 1, maxValuePerItem: 4), dimension: 9))
        func release(_ vector: UserVector) throws -> Release {
            try PrivateSum.release(
                .userVector(vector), of: cohort, spending: TestCohorts.step(event, for: cohort), maxUsers: 10)
        }
        // Noise of scale 2⁻²⁰: zero but for a chance of e^(−2²⁰).
        let histogram = UserVector.histogram(edges: [1, 3]) { items, _, _ in Double(items.count) }
        #expect(try release(histogram).steps == [1, 2, 2])
        let lengths = UserVector.sum(granularity: 0.5) { items, _, _ in Double(items.count) / 2 }
        let sum = try release(lengths)
        // 0.5 + 1 + 1.5 + 2 (held from 3) + 0 in steps of a half.
        #expect(sum.steps == [10] && sum.granularity == 0.5)
        #expect(sum.mean(over: 5, in: 0...2) == [1])
        #expect(sum.mean(over: -3, in: 0...2) == [2])
        let nothing = UserVector.histogram(edges: [1]) { _, _, _ in .nan }
        #expect(try release(nothing).steps == [0, 0])
    }

    @Test func aVectorLongerThanPaidForIsRefused() {
        let cohort = TestCohorts.cohort(itemCount: 1, [[0]])
        let event = PrivacyEvent.gaussianSum(TestCohorts.gaussian(noise: 1, dimension: 49))
        #expect(throws: DoorError.dimensionNotPaidFor(released: 50, paid: 49)) {
            try PrivateSum.release(
                .userVector(vector([])), of: cohort, spending: TestCohorts.step(event, for: cohort), maxUsers: 1)
        }
    }
}
