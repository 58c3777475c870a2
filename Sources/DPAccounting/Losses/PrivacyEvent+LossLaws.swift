// SPDX-License-Identifier: Apache-2.0

import Foundation

/// So many releases of one law.
package struct LossLawCount: Hashable, Sendable {
    package let law: LossLaw
    package let count: Int

    package init(_ law: LossLaw, count: Int) { (self.law, self.count) = (law, count) }
}

extension PrivacyEvent {
    /// Pairs whose product dominates one such event; nil where none is known, and then no loss accountant may price it.
    ///
    /// *Vectors of integers.* A user shifts at most ℓ0 coordinates by at most v each, and the noise of the coordinates is
    /// independent, so the event is dominated by the ℓ0-fold product of the pair of shift v (a product of dominating pairs
    /// dominates). That the pair of shift v dominates each smaller one, s ≤ v: the noise X is log-concave, hence the
    /// likelihood ratio of X + s to X is monotone and for every γ the best test is a threshold,
    /// H_γ(X + s ‖ X) = sup_c P(X + s > c) − γ·P(X > c) ≤ sup_c P(X + v > c) − γ·P(X > c). Downward shifts mirror this.
    ///
    /// *Gaussian sums.* Two normal laws of one covariance σ²·I at distance ≤ C are, turned into the line between them, at
    /// most N(C/σ, 1) against N(0, 1) (Dong, Roth, Su 2019, Section 2.3); sampling as in `LossLaw`.
    package var lossLaws: [LossLawCount]? {
        guard isValid else { return nil }
        switch self {
        case .discreteLaplace(let event):
            let mechanism = LossMechanism.discreteLaplace(
                scale: event.scale.value, sensitivity: event.bound.maxValuePerItem)
            return [LossLawCount(LossLaw(mechanism), count: event.bound.maxItemsPerUser)]
        case .discreteGaussian(let event):
            let mechanism = LossMechanism.discreteGaussian(
                variance: event.variance.value, sensitivity: event.bound.maxValuePerItem)
            return [LossLawCount(LossLaw(mechanism), count: event.bound.maxItemsPerUser)]
        case .gaussianSum(let event):
            guard event.noiseMultiplier > 0 else { return nil }
            let mechanism = LossMechanism.gaussian(noiseMultiplier: event.noiseMultiplier)
            return [LossLawCount(LossLaw(mechanism, samplingProbability: event.samplingProbability), count: 1)]
        case .gaussian, .laplace, .randomizedResponse, .exponentialMechanism, .reportNoisyMax, .partitionSelection,
            .approximate, .zeroConcentrated, .sampled, .composed, .selfComposed, .tiered, .randomTrials,
            .matrixMechanism:
            return otherLossLaws
        }
    }
}

extension RunPlan {
    /// Pairs whose product dominates the whole plan, equal ones counted together; nil where one of the events has none.
    package var lossLaws: [LossLawCount]? {
        var counts: [LossLaw: Int] = [:]
        var order: [LossLaw] = []
        guard let flattened else { return nil }
        for stretch in flattened.stretches {
            guard let laws = stretch.event.lossLaws else { return nil }
            for entry in laws {
                let (product, overflow) = entry.count.multipliedReportingOverflow(by: stretch.count)
                let (sum, overflow2) = counts[entry.law, default: 0].addingReportingOverflow(product)
                guard !overflow, !overflow2 else { return nil }
                if counts.updateValue(sum, forKey: entry.law) == nil { order.append(entry.law) }
            }
        }
        return order.map { LossLawCount($0, count: counts[$0] ?? 0) }
    }
}
