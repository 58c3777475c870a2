// SPDX-License-Identifier: Apache-2.0

import DPAccounting
import Foundation
import Interactions
import LinearAlgebra
import TestSupport
import Testing

@testable import DPMechanisms

/// What an adversary would make the model say about one user.
enum Adversary: CaseIterable, Sendable {
    case plain, oneInteraction, zero, nan, infinite, negativeInfinity, subnormal, huge, tiny, mixedScales
    case aligned, cancelling, nearlyCancelling, denseOnly, rowsOnly, wrongLength

    func fill(_ items: Span<UInt32>, _ out: inout UserGradient, factors v: Matrix<Double>, weight w: Double) {
        let rank = out.factor.count
        for j in 0..<rank { out.factor[j] = cos(Double(7 * j + 1)) }
        for i in items.indices { out.coefficients[i] = -1 - sin(Double(items[i])) }
        switch self {
        case .plain, .oneInteraction: break
        case .zero: out.factor = Array(repeating: 0, count: rank)
        case .nan: out.factor[rank - 1] = .nan
        case .infinite: if !out.coefficients.isEmpty { out.coefficients[0] = .infinity }
        case .negativeInfinity: out.factor[0] = -.infinity
        case .subnormal: out.factor = out.factor.map { $0 * 0x1p-1060 }
        case .huge: out.factor = out.factor.map { $0 * 1e300 }
        case .tiny: out.factor = out.factor.map { $0 * 1e-50 }
        case .mixedScales: out.coefficients = out.coefficients.enumerated().map { $1 * pow(10, Double($0 % 60) - 30) }
        case .aligned: for j in 0..<rank { out.factor[j] = v[0, j] }
        case .cancelling, .nearlyCancelling:
            let scores = gemv(v, out.factor)
            let share = self == .cancelling ? 1 : 1 - 1e-5
            for i in items.indices { out.coefficients[i] = -w * scores[Int(items[i])] * share }
        case .denseOnly: out.coefficients = out.coefficients.map { _ in 0 }
        case .rowsOnly: out.factor[0] = 3
        case .wrongLength: out.coefficients.append(1)
        }
    }
}

struct FactorGradientTests {
    static let itemCount = 300
    static let rank = 5

    /// Multiples of 2⁻¹⁰ below 1, so that V̂ = V and the adversary can cancel exactly.
    static func factors(items: Int = itemCount, rank: Int = rank, seed: UInt64 = 1, scale: Double = 1) -> Matrix<Double>
    {
        var words = SeededGenerator(seed: seed)
        return Matrix(
            rows: items, columns: rank,
            elements: (0..<items * rank).map { _ in Double(Int64(words.next() % 2047) - 1023) * 0x1p-10 * scale })
    }

    static func sum(
        _ cohort: Cohort, _ gradient: FactorGradient, _ event: GaussianSumEvent
    ) throws -> [Int128] {
        var words = SeededGenerator(seed: 3)
        let grid = try FineGrid(event)
        return try gradient.sum(over: cohort, event, grid: grid, maxUsers: 1 << 22, using: &words).values
    }

    static func gradient(
        _ adversary: Adversary, _ v: Matrix<Double>, weight: Double, normalise: Bool
    ) -> FactorGradient {
        FactorGradient(itemFactors: v, denseWeight: weight, normalise: normalise) { items, _, _, out in
            adversary.fill(items, &out, factors: v, weight: weight)
        }
    }

