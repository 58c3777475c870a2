// SPDX-License-Identifier: Apache-2.0

import Foundation
import TestSupport
import Testing

@testable import DPAccounting

/// The filters' limits from their definitions: what an allowance allows must be provable, and one unit more must not.
struct FilterReferenceTests {
    static let limits: [AccountLimit] = ["0.1", "1", "3", "8", "20"].flatMap { epsilon in
        ["1e-9", "1e-6", "1e-5", "1e-3"].map { delta in
            AccountLimit(
                epsilon: EpsilonAmount(decimal: epsilon, rounding: .down)!,
                delta: DeltaAmount(decimal: delta, rounding: .down)!)
        }
    }

    /// δ of a Gaussian by two error functions, in the textbook's form.
    static func gaussianDelta(_ mu: Double, _ epsilon: Double) -> Double {
        let root = 2.0.squareRoot()
        return 0.5 * erfc((epsilon / mu - mu / 2) / root) - exp(epsilon) * 0.5 * erfc((epsilon / mu + mu / 2) / root)
    }

    /// ln δ at which a Rényi cost D at order α is ε: (α − 1)(D − ε + ln(1 − 1/α)) − ln α (Canonne, Kamath, Steinke 2020).
    static func renyiLogDelta(_ cost: Double, _ order: Double, _ epsilon: Double) -> Double {
        (order - 1) * (cost - epsilon + log(1 - 1 / order)) - log(order)
    }

    @Test("each filter may spend 0.99/5 of δ, the samplers a hundredth of it", arguments: limits)
    func shares(limit: AccountLimit) {
        #expect(AccountFilter.all.count == AccountFormat.filterCount)
        let share = AccountFormat.filterDelta(limit.delta.value)
        #expect(relativeError(share * 5, 0.99 * limit.delta.value) < 1e-15)
        // Rounded down to units of 10⁻¹⁸: at most 100 of them lost in the division.
        #expect(limit.filterDelta.value <= share && limit.filterDelta.value >= share - 1.2e-16)
        let t = limit.totalVariationAllowance.value
        #expect((1 + exp(limit.epsilon.value)) * t <= limit.delta.value / 100)
        #expect((1 + exp(limit.epsilon.value)) * (t + 1e-18) >= limit.delta.value / 100 * (1 - 1e-12))
    }

    @Test("the μ² allowance is (ε, δ')-DP, and a billionth more is not", arguments: limits)
    func gaussian(limit: AccountLimit) throws {
        let most = try #require(limit.allowance(of: .gaussian)).value
        let share = AccountFormat.filterDelta(limit.delta.value)
        // erfc's difference is good to 1e-13 of the larger term, which is at most some tens of δ.
        #expect(Self.gaussianDelta(most.squareRoot(), limit.epsilon.value) <= share * (1 + 1e-11))
        let more = (most * (1 + 1e-8) + 2e-12).squareRoot()
        #expect(Self.gaussianDelta(more, limit.epsilon.value) > share)
    }

    @Test("a Rényi allowance converts to (ε, δ'), and a trillionth more does not", arguments: limits)
    func renyi(limit: AccountLimit) {
        let target = log(AccountFormat.filterDelta(limit.delta.value))
        for order in AccountFormat.renyiOrders {
            guard let most = limit.allowance(of: .renyi(order: order))?.value else {
                // Nothing is allowed: even cost 0 does not prove it.
                #expect(Self.renyiLogDelta(0, order, limit.epsilon.value) > target - 1e-9)
                continue
            }
            #expect(Self.renyiLogDelta(most, order, limit.epsilon.value) <= target + 1e-12 * abs(target))
            let more = most * (1 + 1e-11) + 3e-12
            #expect(Self.renyiLogDelta(more, order, limit.epsilon.value) > target)
        }
    }

