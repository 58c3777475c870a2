// SPDX-License-Identifier: Apache-2.0

import DPAccounting
import Foundation
import Interactions
import TestSupport
import Testing

@testable import DPMechanisms

/// Attacks that were published against other libraries (golden `attacks.md` section 3), each with the positive control that the
/// attack works where it should.
struct PublishedAttackTests {
    /// Σ of one number a user, to C.
    private static func sum(of numbers: [Double]) -> UserVector {
        // A user's item is the user's place in `numbers`.
        UserVector.sum { items, _, _ in items.isEmpty ? 0 : numbers[Int(items[0])] }
    }

    private func exact(_ numbers: [Double], _ order: [Int], norm: Double) throws -> Int128 {
        let event = TestCohorts.gaussian(norm: norm)
        var words = SeededGenerator(seed: 1)
        let cohort = TestCohorts.cohort(itemCount: max(1, numbers.count), order.map { [UInt32($0)] })
        return try Self.sum(of: numbers).sum(
            over: cohort, event, grid: FineGrid(event), maxUsers: 1 << 20, using: &words
        ).value(at: 0)
    }

    /// Mironov 2012: which doubles can come out tells the true value.
    @Test func leastSignificantBitsTellNothing() throws {
        var words = SeededGenerator(seed: 2)
        func release(_ value: Double) throws -> Release {
            let cohort = TestCohorts.cohort(itemCount: 1, [[0]])
            let event = PrivacyEvent.gaussianSum(TestCohorts.gaussian(norm: 1, noise: 2, dimension: 1))
            return try PrivateSum.release(
                .userVector(Self.sum(of: [value])), of: cohort, spending: TestCohorts.step(event, for: cohort),
                maxUsers: 1, using: &words)
        }
        let grid = try release(0).granularity
        for value in [0, 1.0 / 3, 1, -0x1p-30, Double.pi / 10] {
            let releases = try (0..<20_000).map { _ in try release(value) }
            // A multiple of the public grid, every time; and the last bits of the step are fair for every true value.
            #expect(releases.allSatisfy { $0.granularity == grid && $0.values[0].remainder(dividingBy: grid) == 0 })
            let bits = releases.map { $0.steps[0] & 7 }
            #expect(GoodnessOfFit.fits(bits, (0..<8).map { (outcome: Int64($0), probability: 0.125) }))
        }
        // The control: textbook noise in Double keeps the last bits of what it is added to.
        let control = (0..<20_000).map { _ -> Int64 in
            let u = (Double(words.next() >> 11) + 0.5) * 0x1p-53
            let output = 1 + log(u)
            return output.remainder(dividingBy: 0x1p-53) == 0 ? 0 : 1
        }
        #expect(!GoodnessOfFit.fits(control, [(outcome: 0, probability: 0.5), (outcome: 1, probability: 0.5)]))
    }

    /// Haney et al. 2022: what lies below the noise's precision survives fl(x + noise).
    @Test func precisionBelowTheGridDoesNotSurvive() throws {
        let event = PrivacyEvent.gaussianSum(TestCohorts.gaussian(norm: 1, noise: 1, dimension: 1))
        let cohort = TestCohorts.cohort(itemCount: 1, [[0]])
        for seed in 0..<200 as Range<UInt64> {
            let outputs = try [0.25, 0.25 + 0x1p-45, 0.25 + 0x1p-52].map { value in
                var words = SeededGenerator(seed: seed)
                return try PrivateSum.release(
                    .userVector(Self.sum(of: [value])), of: cohort, spending: TestCohorts.step(event, for: cohort),
                    maxUsers: 1, using: &words
                ).steps
            }
            #expect(outputs[0] == outputs[1] && outputs[0] == outputs[2])
        }
        // The control: textbook noise in Double. With the same noise the sums differ wherever the noise is small enough to leave
        // the last bits in place, and then the output tells which of the two it was.
        var words = SeededGenerator(seed: 3)
        let told = (0..<200).count { _ in
            let u = (Double(words.next() >> 11) + 0.5) * 0x1p-53
            let noise = u < 0.5 ? log(2 * u) : -log(2 * (1 - u))
            return 0.25 + noise != 0.25 + 0x1p-52 + noise
        }
        #expect(told > 100)
    }

    @Test func theGridIsAFunctionOfPublicNumbersAlone() throws {
        let event = PrivacyEvent.gaussianSum(TestCohorts.gaussian(norm: 0.3, noise: 1.7, dimension: 1))
        let grids = try [[], [1e300], [1e-300], [.nan], [0.1, 0.2, 0.3]].map { numbers in
            let cohort = TestCohorts.cohort(
                itemCount: max(1, numbers.count), numbers.indices.map { [UInt32($0)] })
            return try PrivateSum.release(
                .userVector(Self.sum(of: numbers)), of: cohort, spending: TestCohorts.step(event, for: cohort),
                maxUsers: 1
            ).granularity
        }
        #expect(Set(grids).count == 1)
    }

