// SPDX-License-Identifier: Apache-2.0

import Foundation

/// Branch and bound over the Rényi order: the least ε at δ, from both sides.
///
/// A divergence does not fall with its order, so between two orders a < b the ε of any order is at least cost(a) plus the
/// least of what the conversion adds; that falls with the order down to −δ or so near 1/δ, and rises again.
struct OrderSearch {
    let delta: Double
    let cost: (Double) -> (lower: Double, upper: Double)
    private var upper = Double.infinity
    private var intervals: [(from: Double, to: Double, costFrom: Double, lower: Double)] = []

    init(delta: Double, cost: @escaping (Double) -> (lower: Double, upper: Double)) {
        self.delta = delta
        self.cost = cost
    }

    mutating func run() -> (lower: Double, upper: Double) {
        var from = 1 + 0.005
        // Below the first order the conversion alone costs this much.
        intervals = [(1, from, 0, added(from))]
        var costFrom = evaluate(from)
        while from < 1e9 {
            let to = 1 + (from - 1) * 2
            append(from, to, costFrom)
            (from, costFrom) = (to, max(costFrom, evaluate(to)))
        }
        // Above the last order, whatever it is.
        intervals.append((from, .infinity, costFrom, max(0, costFrom - delta)))
        for _ in 0..<90 {
            guard let index = intervals.indices.min(by: { intervals[$0].lower < intervals[$1].lower }) else { break }
            let widest = intervals[index]
            if widest.lower >= upper * (1 - 1e-3) || widest.to == .infinity || widest.from == 1 { break }
            let middle = 1 + ((widest.from - 1) * (widest.to - 1)).squareRoot()
            let costMiddle = max(widest.costFrom, evaluate(middle))
            intervals.remove(at: index)
            append(widest.from, middle, widest.costFrom)
            append(middle, widest.to, costMiddle)
        }
        return (min(upper, intervals.map(\.lower).min() ?? 0), upper)
    }

    private mutating func append(_ from: Double, _ to: Double, _ costFrom: Double) {
        intervals.append((from, to, costFrom, max(0, costFrom + min(added(from), added(to)) - delta)))
    }

    /// The lower cost at `order`; its upper cost improves the upper end.
    private mutating func evaluate(_ order: Double) -> Double {
        let cost = cost(order)
        // The samplers may take a hundredth of δ.
        upper = min(upper, max(0, cost.upper + added(order) - log(0.99) / (order - 1)))
        return cost.lower
    }

    private func added(_ order: Double) -> Double {
        log(1 - 1 / order) - log(delta * order) / (order - 1)
    }
}
