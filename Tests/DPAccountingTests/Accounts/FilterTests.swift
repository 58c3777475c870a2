// SPDX-License-Identifier: Apache-2.0

import Foundation
import TestSupport
import Testing

@testable import DPAccounting

struct FilterTests {
    /// The cost of one golden step at one order.
    private func cost(_ kind: String, _ parameters: [String: Any], order: Double) -> Double {
        let sigma = GoldenAccounting.number(parameters["sigma"]) ?? 1
        switch kind {
        case "gaussian": return order / (2 * sigma * sigma)
        case "subsampled_gaussian":
            let q = GoldenAccounting.number(parameters["q"])!
            return SubsampledGaussian(noiseMultiplier: sigma, samplingProbability: q).cost(order: order)
        case "laplace":
            // Mironov 2017, Table II.
            let (b, a) = (GoldenAccounting.number(parameters["b"])!, order)
            return log(a / (2 * a - 1) * exp((a - 1) / b) + (a - 1) / (2 * a - 1) * exp(-a / b)) / (a - 1)
        default: return .infinity
        }
    }

    @Test("a Rényi filter halts at the step it should", .enabled(if: Golden.available))
    func goldenRenyiFilter() throws {
        let cases = GoldenAccounting.objects("rdp_filter")
        #expect(cases.count == 7)
        for one in cases {
            let epsilon = GoldenAccounting.number(one["eps"])!
            let delta = GoldenAccounting.number(one["delta"])!
            let orders = (one["orders"] as? [Any] ?? []).compactMap(GoldenAccounting.number)
            let budgets = (one["budget_rdp"] as? [Any] ?? []).compactMap(GoldenAccounting.number)
            let ours = orders.map { RenyiConversion.budget(order: $0, epsilon: epsilon, delta: delta) }
            for (a, b) in zip(ours, budgets) { #expect(abs(a - b) < 1e-12 * max(1, abs(b))) }
            // Halting for good, and skipping what does not fit.
            var (halting, skipping, isHalted) = (0, 0, false)
            var (sumsHalting, sumsSkipping) = (orders.map { _ in 0.0 }, orders.map { _ in 0.0 })
            for run in one["steps_runlength"] as? [[Any]] ?? [] {
                let kind = try #require(run[0] as? String)
                let parameters = try #require(run[1] as? [String: Any])
                let costs = orders.map { cost(kind, parameters, order: $0) }
                for _ in 0..<Int(GoldenAccounting.number(run[2])!) {
                    let next = zip(sumsHalting, costs).map { $0 + $1 }
                    if !isHalted, zip(next, ours).contains(where: { $0 <= $1 }) {
                        (sumsHalting, halting) = (next, halting + 1)
                    } else {
                        isHalted = true
                    }
                    let skip = zip(sumsSkipping, costs).map { $0 + $1 }
                    if zip(skip, ours).contains(where: { $0 <= $1 }) { (sumsSkipping, skipping) = (skip, skipping + 1) }
                }
            }
            if GoldenAccounting.number(one["closest_margin"])! > 1e-9 {
                #expect(Double(halting) == GoldenAccounting.number(one["accepted"]), "\(one["name"] ?? "")")
                #expect(Double(skipping) == GoldenAccounting.number(one["accepted_skipping"]), "\(one["name"] ?? "")")
            }
        }
    }

    @Test(
        "a μ² filter in exact units never lets through more, and loses at most one step to a tie",
        .enabled(if: Golden.available))
    func goldenGaussianFilter() throws {
        for one in GoldenAccounting.objects("gdp_filter") {
            let most = GoldenAccounting.number(one["mu_budget"])!
            let limit = EpsilonAmount(most * most, rounding: .down)
            var (sum, accepted) = (EpsilonAmount.zero, 0)
            for mu in (one["mus"] as? [Any] ?? []).compactMap(GoldenAccounting.number) {
                let next =
                    sum + PlanPrice(of: Plans.gaussian(multiplier: 1 / mu), delta: DeltaAmount(units: 1)).muSquared
                if next > limit { break }
                (sum, accepted) = (next, accepted + 1)
            }
            let expected = Int(GoldenAccounting.number(one["accepted"])!)
            let isTie = one["exact_ties"] as? Bool ?? false
            #expect(accepted <= expected)
            #expect(accepted >= expected - (isTie ? 1 : 0))
        }
    }

    @Test("an allowance, spent to the last unit, converts to no more than ε at its share of δ")
    func allowancesAreSound() {
        for (epsilon, delta) in [("1", "1e-5"), ("6", "1e-5"), ("12", "1e-5"), ("0.5", "1e-9")] {
            let limit = AccountLimit(
                epsilon: EpsilonAmount(decimal: epsilon, rounding: .down)!,
                delta: DeltaAmount(decimal: delta, rounding: .down)!)
            let share = limit.delta.value * 0.99 / 5
            for filter in AccountFilter.all {
                guard let most = limit.allowance(of: filter) else { continue }
                switch filter {
                case .basic: #expect(most == limit.epsilon)
                case .gaussian:
                    #expect(
                        GaussianDP.logDelta(mu: most.value.squareRoot(), epsilon: limit.epsilon.value) <= log(share))
                case .renyi(let order):
                    let epsilon = RenyiConversion.epsilon(cost: most.value, order: order, delta: share)
                    #expect(epsilon <= limit.epsilon.value * (1 + 1e-15))
                    // Not wasteful either: within ten units.
                    #expect(epsilon > limit.epsilon.value - 1e-11)
                }
            }
            #expect(limit.filterDelta.value <= share)
        }
    }
}
