// SPDX-License-Identifier: Apache-2.0

import DPAccounting
import Foundation
import TestSupport
import Testing

struct ConversionTests {
    @Test("agrees with the formula of Canonne, Kamath and Steinke both ways", .enabled(if: Golden.available))
    func golden() throws {
        let orders = (GoldenAccounting.root["rdp_conversion_orders"] as? [Any] ?? []).compactMap(
            GoldenAccounting.number)
        let cases = GoldenAccounting.objects("rdp_conversion")
        #expect(cases.count == 9)
        for one in cases {
            let costs = (one["rdp"] as? [Any] ?? []).compactMap(GoldenAccounting.number)
            let curve = RenyiCurve(orders: orders, costs: costs)
            for row in one["eps_of_delta"] as? [[Any]] ?? [] {
                let cells = row.map(GoldenAccounting.number)
                let ours = curve.epsilon(delta: cells[0]!)
                // The golden file's tolerance: double rounding of a dozen operations.
                #expect(relativeError(ours.epsilon, max(0, cells[1]!)) < 1e-10)
                if cells[1]! > 0 { #expect(ours.order == cells[2]) }
            }
            for row in one["delta_of_eps"] as? [[Any]] ?? [] {
                let cells = row.map(GoldenAccounting.number)
                #expect(relativeError(curve.delta(epsilon: cells[0]!).delta, min(1, cells[1]!)) < 1e-10)
            }
        }
    }

    @Test("there and back again, from every side")
    func roundTrips() {
        for order in [1.1, 2, 30, 1000] {
            for delta in [1e-300, 1e-12, 1e-5, 0.3] {
                for cost in [1e-6, 0.1, 3, 500] {
                    let epsilon = RenyiConversion.epsilon(cost: cost, order: order, delta: delta)
                    guard epsilon > 0 else { continue }
                    let back = RenyiConversion.delta(cost: cost, order: order, epsilon: epsilon)
                    // (α − 1)·ε is taken apart and put together; its rounding is what δ sees.
                    #expect(relativeError(log(back), log(delta)) < 1e-11)
                    let budget = RenyiConversion.budget(order: order, epsilon: epsilon, delta: delta)
                    #expect(abs(budget - cost) < 1e-12 * max(1, epsilon))
                }
            }
        }
    }

    @Test("no δ, no ε: what cannot be proved is infinite")
    func limits() {
        #expect(RenyiConversion.epsilon(cost: 1, order: 2, delta: 0) == .infinity)
        #expect(RenyiConversion.epsilon(cost: .infinity, order: 2, delta: 0.1) == .infinity)
        #expect(RenyiConversion.epsilon(cost: .nan, order: 2, delta: 0.1) == .infinity)
        #expect(RenyiConversion.delta(cost: .nan, order: 2, epsilon: 1) == 1)
        #expect(RenyiConversion.epsilon(cost: 1, order: 2, delta: 1) == 0)
    }
}
