// SPDX-License-Identifier: Apache-2.0

import Foundation

/// A number from both sides.
public struct PrivacyBracket: Hashable, Sendable {
    /// No valid answer is below.
    public let lower: Double
    /// A valid answer: an upper bound of the truth.
    public let upper: Double

    public init(lower: Double, upper: Double) {
        self.lower = lower
        self.upper = upper
    }

    /// The worse of two directions.
    func union(_ other: PrivacyBracket) -> PrivacyBracket {
        PrivacyBracket(lower: max(lower, other.lower), upper: max(upper, other.upper))
    }
}

extension MomentComposition {
    /// ln δ at ε from both sides.
    func logDelta(epsilon: Double, effort: Contour.Effort) -> PrivacyBracket {
        if infiniteMass >= 1 { return PrivacyBracket(lower: log(infiniteMass), upper: 0) }
        let finite = finiteLogDelta(epsilon, effort)
        if infiniteMass == 0 { return finite }
        let kept = log1p(-infiniteMass)
        func total(_ part: Double) -> Double { logSumExp([log(infiniteMass), kept + part]) }
        return PrivacyBracket(lower: total(finite.lower) - 1e-14, upper: min(0, total(finite.upper) + 1e-14))
    }

    private func finiteLogDelta(_ epsilon: Double, _ effort: Contour.Effort) -> PrivacyBracket {
        if parts.isEmpty || epsilon >= largestLoss { return PrivacyBracket(lower: -.infinity, upper: -.infinity) }
        if let form = closedForm {
            let (value, error) = form.logDelta(epsilon)
            return PrivacyBracket(lower: value - error, upper: min(0, value + error))
        }
        let cap = min(0, log(totalVariation))
        let c = saddle(epsilon: epsilon)
        let guess = logMoment(c) - c * epsilon + Self.logChernoff(c)
        // Where the line ends depends on ln δ only slowly; Chernoff's bound is a few units above.
        guard let contour = Contour(self, c: c, epsilon: epsilon, logDelta: guess - 6, effort: effort) else {
            return PrivacyBracket(
                lower: -.infinity, upper: min(cap, guess.isNaN ? 0 : guess + 1e-12 * (1 + abs(guess))))
        }
        let (lower, upper) = contour.logDelta(epsilon)
        return PrivacyBracket(lower: lower, upper: min(cap, upper))
    }

    /// The smallest ε ≥ 0 at ln δ, from both sides.
    func epsilon(logDelta target: Double, effort: Contour.Effort) -> PrivacyBracket {
        if target >= 0 { return PrivacyBracket(lower: 0, upper: 0) }
        var target = target
        if infiniteMass > 0 {
            // f·δ′ ≤ δ − δ_∞.
            let rest = exp(target) - infiniteMass
            guard rest > 0 else { return PrivacyBracket(lower: .infinity, upper: .infinity) }
            target = log(rest) - log1p(-infiniteMass) - 1e-13 - ulpOfOne * 4 * exp(target) / rest
        }
        if target >= 0 || log(totalVariation) <= target || parts.isEmpty { return PrivacyBracket(lower: 0, upper: 0) }
        let largest = largestLoss
        guard target > -.infinity else { return PrivacyBracket(lower: largest, upper: largest) }
        let found = closedForm.map { closedEpsilon($0, target) } ?? contourEpsilon(target, effort)
        return PrivacyBracket(lower: max(0, min(found.lower, largest)), upper: min(found.upper, largest))
    }

    private func closedEpsilon(_ form: ClosedForm, _ target: Double) -> PrivacyBracket {
        func isEnough(_ epsilon: Double) -> Bool {
            let (value, error) = form.logDelta(epsilon)
            return value + error <= target
        }
        func isTooMuch(_ epsilon: Double) -> Bool {
            let (value, error) = form.logDelta(epsilon)
            return value - error <= target
        }
        if isEnough(0) { return PrivacyBracket(lower: 0, upper: 0) }
        let most = saddle(logDelta: target).epsilon
        var high = max(1e-12, most.isFinite ? most : 1)
        while !isEnough(high), high < 1e300 { high *= 1.5 }
        guard isEnough(high) else { return PrivacyBracket(lower: 0, upper: .infinity) }
        let upper = bisect(lower: 0, upper: high, isEnough).upper
        let lower = isTooMuch(0) ? 0 : bisect(lower: 0, upper: high, isTooMuch).lower
        return PrivacyBracket(lower: lower, upper: upper)
    }

    private func contourEpsilon(_ target: Double, _ effort: Contour.Effort) -> PrivacyBracket {
        let (c, chernoff) = saddle(logDelta: target)
        let start = chernoff.isNaN ? .infinity : max(0, roundedUp(chernoff, by: 1e-13) + 1e-13 / c)
        guard start.isFinite,
            let contour = Contour(self, c: c, epsilon: start, logDelta: target, effort: effort)
        else { return PrivacyBracket(lower: 0, upper: start) }
        func excess(_ epsilon: Double) -> Double { contour.logDelta(epsilon).upper - target }
        if start == 0 || excess(0) <= 0 { return PrivacyBracket(lower: 0, upper: 0) }
        // ln δ falls at about the rate c: the secant from Chernoff's ε finds the root in a few steps.
        var (high, atHigh) = (start, excess(start))
        if atHigh > 0 { return PrivacyBracket(lower: 0, upper: start) }
        var (low, atLow) = (0.0, Double.nan)
        var guess = max(0, start + (atHigh - 0.01) / c)
        for _ in 0..<60 where high - low > 1e-12 * high {
            let at = excess(guess)
            if at <= 0 { (high, atHigh) = (guess, at) } else { (low, atLow) = (guess, at) }
            if atHigh > -1e-12 { break }
            let next: Double
            if atLow.isNaN {
                next = high + 1.02 * (atHigh - 1e-9) / c
            } else {
                next = low + (high - low) * atLow / (atLow - atHigh)
            }
            let margin = (high - low) * 1e-3
            guess = min(max(next + 2e-13 / c, low + margin), high - min(margin, 1e-13 / c))
        }
        // From below: back from there until the lower bound of δ is above.
        var width = 1e-12 / c
        var lower = high - width
        while lower > 0, contour.logDelta(lower).lower <= target {
            width *= 4
            lower = high - width
        }
        return PrivacyBracket(lower: max(0, lower), upper: high)
    }
}
