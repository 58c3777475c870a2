// SPDX-License-Identifier: Apache-2.0

import Foundation
import TestSupport
import Testing

@testable import DPAccounting

struct LossLawTests {
    static let continuous: [LossMechanism] = [
        .gaussian(noiseMultiplier: 0.5), .gaussian(noiseMultiplier: 1), .gaussian(noiseMultiplier: 30),
        .gaussianReplaceOne(noiseMultiplier: 1, samplingProbability: 0.1),
        .gaussianReplaceOne(noiseMultiplier: 2, samplingProbability: 1), .laplace(scale: 0.5), .laplace(scale: 10),
    ]
    static let discrete: [LossMechanism] = [
        .discreteLaplace(scale: 1, sensitivity: 1), .discreteLaplace(scale: 7.5, sensitivity: 3),
        .discreteGaussian(variance: 1, sensitivity: 1), .discreteGaussian(variance: 25, sensitivity: 4),
        .randomizedResponse(noise: 0.5, buckets: 2), .randomizedResponse(noise: 0.3, buckets: 7),
        .approximate(epsilon: 0.7, delta: 0.01), .approximate(epsilon: 2, delta: 0),
    ]

    @Test("what is above and below a threshold is everything, under P and under Q", arguments: continuous)
    func massesAddUp(mechanism: LossMechanism) throws {
        for s in stride(from: -3.0, through: 3, by: 0.37) {
            let above = try #require(mechanism.masses(.above, of: s))
            let below = try #require(mechanism.masses(.below, of: s))
            #expect(abs(above.p + below.p - 1) < 4e-15)
            #expect(abs(above.q + below.q - 1) < 4e-15)
            // e^s·q, by both routes.
            #expect(relativeError(above.scaledQ, exp(s) * above.q) < 1e-12)
            #expect(relativeError(below.scaledQ, exp(s) * below.q) < 1e-12)
        }
    }

    @Test("where the loss exceeds s, P has more than e^s times Q's mass; below, less", arguments: continuous)
    func lossIsTheLogRatio(mechanism: LossMechanism) throws {
        for s in stride(from: -1.9, through: 1.9, by: 0.31) {
            let (a, b) = (
                try #require(mechanism.masses(.above, of: s)), try #require(mechanism.masses(.above, of: s + 0.05))
            )
            let (p, q) = (a.p - b.p, a.q - b.q)
            guard p > 1e-12 else { continue }
            // A cell (s, s + 0.05] of the loss: its odds lie in between. 1e-3: cancellation in p and q.
            #expect(log(p / q) > s - 1e-3 && log(p / q) < s + 0.051)
        }
    }

    @Test("a discrete law has all its mass, and the loss of an atom is the logarithm of its odds", arguments: discrete)
    func atomsAreALaw(mechanism: LossMechanism) throws {
        let atoms = try #require(mechanism.atoms)
        let (p, q) = (atoms.reduce(0) { $0 + $1.p }, atoms.reduce(0) { $0 + $1.q })
        // Rounded up by a few ulp each, never down.
        #expect(p >= 1 - 1e-15 && p < 1 + 1e-12)
        #expect(q >= 1 - 1e-15 && q < 1 + 1e-12)
        for atom in atoms where atom.loss.isFinite && atom.p > 1e-290 && atom.q > 1e-290 {
            #expect(abs(log(atom.p / atom.q) - atom.loss) < 1e-11 * max(1, abs(atom.loss)))
        }
        #expect(zip(atoms, atoms.dropFirst()).allSatisfy { $0.loss < $1.loss })
    }

    @Test("finite atoms lie on the lattice they claim", arguments: discrete)
    func latticeHoldsTheAtoms(mechanism: LossMechanism) throws {
        let lattice = try #require(mechanism.lattice)
        let finite = try #require(mechanism.atoms).filter { $0.loss.isFinite }
        for (k, atom) in finite.enumerated() {
            #expect(abs(lattice.offset + lattice.step * Double(k) - atom.loss) < 1e-12 * max(1, abs(atom.loss)))
        }
    }

    @Test("mirrored pairs: the loss of Q against P has the same law", arguments: discrete)
    func discreteLawsAreSymmetric(mechanism: LossMechanism) throws {
        let atoms = try #require(mechanism.atoms)
        for (atom, mirror) in zip(atoms, atoms.reversed()) {
            #expect(atom.loss == -mirror.loss || abs(atom.loss + mirror.loss) < 1e-12)
            #expect(abs(atom.p - mirror.q) < 1e-12)
        }
    }

