// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing

@testable import DPAccounting

struct EventPricesTests {
    private func price(_ event: PrivacyEvent, count: Int = 1, delta: String = "1e-6") -> PlanPrice {
        PlanPrice(
            of: RunPlan([.init(event: event, count: count)]), delta: DeltaAmount(decimal: delta, rounding: .down)!)
    }

    @Test("pure events cost their exact ε at δ 0, and count times it")
    func pure() {
        for event in [
            EventKindsTests.all[3].1, EventKindsTests.all[4].1,
            .approximate(ApproximateEvent(epsilon: EventKindsTests.amount, delta: .zero)),
        ] {
            let price = price(event, count: 3, delta: "0")
            #expect(price.epsilon.description == "1.5" && price.delta == .zero && price.accountant == .pure)
            #expect(price.muSquared.isInfinite)
        }
        #expect(relativeError(price(EventKindsTests.laplace, delta: "0").epsilon.value, 1 / 3.0) < 1e-11)
        let response = price(EventKindsTests.all[2].1, delta: "0").epsilon.value
        #expect(relativeError(response, log(13)) < 1e-11 && response >= log(13))
    }

    @Test("many exponential mechanisms cost less than as many pure releases (bounded range)")
    func boundedRange() {
        let range = price(EventKindsTests.all[3].1, count: 100)
        let pure = price(EventKindsTests.all[4].1, count: 100)
        #expect(range.accountant == .zcdp || range.accountant == .rdp)
        #expect(range.epsilon.value < 0.55 * pure.epsilon.value)
    }

    @Test("failure mass comes off δ; more of it than δ has no price; filters but the basic one are infinite")
    func failure() {
        let selection = EventKindsTests.all[5].1
        let dear = price(selection)
        // Three of ε 0.5 compose to a little less than 1.5 at what is left of δ.
        #expect(dear.epsilon.value <= 1.5 && dear.epsilon.value > 1.49 && dear.delta.description == "0.000001")
        #expect(dear.renyi.allSatisfy(\.isInfinite) && dear.muSquared.isInfinite)
        #expect(price(selection, delta: "0.00000003").epsilon.description == "1.5")
        let none = price(selection, delta: "0.000000029")
        #expect(none.epsilon.isInfinite && none.problem == .failureExceedsDelta)
        let both = price(.composed(ComposedEvent(events: [selection, EventKindsTests.gaussian])))
        let gaussian = price(EventKindsTests.gaussian, delta: "0.00000097")
        #expect(both.epsilon.value <= 1.5 + gaussian.epsilon.value + 1e-9)
        #expect(both.epsilon.value > gaussian.epsilon.value)
    }

    @Test("ρ-zCDP is priced by its conversion, and has neither μ² nor a loss distribution")
    func zeroConcentrated() {
        let event = EventKindsTests.all[7].1
        let price = price(event)
        #expect(price.accountant == .zcdp && price.muSquared.isInfinite)
        #expect(relativeError(price.epsilon.value, ZeroConcentratedDP.epsilon(rho: 0.5, delta: 1e-6)) < 1e-9)
        #expect(ExactAccountant.epsilon(of: RunPlan(event), delta: 1e-6).upper == .infinity)
        #expect(RunPlan(event).lossLaws == nil)
        #expect(self.price(event, delta: "0").problem == .needsDelta)
    }

    @Test("a geometric best of pure runs is 3ε; of Gaussian runs it is priced by Rényi alone")
    func trials() {
        let base = EventKindsTests.all[4].1
        let trials = RandomTrialsEvent.Trials.negativeBinomial(shape: 1, probability: 0.1)
        let pure = price(.randomTrials(RandomTrialsEvent(trials: trials, event: base)), delta: "0")
        // Liu, Talwar 2019.
        #expect(relativeError(pure.epsilon.value, 1.5) < 1e-11 && pure.epsilon.value >= 1.5)
        let gaussian = price(.randomTrials(RandomTrialsEvent(trials: trials, event: EventKindsTests.gaussian)))
        #expect(gaussian.accountant == .rdp && gaussian.epsilonByAccountant.count == 1)
        #expect(gaussian.epsilon > price(EventKindsTests.gaussian).epsilon)
    }

    @Test("composed and repeated events cost what the same plan of steps costs, in any order")
    func compositions() {
        let events = [
            EventKindsTests.gaussian, EventKindsTests.laplace, EventKindsTests.sampled(0.1, EventKindsTests.gaussian),
        ]
        let delta = DeltaAmount(decimal: "1e-6", rounding: .down)!
        let steps = PlanPrice(of: RunPlan(events.map { .init(event: $0, count: 4) }), delta: delta)
        let nested = PrivacyEvent.selfComposed(
            SelfComposedEvent(event: .composed(ComposedEvent(events: events)), count: 4))
        #expect(PlanPrice(of: RunPlan(nested), delta: delta) == steps)
        let reversed = PlanPrice(of: RunPlan(events.reversed().map { .init(event: $0, count: 4) }), delta: delta)
        #expect(relativeError(reversed.epsilon.value, steps.epsilon.value) < 1e-11)
    }

    @Test("sampling at q = 1 is the plain event; less sampling never costs more")
    func sampling() {
        for base in [
            EventKindsTests.laplace, EventKindsTests.all[2].1, EventKindsTests.all[3].1,
        ] {
            #expect(price(EventKindsTests.sampled(1, base)) == price(base))
            var last = EpsilonAmount.zero
            for q in [1e-3, 0.1, 0.5, 0.99] {
                let now = price(EventKindsTests.sampled(q, base), count: 5).epsilon
                #expect(now >= last && !now.isInfinite)
                last = now
            }
            #expect(last <= price(base, count: 5).epsilon)
        }
    }

    @Test("no price is below the exact accountant's lower end")
    func aboveExact() {
        for (text, event) in EventKindsTests.all where event.hasTightPairs {
            let plan = RunPlan([.init(event: event, count: 3)])
            let price = PlanPrice(of: plan, delta: DeltaAmount(decimal: "1e-6", rounding: .down)!)
            let exact = ExactAccountant.epsilon(of: plan, logDelta: log(1e-6), effort: .quick)
            #expect(price.epsilon.value >= exact.lower * (1 - 1e-9) - 1e-11, "\(text): \(price.epsilon) \(exact)")
            #expect(
                IndependentCheck.bracket(of: plan, delta: price.delta > .zero ? price.delta : DeltaAmount(units: 1))
                    .lower < .infinity)
        }
    }

    @Test("replace-one has laws for Gaussians and randomized response, and none for what has no proof")
    func replaceOne() throws {
        let sampled = RunPlan(EventKindsTests.sampled(0.1, EventKindsTests.gaussian))
        let laws = try #require(sampled.lossLaws(under: .replaceUser))
        #expect(laws.map(\.law.mechanism) == [.gaussianReplaceOne(noiseMultiplier: 2, samplingProbability: 0.1)])
        #expect(RunPlan(EventKindsTests.laplace).lossLaws(under: .replaceUser) == nil)
        #expect(sampled.lossLaws(under: .addOrRemoveUser)?.count == 1)
        let replace = ExactAccountant.epsilon(of: sampled, delta: 1e-6, under: .replaceUser)
        let remove = ExactAccountant.epsilon(of: sampled, delta: 1e-6)
        #expect(replace.lower > remove.upper)
        #expect(replace.upper < 2 * remove.upper + 1)
    }
}
