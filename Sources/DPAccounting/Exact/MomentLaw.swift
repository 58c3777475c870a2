// SPDX-License-Identifier: Apache-2.0

import Foundation

/// A dominating pair (P, Q) by the moments of its privacy loss L = ln dP/dQ under P: M(z) = E_P[e^(zL)], Re z > 0.
///
/// M is all that the exact accountant asks of a release; it shares no code with the accountants that round losses to a grid.
protocol MomentLaw: Sendable {
    /// The largest loss, in nats; infinite where there is none.
    var largestLoss: Double { get }
    /// The total variation δ(0), or more.
    var totalVariation: Double { get }
    /// How many complex exponentials one value of M(c + iu) takes, about, u ≤ t; infinite where it cannot be had.
    func cost(at c: Double, upTo t: Double) -> Double
    /// ln M(c) for real c > 0, to about 10⁻¹³; infinite where it cannot be had.
    func logMoment(_ c: Double) -> Double
    /// M on the vertical line through c.
    func line(at c: Double) -> any MomentLine
    /// δ of `count` releases in closed form, where there is one.
    func closedForm(count: Double) -> ClosedForm?
}

extension MomentLaw {
    func closedForm(count: Double) -> ClosedForm? { nil }
}

/// δ(ε) as a formula: ln δ at ε and the most by which it errs.
struct ClosedForm: Sendable {
    let logDelta: @Sendable (_ epsilon: Double) -> (value: Double, error: Double)
}

/// M(c + it) on one vertical line.
protocol MomentLine {
    /// ln M(c + it), real and imaginary part, and ln(1 + e), e the most that M errs relative to its size.
    func logMoment(at t: Double) -> (re: Double, im: Double, error: Double)
    /// An upper bound of ln|M(c + iu)| − ln M(c) that holds for every u ≥ t > 0; at most 0.
    func decay(beyond t: Double) -> Double
}

/// One unit of rounding, 2⁻⁵².
let ulpOfOne = 0x1p-52

/// ln(z) of z = re + i·im.
func complexLog(_ re: Double, _ im: Double) -> (re: Double, im: Double) {
    (0.5 * logSumOfSquares(re, im), atan2(im, re))
}

/// ln(a² + b²), without overflow.
private func logSumOfSquares(_ a: Double, _ b: Double) -> Double {
    let m = max(abs(a), abs(b))
    if m == 0 { return -.infinity }
    let (x, y) = (a / m, b / m)
    return 2 * log(m) + log(x * x + y * y)
}

/// ln(1 + z), exact to the last digits near zero too.
func complexLog1p(_ re: Double, _ im: Double) -> (re: Double, im: Double) {
    if abs(re) + abs(im) < 0.5 { return (0.5 * log1p(2 * re + re * re + im * im), atan2(im, 1 + re)) }
    return complexLog(1 + re, im)
}

/// e^z − 1.
func complexExpm1(_ re: Double, _ im: Double) -> (re: Double, im: Double) {
    let half = sin(im / 2)
    let growth = exp(re)
    return (expm1(re) - 2 * growth * half * half, growth * sin(im))
}
