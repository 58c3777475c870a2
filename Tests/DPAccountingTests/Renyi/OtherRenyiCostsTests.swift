// SPDX-License-Identifier: Apache-2.0

import Foundation
import TestSupport
import Testing

@testable import DPAccounting

struct OtherRenyiCostsTests {
    private static let orders = [1.01, 1.5, 2, 4.5, 16, 64, 1000]

    private func cost(_ event: PrivacyEvent, _ order: Double) -> Double {
        RenyiAccountant.cost(of: event, order: order)
    }
    private func epsilon(_ value: Double) -> EpsilonAmount { EpsilonAmount(value, rounding: .up) }

    /// ln Σ p^α q^(1−α) / (α − 1) by the definition.
    private func divergence(_ p: [Double], _ q: [Double], _ order: Double) -> Double {
        log(zip(p, q).reduce(0) { $0 + $1.1 * pow($1.0 / $1.1, order) }) / (order - 1)
    }

    @Test("Laplace is the integral of the definition, above it by rounding alone")
    func laplace() {
        for b in [0.3, 2.0, 20.0] {
            for order in Self.orders where order / b < 600 {
                // ∫ p^α q^(1−α), piecewise: exact tails, Simpson between.
                let a = 1 / b
                let tails = 0.5 * exp((order - 1) * a) + 0.5 * exp(-order * a)
                var middle = 0.0
                let n = 20_000
                for i in 0...n {
                    let x = Double(i) / Double(n)
                    let weight = i == 0 || i == n ? 1.0 : i % 2 == 1 ? 4.0 : 2.0
                    middle += weight * exp(-order * x * a - (1 - order) * (1 - x) * a)
                }
                let exact = log(tails + middle * a / 2 / Double(n) / 3) / (order - 1)
                let ours = cost(.laplace(LaplaceEvent(noiseMultiplier: b)), order)
                // The sum of 20 000 terms errs by 1e-13 or so, over α − 1.
                #expect(abs(ours - exact) < 1e-11 * max(1, exact) / min(1, order - 1), "b \(b), order \(order)")
                #expect(ours <= a * (1 + 1e-13) && ours <= order * a * a / 2 * (1 + 1e-13))
            }
        }
    }

