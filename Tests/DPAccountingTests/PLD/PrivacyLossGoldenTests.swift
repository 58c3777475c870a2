// SPDX-License-Identifier: Apache-2.0

import Foundation
import TestSupport
import Testing

@testable import DPAccounting

/// Every golden key that concerns composed losses, within the tolerance stated in `generate/README.md`.
@Suite(.enabled(if: Golden.available))
struct PrivacyLossGoldenTests {
    private static func laws(_ mechanism: LossMechanism, q: Double = 1, _ count: Double) -> [LossLawCount] {
        [LossLawCount(LossLaw(mechanism, samplingProbability: q), count: Int(count))]
    }

    @Test("T-fold sampled Gaussians: never below the exact ε, at most 1e-3 above and mostly 1e-4")
    func subsampledGaussian() {
        var (rough, fine) = (LossAccountant(tolerance: 5e-5), LossAccountant())
        var (near, all) = (0, 0)
        for row in GoldenAccounting.rows("pld_subsampled_gaussian") {
            guard let exact = row[4] else { continue }
            let laws = Self.laws(.gaussian(noiseMultiplier: row[0]!), q: row[1]!, row[2]!)
            // Few participations in very many steps: all of ε is in the tails.
            let isRare = row[1]! * row[2]! <= 10 && row[2]! > 10_000
            let found =
                isRare ? fine.epsilon(of: laws, delta: row[3]!) : rough.epsilon(of: laws, delta: row[3]!)
            // "exact" is good to 1e-8 relative.
            #expect(found >= exact - 1e-7, "\(row)")
            #expect(found <= exact + 1e-3 * max(1, exact), "\(row)")
            all += 1
            if found <= exact + 1e-4 * max(1, exact) { near += 1 }
        }
        #expect(Double(near) >= 0.9 * Double(all))
    }

    @Test("both directions of T steps, in ln δ")
    func directions() {
        var accountant = LossAccountant()
        for row in GoldenAccounting.rows("pld_subsampled_directions") {
            let laws = Self.laws(.gaussian(noiseMultiplier: row[0]!), q: row[1]!, row[2]!)
            for (direction, exact) in [(LossDirection.remove, row[4]), (.add, row[5])] {
                guard let exact else { continue }
                let found = accountant.logDelta(of: laws, direction, epsilon: row[3]!)
                #expect(found >= exact - 1e-6, "\(row) \(direction)")
                #expect(found <= exact + 1e-3, "\(row) \(direction)")
            }
        }
    }

    @Test("replace-one: a pair of mixtures")
    func replaceOne() {
        var accountant = LossAccountant()
        for row in GoldenAccounting.rows("pld_subsampled_gaussian_replace") {
            guard let exact = row[4] else { continue }
            let mechanism = LossMechanism.gaussianReplaceOne(noiseMultiplier: row[0]!, samplingProbability: row[1]!)
            let found = accountant.epsilon(of: Self.laws(mechanism, row[2]!), delta: row[3]!)
            #expect(found >= exact - 1e-7 && found <= exact + 1e-4 * max(1, exact), "\(row)")
        }
    }

    @Test("within the certified bracket of prv-accountant")
    func prvBracket() {
        var accountant = LossAccountant(tolerance: 5e-5)
        for row in GoldenAccounting.rows("prv_bracket") {
            let laws = Self.laws(.gaussian(noiseMultiplier: row[0]!), q: row[1]!, row[2]!)
            let found = accountant.epsilon(of: laws, delta: row[3]!)
            #expect(found >= row[4]! && found <= row[6]!, "\(row)")
        }
    }

    @Test("discrete Laplace, an exact convolution on its lattice")
    func discreteLaplace() {
        var accountant = LossAccountant()
        for row in GoldenAccounting.rows("discrete_laplace") {
            let mechanism = LossMechanism.discreteLaplace(scale: row[1]! / row[0]!, sensitivity: Int(row[2]!))
            Self.compare(&accountant, Self.laws(mechanism, row[3]!), epsilon: row[4]!, exact: row[5]!)
        }
    }

