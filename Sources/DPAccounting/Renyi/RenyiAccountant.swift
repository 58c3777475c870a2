// SPDX-License-Identifier: Apache-2.0

import Foundation

/// Prices events and plans in Rényi differential privacy. Upper bounds throughout; what cannot be computed costs ∞.
public enum RenyiAccountant {
    /// A dense grid for both very small and very large ε: fractional orders in steps of 4 % up to 32, then integers.
    public static let orders: [Double] = {
        var orders: [Double] = []
        var excess = 0.01
        while 1 + excess < 32 {
            orders.append(1 + excess)
            excess *= 1.04
        }
        var order = 32.0
        while order <= 1e9 {
            orders.append(order)
            order = order < 8192 ? (order * 1.03).rounded(.up) : order * 2
        }
        return orders
    }()

    /// The cost of one event at one order, in nats, rounded up.
    public static func cost(of event: PrivacyEvent, order: Double) -> Double {
        guard event.isValid, order > 1 else { return .infinity }
        let wrapped = event
        switch event {
        case .discreteLaplace(let event): return event.renyiCost(order: order)
        case .discreteGaussian(let event): return roundedUp(event.rho * order, by: 1e-15)
        case .gaussianSum(let event):
            return SubsampledGaussian(
                noiseMultiplier: event.noiseMultiplier, samplingProbability: event.samplingProbability
            ).cost(order: order)
        case .composed, .selfComposed, .tiered: return cost(of: RunPlan(wrapped), order: order)
        case .gaussian, .laplace, .randomizedResponse, .exponentialMechanism, .reportNoisyMax, .partitionSelection,
            .approximate, .zeroConcentrated, .sampled, .randomTrials, .matrixMechanism:
            guard event.failure == .zero else { return .infinity }
            return event.otherRenyiCost(order: order)
        }
    }

    /// The cost of a whole plan at one order, in nats, rounded up.
    public static func cost(of plan: RunPlan, order: Double) -> Double {
        guard let flat = plan.flattened else { return .infinity }
        return costOfFlattened(flat, order: order)
    }

    /// - Parameter withoutFailure: Whether failure mass counts elsewhere (subtracted from δ) rather than as ∞.
    static func costOfFlattened(_ plan: RunPlan, order: Double, withoutFailure: Bool = false) -> Double {
        var sum = 0.0
        for stretch in plan.stretches {
            let one =
                withoutFailure && stretch.event.failure > .zero
                ? stretch.event.otherRenyiCost(order: order) : cost(of: stretch.event, order: order)
            sum += roundedUp(one * Double(stretch.count), by: 1e-15)
        }
        return roundedUp(sum, by: 1e-15 * Double(plan.stretches.count))
    }

    /// The curve of one event.
    public static func curve(of event: PrivacyEvent, orders: [Double] = orders) -> RenyiCurve {
        RenyiCurve(orders: orders, costs: orders.map { cost(of: event, order: $0) })
    }

    /// The curve of a whole plan.
    public static func curve(of plan: RunPlan, orders: [Double] = orders) -> RenyiCurve {
        RenyiCurve(orders: orders, costs: orders.map { cost(of: plan, order: $0) })
    }

    /// The smallest ε that Rényi accounting proves for `plan` at δ, and the order that does it (nil: ε is infinite).
    ///
    /// Every order gives a valid bound. ln δ(α) = K(α) − (α−1)ε + (α−1)ln(α−1) − α·ln α is convex in α for each ε (K is
    /// convex, the second derivative of the rest is 1/(α−1) − 1/α), so ε(α) has no second valley and the search need not
    /// look at all of the grid. Deterministic: the order depends on the plan and δ alone.
    /// - Complexity: about 35 evaluations of the plan's cost, whatever the arguments.
    public static func epsilon(of plan: RunPlan, delta: Double) -> (epsilon: Double, order: Double?) {
        guard let flat = plan.flattened else { return (.infinity, nil) }
        let failure = flat.failure
        return epsilon(ofFlattened: flat, delta: failure > .zero ? (delta - failure.value).nextDown : delta)
    }

    /// The same, of what failure mass leaves of δ.
    static func epsilon(ofFlattened plan: RunPlan, delta: Double) -> (epsilon: Double, order: Double?) {
        guard delta > 0 else { return (.infinity, nil) }
        var known: [Int: Double] = [:]
        func value(_ index: Int) -> Double {
            if let value = known[index] { return value }
            let value = epsilon(ofFlattened: plan, order: orders[index], delta: delta)
            known[index] = value
            return value
        }
        var (low, high) = (0, orders.count - 1)
        while low < high {
            let middle = (low + high) / 2
            if value(middle) <= value(middle + 1) { high = middle } else { low = middle + 1 }
        }
        var best = (epsilon: value(low), order: orders[low])
        guard best.epsilon < .infinity else { return (.infinity, nil) }
        if best.order < 64 {
            let span = (orders[max(0, low - 1)], orders[min(orders.count - 1, low + 1)])
            let finer = leastByGoldenSection(span.0, span.1, rounds: 12) {
                epsilon(ofFlattened: plan, order: $0, delta: delta)
            }
            if finer.value < best.epsilon { best = (finer.value, finer.at) }
        }
        return (best.epsilon, best.order)
    }

    /// The ε that one order proves for `plan` at δ.
    public static func epsilon(of plan: RunPlan, order: Double, delta: Double) -> Double {
        converted(cost(of: plan, order: order), order: order, delta: delta)
    }

    static func epsilon(ofFlattened plan: RunPlan, order: Double, delta: Double) -> Double {
        converted(costOfFlattened(plan, order: order, withoutFailure: true), order: order, delta: delta)
    }

    private static func converted(_ cost: Double, order: Double, delta: Double) -> Double {
        let epsilon = RenyiConversion.epsilon(cost: cost, order: order, delta: delta)
        // The conversion's own rounding: its terms are at most a few times |ln δ|/(α − 1) + ε.
        return roundedUp(epsilon + 4e-16 * (1 - log(delta)) / (order - 1), by: 1e-15)
    }
}

extension DiscreteGaussianEvent {
    /// ρ of zero-concentrated DP: ℓ2 sensitivity²/(2·variance), rounded up.
    var rho: Double { roundedUp(Double(bound.l2SensitivitySquared) / (2 * variance.value), by: 1e-15) }
}
