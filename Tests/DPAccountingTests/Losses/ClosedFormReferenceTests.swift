// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing

@testable import DPAccounting

/// The closed forms of one release against the same formulas in 31 digits, tails and all.
struct ClosedFormReferenceTests {
    /// P(N(mean, 1) > x).
    static func above(_ x: Twofold, _ mean: Double) -> Twofold { Twofold.normal(Twofold(mean) - x) }

    /// δ of a Gaussian with μ: Φ(μ/2 − ε/μ) − e^ε·Φ(−μ/2 − ε/μ) (Balle, Wang 2018, Theorem 8).
    static func gaussian(_ mu: Twofold, _ epsilon: Twofold) -> Twofold {
        let (half, ratio) = (mu.scaled(-1), epsilon / mu)
        return Twofold.normal(half - ratio) - Twofold.exp(epsilon) * Twofold.normal(-half - ratio)
    }

    /// δ of one sampled step: removing q·δ_G(ln(1 + (e^ε − 1)/q)), adding (1 − e^ε(1 − q))·δ_G(−ln(1 + (e^(−ε) − 1)/q)).
    static func sampled(_ sigma: Double, _ q: Double, _ direction: LossDirection, _ epsilon: Double) -> Twofold {
        let (mu, rate, at) = (Twofold.one / Twofold(sigma), Twofold(q), Twofold(epsilon))
        switch direction {
        case .remove:
            return rate * gaussian(mu, Twofold.log(.one + Twofold.expm1(at) / rate))
        case .add:
            let left = rate + Twofold.expm1(-at)
            guard left.head > 0 else { return .zero }
            return left * Twofold.exp(at) * gaussian(mu, -Twofold.log(left / rate))
        }
    }

    @Test("Gaussians: ln δ from 0 to far below what a Double holds", arguments: [0.05, 0.3, 1, 2.5, 6])
    func gaussians(mu: Double) {
        for step in 0..<60 {
            let epsilon = 0.11 * Double(step) * mu * (1 + mu)
            let exact = Self.gaussian(Twofold(mu), Twofold(epsilon))
            // Φ underflows below −37, also in 31 digits.
            guard mu / 2 + epsilon / mu < 37 else { continue }
            let logarithm = Twofold.log(exact).double
            let found = GaussianDP.logDelta(mu: mu, epsilon: epsilon)
            #expect(abs(found - logarithm) < 1e-11 * max(1, -logarithm), "ε \(epsilon): \(found), \(logarithm)")
            // The closed form that accountants use says how far off it may be, and is not.
            if let form = GaussianMoments(muSquared: mu * mu).closedForm(count: 1) {
                let (value, error) = form.logDelta(epsilon)
                #expect(abs(value - logarithm) <= error + 1e-15, "ε \(epsilon): \(value) ± \(error), \(logarithm)")
            }
        }
    }

    @Test(
        "sampled Gaussians in both directions: hockey sticks above, exact forms within their errors",
        arguments: [(0.6, 0.1), (1, 0.01), (1.7, 0.6), (4, 0.97)])
    func sampledGaussians(sigma: Double, q: Double) {
        for direction in LossDirection.allCases {
            let law = LossLaw(.gaussian(noiseMultiplier: sigma), samplingProbability: q)
            let moments = SampledGaussianMoments(
                noiseMultiplier: sigma, samplingProbability: q, relation: direction == .remove ? .remove : .add)
            for step in 0..<40 {
                let epsilon = 0.037 * Double(step)
                let exact = Self.sampled(sigma, q, direction, epsilon)
                let found = law.hockeyStick(epsilon, direction)
                #expect(found >= exact.double * (1 - 1e-14) - 1e-300, "\(direction) ε \(epsilon)")
                // Raised by what two tails may be off.
                #expect(found <= exact.double + 1e-12, "\(direction) ε \(epsilon): \(found), \(exact)")
                guard exact.head > 1e-200, let form = moments.closedForm(count: 1) else { continue }
                let (value, error) = form.logDelta(epsilon)
                let logarithm = Twofold.log(exact).double
                #expect(
                    abs(value - logarithm) <= error + 1e-14,
                    "\(direction) ε \(epsilon): \(value) ± \(error), \(logarithm)")
                #expect(error < 1e-6)
            }
        }
    }

    @Test("ε at a δ is the root of the closed form, from above", arguments: [(0.6, 0.1), (1, 0.01), (1.7, 0.6)])
    func roots(sigma: Double, q: Double) {
        let event = PlanSolver.plan(noiseMultiplier: sigma, samplingProbability: q, steps: 1)
        for exponent in [2.0, 4, 7, 11] {
            let delta = pow(10, -exponent)
            guard delta < q / 10 else { continue }
            let found = PrivacyLossAccountant.epsilon(of: event, delta: delta)
            if found == 0 { continue }
            let worst = max(Self.sampled(sigma, q, .remove, found), Self.sampled(sigma, q, .add, found))
            #expect(worst.double <= delta * (1 + 1e-12))
            let less = found * (1 - 1e-6)
            let before = max(Self.sampled(sigma, q, .remove, less), Self.sampled(sigma, q, .add, less))
            // Raising by 10⁻¹⁴ shows in so small a δ.
            #expect(before.double > delta - 1e-13, "δ \(delta): \(before)")
        }
    }

    @Test("replace-one Gaussians without sampling are Gaussians of twice the μ", arguments: [0.7, 2, 9])
    func replaceOne(sigma: Double) {
        let law = LossLaw(.gaussianReplaceOne(noiseMultiplier: sigma, samplingProbability: 1))
        for epsilon in [0, 0.1, 0.6, 1.5, 3] {
            let exact = Self.gaussian(Twofold(2) / Twofold(sigma), Twofold(epsilon)).double
            let found = law.hockeyStick(epsilon, .remove)
            #expect(found >= exact * (1 - 1e-13) && found <= exact + 1e-11, "ε \(epsilon): \(found), \(exact)")
        }
    }

    @Test(
        "a user who is replaced shows at least as much as one who is removed, at most as both, one after the other",
        arguments: [(1.0, 0.1), (2.0, 0.5)])
    func replaceAgainstRemove(sigma: Double, q: Double) {
        let replaced = LossLaw(.gaussianReplaceOne(noiseMultiplier: sigma, samplingProbability: q))
        let removed = LossLaw(.gaussian(noiseMultiplier: sigma), samplingProbability: q)
        for epsilon in [0.05, 0.3, 0.9] {
            let whole = replaced.hockeyStick(epsilon, .remove)
            // From in to out and to in again: δ₁ + e^(ε/2)·δ₂ at half the ε each.
            let half = epsilon / 2
            let both = removed.hockeyStick(half, .remove) + exp(half) * removed.hockeyStick(half, .add)
            #expect(whole <= both * (1 + 1e-9) + 1e-13)
            #expect(whole >= removed.hockeyStick(epsilon, .remove) * (1 - 1e-9) - 1e-13)
        }
    }
}
