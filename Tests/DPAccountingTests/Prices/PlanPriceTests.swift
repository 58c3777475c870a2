// SPDX-License-Identifier: Apache-2.0

import Foundation
import TestSupport
import Testing

@testable import DPAccounting

struct PlanPriceTests {
    let delta = DeltaAmount(decimal: "1e-6", rounding: .down)!

    @Test(
        "a pure plan asked at ε = k·10⁻¹² costs exactly k units", arguments: [1, 7, 333_333_333_333, 1_000_000_000_000])
    func pureIsExact(units: Int64) throws {
        for (items, value) in [(1, 1), (20, 1), (7, 3)] {
            let asked = EpsilonAmount(units: units)
            let scale = try Calibration.discreteLaplaceScale(epsilon: asked, l1: items * value)
            let plan = RunPlan(Plans.laplaceEvent(scale, items: items, value: value))
            let price = PlanPrice(of: plan, delta: .zero)
            #expect(price.epsilon == asked)
            #expect(price.delta == .zero)
            #expect(price.accountant == .pure)
            #expect(price.totalVariation == .zero)
            #expect(price.muSquared.isInfinite)
        }
    }

    @Test("fractions of pure ε are added exactly before they are rounded")
    func pureFractions() {
        // Three times ε = 1/3 is 1, not 1.000000000001; with one seventh more it is rounded up once.
        let third = RunPlan.Stretch(event: Plans.laplaceEvent(Rational(3, 1)!), count: 3)
        let seventh = RunPlan.Stretch(event: Plans.laplaceEvent(Rational(7, 1)!), count: 1)
        #expect(PlanPrice(of: RunPlan([third]), delta: .zero).epsilon.description == "1")
        #expect(PlanPrice(of: RunPlan([third, seventh]), delta: .zero).epsilon.description == "1.142857142858")
    }

    @Test("pure sums too large for the type are infinite, not wrapped")
    func pureOverflow() {
        let event = Plans.laplaceEvent(Rational(1, .max)!, items: 1 << 20, value: 1 << 16)
        let plan = RunPlan([RunPlan.Stretch(event: event, count: 1 << 40)])
        #expect(PlanPrice(of: plan, delta: .zero).epsilon.isInfinite)
    }

    @Test("an unsampled Gaussian is priced exactly, at the analytic ε", .enabled(if: Golden.available))
    func gaussianIsExact() {
        for row in GoldenAccounting.rows("gaussian_eps") {
            guard let exact = row[2], row[1]! >= 1e-12, exact > 0 else { continue }
            let plan = Plans.gaussian(multiplier: 1 / row[0]!, dimension: 1)
            let price = PlanPrice(of: plan, delta: DeltaAmount(row[1]!, rounding: .down))
            let share = (1 + exp(exact)) * FastGaussianLaw.totalVariation(draws: 1)
            if share > 0.0099 * row[1]! { continue }  // asks for the exact sampler
            #expect(price.accountant == .gdp)
            // Never below but for the golden rounding; above by the unit, 1e-13 in ln δ and the sampler's share of δ.
            #expect(price.epsilon.value >= exact * (1 - 1e-14))
            let most = GaussianDP.epsilon(mu: row[0]!, delta: row[1]! - 1.01 * share)
            #expect(price.epsilon.value <= most * (1 + 1e-9) + 1e-11)
        }
    }

    @Test("every accountant that is valid is named, and the price is the least")
    func leastAccountant() {
        let gaussian = PlanPrice(of: Plans.gaussian(multiplier: 2, steps: 3), delta: delta)
        #expect(Set(gaussian.epsilonByAccountant.keys) == ["gdp", "rdp"])
        let sampled = PlanPrice(of: Plans.gaussian(multiplier: 2, q: 0.1, steps: 3), delta: delta)
        #expect(Set(sampled.epsilonByAccountant.keys) == ["pld", "rdp"])
        let mixed = PlanPrice(of: IndependentCheckTests.plans[8], delta: delta)
        #expect(Set(mixed.epsilonByAccountant.keys) == ["basic", "pld", "rdp", "zcdp"])
        for price in [gaussian, sampled, mixed] {
            #expect(price.epsilon.value == price.epsilonByAccountant.values.min())
            #expect(price.epsilon.value == price.epsilonByAccountant[price.accountant.rawValue])
        }
    }

    @Test("no noise costs infinity, says why, and stays out of every filter")
    func noNoise() {
        let price = PlanPrice(of: Plans.gaussian(multiplier: 0), delta: delta)
        #expect(price.problem == .noNoise)
        #expect(price.epsilon.isInfinite && price.muSquared.isInfinite && price.renyi.allSatisfy(\.isInfinite))
        let limit = AccountLimit(epsilon: EpsilonAmount(units: .max - 1), delta: DeltaAmount(1, rounding: .down))
        #expect(!AccountSums.zero.admits(adding: price, limit: limit))
    }

