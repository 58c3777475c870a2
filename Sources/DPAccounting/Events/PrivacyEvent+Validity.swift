// SPDX-License-Identifier: Apache-2.0

extension PrivacyEvent {
    /// Whether every field is in its range, and every event inside is one that may stand there.
    public var isValid: Bool {
        switch self {
        case .discreteLaplace(let event): event.bound.isValid && event.dimension >= 1
        case .discreteGaussian(let event): event.bound.isValid && event.dimension >= 1
        case .gaussianSum(let event):
            Self.isProbability(event.samplingProbability)
                && event.clippingNorm > 0 && event.clippingNorm.isFinite
                && event.noiseMultiplier >= 0 && event.noiseMultiplier.isFinite && event.dimension >= 1
        case .gaussian(let event): event.noiseMultiplier > 0 && event.noiseMultiplier.isFinite
        case .laplace(let event): event.noiseMultiplier > 0 && event.noiseMultiplier.isFinite
        case .randomizedResponse(let event):
            event.noise >= 0x1p-64 && event.noise <= 1 && (2...(1 << 20)).contains(event.buckets)
        case .exponentialMechanism(let event): !event.epsilon.isInfinite
        case .reportNoisyMax(let event): !event.epsilon.isInfinite
        case .partitionSelection(let event):
            !event.epsilon.isInfinite && event.delta.value < 1 && (1...(1 << 20)).contains(event.maxPartitions)
        case .approximate(let event): !event.epsilon.isInfinite && event.delta.value < 1
        case .zeroConcentrated(let event): !event.rho.isInfinite
        case .sampled(let event): Self.isProbability(event.samplingProbability) && event.event.maySample
        case .composed(let event): !event.events.isEmpty && event.events.allSatisfy(\.isValid)
        case .selfComposed(let event): (1...RunPlan.Stretch.mostSteps).contains(event.count) && event.event.isValid
        case .tiered(let event):
            !event.tiers.isEmpty && event.tiers.allSatisfy { Self.isProbability($0.samplingProbability) }
                && Set(event.tiers.map(\.name)).count == event.tiers.count && event.event.maySample
        case .randomTrials(let event): event.trials.isValid && event.event.isValid
        case .matrixMechanism(let event): event.isValid
        }
    }

    private static func isProbability(_ q: Double) -> Bool { q >= 0x1p-64 && q <= 1 }

    /// Whether a Poisson sample of it has a proof: one dominating pair, not sampled already.
    var maySample: Bool {
        guard isValid else { return false }
        switch self {
        case .discreteLaplace(let event): return event.bound.maxItemsPerUser == 1
        case .discreteGaussian(let event): return event.bound.maxItemsPerUser == 1
        case .gaussianSum(let event): return event.samplingProbability >= 1 && event.noiseMultiplier > 0
        case .gaussian, .laplace, .randomizedResponse, .exponentialMechanism, .reportNoisyMax, .approximate: return true
        case .partitionSelection(let event): return event.maxPartitions == 1
        // A composition's sample is another thing, and of ρ-zCDP alone sampling proves nothing.
        case .zeroConcentrated, .sampled, .composed, .selfComposed, .tiered, .randomTrials, .matrixMechanism:
            return false
        }
    }
}

extension RandomTrialsEvent.Trials {
    var isValid: Bool {
        switch self {
        case .poisson(let mean): mean > 0 && mean <= 1e12
        case .negativeBinomial(let shape, let probability):
            shape > -1 && shape <= 1e6 && probability >= 1e-12 && probability < 1
        }
    }
}

extension ItemBound {
    /// Positive, and so small that the sensitivities cannot overflow.
    var isValid: Bool {
        (1...(1 << 20)).contains(maxItemsPerUser) && (1...(1 << 16)).contains(maxValuePerItem)
    }
}

extension RunPlan {
    /// The plan with compositions taken apart and tiers at their dearest: what accountants read. Nil: an event out of range,
    /// or more steps than can be counted.
    var flattened: RunPlan? {
        var flat: [Stretch] = []
        for stretch in stretches {
            guard stretch.event.isValid, stretch.count >= 1, stretch.event.flatten(stretch.count, into: &flat) else {
                return nil
            }
        }
        return RunPlan(flat)
    }
}

extension PrivacyEvent {
    /// False where the count overflows.
    fileprivate func flatten(_ count: Int, into flat: inout [RunPlan.Stretch]) -> Bool {
        switch self {
        case .composed(let event): return event.events.allSatisfy { $0.flatten(count, into: &flat) }
        case .selfComposed(let event):
            let (product, overflow) = count.multipliedReportingOverflow(by: event.count)
            return !overflow && product < 1 << 53 && event.event.flatten(product, into: &flat)
        case .tiered(let event): return PrivacyEvent.sampled(event.worst).flatten(count, into: &flat)
        case .sampled(let event) where event.samplingProbability >= 1: return event.event.flatten(count, into: &flat)
        case .sampled(let event):
            flat.append(RunPlan.Stretch(event: event.asGaussianSum ?? self, count: count))
        case .discreteLaplace, .discreteGaussian, .gaussianSum, .gaussian, .laplace, .randomizedResponse,
            .exponentialMechanism, .reportNoisyMax, .partitionSelection, .approximate, .zeroConcentrated, .randomTrials,
            .matrixMechanism:
            flat.append(RunPlan.Stretch(event: self, count: count))
        }
        return true
    }
}

extension SampledEvent {
    /// A sampled sum with the fast sampler is a sum of its own; its sampler's share stays counted.
    fileprivate var asGaussianSum: PrivacyEvent? {
        guard case .gaussianSum(let sum) = event else { return nil }
        return .gaussianSum(
            GaussianSumEvent(
                samplingProbability: samplingProbability, clippingNorm: sum.clippingNorm,
                noiseMultiplier: sum.noiseMultiplier, dimension: sum.dimension))
    }
}
