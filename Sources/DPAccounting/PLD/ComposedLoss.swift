// SPDX-License-Identifier: Apache-2.0

import Foundation

/// The loss of a composition in one direction, as an upper bound of its privacy profile.
///
/// Point j of the window stands for the loss l(j) = offset + step·(start + j) and has P's mass p(j)·e^(c − θ·l(j)). With
/// D(j) = Σ_{k>j} p(k)·e^(−θ(l(k) − l(j)))·(1 − e^(l(j) − l(k))), δ(l(j)) = e^(c − θ·l(j))·D(j); D and the same sum
/// without the last factor, S, follow from those of j + 1 by products of positive numbers alone, so their relative error
/// is at most a few roundings a point. In between δ is linear in e^ε.
struct ComposedLoss: Sendable {
    let tilt: Double
    /// c.
    let logScale: Double
    let step: Double
    let offset: Double
    /// Index of the window's first point.
    let start: Int
    /// ℓ2 bound of what the convolution may be off.
    let error: Double
    /// Added to each δ: what is at +∞ or above the window.
    let extra: Double
    /// D(j), and what p may be off times the norm of the weights in D(j); the last point has 0.
    private(set) var sums: [Double]
    /// ln of the factor that the roundings of tilting and of the sums may cost.
    private let logSlack: Double

    /// - Parameter circular: p of index i at place i modulo the count.
    init(
        tilt: Double, logScale: Double, step: Double, offset: Double, start: Int, circular: [Double], error: Double,
        extra: Double, relativeSlack: Double
    ) {
        (self.tilt, self.logScale, self.step, self.offset) = (tilt, logScale, step, offset)
        (self.start, self.error, self.extra) = (start, error, extra)
        let n = circular.count
        let (gain, keep, ratio) = (-expm1(-step), exp(-step), exp(-tilt * step))
        sums = [Double](repeating: 0, count: n)
        var (mass, sum) = (0.0, 0.0)
        var place = (start + n - 1) % n
        if place < 0 { place += n }
        var j = n - 2
        while j >= 0 {
            mass = ratio * (max(0, circular[place]) + mass)
            sum = gain * mass + keep * ratio * sum
            sums[j] = sum
            place = place == 0 ? n - 1 : place - 1
            j -= 1
        }
        let magnitude = abs(logScale) + abs(tilt) * (abs(offset) + step * Double(abs(start) + n))
        logSlack = relativeSlack + Double.ulpOfOne * (8 * Double(n) + 8 * magnitude) + 1e-14
    }

    var count: Int { sums.count }
    func loss(at j: Int) -> Double { offset + step * Double(start + j) }

    /// D(j) with the convolution's error: by Cauchy and Schwarz its ℓ2 norm times that of the weights r^k·(1 − e^(−kh)),
    /// k from 1 to what is left above, r = e^(−θh). Their squares sum up to at most r² times each of: how many; 1/(1 − r²);
    /// h²·Σ k²·r^(2k−2). The factor r² is what next to the largest loss, where tilts are steep, keeps the digits.
    private func bounded(_ j: Int) -> Double {
        let above = Double(count - 1 - j)
        let gap = -expm1(-2 * tilt * step)
        var square = above
        if gap > 0 { square = min(square, 1 / gap) }
        let cubes = min(above * above * above, gap > 0 ? 2 / (gap * gap * gap) : .infinity)
        square = min(square, step * step * cubes)
        // And what underflows: at most a least number a point, each multiplied by less than 1 from there on.
        return sums[j] + error * exp(-tilt * step) * square.squareRoot() + Double(count) * .leastNormalMagnitude
    }

    /// ln of δ at l(j), without what is extra.
    private func logDelta(at j: Int) -> Double {
        logScale - tilt * loss(at: j) + log(bounded(j)) + logSlack
    }

    /// δ at ε, rounded up; 1 below the window.
    func delta(_ epsilon: Double) -> Double { min(1, extra + exp(logFinite(epsilon)) * (1 + 1e-14)) }

    /// ln δ at ε, rounded up.
    func logDelta(_ epsilon: Double) -> Double {
        let finite = logFinite(epsilon)
        guard extra > 0 else { return min(0, finite) }
        return min(0, logSumExp([finite, log(extra)]) + 1e-15)
    }

    private func logFinite(_ epsilon: Double) -> Double {
        let position = (epsilon - offset) / step - Double(start)
        guard position >= 0, position.isFinite else { return 0 }
        // From the window's last point on nothing is left but what is extra.
        guard position < Double(count - 1) + 1e-9 else { return -.infinity }
        // Rounding may have stepped over a point: then δ at that one is taken, and `logSlack` covers so small a step.
        let j = min(count - 2, Int(position))
        let (left, right) = (logDelta(at: j), logDelta(at: j + 1))
        let rounding = 8 * Double.ulpOfOne * (1 + (abs(epsilon) + abs(offset)) / step)
        let share = min(1, expm1(epsilon - loss(at: j)) / expm1(step)) - rounding
        guard share > 0 else { return left }
        return left + log1p(share * expm1(min(0, right - left)))
    }

    /// The smallest ε ≥ 0 with δ(ε) ≤ `delta`, rounded up; ∞ if no point of the window does. `isInside` is false where
    /// the window ends before δ is reached, so that another tilt would do better.
    func epsilon(delta: Double) -> (epsilon: Double, isInside: Bool) {
        guard delta > extra else { return (.infinity, true) }
        let target = log(delta) + log1p(-extra / delta) - 1e-15
        if logFinite(0) <= target, loss(at: 0) <= 0 { return (0, true) }
        let lowest = Int(min(Double(count - 1), max(0, (-offset / step).rounded(.down) - Double(start))))
        // At the last point nothing is left but what is extra.
        var (low, high) = (lowest, count - 1)
        guard low < high, logDelta(at: high) <= target else { return (.infinity, false) }
        if logDelta(at: low) <= target { return (max(0, loss(at: low)), low == 0 ? false : true) }
        while high - low > 1 {
            let middle = (low + high) / 2
            if logDelta(at: middle) <= target { high = middle } else { low = middle }
        }
        // δ = (1 − t)·δ(low) + t·δ(high) with t = (e^(ε − l) − 1)/(e^h − 1).
        let (left, right) = (logDelta(at: low), logDelta(at: high))
        let share = expm1(target - left) / expm1(right - left)
        let epsilon = loss(at: low) + log1p(min(1, max(0, share)) * expm1(step))
        let rounded = epsilon + (abs(epsilon) + abs(offset) + step) * 4 * Double.ulpOfOne
        return (max(0, min(rounded, loss(at: high).nextUp)), true)
    }
}
