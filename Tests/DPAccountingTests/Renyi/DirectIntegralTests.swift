// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing

@testable import DPAccounting

/// The sampled Gaussian's Rényi costs against the plainest integral there is: Simpson's rule over the place x, of the densities.
struct DirectIntegralTests {
    /// ln ∫ N(x)·r(x)^a dx, r = 1 − q + q·e^((2x−1)/2σ²), the largest integrand factored out.
    static func logMoment(_ sigma: Double, _ q: Double, _ a: Double) -> Double {
        let variance = sigma * sigma
        func exponent(_ x: Double) -> Double {
            let s = (2 * x - 1) / (2 * variance)
            let ratio = s > 30 ? s + log(q + (1 - q) * exp(-s)) : log(1 - q + q * exp(s))
            return a * ratio - x * x / (2 * variance)
        }
        let (low, high) = (min(0, a) - 14 * sigma, max(1, a) + 14 * sigma)
        let n = 40_000
        let h = (high - low) / Double(n)
        var largest = -Double.infinity
        for k in 0...n { largest = max(largest, exponent(low + Double(k) * h)) }
        var sum = 0.0
        for k in 0...n {
            let weight = k == 0 || k == n ? 1.0 : k % 2 == 1 ? 4 : 2
            sum += weight * exp(exponent(low + Double(k) * h) - largest)
        }
        return largest + log(sum * h / 3 / (sigma * (2 * Double.pi).squareRoot()))
    }

    static let parameters: [(sigma: Double, q: Double)] = [
        (0.5, 0.1), (0.8, 0.01), (1, 0.5), (2, 0.2), (5, 0.9), (1.5, 1e-3),
    ]

    @Test("removing, at fractional and whole orders", arguments: parameters)
    func remove(sigma: Double, q: Double) {
        let law = SubsampledGaussian(noiseMultiplier: sigma, samplingProbability: q)
        for order in [1.3, 1.75, 2, 2.5, 3, 4.2, 7, 11.5, 24, 48.3] {
            let exact = Self.logMoment(sigma, q, order) / (order - 1)
            let cost = law.cost(order: order)
            // The plain integral's own rounding is that of a sum near 1: 10⁻¹³ of α − 1.
            let slack = 2e-13 / (order - 1)
            #expect(cost >= exact * (1 - 1e-10) - slack, "α \(order): \(cost), \(exact)")
            #expect(cost <= exact * (1 + 1e-9) + slack, "α \(order): \(cost), \(exact)")
        }
    }

    @Test("adding costs less at every order, as Mironov, Talwar, Zhang 2019 prove", arguments: parameters)
    func add(sigma: Double, q: Double) {
        let law = SubsampledGaussian(noiseMultiplier: sigma, samplingProbability: q)
        for order in [1.5, 2, 3.7, 8, 20] {
            // D_α(Q‖P) = K(1 − α)/(α − 1).
            let exact = Self.logMoment(sigma, q, 1 - order) / (order - 1)
            #expect(exact <= law.cost(order: order) + 2e-13 / (order - 1), "α \(order)")
        }
    }

    @Test("moments of the exact accountant are the same integrals", arguments: parameters)
    func moments(sigma: Double, q: Double) {
        for c in [0.4, 1, 3.3, 12] {
            let removing = SampledGaussianMoments(noiseMultiplier: sigma, samplingProbability: q, relation: .remove)
            #expect(
                abs(removing.logMoment(c) - Self.logMoment(sigma, q, c + 1)) < 1e-11 * max(1, removing.logMoment(c)))
            let adding = SampledGaussianMoments(noiseMultiplier: sigma, samplingProbability: q, relation: .add)
            #expect(abs(adding.logMoment(c) - Self.logMoment(sigma, q, -c)) < 1e-11 * max(1, adding.logMoment(c)))
        }
    }

    @Test(
        "a composition's ε by orders is the best of the plain integrals, to a part in a thousand", arguments: parameters
    )
    func best(sigma: Double, q: Double) {
        let (steps, delta) = (50.0, 1e-6)
        var least = Double.infinity
        for k in 0..<160 {
            let order = 1 + 0.05 * pow(1.05, Double(k))
            guard order < 100 else { break }
            let cost = steps * Self.logMoment(sigma, q, order) / (order - 1)
            least = min(least, cost + log1p(-1 / order) - (log(delta) + log(order)) / (order - 1))
        }
        let found = RenyiAccounting().epsilon(
            of: PlanSolver.plan(noiseMultiplier: sigma, samplingProbability: q, steps: Int(steps)), delta: delta)
        // The grid here is coarser than the search's, so it may be a little above; where the best order is past 100 by more.
        #expect(found <= least * (1 + 1e-5), "\(found), \(least)")
        #expect(found >= least * 0.95, "\(found), \(least)")
    }
}
