// SPDX-License-Identifier: Apache-2.0

import Foundation

/// Solves for one parameter of a plan, so that it costs at most ε at δ by composed privacy losses.
///
/// ln δ at the asked ε is followed, which is smooth where ε(δ) has corners: first coarsely from afar, then on one fixed
/// grid, first in the direction that nearly always costs more, then in the other. What comes back was itself priced and
/// found within (ε, δ): an end of a bracket, never an extrapolation.
package struct LossCalibration {
    /// A family of plans, with a parameter x > 0: nil where x is outside of what makes sense.
    package typealias Family = (Double) -> [LossLawCount]?

    private let target: Target
    private var coarse = LossComposer(tolerance: 3e-3)
    private var fine: LossComposer
    /// How near to the root, relative in x.
    private let precision: Double

    /// - Parameters:
    ///   - tolerance: accuracy in ε, relative, that grids are chosen for.
    ///   - precision: how near to the root of that accountant, relative.
    package init(epsilon: Double, delta: Double, tolerance: Double = 1e-4, precision: Double = 1e-6) {
        target = Target(epsilon: epsilon, logDelta: log(delta))
        fine = LossComposer(tolerance: tolerance)
        self.precision = precision
    }

    /// The least x in `range` that costs at most (ε, δ), where more x costs less (noise); nil: none found.
    package mutating func least(in range: ClosedRange<Double>, from guess: Double, _ family: Family) -> Double? {
        solve(range, from: guess, whole: false) { family($0) }
    }

    /// The largest x in `range` that costs at most (ε, δ), where more x costs more (sampling, steps); nil: none found.
    /// - Parameter whole: only whole x.
    package mutating func largest(
        in range: ClosedRange<Double>, from guess: Double, whole: Bool = false, _ family: Family
    ) -> Double? {
        // In 1/x it is the least; whole numbers stay whole.
        let found = solve(1 / range.upperBound...1 / range.lowerBound, from: 1 / guess, whole: whole) { inverse in
            family(whole ? max(1, (1 / inverse).rounded()) : 1 / inverse)
        }
        return found.map { whole ? (1 / $0).rounded() : 1 / $0 }
    }

    private mutating func solve(
        _ range: ClosedRange<Double>, from guess: Double, whole: Bool, _ family: Family
    ) -> Double? {
        guard target.isSensible else { return nil }
        let start = min(max(guess, range.lowerBound), range.upperBound)
        guard let rough = bracket(range, from: start, whole: whole, family) else { return nil }
        var x = rough.x
        for direction in LossDirection.allCases {
            guard let laws = family(x) else { return nil }
            if direction == .add {
                guard LossAccountant.directions(laws).contains(.add) else { break }
                // Mostly cheaper by far: a coarse look will do.
                if target.excess(laws, direction, with: &coarse) <= 0 { break }
                if target.excess(laws, direction, with: &fine) <= 0 { break }
            }
            guard let next = refine(range, from: x, slope: rough.slope, whole: whole, direction, family) else {
                return nil
            }
            x = direction == .remove ? next : max(x, next)
        }
        return x
    }

    /// A point near the root, to a permille or so, and d ln δ / d ln x there; by the coarse accountant, one direction.
    private mutating func bracket(
        _ range: ClosedRange<Double>, from guess: Double, whole: Bool, _ family: Family
    ) -> (x: Double, slope: Double)? {
        let target = target
        func at(_ x: Double, _ composer: inout LossComposer) -> Double {
            guard let laws = family(x) else { return 1e9 }
            return target.excess(laws, .remove, with: &composer)
        }
        var (low, high) = (guess, guess)
        var atLow = at(low, &coarse)
        var atHigh = atLow
        var factor = 1.5
        while atHigh > 0 {
            guard high < range.upperBound else { return nil }
            (low, atLow) = (high, atHigh)
            high = min(range.upperBound, high * factor)
            atHigh = at(high, &coarse)
            factor = min(16, factor * 1.5)
        }
        factor = 1.5
        while atLow <= 0 {
            (high, atHigh) = (low, atLow)
            guard low > range.lowerBound else { return (low, -1) }
            low = max(range.lowerBound, low / factor)
            atLow = at(low, &coarse)
            factor = min(16, factor * 1.5)
        }
        for round in 0..<60 where high > low * 1.002 {
            let share = atLow < 1e8 && round % 3 != 2 ? min(0.98, max(0.02, atLow / (atLow - atHigh))) : 0.5
            let middle = low * pow(high / low, share)
            let value = at(middle, &coarse)
            if value <= 0 { (high, atHigh) = (middle, value) } else { (low, atLow) = (middle, value) }
            if abs(value) < 2e-3 { break }
        }
        let slope = (atHigh - atLow) / log(high / low)
        return (abs(atHigh) < abs(atLow) ? high : low, slope.isFinite && slope < 0 ? slope : -1)
    }

    /// The root on one fixed grid: a bracket that narrows from both sides, of which the safe end is returned.
    private mutating func refine(
        _ range: ClosedRange<Double>, from guess: Double, slope: Double, whole: Bool, _ direction: LossDirection,
        _ family: Family
    ) -> Double? {
        guard let laws = family(guess) else { return nil }
        let (start, layout) = target.laidOut(laws, direction, with: &fine)
        var (x, value) = (guess, start)
        typealias End = (point: Double, value: Double)
        var low: End?
        var high: End?
        var slope = slope
        for round in 0..<100 {
            if value <= 0 {
                if value == 0 || x <= range.lowerBound { return x }
                high = (x, value)
            } else {
                guard x < range.upperBound else { return nil }
                low = (x, value)
            }
            if let low, let high {
                if whole
                    ? (1 / low.point).rounded() - (1 / high.point).rounded() < 1.5
                    : high.point <= low.point * (1 + precision)
                {
                    return high.point
                }
                let secant = (high.value - low.value) / log(high.point / low.point)
                if secant < 0, secant.isFinite { slope = secant }
            }
            // Newton; a little beyond the root, to the other side of the bracket's nearest end.
            let nudge = precision / 3
            var next = x * exp(-value / slope)
            next *= value > 0 ? 1 + nudge : 1 - nudge
            if let low, let high {
                let inside = next > low.point * (1 + nudge) && next < high.point * (1 - nudge)
                if !inside || round > 12 { next = (low.point * high.point).squareRoot() }
            } else {
                next = min(max(next, x / 1.5), x * 1.5)
            }
            if whole {
                var steps = (1 / next).rounded()
                if let low { steps = min(steps, (1 / low.point).rounded() - 1) }
                if let high { steps = max(steps, (1 / high.point).rounded() + 1) }
                if low == nil, high == nil || steps == (1 / x).rounded() {
                    steps = value <= 0 ? max(steps, (1 / x).rounded() + 1) : min(steps, (1 / x).rounded() - 1)
                }
                guard steps >= 1 else { return nil }
                next = 1 / steps
            }
            x = min(max(next, range.lowerBound), range.upperBound)
            guard let laws = family(x) else { return nil }
            value = target.excess(laws, direction, with: &fine, layout: layout)
        }
        return high?.point
    }
}

