// SPDX-License-Identifier: Apache-2.0

import DPAccounting
import Foundation
import Interactions
import LinearAlgebra
import TestSupport
import Testing

@testable import DPMechanisms

/// Histories that an adversary would have, out of `itemCount` items.
enum OddHistories {
    static func all(itemCount: Int) -> [[UInt32]] {
        let everything = (0..<UInt32(itemCount)).map { $0 }
        return [
            [], [0], [UInt32(itemCount - 1)], [3, 3, 3], [0, 1], everything, Array(everything.dropLast()),
            everything.filter { $0 % 7 == 2 },
        ]
    }
}

/// How far a user moves the exact sum, in steps squared, for histories of `own` beside two others.
func squaredMove(
    _ own: [UInt32], itemCount: Int, _ sum: (Cohort) throws -> ExactSum
) rethrows -> Double {
    let others: [[UInt32]] = [[1, 2, 5], [0, 1, 2, 3, 4, 5, 6]]
    let with = try sum(TestCohorts.cohort(itemCount: itemCount, others + [own])).values
    let without = try sum(TestCohorts.cohort(itemCount: itemCount, others)).values
    return Double(squaredDistance(with, without))
}

struct FeatureGramTests {
    private func basis(_ items: Int, _ n: Int, scale: Double = 1) -> Matrix<Double> {
        FactorGradientTests.factors(items: items, rank: n, seed: 4, scale: scale)
    }

    private func sum(
        _ cohort: Cohort, _ gram: FeatureGram, norm: Double = 1, seed: UInt64 = 1
    ) throws -> ExactSum {
        var words = SeededGenerator(seed: seed)
        let event = TestCohorts.gaussian(norm: norm)
        return try gram.sum(over: cohort, event, grid: try FineGrid(event), maxUsers: 100, using: &words)
    }

