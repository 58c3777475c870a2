// SPDX-License-Identifier: Apache-2.0

import Foundation
import TestSupport
import Testing

@testable import DPAccounting

/// One line for each golden key: how many rows, the worst deviation below and above, and what is allowed.
///
/// Prints the list that a closing note may quote: `swift test --filter GoldenAgreement`.
@Suite(.enabled(if: Golden.available))
struct GoldenAgreementTests {
    /// A key's verdict: deviations are of ours from the golden value, in the key's own measure.
    struct Line {
        let key: String
        let measure: String
        let most: (below: Double, above: Double)
        private(set) var rows = 0
        private(set) var below = 0.0
        private(set) var above = 0.0

        init(_ key: String, _ measure: String, below: Double, above: Double) {
            (self.key, self.measure, most) = (key, measure, (below, above))
        }

        mutating func add(_ deviation: Double) {
            rows += 1
            below = max(below, -deviation)
            above = max(above, deviation)
            if deviation.isNaN { above = .infinity }
        }

        func check() {
            let text = [
                key.padding(toLength: 34, withPad: " ", startingAt: 0), String(rows),
                "below \(String(format: "%.1e", below)) of \(String(format: "%.0e", most.below))",
                "above \(String(format: "%.1e", above)) of \(String(format: "%.0e", most.above))", measure,
            ].joined(separator: "\t")
            print("golden\t" + text)
            #expect(rows > 0, "\(key) is empty")
            #expect(below <= most.below && above <= most.above, "\(text)")
        }
    }

    private static func gaussian(_ row: [Double?]) -> RunPlan {
        PlanSolver.plan(noiseMultiplier: row[0]!, samplingProbability: row[1]!, steps: Int(row[2]!))
    }

    @Test("Rényi costs and conversions")
    func renyi() {
        var line = Line("rdp_subsampled_gaussian", "relative", below: 1e-9, above: 1e-9)
        var adding = Line("rdp_subsampled_gaussian (add)", "relative", below: .infinity, above: 1e-9)
        for row in GoldenAccounting.rows("rdp_subsampled_gaussian") {
            let law = SubsampledGaussian(noiseMultiplier: row[0]!, samplingProbability: row[1]!)
            let cost = law.cost(order: row[2]!)
            line.add(cost / row[3]! - 1)
            // The other direction is never the larger.
            if let other = row[4] { adding.add(min(0, cost / other - 1)) }
        }
        line.check()
        adding.check()
    }

    @Test("the analytic Gaussian and zCDP")
    func closedForms() {
        var delta = Line("gaussian_delta", "relative, ln δ", below: 1e-10, above: 1e-10)
        for row in GoldenAccounting.rows("gaussian_delta") {
            delta.add(GaussianDP.logDelta(mu: row[0]!, epsilon: row[1]!) / row[3]! - 1)
        }
        delta.check()
        var epsilon = Line("gaussian_eps", "relative, ε", below: 1e-10, above: 1e-10)
        for row in GoldenAccounting.rows("gaussian_eps") {
            let found = GaussianDP.epsilon(mu: row[0]!, delta: row[1]!)
            epsilon.add(found == row[2]! ? 0 : found / row[2]! - 1)
        }
        epsilon.check()
        var sigma = Line("gaussian_sigma", "relative, σ", below: 1e-10, above: 1e-10)
        for row in GoldenAccounting.rows("gaussian_sigma") {
            sigma.add(GaussianDP.noiseMultiplier(epsilon: row[0]!, delta: row[1]!) / row[2]! - 1)
        }
        sigma.check()
        var zcdp = Line("zcdp_eps", "relative, ε", below: 1e-8, above: 1e-8)
        for row in GoldenAccounting.rows("zcdp_eps") {
            zcdp.add(ZeroConcentratedDP.epsilon(rho: row[0]!, delta: row[1]!) / row[2]! - 1)
        }
        zcdp.check()
        var composition = Line("gdp_composition", "relative, ε", below: 1e-10, above: 1e-10)
        for one in GoldenAccounting.objects("gdp_composition") {
            let mus = (one["mus"] as? [Any] ?? []).compactMap(GoldenAccounting.number)
            let mu = mus.reduce(0) { $0 + $1 * $1 }.squareRoot()
            let found = GaussianDP.epsilon(mu: mu, delta: GoldenAccounting.number(one["delta"])!)
            composition.add(found / GoldenAccounting.number(one["eps"])! - 1)
        }
        composition.check()
    }

