// SPDX-License-Identifier: Apache-2.0

import Foundation

/// One way to prove what a plan costs. Every answer is an upper bound; what it cannot prove costs ∞ (or δ = 1).
///
/// A conformer speaks of ideal laws and of events without compositions; `epsilon` and `delta` below take compositions apart,
/// refuse what is out of range, and charge what no loss shows: failure mass and the fast sampler's distance from its law.
public protocol PlanAccountant: Sendable {
    var name: Accountant { get }
    /// Whether failure mass (`PrivacyEvent.approximate`) is in the ideal figures already.
    var countsFailure: Bool { get }
    /// The smallest ε ≥ 0 at δ in (0, 1) that this accountant proves for a flattened plan; ∞ where it proves none.
    func idealEpsilon(of plan: RunPlan, delta: Double) -> Double
    /// The smallest δ at ε ≥ 0; 1 where it proves none.
    func idealDelta(of plan: RunPlan, epsilon: Double) -> Double
}

/// A point of a privacy profile.
public struct ProfilePoint: Hashable, Codable, Sendable {
    public let epsilon: Double
    public let delta: Double

    public init(epsilon: Double, delta: Double) { (self.epsilon, self.delta) = (epsilon, delta) }
}

extension PlanAccountant {
    public var countsFailure: Bool { false }

    /// ε of `plan` at δ: an upper bound, ∞ where there is none.
    public func epsilon(of plan: RunPlan, delta: Double) -> Double {
        guard let flat = plan.flattened, delta >= 0 else { return .infinity }
        guard flat.stretches.contains(where: \.event.costsSomething) else { return 0 }
        if delta >= 1 { return 0 }
        let failure = countsFailure ? 0 : flat.failure.value
        let left = failure > 0 ? (delta - failure).nextDown : delta
        guard left >= 0, failure == 0 || left > 0 else { return .infinity }
        let t = flat.samplerDistance
        if t == 0 { return Self.sound(idealEpsilon(of: flat, delta: left)) }
        // As `PlanPrice` does: first at what surely leaves enough, then at what is really left.
        let cautious = Self.sound(idealEpsilon(of: flat, delta: 0.99 * left))
        let share = (1 + exp(cautious)) * t
        guard cautious.isFinite, share <= left / 100 else { return .infinity }
        return min(cautious, Self.sound(idealEpsilon(of: flat, delta: (left - share).nextDown)))
    }

    /// δ of `plan` at ε: an upper bound, at most 1.
    public func delta(of plan: RunPlan, epsilon: Double) -> Double {
        guard let flat = plan.flattened, epsilon >= 0 else { return 1 }
        guard flat.stretches.contains(where: \.event.costsSomething) else { return 0 }
        var delta = idealDelta(of: flat, epsilon: epsilon)
        if delta.isNaN || delta < 0 { delta = 1 }
        if !countsFailure { delta = Self.sum(delta, flat.failure.value) }
        let t = flat.samplerDistance
        if t > 0 { delta = Self.sum(delta, roundedUp((1 + exp(min(700, epsilon))) * t, by: 1e-15)) }
        return min(1, delta)
    }

    /// δ at each ε: the privacy profile (Balle, Barthe, Gaboardi 2018), which never rises with ε.
    public func profile(of plan: RunPlan, epsilons: [Double]) -> [ProfilePoint] {
        var least = 1.0
        return epsilons.sorted().map { epsilon in
            least = min(least, delta(of: plan, epsilon: epsilon))
            return ProfilePoint(epsilon: epsilon, delta: least)
        }
    }

    private static func sound(_ epsilon: Double) -> Double { epsilon >= 0 ? epsilon : epsilon.isNaN ? .infinity : 0 }
    private static func sum(_ a: Double, _ b: Double) -> Double { b == 0 ? a : (a + b).nextUp }
}

extension PrivacyEvent {
    /// False for events that cost nothing whoever prices them.
    fileprivate var costsSomething: Bool {
        switch self {
        case .approximate(let event): event.epsilon > .zero || event.delta > .zero
        case .zeroConcentrated(let event): event.rho > .zero
        case .matrixMechanism(let event): event.sensitivity > 0
        default: true
        }
    }
}

extension RunPlan {
    /// t of the plan's fast samplers (`FastGaussianLaw`); 0 where there is none.
    var samplerDistance: Double {
        var draws = 0.0
        for stretch in stretches {
            if case .gaussianSum(let event) = stretch.event { draws += Double(stretch.count) * Double(event.dimension) }
        }
        return draws == 0 ? 0 : FastGaussianLaw.totalVariation(draws: draws * (1 + 1e-14))
    }
}

extension Accountant {
    /// The accountant of that name; nil for `basic` and `none`, which are sums of others and nothing.
    public var method: (any PlanAccountant)? {
        switch self {
        case .pure: PureAccounting()
        case .gdp: GaussianAccounting()
        case .zcdp: ZeroConcentratedAccounting()
        case .rdp: RenyiAccounting()
        case .pld: LossAccounting()
        case .exact: ExactAccounting()
        case .basic, .none: nil
        }
    }
}
