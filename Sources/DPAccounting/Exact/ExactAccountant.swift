// SPDX-License-Identifier: Apache-2.0

import Foundation

/// The exact accountant: no loss is rounded to a grid, and every answer is a bracket.
///
/// The tight referee of the others: its `upper` is a valid price, its `lower` what no valid accountant of the same
/// dominating pairs can go below. Both directions (a user removed, a user added) are composed apart.
public enum ExactAccountant {
    /// ε of `plan` at δ from both sides; infinite above where there is no finite figure.
    public static func epsilon(
        of plan: RunPlan, delta: Double, under adjacency: Adjacency = .addOrRemoveUser
    ) -> PrivacyBracket {
        guard let both = compositions(of: plan, under: adjacency) else {
            return PrivacyBracket(lower: 0, upper: .infinity)
        }
        return epsilon(of: both, logDelta: delta > 0 ? log(delta) : -.infinity, effort: .full)
    }

    /// ln δ of `plan` at ε from both sides, where δ itself may underflow.
    public static func logDelta(of plan: RunPlan, epsilon: Double) -> PrivacyBracket {
        guard epsilon >= 0, let both = compositions(of: plan) else {
            return PrivacyBracket(lower: -.infinity, upper: 0)
        }
        return both.map { $0.logDelta(epsilon: epsilon, effort: .full) }
            .reduce(PrivacyBracket(lower: -.infinity, upper: -.infinity)) { $0.union($1) }
    }

    static func epsilon(of plan: RunPlan, logDelta: Double, effort: Contour.Effort) -> PrivacyBracket {
        guard let both = compositions(of: plan) else { return PrivacyBracket(lower: 0, upper: .infinity) }
        return epsilon(of: both, logDelta: logDelta, effort: effort)
    }

    static func epsilon(of both: [MomentComposition], logDelta: Double, effort: Contour.Effort) -> PrivacyBracket {
        both.map { $0.epsilon(logDelta: logDelta, effort: effort) }
            .reduce(PrivacyBracket(lower: 0, upper: 0)) { $0.union($1) }
    }

    /// The plan's two directions, removing first; one where they are the same. Nil: an event without a dominating pair.
    static func compositions(
        of plan: RunPlan, under adjacency: Adjacency = .addOrRemoveUser
    ) -> [MomentComposition]? {
        guard let laws = plan.lossLaws(under: adjacency) else { return nil }
        let isSymmetric = laws.allSatisfy { $0.law.directions == [.remove] }
        return compositions(laws, directions: isSymmetric ? [.remove] : [.remove, .add])
    }

    static func compositions(_ laws: [LossLawCount], directions: [LossDirection]) -> [MomentComposition]? {
        var all: [MomentComposition] = []
        for direction in directions {
            var composition = MomentComposition()
            for entry in laws {
                guard entry.law.isValid, composition.add(entry.law, direction, count: Double(entry.count)) else {
                    return nil
                }
            }
            all.append(composition)
        }
        return all
    }
}

extension MomentComposition {
    /// Adds `count` releases of a pair in one direction; false where its moments are not known here.
    mutating func add(_ pair: LossLaw, _ direction: LossDirection, count: Double) -> Bool {
        let q = pair.samplingProbability
        switch pair.mechanism {
        case .gaussian(let sigma) where q >= 1:
            add(GaussianMoments(muSquared: 1 / (sigma * sigma)), count: count)
        case .gaussian(let sigma):
            let relation: SampledGaussianMoments.Relation = direction == .remove ? .remove : .add
            add(
                SampledGaussianMoments(noiseMultiplier: sigma, samplingProbability: q, relation: relation), count: count
            )
        case .gaussianReplaceOne(let sigma, let inner):
            guard q >= 1 else { return false }
            // Without sampling N(1, σ²) against N(−1, σ²).
            if inner >= 1 {
                add(GaussianMoments(muSquared: 4 / (sigma * sigma)), count: count)
            } else {
                add(
                    SampledGaussianMoments(noiseMultiplier: sigma, samplingProbability: inner, relation: .replace),
                    count: count)
            }
        case .laplace(let scale) where q >= 1:
            add(LaplaceMoments(a: 1 / scale), count: count)
        case .laplace(let scale):
            guard let law = SampledLaplaceMoments(a: 1 / scale, samplingProbability: q, direction: direction) else {
                return false
            }
            add(law, count: count)
        case .discreteLaplace(let scale, let sensitivity) where q >= 1:
            add(DiscreteLaplaceMoments(rate: 1 / scale, shift: sensitivity), count: count)
        case .discreteGaussian(let variance, let sensitivity) where q >= 1:
            add(DiscreteGaussianMoments(variance: variance, shift: sensitivity), count: count)
        case .discreteLaplace, .discreteGaussian, .randomizedResponse, .approximate:
            guard let atoms = pair.atoms(direction) else { return false }
            addAtoms(atoms, count: count)
        }
        return true
    }

    /// Infinite losses aside. The masses are rounded up by a few ulps: `FiniteMoments` carries that as its error.
    private mutating func addAtoms(_ atoms: [(loss: Double, mass: Double)], count: Double) {
        let infinite = atoms.reduce(0) { $1.loss == .infinity ? $0 + $1.mass : $0 }
        let finite = atoms.filter { $0.loss.isFinite && $0.mass > 0 }
        if infinite > 0 { addInfiniteMass(infinite, count: count) }
        let kept = 1 - infinite
        guard kept > 0, !finite.isEmpty else { return }
        add(FiniteMoments(losses: finite.map(\.loss), masses: finite.map { $0.mass / kept }), count: count)
    }
}
