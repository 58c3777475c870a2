// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing

@testable import DPAccounting

/// The moments of each law against a sum or integral over its definition.
struct ClosedMomentsTests {
    private static let heights = [0.0, 0.5, 3, 40]
    private static let places = [0.05, 1, 7.5]

    /// Σ mass·e^(zL) over weighted losses.
    private func sum(_ terms: [(loss: Double, mass: Double)], _ c: Double, _ t: Double) -> (re: Double, im: Double) {
        var (re, im) = (0.0, 0.0)
        // Together, since far out e^(cL) overflows where the mass has vanished.
        for term in terms where term.mass > 0 {
            let size = exp(c * term.loss + log(term.mass))
            re += size * cos(t * term.loss)
            im += size * sin(t * term.loss)
        }
        return complexLog(re, im)
    }

    private func check(_ law: any MomentLaw, _ terms: [(loss: Double, mass: Double)], tolerance: Double = 1e-11) {
        for c in Self.places {
            let line = law.line(at: c)
            #expect(
                abs(law.logMoment(c) - sum(terms, c, 0).re) < tolerance * max(1, abs(law.logMoment(c))),
                "\(law) at \(c)")
            for t in Self.heights {
                let (ours, exact) = (line.logMoment(at: t), sum(terms, c, t))
                // The sum errs by its own rounding of M(c), which counts for more where |M| is small.
                let slack = tolerance * exp(law.logMoment(c) - exact.re) + tolerance
                #expect(abs(ours.re - exact.re) < slack, "\(law) at \(c) + \(t)i: \(ours) \(exact)")
                let turns = (ours.im - exact.im) / (2 * Double.pi)
                #expect(abs(turns - turns.rounded()) < slack, "\(law) at \(c) + \(t)i: \(ours) \(exact)")
                if t > 0 {
                    #expect(ours.re <= law.logMoment(c) + line.decay(beyond: t) + 1e-9, "\(law) at \(c) + \(t)i")
                }
            }
        }
    }

    @Test("Gaussian: e^(z(z+1)μ²/2), by the trapezoidal rule over its normal loss")
    func gaussian() {
        for mu in [0.1, 0.7] {
            // L ~ N(μ²/2, μ²); a step of μ/20 is exact to e^(−2π²·400) for smooth sums and t·μ/20 below π.
            let terms = (-400...600).map { k in
                let z = Double(k) / 20
                return (loss: mu * mu / 2 + mu * z, mass: exp(-z * z / 2) / (2 * Double.pi).squareRoot() / 20)
            }
            check(GaussianMoments(muSquared: mu * mu), terms)
        }
    }

    @Test("Laplace: two atoms and a density between, by Simpson's rule")
    func laplace() {
        for a in [0.02, 0.5, 3] {
            let n = 20_000
            var terms = [(loss: a, mass: 0.5), (loss: -a, mass: 0.5 * exp(-a))]
            for i in 0...n {
                // Under P the density of the place x in 0…1 is a/2·e^(−ax), its loss a(1 − 2x).
                let x = Double(i) / Double(n)
                let weight = i == 0 || i == n ? 1.0 : i % 2 == 1 ? 4.0 : 2.0
                terms.append((a * (1 - 2 * x), weight / Double(3 * n) * a / 2 * exp(-a * x)))
            }
            check(LaplaceMoments(a: a), terms, tolerance: 1e-10)
        }
    }

    @Test("discrete Laplace: a sum over the integers")
    func discreteLaplace() {
        for (rate, shift) in [(0.5, 1), (0.01, 3), (2, 2), (0.3, 40)] {
            let p = exp(-rate)
            let far = Int(60 / rate)
            let terms = (-far...(far + shift)).map { x in
                (loss: rate * Double(abs(x - shift) - abs(x)), mass: (1 - p) / (1 + p) * exp(-rate * Double(abs(x))))
            }
            check(DiscreteLaplaceMoments(rate: rate, shift: shift), terms)
        }
    }

    @Test("discrete Gaussian: a sum over the integers, on both sides of where Poisson's formula takes over")
    func discreteGaussian() {
        for (variance, shift) in [(0.25, 1), (9, 2), (99, 1), (101, 3), (2500, 5)] {
            let far = Int(14 * variance.squareRoot()) + 30 * shift + 5
            let norm = (-far...far).reduce(0) { $0 + exp(-Double($1 * $1) / (2 * variance)) }
            let terms = (-far...far).map { x in
                let v = Double(shift)
                return (
                    loss: (v * v - 2 * v * Double(x)) / (2 * variance),
                    mass: exp(-Double(x * x) / (2 * variance)) / norm
                )
            }
            check(DiscreteGaussianMoments(variance: variance, shift: shift), terms)
        }
    }

    @Test("finite laws are their sums; total variations are those of the definition")
    func finite() {
        let terms = [(loss: 1.0, mass: 0.4), (loss: 0, mass: 0.3), (loss: -2.0, mass: 0.3)]
        check(FiniteMoments(losses: terms.map(\.loss), masses: terms.map(\.mass)), terms)
        #expect(abs(FiniteMoments(losses: [1, -1], masses: [0.7, 0.3]).totalVariation - 0.7 * (1 - exp(-1))) < 1e-12)
        #expect(abs(LaplaceMoments(a: 0.3).totalVariation - (1 - exp(-0.15))) < 1e-12)
        #expect(abs(GaussianMoments(muSquared: 0.25).totalVariation - GaussianDP.delta(mu: 0.5, epsilon: 0)) < 1e-12)
    }

    @Test("complex logarithms and exponentials keep their digits near zero")
    func complexNumbers() {
        for (re, im) in [(1e-9, 2e-10), (-1e-12, 3e-7), (0.3, -2), (4, 1), (-0.2, 0.1)] {
            let e = complexExpm1(re, im)
            let back = complexLog1p(e.re, e.im)
            #expect(abs(back.re - re) < 1e-15 + 1e-14 * abs(re) && abs(back.im - im) < 1e-15 + 1e-14 * abs(im))
        }
        #expect(complexLog(0, 0).re == -.infinity)
        #expect(abs(complexLog(1e200, 1e200).re - (200 * log(10) + 0.5 * log(2))) < 1e-12)
    }
}
