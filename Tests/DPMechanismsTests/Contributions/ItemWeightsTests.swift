// SPDX-License-Identifier: Apache-2.0

import DPAccounting
import Interactions
import TestSupport
import Testing

@testable import DPMechanisms

struct ItemWeightsTests {
    private func sum(_ cohort: Cohort, _ event: GaussianSumEvent) throws -> [Int128] {
        var words = SeededGenerator(seed: 1)
        let grid = try FineGrid(event)
        return ItemWeights.sum(over: cohort, event, grid: grid, maxUsers: 100, using: &words).values
    }

    @Test(
        "one user has norm at most min(1, C), and nearly that", arguments: [1, 2, 3, 4, 7, 50, 65_536],
        [1.0, 0.3, 1e-3, 17, 1.5])
    func oneUserHasNormAtMostOne(items: Int, norm: Double) throws {
        let event = TestCohorts.gaussian(norm: norm)
        let cohort = TestCohorts.cohort(itemCount: 65_536, [(0..<UInt32(items)).map { $0 }])
        let moved = try sum(cohort, event)
        let squared = squaredDistance(moved, moved.map { _ in 0 })
        // C/g is exact and below 2⁴⁰ + 1; its square fits UInt128 after rounding down.
        let most = UInt128(min(1, norm) / (try FineGrid(event)).granularity)
        #expect(squared <= most * most)
        // Truncation takes at most √k steps of 2³⁵ and more.
        #expect(Double(squared) >= Double(most) * Double(most) * (1 - 1e-6))
    }

    @Test func integerRootsAreExact() {
        for most in [0, 1, 5, (1 << 40) - 1, 1 << 40] as [UInt64] {
            for k in [1, 2, 3, 1 << 20] as [UInt64] {
                let v = ItemWeights.steps(most, for: k)
                #expect(UInt128(k) * UInt128(v) * UInt128(v) <= UInt128(most) * UInt128(most))
                #expect(UInt128(k) * UInt128(v + 1) * UInt128(v + 1) > UInt128(most) * UInt128(most))
            }
        }
    }

    @Test func aUserWithoutItemsMovesNothing() throws {
        let event = TestCohorts.gaussian()
        let with = try sum(TestCohorts.cohort(itemCount: 3, [[0, 1], []]), event)
        #expect(try sum(TestCohorts.cohort(itemCount: 3, [[0, 1]]), event) == with)
    }
}
