// SPDX-License-Identifier: Apache-2.0

import Foundation

/// Pure ε of a release, its failure mass aside.
extension PrivacyEvent {
    /// ε outside a failure mass (`failure`), rounded up; nil where it is not pure: Gaussians, ρ-zCDP, trials of such.
    ///
    /// Only for events of a flattened plan.
    var pureEpsilon: Double? {
        switch self {
        case .discreteLaplace(let event): roundedUp(Double(event.bound.l1Sensitivity) / event.scale.value, by: 1e-15)
        case .laplace(let event): roundedUp(1 / event.noiseMultiplier)
        case .randomizedResponse(let event):
            // (1 − f + f/k)/(f/k) = 1 + (1 − f)·k/f.
            roundedUp(log1p((1 - event.noise) * Double(event.buckets) / event.noise), by: 1e-15)
        case .exponentialMechanism(let event): event.epsilon.value
        case .reportNoisyMax(let event): event.epsilon.value
        case .partitionSelection(let event):
            roundedUp(event.epsilon.value * Double(event.maxPartitions), by: 1e-15)
        case .approximate(let event): event.epsilon.value
        case .zeroConcentrated(let event): event.rho == .zero ? 0 : nil
        // ln(1 + q(e^ε − 1)) (Balle, Barthe, Gaboardi 2018, Theorem 8).
        case .sampled(let event):
            event.event.pureEpsilon.map {
                let rest = 1 - event.samplingProbability
                let value =
                    $0 < 30
                    ? log1p(event.samplingProbability * expm1($0))
                    : $0 + log(event.samplingProbability + rest * exp(-$0))
                return roundedUp(value, by: 1e-15)
            }
        case .randomTrials(let event): event.pureEpsilon
        case .discreteGaussian, .gaussianSum, .gaussian, .matrixMechanism, .composed, .selfComposed, .tiered: nil
        }
    }

    /// The chance of failure, exact: with it anything may be seen, without it the release is as priced. 0 for most.
    var failure: DeltaAmount {
        switch self {
        case .partitionSelection(let event): event.delta.times(event.maxPartitions)
        case .approximate(let event): event.delta
        // Whole, not q times: a failed run of which only the sample is lost still tells at ln(1/(1 − q)).
        case .sampled(let event): event.event.failure
        case .randomTrials, .discreteLaplace, .discreteGaussian, .gaussianSum, .gaussian, .laplace, .randomizedResponse,
            .exponentialMechanism, .reportNoisyMax, .zeroConcentrated, .composed, .selfComposed, .tiered,
            .matrixMechanism:
            .zero
        }
    }

    /// Whether some mechanism that the event describes costs as much as its dominating pairs say; if not, another
    /// accountant may rightly be below the exact one: bounded range is more than pure ε, and trials have no pair of their own.
    var hasTightPairs: Bool {
        switch self {
        case .exponentialMechanism, .randomTrials: false
        case .sampled(let event): event.event.hasTightPairs
        case .discreteLaplace, .discreteGaussian, .gaussianSum, .gaussian, .laplace, .randomizedResponse,
            .reportNoisyMax,
            .partitionSelection, .approximate, .zeroConcentrated, .composed, .selfComposed, .tiered, .matrixMechanism:
            true
        }
    }
}

extension Amount {
    /// `count` times the amount; infinite where it does not fit.
    fileprivate func times(_ count: Int) -> Amount {
        if isInfinite { return .infinity }
        let (product, overflow) = units.multipliedReportingOverflow(by: Int64(count))
        return overflow || count < 0 ? .infinity : Amount(units: product)
    }
}

extension RandomTrialsEvent {
    /// (2 + η)·ε for a negative binomial number of ε-DP runs: Papernot, Steinke 2022, Theorem 2 as both orders go to ∞. Nil
    /// for a Poisson number, and where a run is not pure.
    var pureEpsilon: Double? {
        guard case .negativeBinomial(let shape, _) = trials, let base = RunPlan(event).flattened else { return nil }
        var sum = 0.0
        for stretch in base.stretches {
            guard stretch.event.failure == .zero, let one = stretch.event.pureEpsilon else { return nil }
            sum += one * Double(stretch.count)
        }
        return roundedUp((2 + shape) * sum, by: 1e-14 + 1e-16 * Double(base.stretches.count))
    }
}

extension RunPlan {
    /// Σ count·failure of a flattened plan.
    var failure: DeltaAmount { stretches.reduce(.zero) { $0 + $1.event.failure.times($1.count) } }
}
