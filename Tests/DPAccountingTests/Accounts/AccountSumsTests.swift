// SPDX-License-Identifier: Apache-2.0

import DPAccounting
import Foundation
import Testing

struct AccountSumsTests {
    let limit = AccountLimit(
        epsilon: EpsilonAmount(decimal: "6", rounding: .down)!, delta: DeltaAmount(decimal: "1e-5", rounding: .down)!)
    let delta = DeltaAmount(decimal: "1e-6", rounding: .down)!

    private func training(_ epsilon: String) throws -> PlanPrice {
        let asked = EpsilonAmount(decimal: epsilon, rounding: .down)!
        let multiplier = try Calibration.noiseMultiplier(
            epsilon: asked, delta: delta, samplingProbability: 0.05, steps: 300, dimension: 100_000)
        return PlanPrice(
            of: Plans.gaussian(multiplier: multiplier, q: 0.05, steps: 300, dimension: 100_000), delta: delta)
    }

    @Test("a lifetime of (6, 1e-5) admits a run at (3, 1e-6), then more, and at last refuses for good")
    func lifetime() throws {
        let price = try training("3")
        var sums = AccountSums.zero
        var runs = 0
        while sums.admits(adding: price, limit: limit) {
            sums += price
            runs += 1
            #expect(sums.spent(atDelta: limit.delta) <= limit.epsilon)
            if runs > 50 { break }
        }
        // Rényi carries two such runs or more; nobody gets past ten.
        #expect((2...10).contains(runs), "\(runs) runs")
        #expect((sums + price).spent(atDelta: limit.delta) > limit.epsilon)
    }

    @Test("pure runs compose by basic composition to the last unit")
    func basic() {
        let scale = Rational(1, 2)!  // ε = 2
        let price = PlanPrice(of: RunPlan(Plans.laplaceEvent(scale)), delta: .zero)
        let three = AccountSums.zero + price + price + price
        #expect(three.isWithin(limit))
        #expect(three.spent(atDelta: limit.delta).description == "6")
        let tiny = PlanPrice(
            of: RunPlan(Plans.laplaceEvent(Rational(1_000_000_000_000, 1)!)), delta: .zero)
        #expect(tiny.epsilon.units == 1)
        #expect(!three.admits(adding: tiny, limit: limit))
    }

    @Test("order and grouping of runs do not matter")
    func order() throws {
        let prices = [
            try training("1"), PlanPrice(of: RunPlan(Plans.laplaceEvent(Rational(7, 2)!)), delta: .zero),
            PlanPrice(of: Plans.gaussian(multiplier: 30), delta: delta),
        ]
        let forward = prices.reduce(AccountSums.zero) { $0 + $1 }
        let backward = prices.reversed().reduce(AccountSums.zero) { $0 + $1 }
        #expect(forward == backward)
        #expect(forward == AccountSums(prices[0]) + (AccountSums(prices[1]) + AccountSums(prices[2])))
        #expect(forward.muSquared.isInfinite)
    }

    @Test("many small Gaussian runs are carried by μ², far beyond basic composition")
    func gaussianRuns() {
        let price = PlanPrice(of: Plans.gaussian(multiplier: 40), delta: delta)
        var sums = AccountSums.zero
        var runs = 0
        while sums.admits(adding: price, limit: limit), runs < 100_000 {
            sums += price
            runs += 1
        }
        #expect(!sums.isWithin(limit, by: .basic))
        #expect(sums.isWithin(limit, by: .gaussian))
        // μ(6, 1.98e-6) = 1.19 by the analytic Gaussian, so 1.19²·40² = 2270 runs.
        #expect((2000...2600).contains(runs), "\(runs) runs")
    }

    @Test("the samplers' Σt has a limit of its own, whatever the filters say")
    func samplerShare() {
        let t = limit.totalVariationAllowance
        #expect((1 + exp(6.0)) * t.value <= 1e-7)
        let fits = AccountSums(
            epsilon: .zero, delta: .zero, renyi: AccountSums.zero.renyi, muSquared: .zero, totalVariation: t)
        #expect(fits.isWithin(limit))
        let over = AccountSums(
            epsilon: .zero, delta: .zero, renyi: AccountSums.zero.renyi, muSquared: .zero,
            totalVariation: DeltaAmount(units: t.units + 1))
        #expect(!over.isWithin(limit))
    }

    @Test("sums saturate at infinity and stay there")
    func saturation() {
        let price = PlanPrice(of: Plans.gaussian(multiplier: 0), delta: delta)
        var sums = AccountSums.zero
        for _ in 0..<3 { sums += price }
        #expect(sums.epsilon.isInfinite && sums.spent(atDelta: limit.delta).isInfinite)
        #expect(!sums.isWithin(limit))
        #expect(AccountSums.zero.spent(atDelta: limit.delta) == .zero)
        #expect(AccountSums.zero.isWithin(AccountLimit(epsilon: .zero, delta: .zero)))
        #expect(
            !AccountSums.zero.admits(
                adding: PlanPrice(of: Plans.gaussian(multiplier: 9), delta: delta),
                limit: AccountLimit(epsilon: .zero, delta: .zero)))
    }

    @Test("an account survives JSON, and another version is refused")
    func codable() throws {
        let sums = AccountSums.zero + (try training("1"))
        let data = try JSONEncoder().encode(sums)
        #expect(try JSONDecoder().decode(AccountSums.self, from: data) == sums)
        let text = String(decoding: data, as: UTF8.self)
        #expect(text.contains("\"version\":1"))
        let newer = Data(text.replacingOccurrences(of: "\"version\":1", with: "\"version\":2").utf8)
        #expect(throws: DecodingError.self) { try JSONDecoder().decode(AccountSums.self, from: newer) }
    }

    @Test("a refusal shows the arithmetic")
    func refusal() throws {
        let price = try training("12")
        let admission = Admission(of: price, limit: limit)
        #expect(!admission.isAdmitted)
        let text = admission.description
        #expect(text.contains("ε = 12") && text.contains("ε = 6.0") && text.contains("1e-05"))
        #expect(text.contains("basic composition") && text.contains("order 5"))
        let free = Admission(of: PlanPrice(of: Plans.gaussian(multiplier: 0), delta: delta), limit: limit)
        #expect(free.description.contains("no noise"))
    }
}
