// SPDX-License-Identifier: Apache-2.0

import Foundation

extension PlanPrice {
    /// The price of `plan` at δ. Deterministic, free of I/O, in bounded time; never traps, whatever the plan says.
    ///
    /// An empty plan costs nothing.
    public init(of plan: RunPlan, delta: DeltaAmount) {
        let figures = PlanFigures(plan)
        if let problem = figures.problem {
            self.init(infiniteAt: delta, problem: problem)
            return
        }
        if plan.stretches.isEmpty {
            self = .zero
            return
        }
        let renyi = AccountFormat.renyiOrders.map {
            EpsilonAmount(RenyiAccountant.cost(of: figures.plan, order: $0), rounding: .up)
        }
        let muSquared = EpsilonAmount(figures.muSquared, rounding: .up)
        let totalVariation = DeltaAmount(figures.totalVariation, rounding: .up)
        let quotes = Quotes(figures, delta: delta)
        guard let best = quotes.best else {
            let problem = quotes.problem ?? .tooExpensive
            self.init(infiniteAt: delta, problem: problem, renyi, muSquared, totalVariation)
            return
        }
        self.init(
            epsilon: best.epsilon, delta: best.accountant == .pure ? .zero : delta, renyi: renyi, muSquared: muSquared,
            totalVariation: totalVariation, accountant: best.accountant, order: quotes.order,
            epsilonByAccountant: quotes.byAccountant, problem: nil)
    }

    /// What nothing costs.
    public static let zero = PlanPrice(
        epsilon: .zero, delta: .zero, renyi: AccountFormat.renyiOrders.map { _ in .zero }, muSquared: .zero,
        totalVariation: .zero, accountant: .pure, order: nil, epsilonByAccountant: ["pure": 0], problem: nil)

    private init(
        infiniteAt delta: DeltaAmount, problem: PricingProblem, _ renyi: [EpsilonAmount]? = nil,
        _ muSquared: EpsilonAmount = .infinity, _ totalVariation: DeltaAmount = .infinity
    ) {
        self.init(
            epsilon: .infinity, delta: delta,
            renyi: renyi ?? AccountFormat.renyiOrders.map { _ in .infinity }, muSquared: muSquared,
            totalVariation: totalVariation, accountant: .none, order: nil, epsilonByAccountant: [:], problem: problem)
    }
}

/// What every accountant of a plan starts from.
struct PlanFigures {
    /// The first reason against any finite price.
    private(set) var problem: PricingProblem?
    private(set) var pure = PureSum()
    private(set) var hasPure = false
    /// Σ μ² = Σ 1/σ² of the Gaussians without sampling, rounded up; infinite when there is any other event.
    private(set) var muSquared = 0.0
    /// Σ ρ of the zCDP events, rounded up; infinite when there is a sampled Gaussian.
    private(set) var rho = 0.0
    /// The plan without its pure events.
    private(set) var rest: [RunPlan.Stretch] = []
    private(set) var restMuSquared = 0.0
    private(set) var restRho = 0.0
    /// t of the whole run.
    private(set) var totalVariation = 0.0
    /// The plan with compositions taken apart.
    private(set) var plan = RunPlan([])
    /// Failure mass of the approximate events; comes off δ before any accountant sees it.
    private(set) var failure = DeltaAmount.zero
    private var draws = 0.0

    init(_ plan: RunPlan) {
        guard let flat = plan.flattened else { problem = .invalidEvent; return }
        self.plan = flat
        for stretch in flat.stretches {
            add(stretch)
            if problem != nil { return }
        }
        // Sums of positive terms err by at most one ulp a term.
        let slack = 2.3e-16 * Double(flat.stretches.count)
        muSquared = roundedUp(muSquared, by: slack)
        rho = roundedUp(rho, by: slack)
        restMuSquared = roundedUp(restMuSquared, by: slack)
        restRho = roundedUp(restRho, by: slack)
        totalVariation = FastGaussianLaw.totalVariation(draws: draws * (1 + slack))
        failure = flat.failure
    }

