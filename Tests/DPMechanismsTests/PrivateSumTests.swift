// SPDX-License-Identifier: Apache-2.0

import DPAccounting
import Foundation
import Interactions
import LinearAlgebra
import TestSupport
import Testing

@testable import DPMechanisms

struct PrivateSumTests {
    private let cohort = TestCohorts.cohort(itemCount: 3, [[0, 1], [1], [1, 2]])
    private let bound = ItemBound(maxItemsPerUser: 2, maxValuePerItem: 1)
    private var laplace: PrivacyEvent {
        .discreteLaplace(DiscreteLaplaceEvent(scale: Rational(2, 1)!, bound: bound, dimension: 3))
    }

    private func release(
        _ contribution: Contribution, of cohort: Cohort, _ event: PrivacyEvent, seed: UInt64
    ) throws -> Release {
        var words = SeededGenerator(seed: seed)
        return try PrivateSum.release(
            contribution, of: cohort, spending: TestCohorts.step(event, for: cohort), maxUsers: 1 << 22, using: &words)
    }

    @Test func theMembersOfACohortMustBeThoseWhoPay() {
        let other = TestCohorts.cohort(itemCount: 3, [[0, 1], [1]])
        #expect(throws: DoorError.grantForAnotherCohort) {
            try PrivateSum.release(
                .itemCounts, of: other, spending: TestCohorts.step(laplace, for: cohort), maxUsers: 10)
        }
    }

    @Test func withdrawingDoesNotMakeAnotherCohort() throws {
        var cohort = cohort
        let grant = TestCohorts.step(laplace, for: cohort)
        cohort.withdraw([TestCohorts.user(0)])
        #expect(try PrivateSum.release(.itemCounts, of: cohort, spending: grant, maxUsers: 10).steps.count == 3)
    }

    @Test func contributionsNeedTheirKindOfEvent() {
        let gradient = FactorGradient(itemFactors: Matrix(rows: 3, columns: 1), denseWeight: 0) { _, _, _, _ in }
        let gaussian = PrivacyEvent.gaussianSum(TestCohorts.gaussian())
        let wrong: [(Contribution, PrivacyEvent)] = [
            (.itemWeights, laplace), (.linearImage(gradient), laplace), (.userCount, gaussian), (.itemCounts, gaussian),
            (.featureGram(FeatureGram(basis: Matrix(rows: 3, columns: 1), maxItemsPerUser: 1)), laplace),
            (.headGram(HeadGram(items: [1], direction: [1], maxItemsPerUser: 1)), laplace),
            (
                .subspaceStep(
                    SubspaceStep(
                        factors: Matrix(rows: 3, columns: 1), direction: [1, 0, 0], fullWeightItems: 1,
                        maxItemsPerUser: 1)), laplace
            ),
        ]
        for (contribution, event) in wrong {
            #expect(throws: DoorError.contributionDoesNotMatchEvent) {
                try release(contribution, of: cohort, event, seed: 1)
            }
        }
    }

    @Test func moreCoordinatesThanWerePaidForAreRefusedAndFewerAreFine() throws {
        let gradient = FactorGradient(itemFactors: Matrix(rows: 3, columns: 2), denseWeight: 0) { _, _, _, _ in }
        #expect(throws: DoorError.dimensionNotPaidFor(released: 6, paid: 5)) {
            try release(.linearImage(gradient), of: cohort, .gaussianSum(TestCohorts.gaussian(dimension: 5)), seed: 1)
        }
        let counted = try release(.userCount, of: cohort, laplace, seed: 1)
        #expect(counted.steps.count == 1)
    }

    @Test(
        "events outside what the samplers are proved for are refused",
        arguments: [(1.0, 0.01), (1, 1e6), (1e-300, 1), (1e300, 1)])
    func unsupportedEventsAreRefused(norm: Double, noise: Double) {
        #expect(throws: DoorError.self) {
            try release(.itemWeights, of: cohort, .gaussianSum(TestCohorts.gaussian(norm: norm, noise: noise)), seed: 1)
        }
    }

    @Test func countsAreTheTruthPlusTheEventsNoise() throws {
        // Σ over releases of (count − truth): the law of the noise itself.
        let noise = DiscreteLaplace(scale: Rational(2, 1)!)
        var words = SeededGenerator(seed: 6)
        let r = exp(-0.5)
        let law = (-12...12).map { k in
            (outcome: Int64(k), probability: (1 - r) / (1 + r) * pow(r, abs(Double(k))))
        }
        var draws: [Int64] = []
        for seed in 0..<5000 as Range<UInt64> {
            let counts = try release(.itemCounts, of: cohort, laplace, seed: seed).steps
            draws += zip(counts, [1, 3, 1]).map { $0 - $1 }
        }
        #expect(GoodnessOfFit.fits(draws, law))
        #expect(GoodnessOfFit.fits((0..<15_000).map { _ in noise.sample(using: &words) }, law))
        #expect(!GoodnessOfFit.fits(draws.map { $0 + 1 }, law))
    }

    @Test func countsCanCarryDiscreteGaussianNoise() throws {
        let event = PrivacyEvent.discreteGaussian(
            DiscreteGaussianEvent(variance: Rational(4, 1)!, bound: bound, dimension: 3))
        let law = (-8...8).map {
            (outcome: Int64($0), probability: exp(-Double($0 * $0) / 8) / (8 * Double.pi).squareRoot())
        }
        let draws = try (0..<5000 as Range<UInt64>).flatMap { seed in
            zip(try release(.itemCounts, of: cohort, event, seed: seed).steps, [1, 3, 1]).map { $0 - $1 }
        }
        // Σ exp(−x²/8) = √(8π) to 1e-17 (Poisson summation).
        #expect(GoodnessOfFit.fits(draws, law))
        #expect(!GoodnessOfFit.fits(draws.map { $0 * 2 }, law))
    }

    @Test func anEmptyCohortAndAnEmptySampleAreReleasedAsNoise() throws {
        let nobody = TestCohorts.cohort(itemCount: 5, [])
        let event = TestCohorts.gaussian(noise: 1)
        let released = try release(.itemWeights, of: nobody, .gaussianSum(event), seed: 1)
        #expect(released.steps.count == 5 && released.steps.contains { $0 != 0 })
        // q so small that the sample is empty: the same words after the coins give noise of the same law.
        let sampled = try release(
            .itemWeights, of: cohort, .gaussianSum(TestCohorts.gaussian(q: 1e-12, noise: 1)), seed: 1)
        #expect(sampled.steps.contains { $0 != 0 })
        #expect(
            try release(
                .itemCounts, of: nobody,
                .discreteLaplace(
                    DiscreteLaplaceEvent(scale: Rational(50, 1)!, bound: bound, dimension: 5)), seed: 2
            ).steps.contains { $0 != 0 })
    }

    @Test func withoutNoiseTheSumIsExact() throws {
        let event = PrivacyEvent.gaussianSum(TestCohorts.gaussian(norm: 1, noise: 0))
        let values = try release(.itemWeights, of: cohort, event, seed: 1).values
        // 1/√2, 1 + 2/√2, 1/√2, each to the grid of 2⁻⁴⁰.
        let root = (0.5).squareRoot()
        for (value, expected) in zip(values, [root, 1 + 2 * root, root]) {
            #expect(abs(value - expected) <= 0x3p-40)
        }
    }

    @Test(
        "the output grid follows from public numbers and every value lies on it",
        arguments: [(1.0, 1.0), (0.3, 7), (1e-4, 0.05), (2.5, 3000)])
    func valuesLieOnThePublicGrid(norm: Double, noise: Double) throws {
        let event = PrivacyEvent.gaussianSum(TestCohorts.gaussian(norm: norm, noise: noise))
        let granularities = try [cohort, TestCohorts.cohort(itemCount: 3, [])].map {
            let released = try release(.itemWeights, of: $0, event, seed: 5)
            #expect(released.values.allSatisfy { $0.remainder(dividingBy: released.granularity) == 0 })
            return released.granularity
        }
        #expect(granularities[0] == granularities[1])
        let ratio = norm * noise / granularities[0]
        #expect(granularities[0].significand == 1 && ratio >= 16 && ratio <= 32)
    }

    @Test func noiseHasTheDeviationThatWasPaidFor() throws {
        let nobody = TestCohorts.cohort(itemCount: 100_000, [])
        let values = try release(
            .itemWeights, of: nobody, .gaussianSum(TestCohorts.gaussian(norm: 0.7, noise: 1.3)), seed: 8
        ).values
        // A sample variance over the true one: golden `variance_test` for n = 100 000 at 1e-6; rounding to σ/16 adds 0.03 %.
        let ratio = values.reduce(0) { $0 + $1 * $1 } / 1e5 / (0.91 * 0.91)
        #expect(ratio > 0.978276 && ratio < 1.022030 + 4e-4)
    }

    /// attacks.md section 3 (Haney et al. 2022; Mironov 2012).
    @Test func whatDiffersBelowTheGridIsReleasedAlike() throws {
        let v = Matrix<Double>(rows: 1, columns: 1, elements: [1])
        let event = PrivacyEvent.gaussianSum(TestCohorts.gaussian(norm: 1, noise: 1))
        let one = TestCohorts.cohort(itemCount: 1, [[0]])
        let outputs = try [0.3, 0.3 + 0x1p-43].map { residual in
            let gradient = FactorGradient(itemFactors: v, denseWeight: 0) { _, _, _, out in
                out.factor[0] = 1
                if !out.coefficients.isEmpty { out.coefficients[0] = residual }
            }
            return try release(.linearImage(gradient), of: one, event, seed: 4).steps
        }
        #expect(outputs[0] == outputs[1])
    }

    @Test func theLowestBitsHaveTheSameLawForEveryTrueValue() throws {
        let v = Matrix<Double>(rows: 1, columns: 1, elements: [1])
        let one = TestCohorts.cohort(itemCount: 1, [[0]])
        let event = PrivacyEvent.gaussianSum(TestCohorts.gaussian(norm: 1, noise: 4))
        for value in [0.0, 1.0 / 3] {
            let gradient = FactorGradient(itemFactors: v, denseWeight: 0) { _, _, _, out in
                out.factor[0] = 1
                if !out.coefficients.isEmpty { out.coefficients[0] = value }
            }
            let lowest = try (0..<20_000 as Range<UInt64>).map { seed in
                try release(.linearImage(gradient), of: one, event, seed: seed).steps[0] & 7
            }
            // Steps of σ/16 or finer: over 8 of them the density is flat to 1e-10.
            #expect(GoodnessOfFit.fits(lowest, (0..<8).map { (outcome: Int64($0), probability: 0.125) }))
        }
    }

    @Test func neighboursHaveTheSameSupport() throws {
        // Counts 0 and 1 with Laplace noise of scale 1/2: every integer within ±4 occurs for both.
        let event = PrivacyEvent.discreteLaplace(
            DiscreteLaplaceEvent(
                scale: Rational(1, 2)!, bound: ItemBound(maxItemsPerUser: 1, maxValuePerItem: 1), dimension: 1))
        for histories in [[], [[0]]] as [[[UInt32]]] {
            let cohort = TestCohorts.cohort(itemCount: 1, histories)
            let seen = try Set(
                (0..<100_000 as Range<UInt64>).map { try release(.userCount, of: cohort, event, seed: $0).steps[0] })
            #expect(seen.isSuperset(of: Set(-3...4)))
        }
    }

    @Test func theDoorsOwnRandomnessNeverRepeats() throws {
        let event = PrivacyEvent.gaussianSum(TestCohorts.gaussian(noise: 1))
        let big = TestCohorts.cohort(itemCount: 64, [[0]])
        let releases = try (0..<20).map { _ in
            try PrivateSum.release(.itemWeights, of: big, spending: TestCohorts.step(event, for: big), maxUsers: 1)
                .steps
        }
        #expect(Set(releases).count == 20)
    }

    @Test func errorsSayWhatToDoAndNothingPrivate() {
        let errors: [DoorError] = [
            .grantForAnotherCohort, .contributionDoesNotMatchEvent, .dimensionNotPaidFor(released: 2, paid: 1),
            .unsupportedEvent("x"), .unusableFactors("y"),
        ]
        for error in errors { #expect(error.description.hasSuffix(".")) }
    }
}