    @Test("discrete Gaussian, an exact convolution on its lattice")
    func discreteGaussian() {
        var accountant = LossAccountant()
        for row in GoldenAccounting.rows("discrete_gaussian") {
            let mechanism = LossMechanism.discreteGaussian(variance: row[0]!, sensitivity: Int(row[1]!))
            Self.compare(&accountant, Self.laws(mechanism, row[2]!), epsilon: row[3]!, exact: row[4]!)
        }
    }

    @Test("randomized response, an exact convolution on its lattice")
    func randomizedResponse() {
        var accountant = LossAccountant()
        for row in GoldenAccounting.rows("randomized_response") {
            let mechanism = LossMechanism.randomizedResponse(noise: row[0]!, buckets: Int(row[1]!))
            Self.compare(&accountant, Self.laws(mechanism, row[3]!), epsilon: row[4]!, exact: row[5]!)
        }
    }

    private static func compare(
        _ accountant: inout LossAccountant, _ laws: [LossLawCount], epsilon: Double, exact: Double
    ) {
        let found = exp(accountant.logDelta(of: laws, epsilon: epsilon))
        // At ε = the largest loss δ is 0 in decimals, and a rounding of ε times the mass there in binary.
        #expect(found >= exact * (1 - 1e-12), "\(laws) \(epsilon)")
        #expect(found <= exact * (1 + 1e-9) + 1e-16, "\(laws) \(epsilon)")
    }

    @Test("Laplace: never below, and as close as an exact convolution has to be")
    func laplace() {
        var accountant = LossAccountant()
        for row in GoldenAccounting.rows("laplace_delta") {
            let laws = Self.laws(.laplace(scale: row[0]!), row[1]!)
            let (found, exact) = (exp(accountant.logDelta(of: laws, epsilon: row[2]!)), row[3]!)
            #expect(found >= exact * (1 - 1e-12), "\(row)")
            #expect(found <= exact * (1 + 1e-9), "\(row)")
        }
        for row in GoldenAccounting.rows("laplace_eps") {
            guard let exact = row[3] else { continue }
            let found = accountant.epsilon(of: Self.laws(.laplace(scale: row[0]!), row[1]!), delta: row[2]!)
            #expect(found >= exact - 1e-7 && found <= exact + 1e-4 * max(1, exact), "\(row)")
        }
    }

    @Test("heterogeneous runs of Laplace, sampled Gaussians and discrete Gaussians")
    func heterogeneous() throws {
        var accountant = LossAccountant()
        for run in GoldenAccounting.objects("heterogeneous") {
            let laplace = try #require(run["laplace_b_T"] as? [Double])
            let sampled = try #require(run["subsampled_sigma_q_T"] as? [[Double]])
            let discrete = try #require(run["discrete_gaussian_sigma_T"] as? [Double])
            var laws = Self.laws(.laplace(scale: laplace[0]), laplace[1])
            for stage in sampled { laws += Self.laws(.gaussian(noiseMultiplier: stage[0]), q: stage[1], stage[2]) }
            let variance = discrete[0] * discrete[0]
            laws += Self.laws(.discreteGaussian(variance: variance, sensitivity: 1), discrete[1])
            let delta = try #require(GoldenAccounting.number(run["delta"]))
            let exact = try #require(GoldenAccounting.number(run["eps_exact"]))
            let found = accountant.epsilon(of: laws, delta: delta)
            #expect(found >= exact - 1e-7 && found <= exact + 1e-4 * max(1, exact), "\(run)")
        }
    }

    @Test("calibrated noise: never less than exact, at most 2e-3 more")
    func calibration() throws {
        for row in GoldenAccounting.rows("calibration") {
            let found = try PrivacyLossAccountant.noiseMultiplier(
                epsilon: row[0]!, delta: row[1]!, samplingProbability: row[2]!, steps: Int(row[3]!))
            #expect(found >= row[4]! * (1 - 1e-6) && found <= row[4]! * (1 + 2e-3), "\(row)")
            // Tighter than the Rényi accountant of the tool.
            #expect(found < row[6]!)
        }
    }
}
