// SPDX-License-Identifier: Apache-2.0

import DPAccounting
import Foundation
import Interactions
import LinearAlgebra
import TestSupport
import Testing

@testable import DPMechanisms

struct SubspaceStepTests {
    private static let itemCount = 40

    private func unit(_ direction: [Double]) -> [Double] {
        let length = direction.reduce(0) { $0 + $1 * $1 }.squareRoot()
        return direction.map { $0 / length }
    }

    private func step(
        _ direction: [Double], rank: Int = 5, scale: Double = 1, whole: Double = 20, items: Int = itemCount
    ) -> SubspaceStep {
        SubspaceStep(
            factors: FactorGradientTests.factors(items: items, rank: rank, seed: 6, scale: scale),
            direction: unit(direction), fullWeightItems: whole, maxItemsPerUser: 1 << 16)
    }

    private func sum(_ cohort: Cohort, _ step: SubspaceStep, norm: Double = 1) throws -> ExactSum {
        var words = SeededGenerator(seed: 1)
        let event = TestCohorts.gaussian(norm: norm)
        return try step.sum(over: cohort, event, grid: try FineGrid(event), maxUsers: 100, using: &words)
    }

    private var falling: [Double] { (0..<Self.itemCount).map { 1 / (1 + Double($0)) } }

    @Test(
        "a user moves the exact sum by at most min(1, C)", arguments: [1.0, 0.3, 1e-3, 17],
        [1.0, 1e-80, 1e-120, 1e150, 1e300])
    func aUserMovesTheSumByAtMostOne(norm: Double, scale: Double) throws {
        let most = min(1, norm) / (try FineGrid(TestCohorts.gaussian(norm: norm))).granularity
        let along = (0..<Self.itemCount).map { $0 < 8 ? 1.0 : 1e-4 }
        for direction in [falling, falling.map { _ in 1.0 }, along, Array(along.reversed())] {
            let step = step(direction, scale: scale, whole: 1e-9)
            let histories = OddHistories.all(itemCount: Self.itemCount) + [(0..<8).map { $0 }, (0..<7).map { $0 }]
            for own in histories {
                let moved = try squaredMove(own, itemCount: Self.itemCount) { try sum($0, step, norm: norm) }
                #expect(moved <= most * most)
            }
        }
    }

