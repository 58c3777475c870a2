// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing

@testable import DPAccounting

/// The parts of the second opinion, each against something that is neither it nor what it checks.
struct CheckPartsTests {
    @Test("the Gaussian by integration is the one by error functions, in 31 digits", arguments: [0.02, 0.3, 1, 4, 15])
    func integral(mu: Double) {
        for step in 0..<20 {
            let epsilon = 0.25 * Double(step) * mu * (1 + mu / 2)
            let exact = ClosedFormReferenceTests.gaussian(Twofold(mu), Twofold(epsilon))
            guard mu / 2 + epsilon / mu < 37 else { continue }
            let logarithm = Twofold.log(exact).double
            let found = GaussianIntegral(mu: mu).logDelta(epsilon)
            // Simpson's rule in 4000 steps over what is left of a normal.
            #expect(abs(found - logarithm) < 1e-6 * max(1, -logarithm), "ε \(epsilon): \(found), \(logarithm)")
        }
    }

    @Test("its ε goes back to δ", arguments: [0.1, 1, 5])
    func inverse(mu: Double) {
        for delta in [1e-2, 1e-6, 1e-12] {
            let epsilon = GaussianIntegral(mu: mu).epsilon(delta: delta)
            if epsilon > 0 { #expect(abs(GaussianIntegral(mu: mu).logDelta(epsilon) - log(delta)) < 1e-6) }
            #expect(abs(epsilon - GaussianDP.epsilon(mu: mu, delta: delta)) < 1e-6 * max(1, epsilon))
        }
        #expect(GaussianIntegral(mu: 0).epsilon(delta: 1e-6) == 0)
    }

    @Test(
        "the alternating series brackets the plain integral, at fractional orders",
        arguments: DirectIntegralTests.parameters)
    func series(sigma: Double, q: Double) {
        let series = SubsampledGaussianSeries(noiseMultiplier: sigma, samplingProbability: q)
        for order in [1.5, 2, 3.3, 6.7, 15, 30.5] {
            let exact = DirectIntegralTests.logMoment(sigma, q, order) / (order - 1)
            let (lower, upper) = series.bracket(order: order)
            let slack = 1e-12 / (order - 1) + 1e-10 * exact
            #expect(lower <= exact + slack && upper >= exact - slack, "α \(order): \(lower)…\(upper), \(exact)")
            #expect(lower <= upper)
        }
    }

    @Test("branch and bound finds the least ε of a curve whose least is known", arguments: [1e-3, 1e-6, 1e-12])
    func orders(delta: Double) {
        for rho in [0.001, 0.05, 1, 10] {
            // ρ·α: the conversion's least over all orders is that of zCDP.
            var search = OrderSearch(delta: delta) { order in (rho * order, rho * order) }
            let (lower, upper) = search.run()
            let exact = ZeroConcentratedDP.epsilon(rho: rho, delta: delta)
            #expect(lower <= exact * (1 + 1e-9) + 1e-12, "ρ \(rho): \(lower) over \(exact)")
            // Its upper end is at .99·δ and of the orders that were tried.
            let cautious = ZeroConcentratedDP.epsilon(rho: rho, delta: 0.99 * delta)
            #expect(
                upper >= cautious * (1 - 1e-9) && upper <= cautious * 1.05 + 0.02, "ρ \(rho): \(upper), \(cautious)")
        }
    }

    @Test("a bracket that is wide below and above is passed on, not mended")
    func wide() {
        var search = OrderSearch(delta: 1e-6) { order in (0.5 * 0.1 * order, 2 * 0.1 * order) }
        let (lower, upper) = search.run()
        #expect(lower <= ZeroConcentratedDP.epsilon(rho: 0.05, delta: 1e-6) * (1 + 1e-9))
        #expect(upper >= ZeroConcentratedDP.epsilon(rho: 0.2, delta: 1e-6) * (1 - 1e-9))
        var none = OrderSearch(delta: 1e-6) { _ in (0, .infinity) }
        #expect(none.run().upper == .infinity)
    }
}