    @Test("a Gaussian at δ = 0 is infinite and says so")
    func needsDelta() {
        #expect(PlanPrice(of: Plans.gaussian(multiplier: 1), delta: .zero).problem == .needsDelta)
    }

    @Test("where the fast sampler's share of δ is too large the price is infinite and says so")
    func needsExactSampler() {
        // e^40 · η√(n/2) with n = 2·10⁹ is about 4·10² of δ = 10⁻⁶.
        let plan = Plans.gaussian(multiplier: 0.145, steps: 2, dimension: 1_000_000_000)
        #expect(PlanPrice(of: plan, delta: delta).problem == .needsExactSampler)
        let small = PlanPrice(of: Plans.gaussian(multiplier: 60, steps: 500, dimension: 100_000), delta: delta)
        #expect(small.problem == nil && small.totalVariation > .zero)
        #expect(small.totalVariation.value >= FastGaussianLaw.totalVariation(draws: 5e7))
    }

    @Test("events out of range are never priced")
    func invalidEvents() {
        let bad: [PrivacyEvent] = [
            Plans.gaussianEvent(multiplier: -1), Plans.gaussianEvent(multiplier: .nan),
            Plans.gaussianEvent(multiplier: .infinity), Plans.gaussianEvent(multiplier: 1, q: 0),
            Plans.gaussianEvent(multiplier: 1, q: 1.5), Plans.gaussianEvent(multiplier: 1, q: .nan),
            Plans.gaussianEvent(multiplier: 1, dimension: 0), Plans.laplaceEvent(Rational(1, 1)!, items: 0),
            Plans.laplaceEvent(Rational(1, 1)!, items: .max, value: .max),
        ]
        for event in bad {
            let price = PlanPrice(of: RunPlan(event), delta: delta)
            #expect(price.epsilon.isInfinite && price.problem == .invalidEvent)
        }
    }

    @Test("more noise never costs more, more steps and more sampling never less, δ never the wrong way")
    func monotone() {
        var previous = EpsilonAmount.infinity
        for multiplier in stride(from: 0.4, through: 4, by: 0.05) {
            let price = PlanPrice(of: Plans.gaussian(multiplier: multiplier, q: 0.05, steps: 100), delta: delta).epsilon
            #expect(price <= previous)
            previous = price
        }
        previous = .zero
        for steps in [1, 2, 10, 100, 1000, 10_000_000] {
            let price = PlanPrice(of: Plans.gaussian(multiplier: 3, q: 0.05, steps: steps), delta: delta).epsilon
            #expect(price >= previous)
            previous = price
        }
        previous = .zero
        for q in [1e-9, 1e-6, 1e-3, 0.1, 0.5, 0.99, 1] {
            let price = PlanPrice(of: Plans.gaussian(multiplier: 1, q: q, steps: 10), delta: delta).epsilon
            #expect(price >= previous || q == 1)  // at 1 the exact accountant takes over and is better
            previous = price
        }
        previous = .infinity
        for delta in ["1e-18", "1e-12", "1e-6", "1e-3", "0.5"] {
            let delta = DeltaAmount(decimal: delta, rounding: .down)!
            let price = PlanPrice(of: Plans.gaussian(multiplier: 1, q: 0.1, steps: 10), delta: delta).epsilon
            #expect(price <= previous)
            previous = price
        }
    }

    @Test("composing costs at least each part, at most their sum by basic composition, in any order")
    func composition() {
        let a = RunPlan.Stretch(event: Plans.gaussianEvent(multiplier: 1.2, q: 0.05), count: 50)
        let b = RunPlan.Stretch(event: Plans.laplaceEvent(Rational(5, 1)!), count: 2)
        let c = RunPlan.Stretch(event: Plans.gaussianEvent(multiplier: 6), count: 4)
        let both = PlanPrice(of: RunPlan([a, b, c]), delta: delta)
        for part in [[a], [b], [c], [a, b], [b, c]] {
            #expect(PlanPrice(of: RunPlan(part), delta: delta).epsilon <= both.epsilon)
        }
        let turned = PlanPrice(of: RunPlan([c, a, b]), delta: delta)
        // Sums of doubles in another order: an ulp or two of ε before the rounding up.
        #expect(abs(turned.epsilon.value - both.epsilon.value) < 1e-11)
        #expect(turned.totalVariation == both.totalVariation)
    }

