// SPDX-License-Identifier: Apache-2.0

import Foundation

/// M(c + it) of the sampled Gaussian, by the trapezoidal rule on a line parallel to the real axis.
///
/// *Why shifted.* On the real axis e^(itL) turns t·L′ times a unit of x, and the rule would need as many nodes. At x + iy the
/// argument of r₊ has the sign of y and grows to y/σ², that of r₋ the opposite: with y > 0 when removing or replacing and
/// y < 0 when adding Im L ≥ 0, so |e^(itL)| ≤ 1. The integrand does not grow with t anywhere in the strip between the axis
/// and 2y, and neither does the error.
///
/// *Error.* Trefethen, Weideman 2014, Theorem 5.1, about the line |y| = d, half-width d: at most 2·S/(e^(2πd/h) − 1), S the
/// largest ∫|f| over the strip. |N(x + iy)| = N(x)·e^(y²/2σ²). |1 − q + q·e^(s + iθ)| ≤ r, and ≥ r·cos(θ/2), so when removing
/// S ≤ M(c)·e^(2d²/σ²), else cos(θ/2)^(−c) times that, θ = 2d/σ². h makes the bound e^(−42)·M(c).
/// r has its zeros at θ = π; θ ≤ 0.9π (adding, replacing: θ ≤ min(π/2, 2/√c)).
struct SampledGaussianLine: MomentLine {
    private struct Node {
        let loss: (re: Double, im: Double)
        let base: (re: Double, im: Double)
        let weight: (re: Double, im: Double)
        let logWeight: Double
        let phase: Double
        /// |L| and |weight|.
        let lossSize: Double
        let weightSize: Double
    }
    private let c: Double
    private var nodes: [Node] = []
    private let logMomentAtC: Double
    private let shift: Double
    private let real: SampledGaussianNodes?
    private static let target = 42.0

    static func geometry(_ law: SampledGaussianMoments, _ c: Double) -> (d: Double, h: Double) {
        let sigma = law.noiseMultiplier
        let most = law.relation == .remove ? 0.9 * Double.pi : min(.pi / 2, 2 / max(c, 1e-3).squareRoot())
        let d = min(1.4 * sigma, most / 2 * sigma * sigma)
        var exponent = target + 2 * d * d / (sigma * sigma) + 1.4
        if law.relation != .remove { exponent -= c * log(cos(d / (sigma * sigma))) }
        return (d, 2 * .pi * d / exponent)
    }

    static func nodeCount(law: SampledGaussianMoments, c: Double) -> Double {
        let (low, high) = law.support(c)
        return ((high - low) / geometry(law, c).h).rounded(.up) + 1
    }

    init(law: SampledGaussianMoments, c: Double) {
        self.c = c
        let variance = law.noiseMultiplier * law.noiseMultiplier
        let (d, h) = Self.geometry(law, c)
        let (low, high) = law.support(c)
        real = SampledGaussianNodes(law: law, c: c, bounds: true)
        logMomentAtC = real?.logMoment ?? .infinity
        let y = law.relation == .add ? -d : d
        let count = Int(min(((high - low) / h).rounded(.up), Double(SampledGaussianMoments.mostNodes)))
        let norm = log(h / (law.noiseMultiplier * (2 * Double.pi).squareRoot()))
        var largest = -Double.infinity
        nodes.reserveCapacity(count + 1)
        for j in 0...count {
            let x = low + Double(j) * h
            let ratio = law.logRatio(x, y)
            var (loss, base) = (ratio, ratio)
            switch law.relation {
            case .remove: break
            case .add: (loss, base) = ((-ratio.re, -ratio.im), (0, 0))
            case .replace:
                let other = law.logRatio(-x, -y)
                loss = (ratio.re - other.re, ratio.im - other.im)
            }
            let logWeight = norm - (x * x - y * y) / (2 * variance)
            let (phase, size) = (-x * y / variance, exp(logWeight))
            nodes.append(
                Node(
                    loss: loss, base: base, weight: (size * cos(phase), size * sin(phase)), logWeight: logWeight,
                    phase: phase, lossSize: (loss.re * loss.re + loss.im * loss.im).squareRoot(), weightSize: size))
            largest = max(largest, base.re + c * loss.re + logWeight)
        }
        shift = largest > 300 ? largest : 0
    }

    func logMoment(at t: Double) -> (re: Double, im: Double, error: Double) {
        let size = (c * c + t * t).squareRoot() + 1
        var (sumRe, sumIm, error) = (0.0, 0.0, 0.0)
        for node in nodes {
            let re = node.base.re + c * node.loss.re - t * node.loss.im
            let im = node.base.im + c * node.loss.im + t * node.loss.re
            if shift == 0, re < 300 {
                // e^(b + zL) − 1, times the weight.
                let growth = exp(re)
                let excess = abs(re) < 1 ? expm1(re) : growth - 1
                let half = sin(im / 2)
                let (eRe, eIm) = (excess - 2 * growth * half * half, growth * sin(im))
                sumRe += eRe * node.weight.re - eIm * node.weight.im
                sumIm += eRe * node.weight.im + eIm * node.weight.re
                error += node.weightSize * (24 * (abs(eRe) + abs(eIm)) + 2 * growth * size * node.lossSize)
            } else {
                let growth = exp(re + node.logWeight - shift)
                let phase = im + node.phase
                sumRe += growth * cos(phase)
                sumIm += growth * sin(phase)
                error += growth * (24 + 2 * size * node.lossSize + abs(node.logWeight))
            }
        }
        // Rounding, the rule's own error and the two ends, e^(−42) and less of M(c).
        let total = error * ulpOfOne + exp(logMomentAtC - shift - Self.target + 1)
        let value = shift == 0 ? complexLog1p(sumRe, sumIm) : complexLog(sumRe, sumIm)
        return (value.re + shift, value.im, log1p(total / max(exp(value.re), 1e-300)))
    }

    func decay(beyond t: Double) -> Double { real.map { log($0.characteristic(beyond: t)) } ?? 0 }
}
