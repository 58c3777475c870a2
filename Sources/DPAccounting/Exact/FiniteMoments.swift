// SPDX-License-Identifier: Apache-2.0

import Foundation

/// A law with finitely many losses: M(z) = Σ p·e^(zl).
struct FiniteMoments: MomentLaw, MomentLine {
    let losses: [Double]
    /// Mass under P of each.
    let masses: [Double]
    /// How far each mass may be off, relative: `LossAtom` rounds up by some ulps.
    static let massError = 1e-13
    private(set) var c = 0.0
    /// ln M(c).
    private var scale = 0.0
    private var logMasses: [Double] = []

    init(losses: [Double], masses: [Double]) {
        (self.losses, self.masses) = (losses, masses)
        logMasses = masses.map { log($0) }
    }

    var largestLoss: Double { losses.max() ?? 0 }
    var totalVariation: Double {
        zip(losses, masses).reduce(0) { $1.0 > 0 ? $0 - $1.1 * expm1(-$1.0) : $0 } * (1 + 2 * Self.massError)
    }
    func cost(at c: Double, upTo t: Double) -> Double { Double(losses.count) }
    func logMoment(_ c: Double) -> Double {
        var sum = 0.0
        for (loss, mass) in zip(losses, masses) {
            guard c * loss < 600 else { return logSumExp(zip(losses, logMasses).map { c * $0 + $1 }) }
            sum += mass * expm1(c * loss)
        }
        return log1p(sum)
    }
    func line(at c: Double) -> any MomentLine {
        var line = self
        (line.c, line.scale) = (c, logMoment(c))
        return line
    }

    func logMoment(at t: Double) -> (re: Double, im: Double, error: Double) {
        var (re, im, error) = (0.0, 0.0, 0.0)
        for j in losses.indices {
            let g = exp(c * losses[j] + logMasses[j] - scale)
            re += g * cos(t * losses[j])
            im += g * sin(t * losses[j])
            error += g * (8 + abs(t * losses[j]) + abs(c * losses[j]) + abs(logMasses[j]))
        }
        let inner = complexLog(re, im)
        return (
            scale + inner.re, inner.im, log1p((error * ulpOfOne + Self.massError) / max(exp(inner.re), 1e-300))
        )
    }

    func decay(beyond t: Double) -> Double { 0 }
}

/// Discrete Gaussian noise P(x) ∝ e^(−x²/2σ²), one integer moved by v.
///
/// L(x) = (v² − 2vx)/2σ², so M(z) = e^(z(z+1)v²/2σ²)·Θ(zv)/Θ(0), Θ(a) = Σ_x e^(−(x+a)²/2σ²)/σ√2π over the integers, which by
/// Poisson summation is Σ_k e^(−2π²σ²k²)·e^(2πika) (Canonne, Kamath, Steinke 2020, section 2).
struct DiscreteGaussianMoments: MomentLaw, MomentLine {
    let variance: Double
    let shift: Double
    private(set) var c = 0.0
    private let logTheta: Double

    init(variance: Double, shift: Int) {
        (self.variance, self.shift) = (variance, Double(shift))
        logTheta = Self.theta(variance, 0, 0, peak: 0).log.re
    }

    var largestLoss: Double { .infinity }
    /// From ρ-zCDP by Pinsker: √(ρ/2).
    var totalVariation: Double { min(1, shift / variance.squareRoot() / 2) * (1 + 1e-14) }
    func cost(at c: Double, upTo t: Double) -> Double { Self.terms(variance) }
    func logMoment(_ c: Double) -> Double {
        c * (c + 1) * shift * shift / (2 * variance) + Self.theta(variance, c * shift, 0, peak: 0).log.re - logTheta
    }
    func line(at c: Double) -> any MomentLine {
        var line = self
        line.c = c
        return line
    }

    func logMoment(at t: Double) -> (re: Double, im: Double, error: Double) {
        let half = shift * shift / (2 * variance)
        // Θ is taken times e^(−t²v²/2σ²), which is its peak on the line.
        let theta = Self.theta(variance, c * shift, t * shift, peak: t * t * half)
        let re = c * (c + 1) * half + theta.log.re - logTheta
        let im = t * (2 * c + 1) * half + theta.log.im
        return (re, im, log1p(theta.error / max(exp(theta.log.re), 1e-300)) + 2 * ulpOfOne * (abs(im) + abs(re)))
    }

    func decay(beyond t: Double) -> Double { 0 }

    private static func terms(_ variance: Double) -> Double { variance < 100 ? 20 * variance.squareRoot() + 6 : 8 }

    /// ln Θ(a + ib) − peak, and how far its exponential may be off.
    private static func theta(
        _ variance: Double, _ a: Double, _ b: Double, peak: Double
    ) -> (log: (re: Double, im: Double), error: Double) {
        let sigma = variance.squareRoot()
        var (re, im, size) = (0.0, 0.0, 0.0)
        if variance < 100 {
            // −(x + a + ib)²/2σ² = −((x+a)² − b²)/2σ² − i(x+a)b/σ²; b²/2σ² is the peak.
            let first = Int((-a - 10 * sigma).rounded(.down)) - 2
            for x in first...(first + Int(20 * sigma) + 6) {
                let u = Double(x) + a
                let g =
                    exp(-u * u / (2 * variance) + (b * b / (2 * variance) - peak))
                    / (sigma * (2 * Double.pi).squareRoot())
                re += g * cos(u * b / variance)
                im -= g * sin(u * b / variance)
                size += g * (8 + abs(u * b / variance))
            }
            return (complexLog(re, im), size * ulpOfOne + 1e-20)
        }
        // −2π²σ²k² + 2πik(a + ib) − b²/2σ² = −(2πσ²k + b)²/2σ² + 2πika: the k next to −b/2πσ².
        let nearest = (-b / (2 * .pi * variance)).rounded()
        for step in -3...3 {
            let k = nearest + Double(step)
            let u = 2 * .pi * variance * k + b
            let g = exp(-u * u / (2 * variance) + (b * b / (2 * variance) - peak))
            let angle = 2 * .pi * (k * a - (k * a).rounded())
            re += g * cos(angle)
            im += g * sin(angle)
            size += g * (8 + ulpOfOne * 0 + 8 * abs(k * a) + abs(u) * abs(b) / variance)
        }
        return (complexLog(re, im), size * ulpOfOne + 1e-20)
    }
}
