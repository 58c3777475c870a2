// SPDX-License-Identifier: Apache-2.0

import DPAccounting
import Foundation
import Interactions
import LinearAlgebra
import TestSupport
import Testing

@testable import DPMechanisms

/// The same tester cannot refute the real ones: at their claim, seen through the same kind of features. Each may fail by
/// chance once in a million seeds; seeds are fixed.
struct RealMechanismsTests {
    private let tester = StochasticTester(epsilon: 1)

    /// Releases through the door on a cohort, seeded.
    private func door(
        _ contribution: Contribution, _ event: PrivacyEvent, _ histories: [[UInt32]], itemCount: Int,
        _ words: inout SeededGenerator
    ) throws -> [Int64] {
        let cohort = TestCohorts.cohort(itemCount: itemCount, histories)
        return try PrivateSum.release(
            contribution, of: cohort, spending: TestCohorts.step(event, for: cohort), maxUsers: 1 << 20, using: &words
        ).steps
    }

    @Test func countsHoldTheirClaim() throws {
        var words = SeededGenerator(seed: 21)
        let event = PrivacyEvent.discreteLaplace(
            DiscreteLaplaceEvent(
                scale: Rational(2, 1)!, bound: ItemBound(maxItemsPerUser: 2, maxValuePerItem: 1), dimension: 4))
        let neighbours: [[[UInt32]]] = [[[0]], [[0], [0, 1, 2, 3]]]
        #expect(
            try tester.refute(
                { try door(.itemCounts, event, neighbours[0], itemCount: 4, &words) },
                against: { try door(.itemCounts, event, neighbours[1], itemCount: 4, &words) },
                seeing: [
                    { AnyHashable($0) }, { AnyHashable($0[3] == 0) }, { AnyHashable($0.reduce(0, +)) },
                    { AnyHashable($0.map { $0 & 1 }) },
                ]) == nil)
    }

    @Test func discreteGaussianCountsHoldTheirClaim() throws {
        var words = SeededGenerator(seed: 22)
        let bound = ItemBound(maxItemsPerUser: 1, maxValuePerItem: 1)
        let (epsilon, delta) = (EpsilonAmount(units: 1_000_000_000_000), DeltaAmount(units: 1_000_000_000_000_000))
        let variance = try Calibration.discreteGaussianVariance(epsilon: epsilon, delta: delta, bound: bound)
        let event = PrivacyEvent.discreteGaussian(DiscreteGaussianEvent(variance: variance, bound: bound, dimension: 1))
        #expect(
            try StochasticTester(epsilon: 1, delta: 1e-3).refute(
                { try door(.userCount, event, [], itemCount: 1, &words) },
                against: { try door(.userCount, event, [[0]], itemCount: 1, &words) }) == nil)
    }

    @Test("a sampled Gaussian sum holds its claim", arguments: [(1.0, 3.8), (0.25, 1.2)])
    func gaussianSumsHoldTheirClaim(q: Double, noise: Double) throws {
        var words = SeededGenerator(seed: 23)
        let event = PrivacyEvent.gaussianSum(TestCohorts.gaussian(q: q, noise: noise, dimension: 2))
        let price = PlanPrice(of: RunPlan(event), delta: DeltaAmount(units: 1_000_000_000_000_000))
        #expect(
            try StochasticTester(epsilon: price.epsilon.value, delta: 1e-3).refute(
                { try door(.itemWeights, event, [[1]], itemCount: 2, &words) },
                against: { try door(.itemWeights, event, [[1], [0]], itemCount: 2, &words) },
                seeing: [{ AnyHashable($0[0] >> 3) }, { AnyHashable($0[0] & 7) }]) == nil)
    }

    @Test func aLinearImageHoldsItsClaimWhereItsPartsCancel() throws {
        var words = SeededGenerator(seed: 24)
        let v = Matrix<Double>(rows: 2, columns: 1, elements: [1, 0.5])
        // (w·Vu + c)·u with w = 1000: the rows take nearly all of it back.
        let gradient = FactorGradient(itemFactors: v, denseWeight: 1000, normalise: true) { items, _, _, out in
            out.factor[0] = 1
            for i in items.indices { out.coefficients[i] = items[i] == 0 ? -999 : -499.5 }
        }
        let event = PrivacyEvent.gaussianSum(TestCohorts.gaussian(noise: 2, dimension: 2))
        let price = PlanPrice(of: RunPlan(event), delta: DeltaAmount(units: 1_000_000_000_000_000))
        #expect(
            try StochasticTester(epsilon: price.epsilon.value, delta: 1e-3).refute(
                { try door(.linearImage(gradient), event, [], itemCount: 2, &words) },
                against: { try door(.linearImage(gradient), event, [[0, 1]], itemCount: 2, &words) },
                seeing: [{ AnyHashable($0[0] >> 3) }, { AnyHashable($0[1] & 7) }]) == nil)
    }

    @Test func selectionHoldsItsClaim() {
        var words = SeededGenerator(seed: 25)
        let coin = ExponentialCoin(rate: Rational(1, 2)!)
        let noise = DiscreteLaplace(scale: Rational(2, 1)!)
        let (here, there): ([Int64], [Int64]) = ([3, 1, 0], [2, 2, 1])
        for choose in [
            { (scores: [Int64], words: inout SeededGenerator) in
                ExponentialMechanism.choose(scores, coin, using: &words)
            },
            { PermuteAndFlip.choose($0, coin, using: &$1) }, { NoisyMax.choose($0, noise, using: &$1) },
        ] {
            #expect(tester.refute({ choose(here, &words) }, against: { choose(there, &words) }) == nil)
        }
        // The same at a claim that is too small is refuted: 40 000 runs see ε = 1 against 0.6.
        let small = StochasticTester(epsilon: 0.6, runs: 40_000)
        #expect(
            small.refute(
                { PermuteAndFlip.choose([1, 0], ExponentialCoin(rate: Rational(1, 1)!), using: &words) },
                against: { PermuteAndFlip.choose([0, 1], ExponentialCoin(rate: Rational(1, 1)!), using: &words) })
                != nil)
    }

    @Test func partitionSelectionHoldsItsClaim() throws {
        var words = SeededGenerator(seed: 26)
        let keeping = try #require(PartitionKeeping(epsilon: Rational(1, 1)!, delta: 1e-2))
        let tester = StochasticTester(epsilon: 1, delta: 1e-2)
        for n in [0, 1, 3, 5, 8] {
            #expect(
                tester.refute({ keeping.keeps(n, using: &words) }, against: { keeping.keeps(n + 1, using: &words) })
                    == nil)
        }
    }

    @Test func sparseVectorHoldsItsClaim() {
        var words = SeededGenerator(seed: 27)
        func release(_ queries: [Int64]) -> [Bool?] {
            var session = AboveThreshold(
                threshold: 1, thresholdNoise: DiscreteLaplace(scale: Rational(2, 1)!),
                queryNoise: DiscreteLaplace(scale: Rational(4, 1)!), cutoff: 1, using: &words)
            return queries.map { session.isAbove($0, using: &words) }
        }
        #expect(tester.refute({ release([0, 1, 0, 1]) }, against: { release([1, 0, 1, 0]) }) == nil)
    }
}