    @Test("sampled Gaussians by composed losses")
    func sampled() {
        var line = Line("pld_subsampled_gaussian", "of max(1, ε)", below: 1e-7, above: 1e-3)
        for (index, row) in GoldenAccounting.rows("pld_subsampled_gaussian").enumerated() where index % 4 == 0 {
            // All rows are in `PrivacyLossGoldenTests`; here a quarter of them, for the list.
            guard let exact = row[4] else { continue }
            let found = LossAccounting(tolerance: 1e-4).epsilon(of: Self.gaussian(row), delta: row[3]!)
            line.add((found - exact) / max(1, exact))
        }
        line.check()
        var one = Line("pld_one_step", "ln δ", below: 1e-6, above: 1e-3)
        for row in GoldenAccounting.rows("pld_one_step") {
            let law = LossLaw(.gaussian(noiseMultiplier: row[0]!), samplingProbability: row[1]!)
            for (direction, exact) in [(LossDirection.remove, row[3]!), (.add, row[4]!)] where exact > 1e-300 {
                one.add(log(law.hockeyStick(row[2]!, direction)) - log(exact))
            }
        }
        one.check()
        var both = Line("pld_subsampled_directions", "ln δ", below: 1e-6, above: 1e-3)
        var accountant = LossAccountant()
        for row in GoldenAccounting.rows("pld_subsampled_directions") where row[2]! <= 10_000 {
            let law = LossLaw(.gaussian(noiseMultiplier: row[0]!), samplingProbability: row[1]!)
            for (direction, exact) in [(LossDirection.remove, row[4]), (.add, row[5])] {
                guard let exact else { continue }
                let laws = [LossLawCount(law, count: Int(row[2]!))]
                both.add(accountant.logDelta(of: laws, direction, epsilon: row[3]!) - exact)
            }
        }
        both.check()
        var replace = Line("pld_subsampled_gaussian_replace", "of max(1, ε)", below: 1e-7, above: 1e-3)
        for row in GoldenAccounting.rows("pld_subsampled_gaussian_replace") {
            let law = LossLaw(.gaussianReplaceOne(noiseMultiplier: row[0]!, samplingProbability: row[1]!))
            let found = accountant.epsilon(of: [LossLawCount(law, count: Int(row[2]!))], delta: row[3]!)
            replace.add((found - row[4]!) / max(1, row[4]!))
        }
        replace.check()
    }

    @Test("discrete mechanisms and Laplace")
    func lattices() {
        var accountant = LossAccountant()
        func check(
            _ key: String, _ law: ([Double?]) -> LossLaw, count: Int, epsilon: Int, delta: Int
        ) {
            var line = Line(key, "relative, δ", below: 1e-12, above: 1e-9)
            for row in GoldenAccounting.rows(key) where row[delta]! > 1e-15 {
                let laws = [LossLawCount(law(row), count: Int(row[count]!))]
                line.add(exp(accountant.logDelta(of: laws, epsilon: row[epsilon]!)) / row[delta]! - 1)
            }
            line.check()
        }
        check(
            "discrete_laplace",
            { LossLaw(.discreteLaplace(scale: $0[1]! / $0[0]!, sensitivity: Int($0[2]!))) }, count: 3, epsilon: 4,
            delta: 5)
        check(
            "discrete_gaussian", { LossLaw(.discreteGaussian(variance: $0[0]!, sensitivity: Int($0[1]!))) }, count: 2,
            epsilon: 3, delta: 4)
        check(
            "randomized_response", { LossLaw(.randomizedResponse(noise: $0[0]!, buckets: Int($0[1]!))) }, count: 3,
            epsilon: 4, delta: 5)
        check("laplace_delta", { LossLaw(.laplace(scale: $0[0]!)) }, count: 1, epsilon: 2, delta: 3)
        var line = Line("laplace_eps", "of max(1, ε)", below: 1e-7, above: 1e-3)
        for row in GoldenAccounting.rows("laplace_eps") {
            guard let exact = row[3] else { continue }
            let laws = [LossLawCount(LossLaw(.laplace(scale: row[0]!)), count: Int(row[1]!))]
            line.add((accountant.epsilon(of: laws, delta: row[2]!) - exact) / max(1, exact))
        }
        line.check()
    }

    @Test("calibration, brackets and the matrix mechanism")
    func others() throws {
        var noise = Line("calibration", "relative, σ", below: 1e-6, above: 2e-3)
        for row in GoldenAccounting.rows("calibration") {
            let found = try PrivacyLossAccountant.noiseMultiplier(
                epsilon: row[0]!, delta: row[1]!, samplingProbability: row[2]!, steps: Int(row[3]!))
            noise.add(found / row[4]! - 1)
        }
        noise.check()
        // Within [lower, upper]: in units of the half width, from the middle.
        var bracket = Line("prv_bracket", "half widths", below: 1, above: 1)
        for (index, row) in GoldenAccounting.rows("prv_bracket").enumerated() where index % 3 == 0 {
            let found = LossAccounting(tolerance: 1e-4).epsilon(of: Self.gaussian(row), delta: row[3]!)
            bracket.add((found - (row[4]! + row[6]!) / 2) / ((row[6]! - row[4]!) / 2))
        }
        bracket.check()
    }
}