    @Test("one step of a sampled Gaussian is the golden closed form", .enabled(if: Golden.available))
    func oneStep() {
        for row in GoldenAccounting.rows("pld_one_step") {
            let law = LossLaw(.gaussian(noiseMultiplier: row[0]!), samplingProbability: row[1]!)
            for (direction, exact) in [(LossDirection.remove, row[3]!), (.add, row[4]!)] {
                let found = law.hockeyStick(row[2]!, direction)
                guard exact > 1e-300 else {
                    #expect(found < 1e-290)
                    continue
                }
                // A sum of two numbers of size P(L > ε) which nearly cancel where q is small: 1e-7 of what is left.
                #expect(found >= exact * (1 - 1e-14) && found <= exact * (1 + 1e-7), "\(row) \(direction)")
            }
        }
    }

    @Test("without sampling it is the plain Gaussian", arguments: [0.3, 1, 4, 100])
    func unsampledGaussian(sigma: Double) {
        let law = LossLaw(.gaussian(noiseMultiplier: sigma))
        for epsilon in [0, 0.01, 0.3, 1, 3] {
            let exact = GaussianDP.delta(mu: 1 / sigma, epsilon: epsilon)
            // Absolute: two probabilities subtracted.
            #expect(abs(law.hockeyStick(epsilon, .remove) - exact) < 1e-13)
            #expect(abs(law.hockeyStick(epsilon, .add) - exact) < 1e-13)
        }
    }

    @Test("one Laplace is 1 − e^((ε − 1/b)/2)")
    func unsampledLaplace() {
        for (scale, epsilon) in [(1.0, 0.1), (1, 0.9), (2, 0.2), (0.1, 4)] {
            let exact = -expm1((epsilon - 1 / scale) / 2)
            // It is raised by 8 ulp for each unit of the largest loss.
            #expect(relativeError(LossLaw(.laplace(scale: scale)).hockeyStick(epsilon, .remove), exact) < 1e-12)
        }
        #expect(LossLaw(.laplace(scale: 1)).hockeyStick(1, .remove) < 1e-15)
    }

    @Test("an (ε, δ) pair has that profile", arguments: [(0.5, 0.1), (2, 1e-9), (1, 0)])
    func approximatePair(epsilon: Double, delta: Double) {
        let law = LossLaw(.approximate(epsilon: epsilon, delta: delta))
        #expect(abs(law.hockeyStick(epsilon, .remove) - delta) < 1e-15)
        #expect(abs(law.hockeyStick(epsilon + 3, .remove) - delta) < 1e-15)
        // At ε′ below it is δ + (1 − δ)·(e^ε − e^ε′)/(1 + e^ε).
        let at = delta + (1 - delta) * (exp(epsilon) - exp(epsilon / 2)) / (1 + exp(epsilon))
        #expect(relativeError(law.hockeyStick(epsilon / 2, .remove), at) < 1e-13)
    }

    @Test("sampling shrinks δ in both directions, and q = 1 is the plain law", arguments: continuous + discrete)
    func samplingHelps(mechanism: LossMechanism) {
        if case .gaussianReplaceOne = mechanism { return }
        for epsilon in [0.05, 0.5, 2] {
            let plain = LossLaw(mechanism).hockeyStick(epsilon, .remove)
            var before = (remove: 0.0, add: 0.0)
            for q in [1e-6, 1e-3, 0.1, 0.5, 0.999_999_999] {
                let law = LossLaw(mechanism, samplingProbability: q)
                let now = (remove: law.hockeyStick(epsilon, .remove), add: law.hockeyStick(epsilon, .add))
                // 1e-14: the rounding that is added to each.
                #expect(now.remove >= before.remove - 1e-14 && now.add >= before.add - 1e-14)
                #expect(now.remove <= plain + 1e-14 && now.add <= plain + 1e-14)
                before = now
            }
            #expect(abs(before.remove - plain) < 1e-8)
        }
    }

    @Test("amplification at ε′ = ln(1 + q(e^ε − 1)) is exactly q·δ(ε)", arguments: continuous)
    func amplification(mechanism: LossMechanism) {
        if case .gaussianReplaceOne = mechanism { return }
        for (q, epsilon) in [(0.01, 0.4), (0.3, 1.1), (0.7, 0.2)] {
            let sampled = LossLaw(mechanism, samplingProbability: q)
            let outer = log1p(q * expm1(epsilon))
            let expected = q * LossLaw(mechanism).hockeyStick(epsilon, .remove)
            // Li, Qardaji, Su 2012; equality for removing.
            #expect(abs(sampled.hockeyStick(outer, .remove) - expected) < 1e-13)
        }
    }

    @Test("thresholds go there and back", arguments: [1e-9, 1e-3, 0.3, 0.9999, 1])
    func thresholds(q: Double) {
        let law = LossLaw(.gaussian(noiseMultiplier: 1), samplingProbability: q)
        for direction in LossDirection.allCases {
            for s in [-3.0, -0.1, 0, 1e-6, 0.5, 20, 100, 700] {
                let t = law.outerLoss(s, direction)
                // log1p loses digits of s where e^s is far below 1 or q is tiny: relative to q.
                #expect(abs(law.innerThreshold(t, direction) - s) < 1e-6 * max(1, abs(s)), "\(q) \(s) \(direction)")
            }
            // Beyond what the mixture's loss can be.
            if q < 1 {
                let beyond = (direction == .remove ? 1 : -1) * (log1p(-q) - 0.01)
                #expect(law.innerThreshold(beyond, direction) == -.infinity)
            }
        }
    }

