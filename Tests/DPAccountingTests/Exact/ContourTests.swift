// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing

@testable import DPAccounting

struct ContourTests {
    private func gaussian(_ mu: Double) -> MomentComposition {
        var one = MomentComposition()
        one.add(GaussianMoments(muSquared: mu * mu), count: 1)
        return one
    }

    @Test("on a Gaussian the line gives the closed form, from both sides, wherever it goes")
    func closedForm() throws {
        for mu in [0.05, 0.8, 4] {
            for epsilon in [0, 0.5 * mu, 3 * mu] {
                let exact = GaussianDP.logDelta(mu: mu, epsilon: epsilon)
                let best = gaussian(mu).saddle(epsilon: epsilon)
                for c in [0.7 * best, best, 1.4 * best] {
                    let contour = try #require(
                        Contour(gaussian(mu), c: c, epsilon: epsilon, logDelta: exact, effort: .full))
                    let ours = contour.logDelta(epsilon)
                    #expect(
                        ours.upper >= exact - 1e-13 * max(1, -exact) && ours.upper <= exact + 1e-8,
                        "μ \(mu) ε \(epsilon) c \(c)")
                    #expect(ours.lower <= exact + 1e-13 * max(1, -exact) && ours.lower >= exact - 1e-8)
                    #expect(contour.smoothing == 0)
                }
            }
        }
    }

    @Test("little effort widens the bracket and never turns it around")
    func effort() throws {
        var composition = MomentComposition()
        composition.add(
            SampledGaussianMoments(noiseMultiplier: 0.8, samplingProbability: 0.001, relation: .remove), count: 1000)
        let full = composition.epsilon(logDelta: log(1e-6), effort: .full)
        for exponentials in [1e6, 1e5, 1e4, 1e2] {
            let effort = Contour.Effort(exponentials: exponentials, accuracy: 1e-6)
            let quick = composition.epsilon(logDelta: log(1e-6), effort: effort)
            #expect(quick.upper >= full.lower && quick.lower <= full.upper, "\(exponentials): \(quick), \(full)")
        }
    }

    @Test("Chernoff's bound is above, and the saddle is its lowest point")
    func chernoff() {
        let composition = gaussian(1)
        for logDelta in [-5.0, -20, -300] {
            let (c, epsilon) = composition.saddle(logDelta: logDelta)
            #expect(epsilon >= GaussianDP.epsilon(mu: 1, logDelta: logDelta))
            func at(_ c: Double) -> Double {
                (composition.logMoment(c) - logDelta + MomentComposition.logChernoff(c)) / c
            }
            #expect(at(c) <= at(c * 1.01) && at(c) <= at(c * 0.99))
            // What Rényi DP proves is the same formula.
            let renyi = RenyiConversion.epsilon(cost: (c + 1) / 2, order: c + 1, delta: exp(max(-700, logDelta)))
            #expect(abs(renyi - epsilon) < 1e-9 * epsilon)
        }
    }

    @Test("Gaussians merge, failure mass composes as 1 − Π(1 − δ)")
    func composition() {
        var composition = gaussian(3)
        composition.add(GaussianMoments(muSquared: 16), count: 1)
        #expect(composition.parts.count == 1 && composition.logMoment(1) == 25)
        composition.addInfiniteMass(0.1, count: 2)
        #expect(abs(composition.infiniteMass - 0.19) < 1e-14 && composition.infiniteMass >= 0.19)
        #expect(composition.logDelta(epsilon: 1e9, effort: .quick).upper >= log(0.19))
        #expect(composition.epsilon(logDelta: log(0.18), effort: .quick).upper == .infinity)
        #expect(composition.epsilon(logDelta: log(0.5), effort: .quick).upper < .infinity)
        composition.addInfiniteMass(1, count: 1)
        #expect(composition.infiniteMass == 1)
    }

    @Test("a bracket's worse of two is the worse at both ends")
    func union() {
        let both = PrivacyBracket(lower: 1, upper: 4).union(PrivacyBracket(lower: 2, upper: 3))
        #expect(both == PrivacyBracket(lower: 2, upper: 4))
    }

    @Test("the decay of sampled Gaussians bounds every later value, and falls")
    func decay() throws {
        for (sigma, q, c) in [(0.5, 0.001, 2.5), (1, 0.01, 12), (4, 0.3, 30), (0.3, 0.5, 0.2)] {
            for relation in [SampledGaussianMoments.Relation.remove, .add, .replace] {
                let law = SampledGaussianMoments(noiseMultiplier: sigma, samplingProbability: q, relation: relation)
                let (line, at) = (law.line(at: c), law.logMoment(c))
                var last = 0.0
                for t in [0.5, 3, 20, 100, 700, 5_000, 100_000] {
                    let bound = line.decay(beyond: t)
                    #expect(bound <= last + 1e-12 && bound <= 0)
                    last = bound
                    for u in [t, 1.37 * t, 4.2 * t] {
                        let value = line.logMoment(at: u)
                        // Far out rounding is all that is left of |M|.
                        #expect(
                            value.re - at <= bound + value.error + 1e-9, "\(relation) σ \(sigma) q \(q) t \(t) u \(u)")
                    }
                }
            }
        }
    }
}
