// SPDX-License-Identifier: Apache-2.0

import Foundation

/// The integrand N·e^(b + cL) on an even grid of the real axis: M(c), and what bounds |M(c + it)|/M(c) = |ψ(t)|.
///
/// *One integration by parts.* With g = N·e^(b + cL)/M(c) and G = g/|L′|, ∫_a^∞ g·e^(itL) dx is at most (G(a) + TV G)/t; what lies
/// left of a is at most its own mass: |ψ(t)| ≤ m(a) + V(a)/t for every a.
///
/// *V from nodes.* The critical points of ln G solve x = R(e^(x/σ²)): a line against a logistic curve for one ratio, so at most
/// 3; R of degree 6 for two, so at most 13 by Rolle. Between them G is monotone, and the nodes see its variation but for the
/// cells with a critical point, where it may turn within a factor e^(D·h²/8), D the most that (ln G)″ is in size.
/// (ln ρ)″ and (ln r)″ are at most 1/4σ⁴ each; with −1/σ² from N, D = 1/σ² + (2c + 4)/4σ⁴, and for two ratios
/// ln(ρ₊ + ρ₋) adds 1/σ⁴.
///
/// *Below.* 1 − |ψ(2t)|² ≤ 4(1 − |ψ(t)|²) (Feller, vol. II, section XV.1, from cos 2x ≥ 4·cos x − 3), so what is known far out
/// also says something nearer.
struct SampledGaussianNodes {
    /// ln M(c).
    let logMoment: Double
    /// m(a) and V(a) at the nodes a.
    private(set) var left: [Double] = []
    private(set) var variation: [Double] = []

    /// - Parameter bounds: Whether |ψ| will be asked.
    init?(law: SampledGaussianMoments, c: Double, bounds: Bool) {
        let sigma = law.noiseMultiplier
        let (low, high) = law.support(c)
        // The step of the shifted line: there the rule errs by e^(−42), and here the strip is as wide.
        let h = SampledGaussianLine.geometry(law, c).h
        let count = ((high - low) / h).rounded(.up)
        guard count < Double(SampledGaussianMoments.mostNodes), count > 0 else { return nil }
        let nodes = Int(count) + 1
        var logs: [Double] = []
        var sum = 0.0
        if bounds { logs.reserveCapacity(nodes) }
        let norm = log(h / (sigma * (2 * Double.pi).squareRoot()))
        var largest = -Double.infinity
        for j in 0..<nodes {
            let x = low + Double(j) * h
            let power = law.power(x, c)
            let weight = norm - x * x / (2 * sigma * sigma)
            if bounds { logs.append(power + weight) }
            largest = max(largest, power + weight)
            sum += power < 300 ? expm1(power) * exp(weight) : power + weight < 700 ? exp(power + weight) : .infinity
        }
        if sum.isFinite, sum > -1 {
            logMoment = log1p(sum)
        } else {
            logMoment = logSumExp(
                (0..<nodes).map { j in
                    let x = low + Double(j) * h
                    return law.power(x, c) + norm - x * x / (2 * sigma * sigma)
                })
        }
        guard logMoment.isFinite else { return nil }
        if bounds { bound(law, logs, c: c, low: low, h: h) }
    }

    private mutating func bound(
        _ law: SampledGaussianMoments, _ logs: [Double], c: Double, low: Double, h: Double
    ) {
        let sigma = law.noiseMultiplier
        let two = law.relation == .replace
        let fourth = sigma * sigma * sigma * sigma
        let most = 1 / (sigma * sigma) + (2 * c + 4) / (4 * fourth) + (two ? 1 / fourth : 0)
        let turn = 2 * (two ? 13.0 : 3.0) * expm1(h * h / 8 * most)
        let count = logs.count
        (left, variation) = (Array(repeating: 0, count: count), Array(repeating: 0, count: count))
        var (inside, seen, last, highest) = (0.0, 0.0, 0.0, 0.0)
        for j in stride(from: count - 1, through: 0, by: -1) {
            let mass = exp(logs[j] - logMoment)
            let g = mass / h * sigma * sigma / law.slope(at: low + Double(j) * h)
            (seen, last, highest) = (seen + abs(g - last), g, max(highest, g))
            inside += mass
            // The sum over nodes against the integral: half a node at the end, and a little for the rule.
            left[j] = max(0, 1 - inside) + mass + 1e-9
            variation[j] = (g + seen + turn * highest) * (1 + 1e-9)
        }
    }

    /// An upper bound of |ψ(u)| for all u ≥ t.
    func characteristic(beyond t: Double) -> Double {
        var best = 1.0
        var (at, share) = (t, 1.0)
        for k in 0..<40 {
            var value = 1.0
            for j in left.indices where left[j] < value { value = min(value, left[j] + variation[j] / at) }
            if value < 1 {
                let drop = (1 - value * value) * share
                let bound = k == 0 ? value : (1 - drop).squareRoot()
                best = min(best, bound)
                // Further out the drop grows by less than the four that it is divided by.
                if value < 0.7 { break }
            }
            at *= 2
            share /= 4
        }
        return best.isNaN ? 1 : best
    }
}
