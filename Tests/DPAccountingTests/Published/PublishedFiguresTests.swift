// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing

@testable import DPAccounting

/// Figures that papers and tutorials print, by the method that they used; ours are never looser than what they proved.
struct PublishedFiguresTests {
    static func plan(_ sigma: Double, _ q: Double, _ steps: Int) -> RunPlan {
        PlanSolver.plan(noiseMultiplier: sigma, samplingProbability: q, steps: steps)
    }

    /// min over whole orders of T·D_α + ln(1/δ)/(α − 1): Mironov 2017, Proposition 3, which early papers used.
    static func classical(_ sigma: Double, _ q: Double, _ steps: Int, _ delta: Double, orders: ClosedRange<Int>) -> (
        epsilon: Double, order: Int
    ) {
        let law = SubsampledGaussian(noiseMultiplier: sigma, samplingProbability: q)
        return orders.map { order in
            (Double(steps) * law.logMoment(integer: order) / Double(order - 1) - log(delta) / Double(order - 1), order)
        }.min { $0.0 < $1.0 } ?? (.infinity, 0)
    }

    @Test("Abadi et al. 2016, section 5.1: q 0.01, σ 4, T 10 000, δ 1e-5 is ε = 1.26 by moments up to 32")
    func abadi() {
        let found = Self.classical(4, 0.01, 10_000, 1e-5, orders: 2...33)
        #expect((found.epsilon * 100).rounded() / 100 == 1.26, "\(found)")
        // Strong composition gave them 9.34; everything since is below 1.26.
        let (rdp, pld) = (
            RenyiAccounting().epsilon(of: Self.plan(4, 0.01, 10_000), delta: 1e-5),
            LossAccounting().epsilon(of: Self.plan(4, 0.01, 10_000), delta: 1e-5)
        )
        #expect(rdp < found.epsilon && pld < rdp)
    }

    @Test("the tutorial of TensorFlow Privacy: n 60 000, batch 250, σ 1.3, 15 epochs, δ 1e-5 is ε = 1.18 at order 17")
    func tensorFlowTutorial() {
        let found = Self.classical(1.3, 250.0 / 60_000, 3600, 1e-5, orders: 2...64)
        #expect((found.epsilon * 100).rounded() / 100 == 1.18 && found.order == 17, "\(found)")
        #expect(LossAccounting().epsilon(of: Self.plan(1.3, 250.0 / 60_000, 3600), delta: 1e-5) < 0.9 * found.epsilon)
    }

    @Test("its MNIST table: σ 1.1, batch 256, 60 epochs is 3.01; σ 1.3 in 15 epochs 1.19; σ 0.7 in 45 epochs 7.10")
    func tensorFlowTable() {
        // The README's table; orders as in its script, whole ones here: the printed two digits allow for the rest.
        for (sigma, epochs, printed) in [(1.3, 15.0, 1.19), (1.1, 60, 3.01), (0.7, 45, 7.10)] {
            let steps = Int((epochs * 60_000 / 256).rounded())
            let found = Self.classical(sigma, 256.0 / 60_000, steps, 1e-5, orders: 2...64)
            #expect(abs(found.epsilon - printed) < 0.05 * printed, "σ \(sigma): \(found)")
            let plan = Self.plan(sigma, 256.0 / 60_000, steps)
            let exact = ExactAccountant.epsilon(of: plan, delta: 1e-5)
            #expect(exact.upper < found.epsilon && exact.upper > 0.7 * found.epsilon)
        }
    }

    @Test("Balle, Wang 2018: the analytic σ of ε 1, δ 1e-5 is 3.7306, 23 % below the classical √(2 ln 1.25/δ)/ε")
    func balleWang() {
        let sigma = GaussianDP.noiseMultiplier(epsilon: 1, delta: 1e-5)
        #expect(abs(sigma - 3.730631634816464) < 1e-9)
        let classical = (2 * log(1.25 / 1e-5)).squareRoot()
        #expect(abs(sigma / classical - 0.77) < 0.005)
        // The classical bound is only stated for ε < 1, and fails for large ones: at ε = 15 it is less noise than needed.
        #expect(GaussianDP.logDelta(mu: 15 / classical, epsilon: 15) > log(1e-5))
    }

    @Test("Bun, Steinke 2016: ρ + 2√(ρ ln 1/δ), above Canonne, Kamath, Steinke 2020 for every ρ")
    func zeroConcentrated() {
        for rho in [1e-4, 0.01, 0.1, 0.5, 2, 20] {
            for delta in [1e-3, 1e-6, 1e-12] {
                let simple = rho + 2 * (rho * log(1 / delta)).squareRoot()
                let found = ZeroConcentratedDP.epsilon(rho: rho, delta: delta)
                #expect(found < simple)
                // It holds for the Gaussian of that ρ too, so it is never below that one's own ε.
                #expect(found >= GaussianDP.epsilon(mu: (2 * rho).squareRoot(), delta: delta))
            }
        }
    }

    @Test("Dwork, Rothblum, Vadhan 2010: k pure releases by the advanced theorem, far above composed losses")
    func advancedComposition() {
        for (epsilon, k) in [(0.1, 100), (0.01, 1000), (0.5, 30)] {
            let delta = 1e-6
            let theorem =
                (2 * Double(k) * log(1 / delta)).squareRoot() * epsilon + Double(k) * epsilon * expm1(epsilon)
            let event = PrivacyEvent.approximate(
                ApproximateEvent(epsilon: EpsilonAmount(epsilon, rounding: .up), delta: .zero))
            let plan = RunPlan([.init(event: event, count: k)])
            let found = LossAccounting().epsilon(of: plan, delta: delta)
            #expect(found < theorem && found > 0.4 * min(theorem, epsilon * Double(k)))
            #expect(RenyiAccounting().epsilon(of: plan, delta: delta) < theorem)
            #expect(found <= epsilon * Double(k) * (1 + 1e-9))
        }
    }