    @Test("extreme parameters give masses in [0, 1], never NaN")
    func extremes() {
        for sigma in [1e-3, 1e-2, 1, 1e3, 1e6] {
            for q in [1e-9, 1e-3, 0.5, 1] {
                let law = LossLaw(.gaussian(noiseMultiplier: sigma), samplingProbability: q)
                for epsilon in [0, 1e-12, 1e-3, 1, 100, 1e5, 1e6, 1e9] {
                    for direction in LossDirection.allCases {
                        let delta = law.hockeyStick(epsilon, direction)
                        #expect(delta >= 0 && delta <= 1, "\(sigma) \(q) \(epsilon) \(direction)")
                    }
                }
            }
        }
    }

    @Test("parameters out of range are known as such")
    func validity() {
        #expect(!LossLaw(.gaussian(noiseMultiplier: 0)).isValid)
        #expect(!LossLaw(.gaussian(noiseMultiplier: .infinity)).isValid)
        #expect(!LossLaw(.gaussian(noiseMultiplier: 1), samplingProbability: 0).isValid)
        #expect(!LossLaw(.gaussian(noiseMultiplier: 1), samplingProbability: 1.1).isValid)
        #expect(!LossLaw(.laplace(scale: -1)).isValid)
        #expect(!LossLaw(.discreteGaussian(variance: .nan, sensitivity: 1)).isValid)
        #expect(!LossLaw(.randomizedResponse(noise: 0, buckets: 2)).isValid)
        #expect(!LossLaw(.approximate(epsilon: 1, delta: 1)).isValid)
        #expect(Self.continuous.allSatisfy { LossLaw($0).isValid })
        #expect(Self.discrete.allSatisfy { LossLaw($0).isValid })
    }
}

struct EventLossLawsTests {
    @Test("a vector event is ℓ0 releases of the largest shift")
    func vectors() throws {
        let bound = ItemBound(maxItemsPerUser: 5, maxValuePerItem: 3)
        let laplace = PrivacyEvent.discreteLaplace(
            DiscreteLaplaceEvent(scale: try #require(Rational(7, 2)), bound: bound, dimension: 40))
        #expect(
            laplace.lossLaws == [LossLawCount(LossLaw(.discreteLaplace(scale: 3.5, sensitivity: 3)), count: 5)])
        let gaussian = PrivacyEvent.discreteGaussian(
            DiscreteGaussianEvent(variance: try #require(Rational(9, 1)), bound: bound, dimension: 40))
        #expect(
            gaussian.lossLaws == [LossLawCount(LossLaw(.discreteGaussian(variance: 9, sensitivity: 3)), count: 5)])
    }

    @Test("a larger shift dominates a smaller one at every ε", arguments: [0.5, 2, 11])
    func shiftsDominate(scale: Double) {
        for epsilon in stride(from: 0.0, through: 3, by: 0.1) {
            var before = (laplace: 0.0, gaussian: 0.0)
            for v in 1...6 {
                let laplace = LossLaw(.discreteLaplace(scale: scale, sensitivity: v)).hockeyStick(epsilon, .remove)
                let gaussian = LossLaw(.discreteGaussian(variance: scale * scale, sensitivity: v))
                    .hockeyStick(epsilon, .remove)
                #expect(laplace >= before.laplace - 1e-15)
                #expect(gaussian >= before.gaussian - 1e-15)
                before = (laplace, gaussian)
            }
        }
    }

    @Test("a sum is one sampled Gaussian of its multiplier; without noise it has no law")
    func sums() {
        let event = Plans.gaussianEvent(multiplier: 1.3, q: 0.02)
        let law = LossLaw(.gaussian(noiseMultiplier: 1.3), samplingProbability: 0.02)
        #expect(event.lossLaws == [LossLawCount(law, count: 1)])
        #expect(Plans.gaussianEvent(multiplier: 0).lossLaws == nil)
        #expect(Plans.gaussianEvent(multiplier: 1, q: 2).lossLaws == nil)
    }

    @Test("a plan counts equal laws together, and overflow is refused")
    func plans() {
        let (a, b) = (Plans.gaussianEvent(multiplier: 1), Plans.gaussianEvent(multiplier: 2))
        let plan = RunPlan([.init(event: a, count: 3), .init(event: b, count: 2), .init(event: a, count: 4)])
        #expect(plan.lossLaws?.map(\.count) == [7, 2])
        #expect(RunPlan([]).lossLaws == [])
        let many = RunPlan([.init(event: a, count: .max), .init(event: a, count: 1)])
        #expect(many.lossLaws == nil)
    }
}