    private mutating func add(_ stretch: RunPlan.Stretch) {
        let count = Double(stretch.count)
        switch stretch.event {
        case .discreteLaplace(let event):
            hasPure = true
            pure.add(event, count: stretch.count)
            muSquared = .infinity
            // ε-DP for each coordinate is (ε²/2)-zCDP, and the coordinates are independent.
            let each = Double(event.bound.maxValuePerItem) / event.scale.value
            rho += roundedUp(count * Double(event.bound.maxItemsPerUser) * each * each / 2, by: 1e-15)
        case .discreteGaussian(let event): addRest(stretch, muSquared: .infinity, rho: count * event.rho)
        case .gaussianSum(let event):
            guard event.noiseMultiplier > 0 else { problem = .noNoise; return }
            draws += count * Double(event.dimension)
            let square = 1 / (event.noiseMultiplier * event.noiseMultiplier)
            let cost = event.samplingProbability >= 1 ? roundedUp(count * square, by: 1e-15) : .infinity
            addRest(stretch, muSquared: cost, rho: cost / 2)
        case .gaussian(let event):
            let square = roundedUp(count / (event.noiseMultiplier * event.noiseMultiplier), by: 1e-15)
            addRest(stretch, muSquared: square, rho: square / 2)
        case .matrixMechanism(let event):
            let square = roundedUp(count * event.mu * event.mu, by: 1e-15)
            addRest(stretch, muSquared: square, rho: square / 2)
        case .zeroConcentrated(let event): addRest(stretch, muSquared: .infinity, rho: count * event.rho.value)
        case .laplace, .randomizedResponse, .exponentialMechanism, .reportNoisyMax, .partitionSelection, .approximate,
            .sampled, .randomTrials, .composed, .selfComposed, .tiered:
            guard let epsilon = stretch.event.pureEpsilon else {
                return addRest(stretch, muSquared: .infinity, rho: .infinity)
            }
            hasPure = true
            if case .partitionSelection(let event) = stretch.event {
                let (keys, overflow) = stretch.count.multipliedReportingOverflow(by: event.maxPartitions)
                pure.add(overflow ? .infinity : event.epsilon, count: overflow ? 1 : keys)
            } else {
                pure.add(EpsilonAmount(epsilon, rounding: .up), count: stretch.count)
            }
            muSquared = .infinity
            // ε-DP is (ε²/2)-zCDP (Bun, Steinke 2016, Proposition 3.3), of bounded range (ε²/8)-zCDP (Cesar, Rogers 2021).
            var share = 0.5
            if case .exponentialMechanism = stretch.event { share = 0.125 }
            rho += roundedUp(count * epsilon * epsilon * share, by: 1e-15)
        }
    }

    /// An event that is not pure.
    private mutating func addRest(_ stretch: RunPlan.Stretch, muSquared square: Double, rho cost: Double) {
        rest.append(stretch)
        muSquared += square
        restMuSquared += square
        let up = roundedUp(cost, by: 1e-15)
        rho += up
        restRho += up
    }
}

/// The ε of each accountant that is valid for a plan, at one δ.
private struct Quotes {
    private(set) var all: [(accountant: Accountant, epsilon: EpsilonAmount)] = []
    private(set) var order: Double?
    private(set) var problem: PricingProblem?

    /// The smallest; of equals the first. Nil: none is finite.
    var best: (accountant: Accountant, epsilon: EpsilonAmount)? {
        all.min { $0.epsilon < $1.epsilon }
    }

    var byAccountant: [String: Double] {
        Dictionary(uniqueKeysWithValues: all.map { ($0.accountant.rawValue, $0.epsilon.value) })
    }

    init(_ figures: PlanFigures, delta asked: DeltaAmount) {
        let plan = figures.plan
        if figures.failure > .zero {
            guard figures.failure <= asked else { problem = .failureExceedsDelta; return }
            if figures.rest.isEmpty { quote(.basic, figures.pure.amount) }
        } else if figures.rest.isEmpty {
            quote(.pure, figures.pure.amount)
        }
        // What is left of δ for accountants that know of no failure: δ(ε) ≤ failure + the rest's δ(ε).
        let delta = asked.remaining(after: figures.failure).value
        guard delta > 0 else {
            if !figures.rest.isEmpty { problem = .needsDelta }
            return
        }
        let t = figures.totalVariation
        var shareTooLarge = false
        func priced(_ epsilonAt: (Double) -> Double) -> EpsilonAmount {
            guard let epsilon = Self.withSamplerShare(t, delta: delta, epsilonAt) else {
                shareTooLarge = true
                return .infinity
            }
            return EpsilonAmount(epsilon, rounding: .up)
        }
        if figures.muSquared.isFinite {
            let mu = roundedUp(figures.muSquared.squareRoot())
            quote(.gdp, priced { GaussianDP.epsilonRoundedUp(mu: mu, delta: $0) })
        }
        if figures.rho.isFinite, !figures.muSquared.isFinite {
            quote(.zcdp, priced { ZeroConcentratedDP.epsilonRoundedUp(rho: figures.rho, delta: $0) })
        }
        var bestOrder: Double?
        let renyi = priced {
            let (epsilon, order) = RenyiAccountant.epsilon(ofFlattened: plan, delta: $0)
            bestOrder = order
            return epsilon
        }
        quote(.rdp, renyi)
        if !renyi.isInfinite { order = bestOrder }
        if figures.hasPure, !figures.rest.isEmpty {
            let rest = RunPlan(figures.rest)
            let (mu, rho) = (roundedUp(figures.restMuSquared.squareRoot()), figures.restRho)
            let pure = figures.pure.amount.value
            let others = priced { delta in
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
        if all.isEmpty, shareTooLarge { problem = .needsExactSampler }
    }

    private mutating func quote(_ accountant: Accountant, _ epsilon: EpsilonAmount) {
        if !epsilon.isInfinite { all.append((accountant, epsilon)) }
    }

    /// ε of the run at δ less the sampler's (1 + e^ε)·t; nil if that is more than δ/100.
    ///
    /// First at 0.99·δ, which surely leaves enough if the share is at most δ/100; then at what is really left, where ε is
    /// smaller and with it the share.
    private static func withSamplerShare(_ t: Double, delta: Double, _ epsilonAt: (Double) -> Double) -> Double? {
        if t == 0 { return epsilonAt(delta) }
        let cautious = epsilonAt(0.99 * delta)
        guard cautious.isFinite else { return .infinity }
        let share = (1 + exp(cautious)) * t
        guard share <= delta / 100 else { return nil }
        return min(cautious, epsilonAt((delta - share).nextDown))
    }
}