    /// Casacuberta et al. 2022: a floating-point sum moves by more than the bound, depending on the order.
    @Test("the exact sum does not know the order and moves by C at most", arguments: 0..<20 as Range<UInt64>)
    func summationOrderDoesNotMatter(seed: UInt64) throws {
        var words = SeededGenerator(seed: seed)
        let odd = [
            1e16, -1e16, 1, 0x1p53, -0x1p53, 0.1, -0.0, 0x1p-1050, .infinity, -.infinity, .nan, 1e-17, 3, -0x1p-1060,
            1e308,
        ]
        let numbers = (0..<60).map { _ in odd[Int(words.next() % UInt64(odd.count))] }
        let norm = [1, 0x1p53, 1e16, 0.1][Int(seed % 4)]
        let users = Array(0..<60)
        let all = try exact(numbers, users, norm: norm)
        #expect(try exact(numbers, users.reversed(), norm: norm) == all)
        #expect(try exact(numbers, Uniform.subset(of: 60, size: 60, using: &words), norm: norm) == all)
        let steps = try FineGrid(TestCohorts.gaussian(norm: norm)).clippingSteps
        for left in stride(from: 0, to: 60, by: 7) {
            let without = try exact(numbers, users.filter { $0 != left }, norm: norm)
            #expect((all - without).magnitude <= UInt128(steps))
        }
    }

    @Test func theControlOfSummationOrderWorks() {
        // In Double a user of at most 1 moves this sum by 2: 2⁵³ + 1 is rounded to even.
        let base = 0x1p53 + 2
        #expect((base + 1) - base == 2)
        #expect((1 + 0x1p53) - 0x1p53 == 0)
    }

    /// Overflow: wrap-around would turn the largest sum into the smallest.
    @Test func manyLargeContributionsDoNotWrapAround() throws {
        let users = 5000
        let sum = try exact(Array(repeating: 1e300, count: users), Array(0..<users), norm: 1)
        #expect(sum > 0 && sum <= Int128(users) << 40)
    }

    @Test("a user who adds nothing moves nothing: no normalising by the number of users", arguments: [true, false])
    func aUserWhoAddsNothingMovesNothing(isVector: Bool) throws {
        let event = PrivacyEvent.gaussianSum(TestCohorts.gaussian(noise: 0, dimension: 3))
        let contribution = isVector ? Contribution.userVector(Self.sum(of: [0.5, 0.25, 0.125])) : .itemWeights
        let neighbours: [[[UInt32]]] = [[[0], [1, 2]], [[0], [1, 2], []]]
        let outputs = try neighbours.map { histories in
            let cohort = TestCohorts.cohort(itemCount: 3, histories)
            return try PrivateSum.release(
                contribution, of: cohort, spending: TestCohorts.step(event, for: cohort), maxUsers: 9
            ).steps
        }
        #expect(outputs[0] == outputs[1])
    }

    /// Jin et al. 2022: how long a draw takes tells how large it is. It does here too, which is why no draw's time can be
    /// observed: `docs/the-one-door.md` has the figures, and `DISCREET_TIMING=1` prints them.
    @Test(
        "time of a draw against its size",
        .enabled(if: ProcessInfo.processInfo.environment["DISCREET_TIMING"] != nil, "DISCREET_TIMING=1 measures"))
    func timeOfADrawAgainstItsSize() throws {
        var words = SeededGenerator(seed: 3)
        let laplace = DiscreteLaplace(scale: Rational(10, 1)!)
        let gaussian = try #require(DiscreteGaussian(variance: Rational(100, 1)!))
        let fast = try #require(FastGaussian(standardDeviation: 1, gridExponent: -40))
        let samplers: [(String, (inout SeededGenerator) -> Int64)] = [
            ("discrete Laplace", { laplace.sample(using: &$0) }),
            ("discrete Gaussian", { gaussian.sample(using: &$0) }),
            ("fast Gaussian", { fast.sample(using: &$0) }),
        ]
        for (name, draw) in samplers {
            var (sizes, times): ([Double], [Double]) = ([], [])
            for _ in 0..<100_000 {
                let start = ContinuousClock.now
                let size = draw(&words).magnitude
                times.append(min(2000, (ContinuousClock.now - start) / .nanoseconds(1)))
                sizes.append(Double(size))
            }
            print("time against size, \(name): correlation \(Self.correlation(sizes, times))")
        }
        // A whole release: the same, summed over its coordinates.
        let event = PrivacyEvent.discreteLaplace(
            DiscreteLaplaceEvent(
                scale: Rational(10, 1)!, bound: ItemBound(maxItemsPerUser: 1, maxValuePerItem: 1), dimension: 1000))
        let nobody = TestCohorts.cohort(itemCount: 1000, [])
        var (sizes, times): ([Double], [Double]) = ([], [])
        for _ in 0..<2000 {
            let grant = TestCohorts.step(event, for: nobody)
            let start = ContinuousClock.now
            let release = try PrivateSum.release(.itemCounts, of: nobody, spending: grant, maxUsers: 1)
            times.append((ContinuousClock.now - start) / .nanoseconds(1))
            sizes.append(Double(release.steps[0].magnitude))
        }
        print("time of a release of 1000 against one coordinate's size: \(Self.correlation(sizes, times))")
    }

    static func correlation(_ x: [Double], _ y: [Double]) -> Double {
        let n = Double(x.count)
        let (mx, my) = (x.reduce(0, +) / n, y.reduce(0, +) / n)
        let xy = zip(x, y).reduce(0) { $0 + ($1.0 - mx) * ($1.1 - my) }
        let xx = x.reduce(0) { $0 + ($1 - mx) * ($1 - mx) }
        let yy = y.reduce(0) { $0 + ($1 - my) * ($1 - my) }
        return xy / (xx * yy).squareRoot()
    }
}
