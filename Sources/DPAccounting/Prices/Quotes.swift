// SPDX-License-Identifier: Apache-2.0

import Foundation

/// The ε of each accountant that is valid for a plan, at one δ.
struct Quotes {
    private(set) var all: [(accountant: Accountant, epsilon: EpsilonAmount)] = []
    private(set) var order: Double?
    private(set) var problem: PricingProblem?
    private var shareTooLarge = false

    /// The smallest; of equals the first. Nil: none is finite.
    var best: (accountant: Accountant, epsilon: EpsilonAmount)? {
        all.min { $0.epsilon < $1.epsilon }
    }

    var byAccountant: [String: Double] {
        Dictionary(uniqueKeysWithValues: all.map { ($0.accountant.rawValue, $0.epsilon.value) })
    }

    /// - Parameter accountants: who is asked.
    init(_ figures: PlanFigures, delta asked: DeltaAmount, by accountants: Set<Accountant>) {
        if figures.failure > .zero {
            guard figures.failure <= asked else { problem = .failureExceedsDelta; return }
            if figures.rest.isEmpty, accountants.contains(.basic) { quote(.basic, figures.pure.amount) }
        } else if figures.rest.isEmpty, accountants.contains(.pure) {
            quote(.pure, figures.pure.amount)
        }
        // What is left of δ for accountants that know of no failure: δ(ε) ≤ failure + the rest's δ(ε).
        let delta = asked.remaining(after: figures.failure).value
        guard delta > 0 else {
            if !figures.rest.isEmpty { problem = .needsDelta }
            return
        }
        if figures.muSquared.isFinite {
            if accountants.contains(.gdp) { quoteGaussian(figures, delta) }
        } else if figures.rho.isFinite, accountants.contains(.zcdp) {
            quote(
                .zcdp,
                priced(figures, delta) { ZeroConcentratedDP.epsilonRoundedUp(rho: figures.rho, delta: $0) })
        }
        if accountants.contains(.rdp) { quoteOrders(figures, delta) }
        if figures.hasPure, !figures.rest.isEmpty, accountants.contains(.basic) { quoteSum(figures, delta) }
        if accountants.contains(.pld) { quoteLosses(figures, delta: asked.value, beside: accountants) }
        if accountants.contains(.exact) { quoteExact(figures, delta: asked.value) }
        if all.isEmpty, shareTooLarge { problem = .needsExactSampler }
    }

    private mutating func quote(_ accountant: Accountant, _ epsilon: EpsilonAmount) {
        if !epsilon.isInfinite { all.append((accountant, epsilon)) }
    }

    private mutating func quoteGaussian(_ figures: PlanFigures, _ delta: Double) {
        let mu = roundedUp(figures.muSquared.squareRoot())
        quote(.gdp, priced(figures, delta) { GaussianDP.epsilonRoundedUp(mu: mu, delta: $0) })
    }

    private mutating func quoteOrders(_ figures: PlanFigures, _ delta: Double) {
        var bestOrder: Double?
        let renyi = priced(figures, delta) {
            let (epsilon, order) = RenyiAccountant.epsilon(ofFlattened: figures.plan, delta: $0)
            bestOrder = order
            return epsilon
        }
        quote(.rdp, renyi)
        if !renyi.isInfinite { order = bestOrder }
    }

    /// Pure ε of the pure events, and the best of the others but losses for the rest.
    private mutating func quoteSum(_ figures: PlanFigures, _ delta: Double) {
        let rest = RunPlan(figures.rest)
        let (mu, rho) = (roundedUp(figures.restMuSquared.squareRoot()), figures.restRho)
        let pure = figures.pure.amount.value
        let others = priced(figures, delta) { delta in
            let epsilon =
                if mu.isFinite {
                    GaussianDP.epsilonRoundedUp(mu: mu, delta: delta)
                } else if rho.isFinite {
                    ZeroConcentratedDP.epsilonRoundedUp(rho: rho, delta: delta)
                } else {
                    RenyiAccountant.epsilon(ofFlattened: rest, delta: delta).epsilon
                }
            return roundedUp(pure + epsilon, by: 1e-15)
        }
        quote(.basic, others)
    }

    private mutating func priced(
        _ figures: PlanFigures, _ delta: Double, _ epsilonAt: (Double) -> Double
    ) -> EpsilonAmount {
        let epsilon = Self.withSamplerShare(
            figures.totalVariation, delta: delta, cautiously: epsilonAt, epsilonAt: epsilonAt)
        guard let epsilon else {
            shareTooLarge = true
            return .infinity
        }
        return EpsilonAmount(epsilon, rounding: .up)
    }