/// The (ε, ln δ) that is asked.
private struct Target {
    let epsilon: Double
    let logDelta: Double

    var isSensible: Bool { epsilon >= 0 && epsilon.isFinite && logDelta > -.infinity && logDelta < 0 }
    var question: LossComposer.Question { .logDelta(epsilon: epsilon) }

    /// ln δ less what was asked; 10⁹ where numerics fail. A single release has a closed form.
    func excess(
        _ laws: [LossLawCount], _ direction: LossDirection, with composer: inout LossComposer,
        layout: LossComposer.Layout? = nil
    ) -> Double {
        laidOut(laws, direction, with: &composer, layout: layout).excess
    }

    /// The same, and how it was laid out (nil for a closed form).
    func laidOut(
        _ laws: [LossLawCount], _ direction: LossDirection, with composer: inout LossComposer,
        layout: LossComposer.Layout? = nil
    ) -> (excess: Double, layout: LossComposer.Layout?) {
        if let law = LossAccountant.single(laws) {
            return (log(law.hockeyStick(epsilon, direction)) + 1e-15 - logDelta, nil)
        }
        guard let composed = composer.compose(laws, direction, question, layout: layout) else { return (1e9, nil) }
        return (composed.loss.logDelta(epsilon) - logDelta, composed.layout)
    }
}
