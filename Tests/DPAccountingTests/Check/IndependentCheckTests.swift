// SPDX-License-Identifier: Apache-2.0

import Foundation
import TestSupport
import Testing

@testable import DPAccounting

struct IndependentCheckTests {
    @Test("the series brackets the 40-digit values", .enabled(if: Golden.available))
    func seriesBracketsTruth() {
        for row in GoldenAccounting.rows("rdp_subsampled_gaussian") {
            let subject = SubsampledGaussianSeries(noiseMultiplier: row[0]!, samplingProbability: row[1]!)
            let (lower, upper) = subject.bracket(order: row[2]!)
            // The golden value is itself a double.
            #expect(lower <= row[3]! * (1 + 1e-14) && upper >= row[3]! * (1 - 1e-14), "\(row): \(lower)…\(upper)")
            // The bracket is of use: 1e-10 absolute, or 1e-9 of the value.
            #expect(upper - lower < 1e-9 * (1 + row[3]!), "\(row): \(lower)…\(upper)")
        }
    }

    static let plans: [RunPlan] = [
        Plans.gaussian(multiplier: 1, q: 0.01, steps: 1000), Plans.gaussian(multiplier: 0.6, q: 0.5, steps: 3),
        Plans.gaussian(multiplier: 3, q: 0.2, steps: 400), Plans.gaussian(multiplier: 2, q: 1, steps: 20),
        Plans.gaussian(multiplier: 100, q: 1e-4, steps: 10), Plans.gaussian(multiplier: 1e4, q: 1, steps: 1),
        RunPlan(Plans.laplaceEvent(Rational(7, 3)!)),
        RunPlan([
            RunPlan.Stretch(event: Plans.laplaceEvent(Rational(20, 1)!, items: 4), count: 3),
            RunPlan.Stretch(event: Plans.gaussianEvent(multiplier: 1.3, q: 0.02), count: 200),
        ]),
        RunPlan([
            RunPlan.Stretch(event: Plans.laplaceEvent(Rational(3, 1)!), count: 1),
            RunPlan.Stretch(event: Plans.gaussianEvent(multiplier: 4), count: 2),
        ]),
        RunPlan(
            .discreteGaussian(
                DiscreteGaussianEvent(
                    variance: Rational(900, 1)!, bound: ItemBound(maxItemsPerUser: 20, maxValuePerItem: 1),
                    dimension: 100))),
    ]

    @Test("every price lies in its bracket, and the bracket is narrow", arguments: plans)
    func pricesLieInside(plan: RunPlan) {
        for delta in ["1e-5", "1e-6", "1e-12"] where !(delta == "1e-12" && plan.stretches[0].count > 1) {
            let delta = DeltaAmount(decimal: delta, rounding: .down)!
            let price = PlanPrice(of: plan, delta: delta, by: Accountant.pricing.subtracting([.pld]))
            let bracket = IndependentCheck.bracket(of: plan, delta: delta)
            #expect(bracket.contains(price.epsilon), "\(price.epsilon) not in \(bracket)")
            // Beyond order 5000 the series is not summed, so bounds of very small prices are wide.
            guard price.epsilon.value > 0.01 else { continue }
            // Grid of orders 0.1 %, the samplers' hundredth of δ, caps instead of exact sums for Laplace: 4 % in all.
            #expect(bracket.lower > 0.96 * price.epsilon.value)
            #expect(bracket.upper < 1.06 * price.epsilon.value)
        }
    }

    @Test("a price that is too small lies outside")
    func catchesUnderpayment() {
        let plan = Self.plans[0]
        let delta = DeltaAmount(decimal: "1e-6", rounding: .down)!
        let honest = PlanPrice(of: plan, delta: delta, by: [.rdp]).epsilon
        let bracket = IndependentCheck.bracket(of: plan, delta: delta)
        #expect(!bracket.contains(honest.split(percent: 97).part))
        #expect(!bracket.contains(PlanPrice(of: plan.prefix(900), delta: delta, by: [.rdp]).epsilon))
    }

    @Test("a price by composed losses lies above the moment integral, and a per mille less does not", arguments: plans)
    func lossesLieInside(plan: RunPlan) {
        let delta = DeltaAmount(decimal: "1e-6", rounding: .down)!
        let price = PlanPrice(of: plan, delta: delta, by: [.pld]).epsilon
        let bracket = IndependentCheck.bracket(of: plan, delta: delta, by: .pld)
        #expect(bracket.contains(price), "\(price) not in \(bracket)")
        guard price.value > 0.01 else { return }
        // The grid's tolerance of 10⁻⁴ and the samplers' share.
        #expect(bracket.lower > price.value * (1 - 3e-4), "\(bracket.lower) under \(price)")
        #expect(!bracket.contains(EpsilonAmount(price.value * 0.999, rounding: .down)))
        if plan.stretches[0].count > 20 {
            #expect(!bracket.contains(PlanPrice(of: plan.prefix(plan.stepCount - 2), delta: delta, by: [.pld]).epsilon))
        }
    }

    @Test("where nothing is known from below the check says so, and what it does instead")
    func unfloored() throws {
        let delta = DeltaAmount(decimal: "1e-6", rounding: .down)!
        for plan in Self.plans { #expect(IndependentCheck.unfloored(plan) == nil) }
        for number in [3, 7] {  // an exponential mechanism; ρ-zCDP
            let plan = RunPlan(EventKindsTests.all[number].1)
            #expect(IndependentCheck.floor(of: plan, delta: delta) == 0)
            #expect(try #require(IndependentCheck.unfloored(plan)).contains("the accountant that it names"))
        }
    }

    @Test("a bracket takes a fraction of a second")
    func bounded() {
        let time = ContinuousClock().measure {
            _ = IndependentCheck.bracket(of: Self.plans[0], delta: DeltaAmount(decimal: "1e-6", rounding: .down)!)
        }
        // About 0.05 s on a quiet machine.
        #expect(time < .seconds(3))
    }

    @Test("no noise, or no δ for a Gaussian, is infinite")
    func infinite() {
        let delta = DeltaAmount(decimal: "1e-6", rounding: .down)!
        #expect(IndependentCheck.bracket(of: Plans.gaussian(multiplier: 0), delta: delta).lower == .infinity)
        #expect(IndependentCheck.bracket(of: Plans.gaussian(multiplier: 1), delta: .zero).lower == .infinity)
    }
}