    @Test("randomized response and pure ε are their two or k values", arguments: [(0.25, 4), (0.9, 2), (0.01, 100)])
    func response(noise: Double, buckets: Int) {
        let other = noise / Double(buckets)
        var p = Array(repeating: other, count: buckets)
        var q = p
        p[0] += 1 - noise
        q[1] += 1 - noise
        for order in Self.orders where order < 100 {
            let exact = divergence(p, q, order)
            let event = PrivacyEvent.randomizedResponse(RandomizedResponseEvent(noise: noise, buckets: buckets))
            #expect(abs(cost(event, order) - exact) < 1e-11 * max(1, exact) / min(1, order - 1))
        }
        // dp_accounting 0.6, replace-one, noise 0.25 of 4 buckets, order 2.
        if buckets == 4 {
            let event = PrivacyEvent.randomizedResponse(RandomizedResponseEvent(noise: 0.25, buckets: 4))
            #expect(relativeError(cost(event, 2), 2.369524575669155) < 1e-10)
        }
        for e in [1e-9, 0.1, 3.0, 40.0] {
            let event = PrivacyEvent.reportNoisyMax(ReportNoisyMaxEvent(epsilon: epsilon(e)))
            for order in Self.orders {
                #expect(cost(event, order) <= min(e, order * e * e / 2) * (1 + 1e-10) + 1e-12)
                // At large α·ε nearly everything is lost.
                if e > 1, order > 500 { #expect(cost(event, order) > 0.99 * e) }
            }
        }
    }

    @Test("the exponential mechanism's bound is the best of its family, at most ε²α/8, and half as dear as pure ε")
    func boundedRange() {
        for e in [0.01, 0.5, 2.0, 10.0] {
            let event = PrivacyEvent.exponentialMechanism(ExponentialMechanismEvent(epsilon: epsilon(e)))
            for order in Self.orders where order < 100 {
                var best = 0.0
                for i in 0...4000 {
                    let t = e * Double(i) / 4000
                    let p = (exp(e) - exp(t)) / (exp(e) - 1)
                    let moment = p * exp((order - 1) * t) + (1 - p) * exp((order - 1) * (t - e))
                    best = max(best, log(moment) / (order - 1))
                }
                let ours = cost(event, order)
                // The grid of t misses the top by a part in 10⁶ at most; tiny values lose digits in the scan.
                #expect(ours >= best - 1e-12 / (order - 1), "ε \(e), order \(order): \(ours) under \(best)")
                #expect(ours <= best * (1 + 1e-5) + 1e-12 / (order - 1), "ε \(e), order \(order): \(ours) over \(best)")
                #expect(ours <= order * e * e / 8 * (1 + 1e-12))
            }
        }
    }

    @Test("a sampled release is the sum over its pair, both ways round")
    func sampled() {
        for q in [1e-4, 0.2, 0.9] {
            let response = PrivacyEvent.randomizedResponse(RandomizedResponseEvent(noise: 0.5, buckets: 3))
            let kept = 0.5 + 0.5 / 3
            let (p, absent) = ([kept, 0.5 / 3, 0.5 / 3], [0.5 / 3, kept, 0.5 / 3])
            let mixture = zip(p, absent).map { q * $0 + (1 - q) * $1 }
            for order in Self.orders where order < 100 {
                let exact = max(divergence(mixture, absent, order), divergence(absent, mixture, order))
                let ours = cost(EventKindsTests.sampled(q, response), order)
                #expect(ours >= exact * (1 - 1e-9) - 1e-13 / (order - 1))
                #expect(ours <= exact * (1 + 1e-9) + 1e-13 / (order - 1), "q \(q), order \(order): \(ours), \(exact)")
            }
            let gaussian = EventKindsTests.sampled(q, EventKindsTests.gaussian)
            #expect(cost(gaussian, 3) == cost(Plans.gaussianEvent(multiplier: 2, q: q), 3))
            // Never dearer than without sampling.
            #expect(cost(EventKindsTests.sampled(q, EventKindsTests.laplace), 7) <= cost(EventKindsTests.laplace, 7))
        }
    }

    @Test(
        "the best of random trials agrees with dp_accounting on the same orders",
        arguments: [
            (RandomTrialsEvent.Trials.poisson(mean: 10), [2.343364909941609, 1.0797299650034515, 1.7696133299105616]),
            (
                .negativeBinomial(shape: 1, probability: 0.1),
                [3.1611683606892846, 1.3075239952658166, 1.5328602061789178]
            ),
            (
                .negativeBinomial(shape: 0, probability: 0.02691825958900153),
                [2.860366998131105, 1.0067226327076368, 1.2320588436207376]
            ),
            (
                .negativeBinomial(shape: 0.5, probability: 0.06249999997671692),
                [3.0236500524803906, 1.1700056870569224, 1.3953418979700234]
            ),
        ])
    func trials(trials: RandomTrialsEvent.Trials, expected: [Double]) {
        let base = PrivacyEvent.gaussian(GaussianEvent(noiseMultiplier: 5))
        for (order, value) in zip([2.0, 8, 32], expected) {
            let ours = cost(.randomTrials(RandomTrialsEvent(trials: trials, event: base)), order)
            // δ̂ of the tool also takes a KL bound, which helps a Poisson number by 0.7 %; E[K] at shape 0 is raised by
            // 1e-4 over α − 1.
            #expect(ours >= value * (1 - 1e-9), "\(trials), order \(order): \(ours), \(value)")
            #expect(ours <= value * 1.01, "\(trials), order \(order): \(ours), \(value)")
        }
    }

    @Test("what fails with some probability, or has no Rényi bound, costs ∞; failure goes off δ instead")
    func failure() {
        let approximate = EventKindsTests.all[6].1
        #expect(cost(approximate, 2) == .infinity)
        #expect(RenyiAccountant.epsilon(of: RunPlan(approximate), delta: 1e-9).epsilon == .infinity)
        let pure = RenyiAccountant.epsilon(
            of: RunPlan(.reportNoisyMax(ReportNoisyMaxEvent(epsilon: EventKindsTests.amount))), delta: 9e-8)
        let less = RenyiAccountant.epsilon(of: RunPlan(approximate), delta: 1e-7)
        #expect(less.epsilon >= pure.epsilon && less.epsilon < pure.epsilon + 1e-6)
        let discrete = PrivacyEvent.discreteGaussian(
            DiscreteGaussianEvent(
                variance: Rational(9, 1)!, bound: ItemBound(maxItemsPerUser: 1, maxValuePerItem: 1), dimension: 1))
        #expect(cost(EventKindsTests.sampled(0.5, discrete), 2) == .infinity)
    }

    @Test("costs never fall with the order, and never are NaN")
    func monotone() {
        for (_, event) in EventKindsTests.all where event.failure == .zero {
            var last = 0.0
            for order in [1.01, 1.1, 2, 5, 30, 400] {
                // Trials are a bound, not a divergence.
                if case .randomTrials = event { continue }
                let now = cost(event, order)
                #expect(!now.isNaN && now >= last * (1 - 1e-9), "\(event) at \(order)")
                last = now
            }
        }
    }
}
