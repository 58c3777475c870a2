// SPDX-License-Identifier: Apache-2.0

import Foundation

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
