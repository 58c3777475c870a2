// SPDX-License-Identifier: Apache-2.0

extension PrivacyEvent {
    /// Pairs of the events that the door does not make. Nil: none is known (ρ-zCDP alone, Rényi bounds alone).
    ///
    /// Pure and approximate bounds are dominated by two-valued randomized response (Kairouz, Oh, Viswanath 2015, Theorem 3.3).
    /// A matrix mechanism is one Gaussian of μ = sensitivity/σ, adaptively too (Denisov, McMahan, Rush, Smith, Thakurta 2022,
    /// Theorem 2.1). A best of random trials has a pair only where its base is pure.
    var otherLossLaws: [LossLawCount]? {
        func one(_ mechanism: LossMechanism) -> [LossLawCount] { [LossLawCount(LossLaw(mechanism), count: 1)] }
        switch self {
        case .discreteLaplace, .discreteGaussian, .gaussianSum: return lossLaws
        case .gaussian(let event): return one(.gaussian(noiseMultiplier: event.noiseMultiplier))
        case .laplace(let event): return one(.laplace(scale: event.noiseMultiplier))
        case .randomizedResponse(let event):
            return one(.randomizedResponse(noise: event.noise, buckets: event.buckets))
        case .exponentialMechanism(let event): return one(.approximate(epsilon: event.epsilon.value, delta: 0))
        case .reportNoisyMax(let event): return one(.approximate(epsilon: event.epsilon.value, delta: 0))
        case .partitionSelection(let event):
            let law = LossLaw(.approximate(epsilon: event.epsilon.value, delta: event.delta.value))
            return [LossLawCount(law, count: event.maxPartitions)]
        case .approximate(let event): return one(.approximate(epsilon: event.epsilon.value, delta: event.delta.value))
        case .zeroConcentrated(let event): return event.rho == .zero ? [] : nil
        case .sampled(let event):
            guard event.event.maySample, let base = event.event.lossLaws, base.count == 1, base[0].count == 1,
                base[0].law.samplingProbability >= 1
            else { return nil }
            return [
                LossLawCount(LossLaw(base[0].law.mechanism, samplingProbability: event.samplingProbability), count: 1)
            ]
        case .composed, .selfComposed, .tiered: return RunPlan(self).lossLaws
        case .randomTrials(let event):
            guard let epsilon = event.pureEpsilon else { return nil }
            return epsilon.isFinite ? one(.approximate(epsilon: epsilon, delta: 0)) : nil
        case .matrixMechanism(let event):
            guard event.sensitivity > 0 else { return [] }
            return one(.gaussian(noiseMultiplier: 1 / event.mu))
        }
    }
}

extension RunPlan {
    /// Pairs under another relation. Replace-one: two Gaussians of opposite sign (`LossMechanism.gaussianReplaceOne`), and
    /// randomized response, which means that already; nil for all else, though twice the removal would bound it.
    package func lossLaws(under adjacency: Adjacency) -> [LossLawCount]? {
        guard adjacency == .replaceUser else { return lossLaws }
        guard let flattened else { return nil }
        var laws: [LossLawCount] = []
        for stretch in flattened.stretches {
            let mechanism: LossMechanism
            switch stretch.event {
            case .gaussianSum(let event) where event.noiseMultiplier > 0:
                mechanism = .gaussianReplaceOne(
                    noiseMultiplier: event.noiseMultiplier, samplingProbability: event.samplingProbability)
            case .gaussian(let event):
                mechanism = .gaussianReplaceOne(noiseMultiplier: event.noiseMultiplier, samplingProbability: 1)
            case .sampled(let event):
                guard case .gaussian(let inner) = event.event else { return nil }
                mechanism = .gaussianReplaceOne(
                    noiseMultiplier: inner.noiseMultiplier, samplingProbability: event.samplingProbability)
            case .randomizedResponse(let event):
                mechanism = .randomizedResponse(noise: event.noise, buckets: event.buckets)
            default: return nil
            }
            laws.append(LossLawCount(LossLaw(mechanism), count: stretch.count))
        }
        return laws
    }
}