    @Test(
        "a user moves the exact sum by at most C, whatever the model says", arguments: Adversary.allCases,
        [(1.0, 1.0, true), (0.37, 0.02, false), (1e-3, 1, false), (1e6, -3, true), (5, 0, true)])
    func aUserMovesTheSumByAtMostC(adversary: Adversary, numbers: (norm: Double, weight: Double, normalise: Bool))
        throws
    {
        let v = Self.factors()
        let event = TestCohorts.gaussian(norm: numbers.norm)
        let gradient = Self.gradient(adversary, v, weight: numbers.weight, normalise: numbers.normalise)
        let everything = (0..<UInt32(Self.itemCount)).map { $0 }
        for own in [[], [0], [7, 8, 200], everything] as [[UInt32]] {
            let others: [[UInt32]] = [[1, 2, 3], [299]]
            let with = try Self.sum(TestCohorts.cohort(itemCount: Self.itemCount, others + [own]), gradient, event)
            let without = try Self.sum(TestCohorts.cohort(itemCount: Self.itemCount, others), gradient, event)
            // The square of C/g by 2⁸⁰ at most: Double is exact to 2⁻⁵², and η leaves more than that.
            let ratio = numbers.norm / (try FineGrid(event)).granularity
            #expect(Double(squaredDistance(with, without)) <= ratio * ratio, "\(own.count) items")
        }
    }

    @Test(
        "what cannot be computed is zero",
        arguments: [Adversary.zero, .nan, .infinite, .negativeInfinity, .subnormal, .huge, .wrongLength])
    func whatCannotBeComputedIsZero(adversary: Adversary) throws {
        let gradient = Self.gradient(adversary, Self.factors(), weight: 1, normalise: true)
        let cohort = TestCohorts.cohort(itemCount: Self.itemCount, [[1, 2, 3]])
        #expect(try Self.sum(cohort, gradient, TestCohorts.gaussian()).allSatisfy { $0 == 0 })
    }

