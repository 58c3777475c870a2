// SPDX-License-Identifier: Apache-2.0

import Foundation
import TestSupport
import Testing

@testable import DPAccounting

struct RenyiAccountantTests {
    @Test("the search finds what the whole grid holds, or better")
    func searchAgainstGrid() {
        let plans = [
            Plans.gaussian(multiplier: 1, q: 0.01, steps: 1000), Plans.gaussian(multiplier: 0.5, q: 0.5, steps: 3),
            Plans.gaussian(multiplier: 50, q: 1e-3, steps: 10), Plans.gaussian(multiplier: 2, q: 1, steps: 20),
            RunPlan([
                RunPlan.Stretch(event: Plans.laplaceEvent(Rational(20, 1)!), count: 3),
                RunPlan.Stretch(event: Plans.gaussianEvent(multiplier: 1.3, q: 0.02), count: 200),
            ]),
        ]
        for plan in plans {
            let curve = RenyiAccountant.curve(of: plan)
            for delta in [1e-300, 1e-18, 1e-6, 0.1] {
                let found = RenyiAccountant.epsilon(of: plan, delta: delta).epsilon
                let grid = curve.epsilon(delta: delta).epsilon
                // The search rounds up by about 1e-15 more than the curve does.
                #expect(found <= grid * (1 + 1e-12) + 1e-15)
                // A grid of 4 % steps loses at most a few per mille against the best order.
                #expect(found >= grid * 0.99 - 1e-9)
            }
        }
    }

    @Test("the discrete Laplace cost is the sum of the definition, at small and large shifts")
    func discreteLaplaceByDefinition() {
        for (scale, value) in [(1.0, 1), (2.0, 3), (0.5, 1), (10.0, 7)] {
            for order in [1.5, 2.0, 5.0, 20.0] {
                let p = exp(-1 / scale)
                var moment = 0.0
                for x in -2000...2000 {
                    let exponent = -order * abs(Double(x)) - (1 - order) * abs(Double(x - value))
                    moment += (1 - p) / (1 + p) * exp(exponent / scale)
                }
                let direct = log(moment) / (order - 1)
                let event = DiscreteLaplaceEvent(
                    scale: Rational(Int64(scale * 2), 2)!, bound: ItemBound(maxItemsPerUser: 1, maxValuePerItem: value),
                    dimension: 1)
                // The event's cost carries a slack of 1e-14 / (α − 1) absolute and the sum errs by 4000 roundings.
                #expect(abs(event.renyiCost(order: order) - direct) < 1e-12 * max(1, direct))
            }
        }
    }

    @Test("the discrete Laplace cost never passes pure ε, nor ε²/2·α")
    func discreteLaplaceCaps() {
        for scale in [Rational(1, 1000)!, Rational(1, 1)!, Rational(1_000_000_000_000, 7)!] {
            let bound = ItemBound(maxItemsPerUser: 3, maxValuePerItem: 2)
            let event = DiscreteLaplaceEvent(scale: scale, bound: bound, dimension: 5)
            for order in [1.01, 2, 100, 1e9] {
                let cost = event.renyiCost(order: order)
                let each = 2 / scale.value
                #expect(cost > 0 && cost <= 3 * each * (1 + 1e-12))
                #expect(cost <= 3 * each * each / 2 * order * (1 + 1e-12))
            }
        }
    }

    @Test("cost at each order only grows with the order")
    func monotoneInOrder() {
        let plan = Plans.gaussian(multiplier: 1.1, q: 0.03, steps: 10)
        let costs = RenyiAccountant.curve(of: plan, orders: Array(RenyiAccountant.orders.prefix(230))).costs
        for (a, b) in zip(costs, costs.dropFirst()) { #expect(a <= b * (1 + 1e-10)) }
    }

    @Test(
        "the calibrated noise of dp-accounting's Rényi accountant costs no more by ours", .enabled(if: Golden.available)
    )
    func againstTheTool() {
        for row in GoldenAccounting.rows("calibration") {
            guard let sigma = row[6], row[1]! >= 1e-12 else { continue }
            let plan = Plans.gaussian(multiplier: sigma, q: row[2]!, steps: Int(row[3]!))
            let epsilon = RenyiAccountant.epsilon(of: plan, delta: row[1]!).epsilon
            // Their calibration stops 1e-6 from the root, or so.
            #expect(epsilon <= row[0]! * (1 + 1e-4))
            let exact = Plans.gaussian(multiplier: row[4]!, q: row[2]!, steps: Int(row[3]!))
            #expect(RenyiAccountant.epsilon(of: exact, delta: row[1]!).epsilon >= row[0]! * (1 - 1e-6))
        }
    }

    @Test("never below the exact ε of the composition", .enabled(if: Golden.available))
    func aboveExact() {
        for row in GoldenAccounting.rows("pld_subsampled_gaussian") {
            guard let exact = row[4], row[1]! < 1 else { continue }
            let plan = Plans.gaussian(multiplier: row[0]!, q: row[1]!, steps: Int(row[2]!))
            let ours = RenyiAccountant.epsilon(of: plan, delta: row[3]!).epsilon
            // "exact" is good to 1e-8.
            #expect(ours >= exact - 1e-7, "\(row)")
        }
    }
}

/// Plans that tests share.
enum Plans {
    static func gaussianEvent(multiplier: Double, q: Double = 1, dimension: Int = 10) -> PrivacyEvent {
        .gaussianSum(
            GaussianSumEvent(
                samplingProbability: q, clippingNorm: 1, noiseMultiplier: multiplier, dimension: dimension))
    }
    static func gaussian(multiplier: Double, q: Double = 1, steps: Int = 1, dimension: Int = 10) -> RunPlan {
        let event = gaussianEvent(multiplier: multiplier, q: q, dimension: dimension)
        return RunPlan([RunPlan.Stretch(event: event, count: steps)])
    }
    static func laplaceEvent(_ scale: Rational, items: Int = 1, value: Int = 1) -> PrivacyEvent {
        .discreteLaplace(
            DiscreteLaplaceEvent(
                scale: scale, bound: ItemBound(maxItemsPerUser: items, maxValuePerItem: value), dimension: 10))
    }
}
