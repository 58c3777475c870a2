// SPDX-License-Identifier: Apache-2.0

import Foundation

/// What something costs in Rényi differential privacy: at each order α > 1 an upper bound on the divergence, in nats.
///
/// Costs of what is composed add, order by order (Mironov 2017, Proposition 1), chosen adaptively too.
public struct RenyiCurve: Hashable, Sendable {
    /// Ascending, each above 1.
    public let orders: [Double]
    /// Nats; infinite where nothing is known.
    public let costs: [Double]

    /// - Precondition: as many costs as orders, orders above 1.
    public init(orders: [Double], costs: [Double]) {
        precondition(orders.count == costs.count, "\(orders.count) orders, \(costs.count) costs")
        precondition(orders.allSatisfy { $0 > 1 }, "Rényi orders are above 1")
        self.orders = orders
        self.costs = costs.map { $0 >= 0 ? $0 : $0.isNaN ? .infinity : 0 }
    }

    /// What nothing costs.
    public static func zero(orders: [Double]) -> RenyiCurve {
        RenyiCurve(orders: orders, costs: orders.map { _ in 0 })
    }

    /// Both, one after the other.
    /// - Precondition: the same orders.
    public static func + (a: RenyiCurve, b: RenyiCurve) -> RenyiCurve {
        precondition(a.orders == b.orders, "curves at different orders do not add")
        return RenyiCurve(orders: a.orders, costs: zip(a.costs, b.costs).map { ($0 + $1).nextUp })
    }

    /// The smallest ε at δ over the orders, and the order that gives it (nil: none does).
    public func epsilon(delta: Double) -> (epsilon: Double, order: Double?) {
        var best: (epsilon: Double, order: Double?) = (.infinity, nil)
        for (order, cost) in zip(orders, costs) {
            let epsilon = RenyiConversion.epsilon(cost: cost, order: order, delta: delta)
            if epsilon < best.epsilon { best = (epsilon, order) }
        }
        return best
    }

    /// The smallest δ at ε over the orders, and the order that gives it; at most 1.
    public func delta(epsilon: Double) -> (delta: Double, order: Double?) {
        var best: (delta: Double, order: Double?) = (1, nil)
        for (order, cost) in zip(orders, costs) {
            let delta = RenyiConversion.delta(cost: cost, order: order, epsilon: epsilon)
            if delta < best.delta { best = (delta, order) }
        }
        return best
    }
}