    @Test("the sum is the definition's, to the grids", arguments: [true, false])
    func theSumIsTheDefinitions(normalise: Bool) throws {
        let v = Self.factors()
        let (w, c) = (0.05, 2.0)
        let cohort = TestCohorts.random(users: 20, items: Self.itemCount, most: 30, seed: 5)
        let gradient = Self.gradient(.plain, v, weight: w, normalise: normalise)
        let event = TestCohorts.gaussian(norm: c)
        let granularity = try FineGrid(event).granularity
        let sum = try Self.sum(cohort, gradient, event).map { Double($0) * granularity }
        var expected = [Double](repeating: 0, count: sum.count)
        for index in 0..<cohort.count {
            cohort.withColumns(of: index) { items, _, _ in
                var own = UserGradient(rank: Self.rank, itemCount: items.count)
                Adversary.plain.fill(items, &own, factors: v, weight: w)
                var rows = gemv(v, own.factor).map { $0 * w }
                for i in items.indices { rows[Int(items[i])] += own.coefficients[i] }
                let squared = rows.reduce(0) { $0 + $1 * $1 } * own.factor.reduce(0) { $0 + $1 * $1 }
                let scale = normalise ? c / squared.squareRoot() : min(1, c / squared.squareRoot())
                for (i, row) in rows.enumerated() {
                    for j in 0..<Self.rank { expected[i * Self.rank + j] += scale * row * own.factor[j] }
                }
            }
        }
        // A user: η·C ≈ (2¹⁶·√300·√5·5)·2⁻³⁹·2 ≈ 1e-5, in scale and truncation; 20 users: 4e-4 is ample.
        for index in sum.indices { #expect(abs(sum[index] - expected[index]) < 4e-4) }
        #expect(expected.contains { abs($0) > 0.1 })
    }

    @Test func normalisingReachesTheNormButForEta() throws {
        let gradient = Self.gradient(.plain, Self.factors(), weight: 0.1, normalise: true)
        let event = TestCohorts.gaussian(norm: 1)
        let sum = try Self.sum(TestCohorts.cohort(itemCount: Self.itemCount, [[3, 5]]), gradient, event)
        let norm = Double(squaredDistance(sum, sum.map { _ in 0 })).squareRoot() * (try FineGrid(event)).granularity
        #expect(norm > 1 - 1e-3)
    }

    @Test func theOrderOfUsersDoesNotMatter() throws {
        let histories = (0..<40).map { index in (0..<UInt32(index % 7)).map { ($0 * 37 + UInt32(index)) % 300 } }
        let gradient = Self.gradient(.plain, Self.factors(), weight: 0.3, normalise: true)
        // Another order of the same histories under other pseudonyms.
        let a = try Self.sum(TestCohorts.cohort(itemCount: 300, histories), gradient, TestCohorts.gaussian())
        let b = try Self.sum(TestCohorts.cohort(itemCount: 300, histories.reversed()), gradient, TestCohorts.gaussian())
        #expect(a == b)
    }

    @Test("a long history and many items stay within C", arguments: [Adversary.plain, .cancelling, .mixedScales])
    func aLongHistoryStaysWithinC(adversary: Adversary) throws {
        let items = 65_536
        let v = Self.factors(items: items, rank: 2, seed: 2)
        let gradient = Self.gradient(adversary, v, weight: 0.5, normalise: true)
        let event = TestCohorts.gaussian()
        let sum = try Self.sum(
            TestCohorts.cohort(itemCount: items, [(0..<UInt32(items)).map { $0 }]), gradient, event)
        let ratio = 1 / (try FineGrid(event)).granularity
        #expect(Double(squaredDistance(sum, sum.map { _ in 0 })) <= ratio * ratio)
    }

    @Test("random models and users stay within C", arguments: 0..<40 as Range<UInt64>)
    func randomModelsStayWithinC(seed: UInt64) throws {
        var words = SeededGenerator(seed: seed)
        func between(_ a: Double, _ b: Double) -> Double { a + (b - a) * Double(words.next() >> 11) * 0x1p-53 }
        let (items, rank) = (1 + Int(words.next() % 60), 1 + Int(words.next() % 9))
        let v = Self.factors(items: items, rank: rank, seed: seed, scale: pow(10, between(-8, 8)))
        let (norm, weight) = (pow(10, between(-6, 6)), pow(10, between(-6, 6)))
        let (sizeU, sizeC, salt) = (pow(10, between(-20, 20)), pow(10, between(-20, 20)), between(0, 100))
        let gradient = FactorGradient(itemFactors: v, denseWeight: weight, normalise: seed % 2 == 0) { own, _, _, out in
            for j in 0..<rank { out.factor[j] = sizeU * sin(salt * Double(j + 1)) }
            for i in own.indices { out.coefficients[i] = sizeC * cos(salt * Double(own[i] + 2)) }
        }
        let own = (0..<UInt32(items)).filter { _ in words.next() % 3 == 0 }
        let event = TestCohorts.gaussian(norm: norm)
        let sum = try Self.sum(TestCohorts.cohort(itemCount: items, [own]), gradient, event)
        let ratio = norm / (try FineGrid(event)).granularity
        #expect(Double(squaredDistance(sum, sum.map { _ in 0 })) <= ratio * ratio)
    }

    /// What is left of the cancellation is as large as the rounding of the norm: a norm that came out too small by luck
    /// would be scaled up beyond C.
    @Test("parts that cancel to rounding stay within C", arguments: 0..<60 as Range<UInt64>)
    func partsThatCancelToRoundingStayWithinC(seed: UInt64) throws {
        let (items, rank) = (40, 4)
        let v = Self.factors(items: items, rank: rank, seed: seed)
        let left = pow(2, -22 - Double(seed % 8))
        let gradient = FactorGradient(itemFactors: v, denseWeight: 1, normalise: true) { own, _, _, out in
            for j in 0..<rank { out.factor[j] = cos(Double(seed) + Double(j)) }
            let scores = gemv(v, out.factor)
            for i in own.indices {
                out.coefficients[i] = -scores[Int(own[i])] * (1 + left * sin(Double(seed) * 3 + Double(i)))
            }
        }
        let event = TestCohorts.gaussian()
        let cohort = TestCohorts.cohort(itemCount: items, [(0..<UInt32(items)).map { $0 }])
        let sum = try Self.sum(cohort, gradient, event)
        let ratio = 1 / (try FineGrid(event)).granularity
        #expect(Double(squaredDistance(sum, sum.map { _ in 0 })) <= ratio * ratio)
    }

    @Test func factorsOfZeroLeaveTheRowsAlone() throws {
        let v = Matrix<Double>(rows: 4, columns: 2)
        let gradient = Self.gradient(.plain, v, weight: 1, normalise: true)
        let sum = try Self.sum(TestCohorts.cohort(itemCount: 4, [[2]]), gradient, TestCohorts.gaussian())
        #expect(sum[0..<4].allSatisfy { $0 == 0 } && sum[4] != 0 && sum[6...].allSatisfy { $0 == 0 })
    }

    @Test func factorsThatAreUnusableAreRefused() throws {
        let cohort = TestCohorts.cohort(itemCount: 2, [[1]])
        for bad in [Double.nan, .infinity, 1e300, 1e-300] {
            let v = Matrix<Double>(rows: 2, columns: 1, elements: [bad, bad])
            #expect(throws: DoorError.self) {
                try Self.sum(cohort, Self.gradient(.zero, v, weight: 1, normalise: true), TestCohorts.gaussian())
            }
        }
        for (v, weight) in [
            (Self.factors(items: 3), 1.0), (Self.factors(items: 2), .nan), (Self.factors(items: 2), .infinity),
        ] {
            #expect(throws: DoorError.self) {
                try Self.sum(cohort, Self.gradient(.zero, v, weight: weight, normalise: true), TestCohorts.gaussian())
            }
        }
    }

    @Test("what the door could not bound is refused by public numbers, before anything is paid")
    func shapesAreCheckedBeforehand() throws {
        // η ≈ 2¹⁶·√(items·rank)·rank·2⁻⁴⁰: 0.69 for a million items of rank 512, 0.03 for rank 64.
        let million = 1_000_000
        func check(rank: Int) throws {
            try PrivateSum.check(
                .gaussianSum(TestCohorts.gaussian(noise: 1, dimension: million * rank)), itemCount: million)
        }
        try check(rank: 1)
        try check(rank: 64)
        #expect(throws: DoorError.self) { try check(rank: 512) }
        #expect(throws: DoorError.self) { try check(rank: 5000) }
        // Whatever passes is bounded later, for the factors with the largest norm too: all alike.
        for (items, rank) in [(1, 1), (3, 1), (50, 7), (2000, 40)] {
            let event = TestCohorts.gaussian(noise: 1, dimension: items * rank)
            try PrivateSum.check(.gaussianSum(event), itemCount: items)
            let v = Matrix<Double>(
                rows: items, columns: rank, elements: Array(repeating: 1 - 0x1p-30, count: items * rank))
            let gradient = Self.gradient(.plain, v, weight: 1, normalise: true)
            let image = try QuantisedFactors(v)
            let bounded = try BoundedFactorGradient(gradient, image: image, grid: FineGrid(event))
            #expect(bounded.target > event.clippingNorm / 2)
        }
    }

    @Test func theWideProductAgreesWithTheNarrowOne() throws {
        let image = try QuantisedFactors(Self.factors())
        var narrow = ExactSum(count: Self.itemCount * Self.rank, perUser: 1, maxUsers: 1)
        var statistic = ExactSum(count: Self.rank * Self.rank, perUser: 1 << 60, maxUsers: 1)
        statistic.add { s in for i in s.indices { s[i] = Int64(i + 1) << 30 } }
        image.addProduct(with: statistic, to: &narrow)
        // The same statistic times 2²⁰ needs Int128: the product must be 2²⁰ times as large.
        var large = ExactSum(count: Self.rank * Self.rank, perUser: 1 << 60, maxUsers: 1)
        large.add { s in for i in s.indices { s[i] = Int64(i + 1) << 50 } }
        var wide = ExactSum(count: Self.itemCount * Self.rank, perUser: 1, maxUsers: 1)
        image.addProduct(with: large, to: &wide)
        #expect(wide.values == narrow.values.map { $0 << 20 })
    }
}
