// SPDX-License-Identifier: Apache-2.0

import Foundation

/// δ(ε) of a composition from both sides, by the moment integral on one vertical line.
///
/// Alghamdi et al. 2023 (saddle-point accountant), Proposition 2.3: for c > 0
/// δ(ε) = 1/2πi·∫_{Re z = c} e^(−zε)·M(z)/(z(z + 1)) dz. Nothing is rounded to a grid of losses.
///
/// *The rule.* With step 2π/W Poisson's summation formula says what the trapezoidal rule gives, exactly:
/// Σₙ e^(cnW)·δ(ε + nW), all terms ≥ 0. So it is never below δ(ε). The terms n < 0 add at most 1/(e^(cW) − 1), since δ ≤ 1;
/// those n > 0 at most Σ e^(cnW)·e^(K(c′) − c′(ε + nW) + χ(c′)) for any c′ > c, by Chernoff (`logChernoff`).
/// *The end.* Beyond t_N the integrand is at most |M(c + it)|/t², and the laws bound |M| (`decay`).
/// *Rounding.* Each law says how far its ln M may be off; these add up over the releases and over the line.
/// *Smoothing.* Where |M| does not fall fast enough (atoms, few steps) a Gaussian release of tiny μ = τ is composed with it.
/// More releases never cost less, so an upper bound stays one; from below δ(ε) ≥ δ′(ε + η) − δ_τ(η) by basic composition.
struct Contour {
    let c: Double
    private let composition: MomentComposition
    private let period: Double
    private let step: Double
    /// ln of the integrand at t = 0 without e^(−cε).
    private let top: Double
    private var amplitudes: [Double] = []
    private var phases: [Double] = []
    /// Σ over the line of what the amplitudes may be off, and of what their phases add.
    private var amplitudeError = 0.0
    private var phaseError = 0.0
    private var turnError = 0.0
    private var tail = 0.0
    /// τ; 0: no smoothing.
    let smoothing: Double

    /// c′/c that are tried. Moments may rise steeply right of c.
    private static let furtherOut = [1.01, 1.02, 1.04, 1.08, 1.15, 1.3, 1.6, 2, 3, 5]

    /// What the accuracy may cost: complex exponentials on one line.
    struct Effort: Sendable {
        let exponentials: Double
        /// Relative accuracy of δ that is aimed at.
        let accuracy: Double
        /// A second or so.
        static let full = Effort(exponentials: 3e7, accuracy: 1e-11)
        /// Some ten milliseconds, for a check of many charges.
        static let quick = Effort(exponentials: 1e6, accuracy: 1e-6)
    }

    /// Nil where the moments cannot be had or no line is short enough.
    /// - Parameter logDelta: About where ln δ will be.
    init?(_ plain: MomentComposition, c: Double, epsilon: Double, logDelta: Double, effort: Effort) {
        let moment = plain.logMoment(c)
        guard c > 0, moment.isFinite, epsilon.isFinite, logDelta.isFinite else { return nil }
        let wanted = -log(effort.accuracy)
        // The period: both kinds of aliases below the accuracy.
        var period = (wanted - logDelta) / c
        var above = max(0, plain.largestLoss * (1 + 1e-12) - epsilon)
        for factor in Self.furtherOut where above > period {
            let further = plain.logMoment(c * factor)
            let need = further - c * factor * epsilon + MomentComposition.logChernoff(c * factor) - logDelta + wanted
            if need.isFinite { above = min(above, need / (c * (factor - 1))) }
        }
        period = max(period, above) * 1.02
        guard period.isFinite, period > 0 else { return nil }
        // The width of the tilted loss: what the sum is compared with.
        let spread = Self.spread(plain, c)
        let limit = Self.limit(plain, c, points: effort.exponentials * 2 * .pi / period)
        let target = effort.accuracy * .pi / (c * (c + 1) * (2 * Double.pi).squareRoot() * max(spread, 1e-300)) / 3
        guard let (tau, end) = Self.end(plain, c, target: target, limit: limit) else { return nil }
        let composition = tau > 0 ? plain.with(GaussianMoments(muSquared: tau * tau)) : plain
        self.composition = composition
        (self.c, self.period, smoothing) = (c, period, tau)
        step = 2 * .pi / period
        top = composition.logMoment(c) - log(c) - log1p(c)
        let lines = composition.parts.map { (line: $0.law.line(at: c), count: $0.count) }
        let count = Int((end / step).rounded(.up))
        amplitudes.reserveCapacity(count + 1)
        phases.reserveCapacity(count + 1)
        for k in 0...count {
            let t = Double(k) * step
            var (re, im, error) = (0.0, 0.0, 0.0)
            for part in lines {
                let value = part.line.logMoment(at: t)
                re += part.count * value.re
                im += part.count * value.im
                error += part.count * value.error + ulpOfOne * part.count * (abs(value.re) + abs(value.im))
            }
            let (z, next) = (complexLog(c, t), complexLog(c + 1, t))
            re -= z.re + next.re
            im -= z.im + next.im
            let weight = k == 0 ? 0.5 : 1.0
            // A value that rounding alone decides may be anything up to the error.
            let amplitude = re > -.infinity ? weight * exp(re - top) : 0
            guard amplitude.isFinite, im.isFinite else { return nil }
            amplitudes.append(amplitude)
            phases.append(im)
            let off = re + error - top
            amplitudeError += error < 1e-3 ? amplitude * error * 1.001 : exp(min(700, off)) * weight
            phaseError += amplitude * ulpOfOne * (4 + 2 * abs(im))
            turnError += amplitude * ulpOfOne * 2 * t
        }
        guard amplitudeError.isFinite else { return nil }
        let last = Double(count) * step
        tail = c * (c + 1) * exp(Self.decay(lines, beyond: last)) / last * period / 2 / .pi
    }

