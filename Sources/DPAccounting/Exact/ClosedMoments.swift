// SPDX-License-Identifier: Apache-2.0

import Foundation

/// The Gaussian of μ = sensitivity/σ: L ~ N(μ²/2, μ²) under P, M(z) = e^(z(z+1)μ²/2).
struct GaussianMoments: MomentLaw, MomentLine {
    let muSquared: Double
    private(set) var c = 0.0

    init(muSquared: Double) { self.muSquared = muSquared }

    var largestLoss: Double { .infinity }
    var totalVariation: Double { erf((muSquared / 8).squareRoot()) * (1 + 1e-14) }
    func cost(at c: Double, upTo t: Double) -> Double { 0.1 }
    func logMoment(_ c: Double) -> Double { c * (c + 1) * muSquared / 2 }
    func line(at c: Double) -> any MomentLine {
        var line = self
        line.c = c
        return line
    }

    func logMoment(at t: Double) -> (re: Double, im: Double, error: Double) {
        let re = (c * (c + 1) - t * t) * muSquared / 2
        let im = t * (2 * c + 1) * muSquared / 2
        return (re, im, 2 * ulpOfOne * ((c * (c + 1) + t * t) * muSquared + abs(im)))
    }

    func decay(beyond t: Double) -> Double { -t * t * muSquared / 2 }
}

/// Laplace noise of scale b, sensitivity Δ, a = Δ/b: atoms at ±a and an exponential between.
///
/// M(z) = e^(za)·((z+1)/(2z+1) + z/(2z+1)·e^(−(2z+1)a)), from the density by hand (as in Mironov 2017, Table II).
struct LaplaceMoments: MomentLaw, MomentLine {
    /// Δ/b.
    let a: Double
    private(set) var c = 0.0

    init(a: Double) { self.a = a }

    var largestLoss: Double { a }
    var totalVariation: Double { -expm1(-a / 2) * (1 + 1e-14) }
    func cost(at c: Double, upTo t: Double) -> Double { 0.2 }
    func logMoment(_ c: Double) -> Double {
        c * a + log((c + 1) / (2 * c + 1) + c / (2 * c + 1) * exp(-(2 * c + 1) * a))
    }
    func line(at c: Double) -> any MomentLine {
        var line = self
        line.c = c
        return line
    }

    func logMoment(at t: Double) -> (re: Double, im: Double, error: Double) {
        // ½ + ½/(2z + 1) and ½ − ½/(2z + 1).
        let (x, y) = (2 * c + 1, 2 * t)
        let square = x * x + y * y
        let (iRe, iIm) = (x / square / 2, -y / square / 2)
        let (g, turn) = (exp(-x * a), -y * a)
        let (eRe, eIm) = (g * cos(turn), g * sin(turn))
        let re = 0.5 + iRe + (0.5 - iRe) * eRe + iIm * eIm
        let im = iIm + (0.5 - iRe) * eIm - iIm * eRe
        let inner = complexLog(re, im)
        let size = exp(inner.re)
        return (
            c * a + inner.re, t * a + inner.im,
            log1p(ulpOfOne * (8 + g * abs(turn)) / max(size, 1e-300) + ulpOfOne * (c + t) * a)
        )
    }

    func decay(beyond t: Double) -> Double {
        // |(z+1)/(2z+1)| and |z/(2z+1)| are at most ½ + ½/|2z + 1|.
        let g = exp(-(2 * c + 1) * a)
        return min(0, log((0.5 + 0.25 / t) * (1 + g)) - (logMoment(c) - c * a))
    }
}

/// Discrete Laplace noise P(x) ∝ e^(−λ|x|), one integer moved by v: losses λ(v − 2x) for 0 ≤ x ≤ v, the ends with the tails.
///
/// M(z) = [e^(zλv) + e^(−(z+1)λv)]/(1 + p) + (1 − p)/(1 + p)·e^(zλv)·(ρ − ρ^v)/(1 − ρ), p = e^(−λ), ρ = e^(−λ(1+2z)).
struct DiscreteLaplaceMoments: MomentLaw, MomentLine {
    /// λ = 1/scale.
    let rate: Double
    /// v.
    let shift: Double
    private(set) var c = 0.0

    init(rate: Double, shift: Int) {
        self.rate = rate
        self.shift = Double(shift)
    }

    var largestLoss: Double { rate * shift * (1 + ulpOfOne) }
    /// ε-DP: at most tanh(ε/2)… the pure bound is enough where this is used.
    var totalVariation: Double { tanh(rate * shift / 2) * (1 + 1e-14) }
    func cost(at c: Double, upTo t: Double) -> Double { 2 }
    func logMoment(_ c: Double) -> Double {
        var line = self
        line.c = c
        return line.logMoment(at: 0).re
    }
    func line(at c: Double) -> any MomentLine {
        var line = self
        line.c = c
        return line
    }

    func logMoment(at t: Double) -> (re: Double, im: Double, error: Double) {
        let p = exp(-rate)
        let (x, y) = ((2 * c + 1) * rate, 2 * t * rate)
        // All divided by e^(zλv): 1 + e^(−(2z+1)λv), and (ρ − ρ^v)/(1 − ρ) = e^(−(2z+1)λ)·(1 − e^(−(2z+1)λ(v−1)))/(1 − ρ).
        let (outerRe, outerIm) = (exp(-x * shift) * cos(y * shift), -exp(-x * shift) * sin(y * shift))
        let bottom = complexExpm1(-x, -y)
        let top = complexExpm1(-x * (shift - 1), -y * (shift - 1))
        let square = bottom.re * bottom.re + bottom.im * bottom.im
        var (midRe, midIm) = (0.0, 0.0)
        if shift > 1, square > 0 {
            let qRe = (top.re * bottom.re + top.im * bottom.im) / square
            let qIm = (top.im * bottom.re - top.re * bottom.im) / square
            let (g, a) = (exp(-x), -y)
            (midRe, midIm) = (g * (cos(a) * qRe - sin(a) * qIm), g * (cos(a) * qIm + sin(a) * qRe))
        }
        let weight = -expm1(-rate) / (1 + p)
        let re = (1 + outerRe) / (1 + p) + weight * midRe
        let im = outerIm / (1 + p) + weight * midIm
        let inner = complexLog(re, im)
        // The quotient loses as much as |1 − ρ| is smaller than the turn; its size is at most v − 1.
        let noise = ulpOfOne * (16 + 4 * y * shift + weight * shift * (8 + 4 * y))
        return (
            c * rate * shift + inner.re, t * rate * shift + inner.im,
            log1p(noise / max(exp(inner.re), 1e-300) + ulpOfOne * (c + t) * rate * shift)
        )
    }

    func decay(beyond t: Double) -> Double { 0 }
}
