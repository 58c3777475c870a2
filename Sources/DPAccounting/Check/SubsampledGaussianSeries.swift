// SPDX-License-Identifier: Apache-2.0

import Foundation

/// The subsampled Gaussian a second time, by the signed series of Mironov, Talwar, Zhang 2019, section 3.3; shares no code
/// with `SubsampledGaussian`, and brackets the truth from both sides.
///
/// The line is cut at z = σ²·ln(1/q − 1) + ½, where the two parts of r = (1 − q) + q·e^s are equal. Left of it r^α expands
/// in powers of the second over the first, right of it the other way round; each power integrates to an error function:
/// E r^α = Σ_k C(α, k)·[(1−q)^(α−k)·q^k·G(k) + (1−q)^k·q^(α−k)·H(α−k)], with G(j) = ½·e^((j²−j)/2σ²)·erfc((j − z)/√2σ) and
/// H(j) = ½·e^((j²−j)/2σ²)·erfc((z − j)/√2σ). Past k > α the signs alternate and the terms shrink, so what is left out is at
/// most the first term that is.
struct SubsampledGaussianSeries {
    let noiseMultiplier: Double
    let samplingProbability: Double
    static let mostTerms = 2000

    /// A lower and an upper bound of D_α(P‖Q) in nats.
    func bracket(order: Double) -> (lower: Double, upper: Double) {
        let (sigma, q) = (noiseMultiplier, samplingProbability)
        let plain = order / (2 * sigma * sigma)
        if q >= 1 { return (plain * (1 - 1e-14), plain * (1 + 1e-14)) }
        if order > Double(Self.mostTerms - 2) { return (0, plain * (1 + 1e-14)) }
        let z = sigma * sigma * log(1 / q - 1) + 0.5
        let (logQ, logRest) = (log(q), log(1 - q))
        let scale = 2.0.squareRoot() * sigma
        var logs: [Double] = []
        var signs: [Double] = []
        var (logCoefficient, sign) = (0.0, 1.0)
        var largest = -Double.infinity
        var last = 0.0
        for k in 0...Self.mostTerms {
            let j = Double(k)
            let i = order - j
            let half = log(0.5) + logCoefficient
            let left =
                half + i * logRest + j * logQ + (j * j - j) / (2 * sigma * sigma) + Self.logErfc((j - z) / scale)
            let right =
                half + j * logRest + i * logQ + (i * i - i) / (2 * sigma * sigma) + Self.logErfc((z - i) / scale)
            logs += [left, right]
            signs += [sign, sign]
            largest = max(largest, left, right)
            last = max(left, right)
            if j > order + 1, last < largest - 42 { break }
            // C(α, k + 1) = C(α, k)·(α − k)/(k + 1); zero ends the series of an integer order.
            if i == 0 { last = -.infinity; break }
            logCoefficient += log(abs(i) / (j + 1))
            if i < 0 { sign = -sign }
        }
        var (sum, magnitude) = (0.0, 0.0)
        for (value, sign) in zip(logs, signs) {
            let term = exp(value - largest)
            sum += sign * term
            magnitude += term
        }
        // Each term carries the rounding of its logarithm, whose parts are at most (α + |largest|)-sized.
        let rounding = 4e-16 * (50 + order * (1 + abs(logQ)) + abs(largest)) * magnitude
        let error = rounding + 2 * exp(last - largest)
        func divergence(_ sum: Double) -> Double { (log(max(sum, 1e-300)) + largest) / (order - 1) }
        return (max(0, divergence(sum - error)), min(plain * (1 + 1e-14), max(0, divergence(sum + error))))
    }

    private static func logErfc(_ x: Double) -> Double {
        if x < 20 { return log(erfc(x)) }
        let inverse = 1 / (2 * x * x)
        return -x * x - log(x * Double.pi.squareRoot()) + log1p(-inverse * (1 - 3 * inverse * (1 - 5 * inverse)))
    }
}