    /// ε of the run at δ less the sampler's (1 + e^ε)·t; nil if that is more than δ/100.
    ///
    /// First at 0.99·δ, which surely leaves enough if the share is at most δ/100; then at what is really left, where ε is
    /// smaller and with it the share. (Where the second were larger, the first is taken, of which the share is right.)
    private static func withSamplerShare(
        _ t: Double, delta: Double, cautiously: (Double) -> Double, epsilonAt: (Double) -> Double
    ) -> Double? {
        if t == 0 { return epsilonAt(delta) }
        let cautious = cautiously(0.99 * delta)
        guard cautious.isFinite else { return .infinity }
        let share = (1 + exp(cautious)) * t
        guard share <= delta / 100 else { return nil }
        return min(cautious, epsilonAt((delta - share).nextDown))
    }
}

/// The run as one composition of privacy losses. Valid since the plan is fixed before the first release, and a run that ends
/// early is post-processing of the whole; it says nothing of several runs, so it goes into Σε and Σδ and no other filter.
extension Quotes {
    /// Accuracy in ε, relative, that grids are chosen for: a tenth of a per mille of noise is not worth ten times the time.
    static let lossTolerance = 1e-4
    /// Plans of more different releases are priced by the others: the time of a price has to be bounded.
    static let mostLaws = 64

    /// - Parameter delta: all of it: losses know of failure mass.
    private mutating func quoteLosses(_ figures: PlanFigures, delta: Double, beside accountants: Set<Accountant>) {
        // The analytic Gaussian is exact already.
        if figures.muSquared.isFinite && accountants.contains(.gdp) { return }
        guard let laws = figures.plan.lossLaws, (1...Self.mostLaws).contains(laws.count) else { return }
        // Where the numerics fail on rare sampling, more frequent sampling is an upper bound.
        for least in [0, 1e-5, 1e-4, 1e-3, 1e-2]
        where least == 0 || laws.contains(where: { $0.law.samplingProbability < least }) {
            let laws = laws.map { $0.sampled(atLeast: least) }
            let epsilon = composed(laws, figures.totalVariation, delta)
            if let epsilon, epsilon.isFinite { return quote(.pld, EpsilonAmount(epsilon, rounding: .up)) }
        }
    }

    /// ε at δ of one composition; nil or ∞: none.
    private mutating func composed(_ laws: [LossLawCount], _ t: Double, _ delta: Double) -> Double? {
        var accountant = LossAccountant(tolerance: Self.lossTolerance)
        var coarse = LossAccountant(tolerance: 3e-3)
        let epsilon = Self.withSamplerShare(
            t, delta: delta, cautiously: { coarse.epsilon(of: laws, delta: $0) },
            epsilonAt: { accountant.epsilon(of: laws, delta: $0) })
        if epsilon == nil { shareTooLarge = true }
        return epsilon.map { $0 >= 0 ? $0 : .infinity }
    }

    /// The moment integral, with the effort of a check: for certificates, where it stands beside a price.
    private mutating func quoteExact(_ figures: PlanFigures, delta: Double) {
        guard let laws = figures.plan.lossLaws, (1...Self.mostLaws).contains(laws.count) else { return }
        func epsilon(_ delta: Double) -> Double {
            ExactAccountant.epsilon(of: figures.plan, logDelta: log(delta), effort: .quick).upper
        }
        quote(.exact, priced(figures, delta, epsilon))
    }
}

extension PlanPrice {
    /// ε at this price's δ by every accountant that has a finite figure, by its name: those of the price, and beside them composed
    /// losses and the moment integral where these were not asked for one. For certificates; `self` must be the price of `plan`.
    ///
    /// Each is an upper bound. The price stays what it is: the smallest of `Accountant.pricing`.
    public func figures(of plan: RunPlan) -> [String: Double] {
        guard !epsilon.isInfinite, delta > .zero else { return epsilonByAccountant }
        let figures = PlanFigures(plan)
        guard figures.problem == nil, !figures.plan.stretches.isEmpty else { return epsilonByAccountant }
        let others = Set([Accountant.pld, .exact]).filter { epsilonByAccountant[$0.rawValue] == nil }
        return epsilonByAccountant.merging(Quotes(figures, delta: delta, by: others).byAccountant) { own, _ in own }
    }
}

extension LossLawCount {
    /// The same releases on larger samples: at least as costly.
    ///
    /// With λ = q/q′ the mixture at q is (1 − λ)·Q + λ·M′ of that at q′ ≥ q, and a hockey-stick divergence is jointly convex:
    /// H(M‖Q) ≤ (1 − λ)·H(Q‖Q) + λ·H(M′‖Q) ≤ H(M′‖Q) at any e^ε ≥ 1, and likewise H(Q‖M).
    fileprivate func sampled(atLeast least: Double) -> LossLawCount {
        let q = max(law.samplingProbability, least)
        return LossLawCount(LossLaw(law.mechanism, samplingProbability: q), count: count)
    }
}