    /// ln δ at ε from both sides; `lower` is −∞ where nothing can be said.
    func logDelta(_ epsilon: Double) -> (lower: Double, upper: Double) {
        // δ of the smoothed composition is `scale` times the sum over π/step.
        let scale = top - c * epsilon + log(step / .pi)
        let chernoff = composition.logMoment(c) - c * epsilon + MomentComposition.logChernoff(c)
        let (sum, error) = sum(epsilon)
        let high = sum + error
        let upper = high > 0 ? min(scale + log(high), chernoff) : chernoff
        let bound = min(0, upper + 1e-14 * (1 + abs(scale)))
        guard smoothing == 0 else {
            let (eta, loss) = smoothingLoss(bound)
            return (lowerOfSum(epsilon + eta, minus: loss), bound)
        }
        return (lower(of: sum - error, epsilon, minus: 0), bound)
    }

    private func lowerOfSum(_ epsilon: Double, minus loss: Double) -> Double {
        let (sum, error) = sum(epsilon)
        return lower(of: sum - error, epsilon, minus: loss)
    }

    /// η and δ_τ(η), the latter far below δ.
    private func smoothingLoss(_ logDelta: Double) -> (eta: Double, delta: Double) {
        let x = (2 * (30 - logDelta)).squareRoot()
        return (smoothing * (x + smoothing / 2), exp(-x * x / 2))
    }

    /// Σ amplitude·cos(phase − tε), and how far it may be off.
    private func sum(_ epsilon: Double) -> (sum: Double, error: Double) {
        var (sum, carry, size) = (0.0, 0.0, 0.0)
        for k in amplitudes.indices {
            let term = amplitudes[k] * cos(phases[k] - Double(k) * step * epsilon) - carry
            let next = sum + term
            carry = (next - sum) - term
            sum = next
            size += amplitudes[k]
        }
        return (sum, amplitudeError + phaseError + turnError * abs(epsilon) + tail + 4 * ulpOfOne * size)
    }

    private func lower(of sum: Double, _ epsilon: Double, minus loss: Double) -> Double {
        guard sum > 0 else { return -.infinity }
        let scale = top - c * epsilon + log(step / .pi)
        var aliases = exp(-c * period - scale) / -expm1(-c * period)
        if epsilon + period < composition.largestLoss {
            var least = Double.infinity
            for factor in Self.furtherOut {
                let further = c * factor
                let first =
                    composition.logMoment(further) - further * epsilon + MomentComposition.logChernoff(further)
                    - (further - c) * period
                least = min(least, exp(first - scale) / -expm1(-(further - c) * period))
            }
            aliases += least
        }
        let value = sum - aliases - loss * exp(-scale)
        return value > 0 ? scale + log(value) - 1e-14 * (1 + abs(scale)) : -.infinity
    }

    /// How far out the line may end for what its values cost.
    private static func limit(_ plain: MomentComposition, _ c: Double, points: Double) -> Double {
        var limit = points / plain.cost(at: c, upTo: 0)
        while limit > 1e-6, limit * plain.cost(at: c, upTo: limit) > points { limit /= 1.25 }
        return limit
    }

    private static func decay(_ lines: [(line: any MomentLine, count: Double)], beyond t: Double) -> Double {
        lines.reduce(0) { $0 + $1.count * $1.line.decay(beyond: t) }
    }

    /// √(K″ + the kernel's share) at c, the standard deviation of the tilted loss.
    private static func spread(_ composition: MomentComposition, _ c: Double) -> Double {
        let d = 1e-3 * c
        let second =
            (composition.logMoment(c + d) - 2 * composition.logMoment(c) + composition.logMoment(c - d)) / (d * d)
        return ((second.isFinite ? max(0, second) : 0) + 1 / (c * c) + 1 / ((c + 1) * (c + 1))).squareRoot()
    }

    /// Where the line may end, c(c + 1)·|M(c + it)|/(π·t·M(c)) ≤ target/π, with as little smoothing as the limit allows.
    private static func end(
        _ plain: MomentComposition, _ c: Double, target: Double, limit: Double
    ) -> (smoothing: Double, end: Double)? {
        let lines = plain.parts.map { (line: $0.law.line(at: c), count: $0.count) }
        func end(_ tau: Double) -> Double {
            func isEnough(_ t: Double) -> Bool {
                log(c * (c + 1) / t) + decay(lines, beyond: t) - t * t * tau * tau / 2 <= log(target)
            }
            var high = 1e-6
            while !isEnough(high), high < limit * 4 { high *= 2 }
            if high >= limit * 4 { return .infinity }
            return bisect(lower: high / 2, upper: high, relative: 0.01, isEnough).upper
        }
        let natural = end(0)
        if natural <= limit { return (0, natural) }
        // What costs about 10⁻⁸ in ε, then as much as it takes.
        var tau = (2e-8 / (c + 1)).squareRoot()
        for _ in 0..<60 {
            let smoothed = end(tau)
            if smoothed <= limit { return (tau, smoothed) }
            tau *= 1.5
            if tau > 10 { return nil }
        }
        return nil
    }
}
