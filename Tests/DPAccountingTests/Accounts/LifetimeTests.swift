// SPDX-License-Identifier: Apache-2.0

import Foundation
import TestSupport
import Testing

@testable import DPAccounting

/// Lifetimes of random runs, admitted one by one: what was admitted costs, all of it together and by the exact accountant, no more
/// than the limit. (The guarantee is for runs chosen after seeing releases; those fixed in advance are some of them.)
struct LifetimeTests {
    static func run(_ kind: Int, _ generator: inout SeededGenerator) -> RunPlan {
        switch kind {
        case 0:
            let scale = Rational(Int64.random(in: 2...40, using: &generator), 1)!
            return RunPlan([.init(event: Plans.laplaceEvent(scale), count: Int.random(in: 1...3, using: &generator))])
        case 1:
            return Plans.gaussian(
                multiplier: Double.random(in: 2...30, using: &generator),
                steps: Int.random(in: 1...5, using: &generator))
        case 2:
            return Plans.gaussian(
                multiplier: Double.random(in: 0.9...3, using: &generator), q: 0.02,
                steps: Int.random(in: 20...200, using: &generator))
        default:
            let variance = Rational(Int64.random(in: 20...400, using: &generator), 1)!
            let event = DiscreteGaussianEvent(
                variance: variance, bound: ItemBound(maxItemsPerUser: 1, maxValuePerItem: 2), dimension: 10)
            return RunPlan(.discreteGaussian(event))
        }
    }

    static let limits: [(epsilon: String, delta: String)] = [("2", "1e-5"), ("6", "1e-5"), ("12", "1e-4")]

    /// Runs until the account refuses six in a row.
    static func lifetime(_ kinds: [Int], _ limit: AccountLimit, _ generator: inout SeededGenerator) -> (
        admitted: [RunPlan], sums: AccountSums
    ) {
        var (admitted, sums, refused) = ([RunPlan](), AccountSums.zero, 0)
        // Fast prices: any valid set of accountants will do.
        let accountants = Accountant.pricing.subtracting([.pld])
        while refused < 6, admitted.count < 200 {
            let plan = run(kinds[Int.random(in: 0..<kinds.count, using: &generator)], &generator)
            let price = PlanPrice(of: plan, delta: DeltaAmount(1e-7, rounding: .down), by: accountants)
            if sums.admits(adding: price, limit: limit) {
                sums += price
                admitted.append(plan)
                refused = 0
            } else {
                refused += 1
            }
        }
        return (admitted, sums)
    }

    @Test("Gaussian lifetimes: δ at the limit's ε, exactly, is within the limit", arguments: 0..<6)
    func gaussians(seed: Int) throws {
        var generator = SeededGenerator(seed: 2000 + UInt64(seed))
        for (epsilon, delta) in Self.limits {
            let limit = AccountLimit(
                epsilon: try #require(EpsilonAmount(decimal: epsilon, rounding: .down)),
                delta: try #require(DeltaAmount(decimal: delta, rounding: .down)))
            let (admitted, sums) = Self.lifetime([1], limit, &generator)
            let whole = RunPlan(admitted.flatMap(\.stretches))
            #expect(!admitted.isEmpty)
            let mu = GaussianDP.mu(of: whole)
            #expect(exp(GaussianDP.logDelta(mu: mu, epsilon: limit.epsilon.value)) <= limit.delta.value)
            // The μ² filter is the one that carries them: with its share of δ most of it is used up.
            #expect(sums.spent(atDelta: limit.delta).value > 0.4 * limit.epsilon.value)
            #expect(sums.spent(atDelta: limit.delta) <= limit.epsilon)
        }
    }

    @Test("mixed lifetimes: the exact cost of all that was admitted is within the limit", arguments: 0..<4)
    func mixed(seed: Int) throws {
        var generator = SeededGenerator(seed: 2100 + UInt64(seed))
        for (epsilon, delta) in Self.limits.prefix(2) {
            let limit = AccountLimit(
                epsilon: try #require(EpsilonAmount(decimal: epsilon, rounding: .down)),
                delta: try #require(DeltaAmount(decimal: delta, rounding: .down)))
            let (admitted, sums) = Self.lifetime([0, 1, 2, 3], limit, &generator)
            #expect(!admitted.isEmpty && sums.isWithin(limit))
            let whole = RunPlan(admitted.flatMap(\.stretches))
            var accountant = LossAccountant(tolerance: 1e-3)
            let laws = try #require(whole.lossLaws)
            // An upper bound of the whole at the limit's δ.
            #expect(
                accountant.epsilon(of: laws, delta: limit.delta.value) <= limit.epsilon.value, "\(admitted.count) runs")
        }
    }

    @Test("the order of a lifetime's runs does not change its sums, nor does splitting one", arguments: 0..<4)
    func order(seed: Int) throws {
        var generator = SeededGenerator(seed: 2200 + UInt64(seed))
        let limit = AccountLimit(
            epsilon: try #require(EpsilonAmount(decimal: "6", rounding: .down)),
            delta: try #require(DeltaAmount(decimal: "1e-5", rounding: .down)))
        let (admitted, sums) = Self.lifetime([0, 1, 3], limit, &generator)
        let accountants = Accountant.pricing.subtracting([.pld])
        func total(_ plans: [RunPlan]) -> AccountSums {
            plans.reduce(AccountSums.zero) {
                $0 + PlanPrice(of: $1, delta: DeltaAmount(1e-7, rounding: .down), by: accountants)
            }
        }
        #expect(total(admitted.shuffled(using: &generator)) == sums)
        #expect(total(admitted.reversed()) == sums)
        // Sums of parts are the sum of all, whichever way they are grouped.
        let middle = admitted.count / 2
        #expect(total(Array(admitted.prefix(middle))) + total(Array(admitted.dropFirst(middle))) == sums)
    }
}

extension GaussianDP {
    /// √Σ1/σ² of plain Gaussian sums.
    fileprivate static func mu(of plan: RunPlan) -> Double {
        plan.stretches.reduce(0.0) { sum, stretch in
            guard case .gaussianSum(let event) = stretch.event else { return .infinity }
            return sum + Double(stretch.count) / (event.noiseMultiplier * event.noiseMultiplier)
        }.squareRoot()
    }
}