    @Test("Mironov 2017, Table II: Rényi costs of Laplace, Gaussian and randomized response in closed form")
    func mironov() {
        for order in [1.5, 2, 5, 17] {
            for b in [0.5, 1, 4] {
                let a = 1 / b
                let laplace =
                    log(
                        order / (2 * order - 1) * exp((order - 1) * a) + (order - 1) / (2 * order - 1) * exp(-order * a)
                    )
                    / (order - 1)
                let found = RenyiAccountant.cost(of: EventFamily.laplace.event(b), order: order)
                #expect(found >= laplace * (1 - 1e-13) && found <= laplace * (1 + 1e-9))
            }
            let gaussian = RenyiAccountant.cost(of: EventFamily.gaussian.event(3), order: order)
            #expect(relativeError(gaussian, order / 18) < 1e-14)
            // Answers kept with probability p: ½ of f random means p = 1 − f/2.
            let p = 0.75
            let exact = log(pow(p, order) * pow(1 - p, 1 - order) + pow(1 - p, order) * pow(p, 1 - order)) / (order - 1)
            let response = RenyiAccountant.cost(
                of: .randomizedResponse(RandomizedResponseEvent(noise: 0.5, buckets: 2)), order: order)
            #expect(response >= exact && response <= exact * (1 + 1e-9))
        }
    }

    @Test("Dong, Roth, Su 2019: the central limit theorem is no bound", .enabled(if: !GoldenAccounting.root.isEmpty))
    func centralLimit() throws {
        for one in GoldenAccounting.objects("gdp_clt_subsampled_not_a_bound") {
            func number(_ key: String) throws -> Double { try #require(GoldenAccounting.number(one[key])) }
            let (sigma, q, steps) = (try number("sigma"), try number("q"), Int(try number("T")))
            // μ = q·√(T·(e^(1/σ²) − 1)) (their Corollary 5.4).
            let mu = q * (Double(steps) * expm1(1 / (sigma * sigma))).squareRoot()
            #expect(relativeError(mu, try number("mu_clt")) < 1e-9)
            let delta = try number("delta")
            let limit = GaussianDP.epsilon(mu: mu, delta: delta)
            #expect(relativeError(limit, try number("eps_clt")) < 1e-9)
            // Every valid accountant is above the exact figure, which is above the limit's.
            let exact = ExactAccountant.epsilon(of: Self.plan(sigma, q, steps), delta: delta)
            #expect(abs(exact.upper - (try number("eps_exact"))) < 1e-6)
            #expect(limit < exact.lower)
            #expect(LossAccounting().epsilon(of: Self.plan(sigma, q, steps), delta: delta) > limit)
        }
    }

    @Test(
        "Papernot, Steinke 2022: the best of a geometric number of ε-DP runs is 3ε, logarithmic 2ε, and no Poisson bound is pure"
    )
    func trials() {
        let base = PrivacyEvent.reportNoisyMax(ReportNoisyMaxEvent(epsilon: EpsilonAmount(0.5, rounding: .up)))
        func pure(_ trials: RandomTrialsEvent.Trials) -> Double {
            PureAccounting().epsilon(
                of: RunPlan(.randomTrials(RandomTrialsEvent(trials: trials, event: base))), delta: 0)
        }
        #expect(abs(pure(.negativeBinomial(shape: 1, probability: 0.01)) - 1.5) < 1e-9)
        #expect(abs(pure(.negativeBinomial(shape: 0, probability: 0.01)) - 1) < 1e-9)
        #expect(pure(.poisson(mean: 10)) == .infinity)
    }

    @Test("Gopi, Lee, Wutschitz 2021: RDP overstates ε by tens of percent at few steps, composed losses do not")
    func numericalComposition() {
        // Their running example, σ 0.8, q 4·10⁻³, δ 1e-7: orders are far above.
        for steps in [500, 2000, 8000] {
            let plan = Self.plan(0.8, 4e-3, steps)
            let exact = ExactAccountant.epsilon(of: plan, delta: 1e-7)
            let rdp = RenyiAccounting().epsilon(of: plan, delta: 1e-7)
            let pld = LossAccounting().epsilon(of: plan, delta: 1e-7)
            #expect(pld >= exact.lower && pld <= exact.upper * (1 + 2e-4))
            #expect(rdp > 1.03 * exact.upper && rdp < 3 * exact.upper)
        }
    }

    @Test(
        "Fichtenberger, Henzinger, Upadhyay 2023: the square root of counting costs 1 + ln n/π a stream, less than its bound"
    )
    func continualCounting() {
        for n in [1, 2, 16, 1000, 4096] {
            let event = MatrixMechanismEvent(
                coefficients: MatrixMechanismEvent.squareRootCoefficients(n), steps: n, minSeparation: n,
                maxParticipations: 1, noiseMultiplier: 1)
            // γ² = Σ (C(2k, k)/4^k)², a term at most 1/πk (their Theorem 1's proof).
            let square = event.sensitivity * event.sensitivity
            #expect(square <= 1 + (log(Double(n)) + 1) / .pi)
            // And C(2k, k)/4^k ≥ 1/√(π(k + ½)) (Wallis).
            #expect(square >= 1 + log((Double(n) + 0.5) / 1.5) / .pi - 1e-12)
        }
    }
}