    @Test("the basic filter is ε itself, Σδ beside it", arguments: limits)
    func basic(limit: AccountLimit) {
        #expect(limit.allowance(of: .basic) == limit.epsilon)
        func sums(_ epsilon: Int64, _ delta: Int64) -> AccountSums {
            AccountSums(
                epsilon: EpsilonAmount(units: epsilon), delta: DeltaAmount(units: delta),
                renyi: AccountFormat.renyiOrders.map { _ in .infinity }, muSquared: .infinity, totalVariation: .zero)
        }
        let (e, d) = (limit.epsilon.units, limit.filterDelta.units)
        #expect(sums(e, d).isWithin(limit))
        #expect(!sums(e + 1, d).isWithin(limit) && !sums(e, d + 1).isWithin(limit))
        #expect(sums(e - 1, 0).isWithin(limit, by: .basic) && !sums(e, d + 1).isWithin(limit, by: .basic))
    }

    @Test("one filter is enough, and none of them is not", arguments: limits)
    func anyOne(limit: AccountLimit) throws {
        func sums(_ basic: Bool, _ gaussian: Bool, _ renyi: [Bool]) throws -> AccountSums {
            func amount(_ filter: AccountFilter, _ isWithin: Bool) throws -> EpsilonAmount {
                isWithin ? limit.allowance(of: filter) ?? .zero : .infinity
            }
            return AccountSums(
                epsilon: try amount(.basic, basic), delta: .zero,
                renyi: try zip(AccountFormat.renyiOrders, renyi).map { try amount(.renyi(order: $0), $1) },
                muSquared: try amount(.gaussian, gaussian), totalVariation: .zero)
        }
        for mask in 0..<32 {
            func bit(_ k: Int) -> Bool { mask >> k & 1 == 1 }
            let isWithin = try sums(bit(0), bit(1), [bit(2), bit(3), bit(4)]).isWithin(limit)
            // A Rényi order that allows nothing lets only nothing through, which `.zero` is.
            #expect(isWithin == (mask != 0), "\(mask)")
        }
    }

    @Test("what is admitted at a limit is admitted at any larger one")
    func monotone() {
        var generator = SeededGenerator(seed: 11)
        for _ in 0..<300 {
            func random(_ most: Int64) -> EpsilonAmount {
                EpsilonAmount(units: Int64.random(in: 0...most, using: &generator))
            }
            let sums = AccountSums(
                epsilon: random(9_000_000_000_000),
                delta: DeltaAmount(units: Int64.random(in: 0...1_000_000_000_000, using: &generator)),
                renyi: AccountFormat.renyiOrders.map { _ in random(9_000_000_000_000) },
                muSquared: random(4_000_000_000_000), totalVariation: .zero)
            let admitted = Self.limits.filter { sums.isWithin($0) }
            for limit in admitted {
                for larger in Self.limits where larger.epsilon >= limit.epsilon && larger.delta >= limit.delta {
                    #expect(sums.isWithin(larger), "\(sums) within \(limit) but not \(larger)")
                }
            }
            // What is shown as spent at that δ is never more than a limit that admits it, but for its last units.
            for limit in admitted where sums.delta == .zero {
                #expect(sums.spent(atDelta: limit.delta).value <= limit.epsilon.value * (1 + 1e-9) + 1e-11)
            }
        }
    }

    @Test("an infinite limit admits everything; a limit of nothing admits what costs nothing")
    func extremes() {
        let everything = AccountLimit(epsilon: .infinity, delta: .zero)
        let price = PlanPrice(of: Plans.gaussian(multiplier: 0), delta: .zero)
        #expect(AccountSums.zero.admits(adding: price, limit: everything))
        let nothing = AccountLimit(epsilon: .zero, delta: .zero)
        #expect(AccountSums.zero.isWithin(nothing))
        let cheap = PlanPrice(
            of: RunPlan([.init(event: Plans.laplaceEvent(Rational(1 << 40, 1)!), count: 1)]), delta: .zero)
        #expect(!AccountSums.zero.admits(adding: cheap, limit: nothing))
    }
}
