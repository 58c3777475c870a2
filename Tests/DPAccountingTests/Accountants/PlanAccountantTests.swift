// SPDX-License-Identifier: Apache-2.0

import Foundation
import TestSupport
import Testing

@testable import DPAccounting

/// One suite for every accountant behind the interface.
struct PlanAccountantTests {
    static let all = Accountant.allCases.compactMap(\.method)

    /// Plans that at least one accountant prices.
    static let plans: [RunPlan] = [
        Plans.gaussian(multiplier: 2, steps: 3), Plans.gaussian(multiplier: 1.3, q: 0.05, steps: 40),
        RunPlan([.init(event: EventKindsTests.gaussian, count: 5)]),
        RunPlan([.init(event: EventKindsTests.laplace, count: 4)]),
        RunPlan([.init(event: EventKindsTests.all[4].1, count: 6)]),
        RunPlan([.init(event: EventKindsTests.all[6].1, count: 2), .init(event: EventKindsTests.gaussian, count: 1)]),
        RunPlan([.init(event: EventKindsTests.all[7].1, count: 1)]),
        RunPlan([
            .init(event: EventKindsTests.sampled(0.1, EventKindsTests.gaussian), count: 30),
            .init(event: EventKindsTests.laplace, count: 1),
        ]),
    ]

    @Test("names are the accountants' own; sums and nothing have no method")
    func names() {
        for accountant in Accountant.allCases {
            #expect(accountant.method == nil || accountant.method?.name == accountant)
        }
        #expect(Accountant.basic.method == nil && Accountant.none.method == nil)
        #expect(Self.all.count == 6)
    }

    @Test("no answer is below the exact one, NaN or negative", arguments: plans)
    func sound(plan: RunPlan) {
        let exact = ExactAccountant.epsilon(of: plan, delta: 1e-6)
        for accountant in Self.all {
            let epsilon = accountant.epsilon(of: plan, delta: 1e-6)
            #expect(
                epsilon >= 0 && epsilon >= exact.lower * (1 - 1e-12), "\(accountant.name): \(epsilon) under \(exact)")
            let delta = accountant.delta(of: plan, epsilon: 1)
            #expect(delta >= 0 && delta <= 1)
            if exact.upper.isFinite {
                let low = ExactAccountant.logDelta(of: plan, epsilon: 1).lower
                #expect(delta >= exp(low) * (1 - 1e-12), "\(accountant.name): \(delta) under \(exp(low))")
            }
        }
    }

    @Test("ε(δ(ε)) is never above ε by more than rounding, and δ(ε(δ)) never above δ", arguments: plans)
    func roundTrips(plan: RunPlan) {
        for accountant in Self.all {
            let delta = accountant.delta(of: plan, epsilon: 1.5)
            guard delta < 1, delta > 1e-200 else { continue }
            // Grids and searches of orders answer the two questions by different roads: a hundredth.
            #expect(accountant.epsilon(of: plan, delta: delta) <= 1.5 * 1.011, "\(accountant.name)")
            let epsilon = accountant.epsilon(of: plan, delta: 1e-5)
            if epsilon.isFinite {
                #expect(accountant.delta(of: plan, epsilon: epsilon) <= 1e-5 * 1.05, "\(accountant.name)")
            }
        }
    }

    @Test("a larger δ never asks a larger ε; the profile never rises", arguments: plans)
    func monotone(plan: RunPlan) {
        for accountant in Self.all {
            var last = Double.infinity
            for delta in [1e-12, 1e-8, 1e-5, 1e-2, 0.4] {
                let epsilon = accountant.epsilon(of: plan, delta: delta)
                #expect(epsilon <= last * (1 + 1e-6), "\(accountant.name)")
                last = epsilon
            }
            let profile = accountant.profile(of: plan, epsilons: [3, 0, 1, 0.5])
            #expect(profile.map(\.epsilon) == [0, 0.5, 1, 3])
            #expect(zip(profile, profile.dropFirst()).allSatisfy { $0.delta >= $1.delta })
        }
    }

    @Test("composing costs at least each part, and an empty or free plan nothing")
    func parts() {
        for accountant in Self.all {
            #expect(accountant.epsilon(of: RunPlan([]), delta: 0) == 0)
            #expect(accountant.delta(of: RunPlan([]), epsilon: 0) == 0)
            #expect(
                accountant.epsilon(of: RunPlan(.zeroConcentrated(ZeroConcentratedEvent(rho: .zero))), delta: 0) == 0)
            let one = accountant.epsilon(of: RunPlan(EventKindsTests.gaussian), delta: 1e-6)
            let two = accountant.epsilon(
                of: RunPlan([
                    .init(event: EventKindsTests.gaussian, count: 1), .init(event: EventKindsTests.laplace, count: 1),
                ]), delta: 1e-6)
            #expect(two >= one * (1 - 1e-9), "\(accountant.name)")
        }
    }

    @Test("what is not for an accountant is ∞: pure ε of Gaussians, μ of Laplace, losses of ρ-zCDP, no noise at all")
    func infinite() {
        func epsilon(_ accountant: Accountant, _ event: PrivacyEvent) -> Double {
            accountant.method?.epsilon(of: RunPlan(event), delta: 1e-6) ?? .nan
        }
        #expect(epsilon(.pure, EventKindsTests.gaussian) == .infinity)
        #expect(epsilon(.gdp, EventKindsTests.laplace) == .infinity)
        #expect(epsilon(.gdp, EventKindsTests.sampled(0.5, EventKindsTests.gaussian)) == .infinity)
        #expect(epsilon(.zcdp, EventKindsTests.sampled(0.5, EventKindsTests.gaussian)) == .infinity)
        #expect(epsilon(.pld, EventKindsTests.all[7].1) == .infinity)
        #expect(epsilon(.exact, EventKindsTests.all[7].1) == .infinity)
        for accountant in Self.all {
            #expect(accountant.epsilon(of: Plans.gaussian(multiplier: 0), delta: 0.5) == .infinity)
            #expect(accountant.delta(of: Plans.gaussian(multiplier: 0), epsilon: 5) == 1)
            #expect(accountant.epsilon(of: Plans.gaussian(multiplier: 1), delta: -1) == .infinity)
            #expect(accountant.epsilon(of: Plans.gaussian(multiplier: 1), delta: 0) == .infinity)
        }
    }

    @Test("the fast sampler's share is charged: its sum is never cheaper than the ideal Gaussian")
    func samplerShare() {
        let ideal = RunPlan([.init(event: EventKindsTests.gaussian, count: 9)])
        let real = Plans.gaussian(multiplier: 2, steps: 9, dimension: 1 << 20)
        for accountant in Self.all {
            let (a, b) = (accountant.epsilon(of: ideal, delta: 1e-6), accountant.epsilon(of: real, delta: 1e-6))
            #expect(b >= a && (a == .infinity || b < a * 1.001), "\(accountant.name)")
            #expect(accountant.delta(of: real, epsilon: 2) >= accountant.delta(of: ideal, epsilon: 2))
        }
        // So many coordinates that the share is more than a hundredth of δ.
        let vast = Plans.gaussian(multiplier: 2, steps: 1, dimension: 1 << 50)
        #expect(Accountant.gdp.method?.epsilon(of: vast, delta: 1e-12) == .infinity)
    }
}