    @Test(
        "a user moves the exact sum by at most min(1, C), and by nearly that",
        arguments: [1.0, 0.3, 1e-3, 17], [1.0, 1e-80, 1e-120, 1e150, 1e300])
    func aUserMovesTheSumByAtMostOne(norm: Double, scale: Double) throws {
        let gram = FeatureGram(basis: basis(40, 6, scale: scale), maxItemsPerUser: 1000)
        let most = min(1, norm) / (try FineGrid(TestCohorts.gaussian(norm: norm))).granularity
        for own in OddHistories.all(itemCount: 40) {
            let moved = try squaredMove(own, itemCount: 40) { try sum($0, gram, norm: norm) }
            #expect(moved <= most * most)
            // ‖y‖² between 10⁻²⁰⁰ and the largest Double is scaled to the norm, all else is zero.
            if !own.isEmpty, scale > 1e-90, scale < 1e200 { #expect(moved >= most * most * (1 - 4e-6)) }
            if scale < 1e-110 || scale > 1e200 { #expect(moved == 0) }
        }
    }

    @Test("the release is the definition's, packed so that its length is the Frobenius norm")
    func theReleaseIsTheDefinitions() throws {
        let basis = basis(30, 4)
        let cohort = TestCohorts.random(users: 12, items: 30, most: 9, seed: 2)
        var words = SeededGenerator(seed: 1)
        let event = PrivacyEvent.gaussianSum(TestCohorts.gaussian(dimension: 10))
        let released = try PrivateSum.release(
            .featureGram(FeatureGram(basis: basis, maxItemsPerUser: 1000)), of: cohort,
            spending: TestCohorts.step(event, for: cohort), maxUsers: 100, using: &words
        ).symmetricMatrix(order: 4)
        var expected = Matrix<Double>(rows: 4, columns: 4)
        for index in 0..<cohort.count {
            cohort.withColumns(of: index) { items, _, _ in
                var y = [Double](repeating: 0, count: 4)
                for i in items.indices { for j in 0..<4 { y[j] += basis[Int(items[i]), j] } }
                let squared = y.reduce(0) { $0 + $1 * $1 }
                if squared > 0 { for i in 0..<4 { for j in 0..<4 { expected[i, j] += y[i] * y[j] / squared } } }
            }
        }
        // 12 users times 2⁻²⁰, and the grid of 2⁻⁴⁰.
        for (value, expected) in zip(released.elements, expected.elements) { #expect(abs(value - expected) < 2e-5) }
        #expect((0..<4).reduce(0) { $0 + released[$1, $1] } > 5)
    }

    @Test("noise off the diagonal has half the variance of that on it")
    func noiseIsSymmetric() throws {
        let order = 300
        let nobody = TestCohorts.cohort(itemCount: 1, [])
        var words = SeededGenerator(seed: 5)
        let event = PrivacyEvent.gaussianSum(TestCohorts.gaussian(noise: 2, dimension: order * (order + 1) / 2))
        let gram = FeatureGram(basis: Matrix(rows: 1, columns: order), maxItemsPerUser: 1)
        let noise = try PrivateSum.release(
            .featureGram(gram), of: nobody, spending: TestCohorts.step(event, for: nobody), maxUsers: 1, using: &words
        ).symmetricMatrix(order: order)
        var (diagonal, others) = (0.0, 0.0)
        for i in 0..<order {
            diagonal += noise[i, i] * noise[i, i] / Double(order)
            for j in 0..<i {
                #expect(noise[i, j] == noise[j, i])
                others += noise[i, j] * noise[i, j] / Double(order * (order - 1) / 2)
            }
        }
        // A sample variance of n normals has deviation √(2/n) of the true one: 6 of them, false alarm 2e-9.
        #expect(abs(diagonal / 4 - 1) < 6 * (2 / 300.0).squareRoot())
        #expect(abs(others / 2 - 1) < 6 * (2 / 44_850.0).squareRoot() + 1e-3)
    }

    @Test("of more items than allowed a random subset of the user's own is looked at, and the bound holds")
    func randomSubset() throws {
        let gram = FeatureGram(basis: basis(40, 3), maxItemsPerUser: 5)
        let cohort = TestCohorts.cohort(itemCount: 40, [(0..<40).map { $0 }])
        let sums = try (0..<8 as Range<UInt64>).map { try sum(cohort, gram, seed: $0).values }
        #expect(Set(sums).count > 1)
        for sum in sums { #expect(Double(squaredDistance(sum, sum.map { _ in 0 })) <= 0x1p80) }
        #expect(FeatureGram(basis: basis(2, 1), maxItemsPerUser: .max).maxItemsPerUser == 1 << 16)
        #expect(FeatureGram(basis: basis(2, 1), maxItemsPerUser: -3).maxItemsPerUser == 1)
    }

    @Test func unusableBasesAreRefused() {
        let cohort = TestCohorts.cohort(itemCount: 2, [[0]])
        for bad in [basis(3, 1), Matrix(rows: 2, columns: 1, repeating: .nan), Matrix(rows: 2, columns: 2049)] {
            #expect(throws: DoorError.self) { try sum(cohort, FeatureGram(basis: bad, maxItemsPerUser: 9)) }
        }
    }
}

struct HeadGramTests {
    private func gram(_ items: [UInt32], _ direction: [Double]) -> HeadGram {
        let length = direction.reduce(0) { $0 + $1 * $1 }.squareRoot()
        return HeadGram(items: items, direction: direction.map { $0 / length }, maxItemsPerUser: 1000)
    }

    private func sum(_ cohort: Cohort, _ gram: HeadGram, norm: Double = 1) throws -> ExactSum {
        var words = SeededGenerator(seed: 1)
        let event = TestCohorts.gaussian(norm: norm)
        return try gram.sum(over: cohort, event, grid: try FineGrid(event), maxUsers: 100, using: &words)
    }

    /// Directions that an adversary's histories could lie along, or nearly.
    private func directions(_ n: Int) -> [[Double]] {
        let rising = (0..<n).map { 1 + Double($0) }
        var nearly = [Double](repeating: 1, count: n)
        nearly[n - 1] = 0.9
        return [
            rising, nearly, .init(repeating: 1, count: n), (0..<n).map { $0 == 0 ? 1 : 0 },
            (0..<n).map { $0 == 0 ? 1 : 1e-3 }, (0..<n).map { pow(0.5, Double($0)) },
            (0..<n).map { $0 == n - 1 ? 0 : 1 },
        ]
    }

    @Test("a user moves the exact sum by at most min(1, C), also along q̂", arguments: [1.0, 0.3, 1e-3, 17])
    func aUserMovesTheSumByAtMostOne(norm: Double) throws {
        let head = (0..<30).filter { $0 % 3 != 1 }.map { UInt32($0) }
        let most = min(1, norm) / (try FineGrid(TestCohorts.gaussian(norm: norm))).granularity
        for direction in directions(head.count) {
            let gram = gram(head, direction)
            for own in OddHistories.all(itemCount: 30) + [head, Array(head.dropLast())] {
                let moved = try squaredMove(own, itemCount: 30) { try sum($0, gram, norm: norm) }
                #expect(moved <= most * most)
            }
        }
    }

    /// Where n² is 10⁻⁴·k or so the weight is largest: one item whose q is √(1 − t).
    @Test("nearly along q̂ the bound holds too", arguments: 0..<40)
    func nearlyAlong(step: Int) throws {
        let t = pow(10, -5 + Double(step) / 10)
        let gram = gram([0, 1], [(1 - t).squareRoot(), t.squareRoot()])
        let moved = try squaredMove([0], itemCount: 8) { try sum($0, gram) }
        #expect(moved <= 0x1p80)
        // Beyond 1/64 nothing is held down.
        if t > 0.017 { #expect(moved >= 0x1p80 * (1 - 4e-6)) }
        if t < 0.9e-4 { #expect(moved == 0) }
    }

    @Test("the sum is the definition's")
    func theSumIsTheDefinitions() throws {
        let head: [UInt32] = [1, 4, 5, 9, 17]
        let gram = gram(head, [5, 4, 3, 2, 1])
        let cohort = TestCohorts.random(users: 25, items: 20, most: 12, seed: 8)
        let direction = try #require(gram.direction)
        let packed = try sum(cohort, gram).values.map { Double($0) * 0x1p-40 }
        var expected = Matrix<Double>(rows: 5, columns: 5)
        for index in 0..<cohort.count {
            cohort.withColumns(of: index) { items, _, _ in
                var x = [Double](repeating: 0, count: 5)
                for i in items.indices { if let place = head.firstIndex(of: items[i]) { x[place] = 1 } }
                let along = zip(x, direction).reduce(0) { $0 + $1.0 * $1.1 }
                let y = zip(x, direction).map { $0 - along * $1 }
                let squared = y.reduce(0) { $0 + $1 * $1 }
                if squared > 1e-9 { for i in 0..<5 { for j in 0..<5 { expected[i, j] += y[i] * y[j] / squared } } }
            }
        }
        var place = 0
        for i in 0..<5 {
            for j in i..<5 {
                // 25 users times 2⁻²⁰.
                #expect(abs(packed[place] / (i == j ? 1 : 2.0.squareRoot()) - expected[i, j]) < 4e-5)
                place += 1
            }
        }
    }

    @Test(
        "without a direction a user adds xxᵀ/k, and moves the exact sum by at most min(1, C)",
        arguments: [1.0, 0.3, 17])
    func withoutADirection(norm: Double) throws {
        let head = (0..<30).filter { $0 % 3 != 1 }.map { UInt32($0) }
        let gram = HeadGram(items: head, direction: nil, maxItemsPerUser: 1000)
        let most = min(1, norm) / (try FineGrid(TestCohorts.gaussian(norm: norm))).granularity
        for own in OddHistories.all(itemCount: 30) + [head, Array(head.dropLast())] {
            let moved = try squaredMove(own, itemCount: 30) { try sum($0, gram, norm: norm) }
            #expect(moved <= most * most)
            if !Set(own).isDisjoint(with: head) { #expect(moved >= most * most * (1 - 4e-6)) }
        }
        // Items 0 and 2 of a user with three items in the list: 1/3 on the diagonal, √2/3 beside it.
        let one = try sum(TestCohorts.cohort(itemCount: 30, [[0, 2, 29]]), gram, norm: norm).values
        let third = min(1, norm) / 3 / (try FineGrid(TestCohorts.gaussian(norm: norm))).granularity
        // Less by 2⁻²⁰ and the grid.
        #expect(abs(Double(one[0]) - third) < 2e-6 * third)
        #expect(abs(Double(one[1]) - third * 2.0.squareRoot()) < 2e-6 * third)
        #expect(one[2] == 0)
    }

    @Test func unusableListsAreRefused() {
        let cohort = TestCohorts.cohort(itemCount: 4, [[0]])
        let bad = [
            HeadGram(items: [1, 0], direction: nil, maxItemsPerUser: 9),
            HeadGram(items: [4], direction: nil, maxItemsPerUser: 9), gram([1, 0], [1, 1]), gram([0, 0], [1, 1]),
            gram([0, 4], [1, 1]), gram([0], [1, 1]),
            HeadGram(items: [0, 1], direction: [1, 1], maxItemsPerUser: 9),
            HeadGram(items: [0, 1], direction: [.nan, 1], maxItemsPerUser: 9),
            HeadGram(items: [0, 1], direction: [.infinity, 1], maxItemsPerUser: 9),
        ]
        for gram in bad { #expect(throws: DoorError.self) { try sum(cohort, gram) } }
    }

    @Test("products too wide for the short way agree with it")
    func wideProducts() {
        for factor in [1, -5, 1 << 40, (1 << 41) - 1, -(1 << 41) + 1] as [Int64] {
            for value in [0, 1, -1, 12_345, -(1 << 79)] as [Int128] {
                let expected = (value * Int128(factor)) >> 40
                #expect(UnitDirection.scaled(value, by: factor) == expected)
                // 2⁴⁰ times as much loses nothing: the short way cannot do it, the result is the exact product.
                #expect(UnitDirection.scaled(value << 40, by: factor) == value * Int128(factor))
            }
        }
    }
}