    @Test("nothing adversarial traps, is NaN, or takes long")
    func adversarial() {
        let clock = ContinuousClock()
        for sigma in [1e-3, 0.05, 1, 1e3, 1e6] {
            for q in [1e-9, 1e-3, 0.5, 1] {
                for steps in [1, 10_000_000, Int.max] {
                    for delta in [
                        DeltaAmount(units: 1), DeltaAmount(decimal: "1e-6", rounding: .up)!,
                        DeltaAmount(1, rounding: .up),
                    ] {
                        let time = clock.measure {
                            let price = PlanPrice(
                                of: Plans.gaussian(multiplier: sigma, q: q, steps: steps), delta: delta)
                            #expect(price.epsilon >= .zero)
                            #expect((price.problem != nil) == price.epsilon.isInfinite)
                        }
                        // 40 evaluations of at most 16384 nodes at 50 ns; the limit allows for a busy machine.
                        #expect(time < .seconds(2), "σ \(sigma), q \(q), \(steps) steps")
                    }
                }
            }
        }
    }

    @Test("a price survives JSON", arguments: IndependentCheckTests.plans)
    func codable(plan: RunPlan) throws {
        let price = PlanPrice(of: plan, delta: delta)
        let copy = try JSONDecoder().decode(PlanPrice.self, from: JSONEncoder().encode(price))
        #expect(copy == price)
        let infinite = PlanPrice(of: Plans.gaussian(multiplier: 0), delta: delta)
        #expect(try JSONDecoder().decode(PlanPrice.self, from: JSONEncoder().encode(infinite)) == infinite)
    }
}

struct EarlyEndTests {
    let delta = DeltaAmount(decimal: "1e-6", rounding: .down)!

    @Test("nothing handed out costs nothing, everything handed out the whole plan")
    func ends() {
        let plan = Plans.gaussian(multiplier: 1, q: 0.05, steps: 200)
        let planned = PlanPrice(of: plan, delta: delta)
        #expect(PlanPrice.ended(plan, delta: delta, after: 0) == .zero)
        #expect(PlanPrice.ended(plan, delta: delta, after: 200) == planned)
        #expect(PlanPrice.ended(plan, delta: delta, after: 1000) == planned)
    }

    @Test("a run that ended early costs no more than planned, no less than a run planned that short")
    func between() {
        let (sampled, whole) = (
            Plans.gaussian(multiplier: 1, q: 0.05, steps: 200), Plans.gaussian(multiplier: 9, steps: 40)
        )
        let cases: [(RunPlan, Set<Accountant>)] = [
            (sampled, Accountant.pricing), (sampled, [.rdp]), (whole, Accountant.pricing),
        ]
        for (plan, by) in cases {
            let planned = PlanPrice(of: plan, delta: delta, by: by)
            var previous = EpsilonAmount.zero
            for steps in [1, 2, 10, 30, 39] {
                let ended = PlanPrice.ended(plan, delta: delta, after: steps, by: by)
                let short = PlanPrice(of: plan.prefix(steps), delta: delta, by: by)
                #expect(ended.epsilon <= planned.epsilon)
                #expect(ended.epsilon >= short.epsilon)
                #expect(ended.epsilon >= previous)
                #expect(ended.renyi == short.renyi && ended.muSquared == short.muSquared)
                #expect(ended.delta == planned.delta && ended.totalVariation == short.totalVariation)
                previous = ended.epsilon
            }
        }
    }

    /// A minimum of two proofs would spend both their δ, where the data decide when to stop (optimal stopping of a Gaussian run
    /// priced by GDP, with the Rényi figure as the alternative, reaches 1.2 times the stated δ).
    @Test("a plan that was not priced by Rényi keeps its planned ε, whenever it ends")
    func keepsTheProofOfThePlan() {
        let plan = Plans.gaussian(multiplier: 9, steps: 40)
        let planned = PlanPrice(of: plan, delta: delta)
        #expect(planned.accountant == .gdp)
        for steps in [1, 10, 39] {
            let ended = planned.ended(plan, delta: delta, after: steps)
            #expect(ended.epsilon == planned.epsilon && ended.accountant == .gdp)
        }
        let sampled = Plans.gaussian(multiplier: 1, q: 0.05, steps: 200)
        let byOrders = PlanPrice(of: sampled, delta: delta, by: [.rdp])
        #expect(byOrders.accountant == .rdp)
        #expect(PlanPrice.ended(sampled, delta: delta, after: 10, by: [.rdp]).epsilon < byOrders.epsilon)
    }

    @Test("a pure run pays for the steps taken")
    func pure() {
        let plan = RunPlan([RunPlan.Stretch(event: Plans.laplaceEvent(Rational(10, 1)!), count: 10)])
        #expect(PlanPrice.ended(plan, delta: .zero, after: 3).epsilon.description == "0.3")
    }
}
