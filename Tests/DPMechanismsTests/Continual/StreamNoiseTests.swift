// SPDX-License-Identifier: Apache-2.0

import DPAccounting
import Foundation
import Interactions
import TestSupport
import Testing

@testable import DPMechanisms

struct StreamNoiseTests {
    /// The sums of squares of each period's noise over `items` coordinates, over `items`: nobody is there.
    private func variances(_ plan: StreamPlan, seed: UInt64) throws -> [Double] {
        let nobody = TestCohorts.cohort(itemCount: plan.itemCount, [])
        var stream = try ContinualCounts(plan)
        var words = SeededGenerator(seed: seed)
        var variances: [Double] = []
        while let steps = try TestStreams.close(&stream, nobody, using: &words) {
            variances.append(steps.reduce(0.0) { $0 + Double($1) * Double($1) } / Double(plan.itemCount))
        }
        return variances
    }

    // Golden `variance_test` at n = 10 000, false alarm 1e-6: 0.932 to 1.071; n is 20 000 here.
    private func agrees(_ variance: Double, with expected: Double) -> Bool {
        variance > 0.932 * expected && variance < 1.071 * expected
    }

    @Test func noiseIsThatOfTheTree() throws {
        // T = 7: the counts at period 7 = 111₂ carry the noise of three nodes.
        let (items, periods) = (20_000, 7)
        let event = PrivacyEvent.discreteGaussian(
            DiscreteGaussianEvent(
                variance: Rational(100, 1)!, bound: StreamPlan.treeBound(itemsPerUser: 1, periods: periods),
                dimension: items))
        let plan = try StreamPlan(.tree, event: event, itemCount: items, periods: periods, itemsPerUser: 1)
        let variances = try variances(plan, seed: 5)
        #expect(variances.count == periods)
        for (index, variance) in variances.enumerated() {
            #expect(agrees(variance, with: 100 * Double((index + 1).nonzeroBitCount)), "period \(index + 1)")
            #expect(agrees(variance, with: pow(plan.noiseDeviation(after: index + 1), 2)))
        }
    }

    @Test("noise is that of the square root", arguments: [1, 4, 8])
    func noiseIsThatOfTheSquareRoot(band: Int) throws {
        // Whole counts: rounding adds 1/12 to the variance, so that the noise is made large beside it.
        let (items, periods) = (20_000, 8)
        let plan = try TestStreams.squareRoot(items: items, perUser: 1, periods: periods, band: band, noise: 64)
        let variances = try variances(plan, seed: 6)
        let coefficients = MatrixMechanismEvent.squareRootCoefficients(band)
        let sensitivity = coefficients.reduce(0) { $0 + $1 * $1 }.squareRoot()
        for (index, variance) in variances.enumerated() {
            // Row t of A·C⁻¹ by plain substitution, an entry at a time: σ²·‖row‖²·‖c‖².
            var (inverse, weights): ([Double], [Double]) = ([], [])
            for n in 0...index {
                let rest = (1..<max(1, min(n + 1, band))).reduce(0.0) { $0 + coefficients[$1] * inverse[n - $1] }
                inverse.append((n == 0 ? 1 : 0) - rest)
                weights.append(inverse.reduce(0, +))
            }
            let expected = 64 * 64 * sensitivity * sensitivity * weights.reduce(0) { $0 + $1 * $1 }
            #expect(agrees(variance, with: expected), "period \(index + 1): \(variance) beside \(expected)")
            // Power: noise that is 15 % off in σ is told.
            #expect(!agrees(variance, with: expected * 1.3225))
            #expect(agrees(pow(plan.noiseDeviation(after: index + 1), 2), with: expected))
        }
    }

    @Test func theSquareRootCountsWhatIsThere() throws {
        // σ of a count is below 0.1: every count is right, up to one in a period of which the chance is below 1e-6.
        let periods = 6
        var stream = try ContinualCounts(
            TestStreams.squareRoot(items: 3, perUser: 3, periods: periods, band: periods, noise: 0x1p-5))
        #expect(stream.plan.noiseDeviation(after: periods) < 0.12)
        var histories: [[UInt32]] = Array(repeating: [], count: 30)
        for period in 0..<periods {
            for user in 0..<5 { histories[5 * period + user].append(UInt32(period % 3)) }
            let expected = (0..<3 as Range<UInt32>).map { item in Int64(histories.count { $0.contains(item) }) }
            #expect(try TestStreams.close(&stream, histories, seed: UInt64(period)) == expected, "period \(period)")
        }
    }

    @Test("the square root costs less noise than the tree at the same ρ", arguments: [8, 64, 256])
    func theSquareRootIsBetter(periods: Int) throws {
        // ρ = m·L/2σ² of the tree; = 1/2z² of the square root: the same for z² = σ²/(m·L).
        let (perUser, variance) = (4, 1e6)
        let bound = StreamPlan.treeBound(itemsPerUser: perUser, periods: periods)
        let tree = try StreamPlan(
            .tree,
            event: .discreteGaussian(
                DiscreteGaussianEvent(variance: Rational(1_000_000, 1)!, bound: bound, dimension: 5)),
            itemCount: 5, periods: periods, itemsPerUser: perUser)
        let noise = (variance / Double(bound.maxItemsPerUser)).squareRoot()
        let root = try TestStreams.squareRoot(items: 5, perUser: perUser, periods: periods, noise: noise)
        let mean = { (plan: StreamPlan) in
            (1...periods).reduce(0.0) { $0 + pow(plan.noiseDeviation(after: $1), 2) } / Double(periods)
        }
        #expect(mean(root) < mean(tree))
    }

    @Test("the column keeps to the norm in integers", arguments: [1, 2, 17, 300])
    func theColumnKeepsToTheNorm(perUser: Int) throws {
        for (norm, band) in [(1.0, 1), (1, 64), (3.7, 5), (0x1p-300, 1024), (0x1p300, 33)] {
            let event = GaussianSumEvent(samplingProbability: 1, clippingNorm: norm, noiseMultiplier: 1, dimension: 1)
            let column = try SquareRootColumn(event, band: band, itemsPerUser: perUser)
            let squares = column.steps.reduce(UInt128(0)) { $0 + UInt128($1.magnitude) * UInt128($1.magnitude) }
            let most = UInt128(column.grid.clippingSteps) * UInt128(column.grid.clippingSteps)
            #expect(squares * UInt128(perUser) <= most)
            // And gives nothing away: within 2⁻²⁸ of it.
            #expect(Double(squares * UInt128(perUser)) > Double(most) * (1 - 0x1p-28))
        }
    }
}