    @Test("nearly along q̂ the bound holds, and is nearly reached", arguments: 0..<40)
    func nearlyAlong(at: Int) throws {
        let t = pow(10, -5 + Double(at) / 10)
        var direction = [Double](repeating: 0, count: Self.itemCount)
        (direction[9], direction[20]) = ((1 - t).squareRoot(), t.squareRoot())
        let moved = try squaredMove([9], itemCount: Self.itemCount) { try sum($0, step(direction, whole: 1)) }
        #expect(moved <= 0x1p80)
        if t > 1.1e-4 { #expect(moved >= 0x1p80 * (1 - 4e-6)) }
        if t < 0.9e-4 { #expect(moved == 0) }
    }

    @Test("a user of few items has less weight, by the square root")
    func fewItems() throws {
        for k in [1, 5, 20, 40] {
            let own = (0..<UInt32(k)).map { $0 }
            let moved = try squaredMove(own, itemCount: Self.itemCount) { try sum($0, step(falling)) }
            #expect(abs(moved / 0x1p80 - min(1, Double(k) / 20)) < 4e-6)
        }
    }

    @Test("the sum is the definition's")
    func theSumIsTheDefinitions() throws {
        let step = step(falling)
        let cohort = TestCohorts.random(users: 25, items: Self.itemCount, most: 30, seed: 8)
        let released = try sum(cohort, step).values.map { Double($0) * 0x1p-40 }
        var expected = [Double](repeating: 0, count: released.count)
        for index in 0..<cohort.count {
            cohort.withColumns(of: index) { items, _, _ in
                var (x, z) = ([Double](repeating: 0, count: Self.itemCount), [Double](repeating: 0, count: 5))
                for i in items.indices {
                    x[Int(items[i])] = 1
                    for j in 0..<5 { z[j] += step.factors[Int(items[i]), j] }
                }
                let along = zip(x, step.direction).reduce(0) { $0 + $1.0 * $1.1 }
                let y = zip(x, step.direction).map { $0 - along * $1 }
                let lengths = y.reduce(0) { $0 + $1 * $1 } * z.reduce(0) { $0 + $1 * $1 }
                if lengths == 0 { return }
                let weight = min(1, (Double(items.count) / 20).squareRoot()) / lengths.squareRoot()
                for i in y.indices { for j in z.indices { expected[i * 5 + j] += weight * y[i] * z[j] } }
            }
        }
        // 25 users times 2⁻²⁰.
        for (value, expected) in zip(released, expected) { #expect(abs(value - expected) < 4e-5) }
        #expect(expected.contains { abs($0) > 0.5 })
    }

    @Test("a million items are a random 2¹⁶ of them, within the bound")
    func aMillionItems() throws {
        let items = 1_000_000
        let step = step((0..<items).map { 1 + Double($0 % 5) }, rank: 2, items: items)
        let sum = try sum(TestCohorts.cohort(itemCount: items, [(0..<UInt32(items)).map { $0 }]), step)
        let values = (0..<sum.count).map { Double(sum.value(at: $0)) }
        let squared = values.reduce(0) { $0 + $1 * $1 }
        #expect(squared <= 0x1p80)
        #expect(squared >= 0x1p80 * (1 - 4e-6))
        // Items that were looked at stand out from the projection's small part of all.
        #expect(values.count { abs($0) > 0x1p30 } >= 1 << 16)
    }

    @Test("random spaces and users stay within the bound", arguments: 0..<60 as Range<UInt64>)
    func randomSpaces(seed: UInt64) throws {
        var words = SeededGenerator(seed: seed)
        func between(_ a: Double, _ b: Double) -> Double { a + (b - a) * Double(words.next() >> 11) * 0x1p-53 }
        let (items, rank) = (2 + Int(words.next() % 60), 1 + Int(words.next() % 9))
        let direction = unit((0..<items).map { _ in pow(10, between(-3, 0)) })
        let factors = FactorGradientTests.factors(
            items: items, rank: rank, seed: seed, scale: pow(10, between(-8, 8)))
        let step = SubspaceStep(
            factors: factors, direction: direction, fullWeightItems: 1, maxItemsPerUser: 1 + Int(words.next() % 50))
        let own = (0..<UInt32(items)).filter { _ in words.next() % 3 == 0 }
        let norm = pow(10, between(-6, 3))
        let sum = try sum(TestCohorts.cohort(itemCount: items, [own]), step, norm: norm).values
        let ratio = min(1, norm) / (try FineGrid(TestCohorts.gaussian(norm: norm))).granularity
        #expect(Double(squaredDistance(sum, sum.map { _ in 0 })) <= ratio * ratio)
    }

    @Test func unusableStepsAreRefusedAndAnEmptyOneIsReleased() throws {
        let cohort = TestCohorts.cohort(itemCount: Self.itemCount, [[0]])
        let good = step(falling)
        let bad = [
            step(falling, items: 39), step(falling.dropLast()), step(falling, whole: 0), step(falling, whole: .nan),
            SubspaceStep(
                factors: good.factors, direction: falling.map { _ in 1 }, fullWeightItems: 20, maxItemsPerUser: 9),
            SubspaceStep(
                factors: Matrix(rows: Self.itemCount, columns: 1, repeating: .infinity), direction: good.direction,
                fullWeightItems: 20, maxItemsPerUser: 9),
        ]
        for step in bad { #expect(throws: DoorError.self) { try sum(cohort, step) } }
        #expect(try sum(cohort, step(falling, rank: 0)).count == 0)
    }
}
