// SPDX-License-Identifier: Apache-2.0

import Foundation

/// The least ε over the orders for plans that differ a little, as in a calibration: the search starts at the last best order.
///
/// ε has one valley over the orders (`RenyiAccountant.epsilon`), so walking down from any start ends in it. Every figure is one
/// order's, hence a valid bound.
struct RenyiSearch {
    private var index: Int?
    let delta: Double

    init(delta: Double) { self.delta = delta }

    mutating func epsilon(of plan: RunPlan) -> (epsilon: Double, order: Double?) {
        guard let start = index else {
            let found = RenyiAccountant.epsilon(ofFlattened: plan, delta: delta)
            if let order = found.order { index = Self.nearest(order) }
            return found
        }
        let orders = RenyiAccountant.orders
        var known: [Int: Double] = [:]
        func value(_ i: Int) -> Double {
            guard orders.indices.contains(i) else { return .infinity }
            if let value = known[i] { return value }
            let value = RenyiAccountant.epsilon(ofFlattened: plan, order: orders[i], delta: delta)
            known[i] = value
            return value
        }
        var (best, step) = (start, 1)
        if value(best + 1) < value(best) { step = 1 } else if value(best - 1) < value(best) { step = -1 }
        var stride = 1
        while value(best + step * stride) < value(best) {
            best += step * stride
            stride *= 2
        }
        while stride > 1 || value(best - 1) < value(best) || value(best + 1) < value(best) {
            stride = max(1, stride / 2)
            let next = [best - stride, best + stride].min { value($0) < value($1) } ?? best
            if value(next) < value(best) { best = next } else if stride == 1 { break }
        }
        index = best
        var found = (epsilon: value(best), order: orders[best])
        guard found.epsilon.isFinite else { return (.infinity, nil) }
        // The vertex of the parabola through three orders is within some 10⁻⁴ of the valley's floor.
        let (a, b, c) = (value(best - 1), found.epsilon, value(best + 1))
        if found.order < 64, a.isFinite, c.isFinite, a - 2 * b + c > 0 {
            let (low, high) = (orders[best - 1], orders[best + 1])
            let position = 0.5 * (a - c) / (a - 2 * b + c)
            let order =
                position < 0
                ? found.order + position * (found.order - low) : found.order + position * (high - found.order)
            let finer = RenyiAccountant.epsilon(ofFlattened: plan, order: order, delta: delta)
            if finer < found.epsilon { found = (finer, order) }
        }
        return (found.epsilon, found.order)
    }

    private static func nearest(_ order: Double) -> Int {
        let orders = RenyiAccountant.orders
        return orders.indices.min { abs(orders[$0] - order) < abs(orders[$1] - order) } ?? 0
    }
}

extension RenyiAccountant {
    /// δ of a flattened plan at ε, failure mass aside: the least over the grid of orders, near the best of which ln δ is convex.
    static func delta(ofFlattened plan: RunPlan, epsilon: Double) -> Double {
        var known: [Int: Double] = [:]
        func value(_ index: Int) -> Double {
            if let value = known[index] { return value }
            let order = orders[index]
            let cost = costOfFlattened(plan, order: order, withoutFailure: true)
            let exponent =
                cost == .infinity
                ? Double.infinity : (order - 1) * (cost - epsilon + log1p(-1 / order)) - log(order)
            // Each term is rounded once: (α − 1) times the size of ε and the cost.
            let value = exponent.isNaN ? .infinity : exponent + 4e-16 * (4 + (order - 1) * (cost + epsilon))
            known[index] = value
            return value
        }
        var (low, high) = (0, orders.count - 1)
        while low < high {
            let middle = (low + high) / 2
            if value(middle) <= value(middle + 1) { high = middle } else { low = middle + 1 }
        }
        return min(1, expRoundedUp(value(low)))
    }
}
