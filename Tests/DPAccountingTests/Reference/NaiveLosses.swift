// SPDX-License-Identifier: Apache-2.0

import Foundation

@testable import DPAccounting

/// A second implementation of composed losses, kept as plain as it can be: densities on a fine grid of outcomes, every
/// loss rounded up (or down) to a multiple of a step, convolution by its definition. Slow, wide, and nothing in it is shared
/// with the sources.
///
/// Rounding every loss up makes δ larger, down smaller (δ rises with every loss), so the truth lies between the two.
struct NaiveLosses {
    /// Index (loss / step) to P's mass.
    var masses: [Int: Double] = [:]
    var infinite = 0.0
    let step: Double

    enum Rounding { case up, down }

    /// Outcomes with P's and Q's mass: the pair of a mechanism by its definition, user in (P) and out (Q).
    static func outcomes(_ mechanism: LossMechanism) -> [(p: Double, q: Double)] {
        switch mechanism {
        case .gaussian(let sigma):
            // Cells of σ/400 by differences of the normal distribution, each from its nearer tail.
            return cells(from: -9 * sigma, to: 1 + 9 * sigma, width: sigma / 400) { low, high in
                (normal(low - 1, high - 1, sigma), normal(low, high, sigma))
            }
        case .laplace(let scale):
            return cells(from: -40 * scale, to: 1 + 40 * scale, width: min(scale, 1) / 500) { low, high in
                (laplace(low - 1, high - 1, scale), laplace(low, high, scale))
            }
        case .discreteLaplace(let scale, let shift):
            let p = exp(-1 / scale)
            let reach = Int(45 * scale) + shift
            func mass(_ x: Int) -> Double { (1 - p) / (1 + p) * pow(p, Double(abs(x))) }
            return (-reach...reach).map { (mass($0 - shift), mass($0)) }
        case .discreteGaussian(let variance, let shift):
            let reach = Int(10 * variance.squareRoot()) + shift + 2
            func weight(_ x: Int) -> Double { exp(-Double(x * x) / (2 * variance)) }
            let norm = (-2 * reach...2 * reach).reduce(0) { $0 + weight($1) }
            return (-reach...reach).map { (weight($0 - shift) / norm, weight($0) / norm) }
        case .randomizedResponse(let noise, let buckets):
            let other = noise / Double(buckets)
            let rest = Double(buckets - 2) * other
            return [(1 - noise + other, other), (other, 1 - noise + other), (rest, rest)]
        case .approximate(let epsilon, let delta):
            let (big, small) = ((1 - delta) * exp(epsilon) / (1 + exp(epsilon)), (1 - delta) / (1 + exp(epsilon)))
            return [(delta, 0), (big, small), (small, big), (0, delta)]
        case .gaussianReplaceOne(let sigma, let q):
            return cells(from: -1 - 9 * sigma, to: 1 + 9 * sigma, width: sigma / 400) { low, high in
                let center = (1 - q) * normal(low, high, sigma)
                return (center + q * normal(low - 1, high - 1, sigma), center + q * normal(low + 1, high + 1, sigma))
            }
        }
    }

    private static func cells(
        from low: Double, to high: Double, width: Double, _ mass: (Double, Double) -> (Double, Double)
    ) -> [(p: Double, q: Double)] {
        (0..<Int((high - low) / width)).map { k in
            let (p, q) = mass(low + Double(k) * width, low + Double(k + 1) * width)
            return (p: p, q: q)
        }
    }

    private static func normal(_ low: Double, _ high: Double, _ sigma: Double) -> Double {
        let (a, b) = (low / sigma / 2.0.squareRoot(), high / sigma / 2.0.squareRoot())
        return a > 0 ? (erfc(a) - erfc(b)) / 2 : (erfc(-b) - erfc(-a)) / 2
    }

    private static func laplace(_ low: Double, _ high: Double, _ scale: Double) -> Double {
        func below(_ x: Double) -> Double { 0.5 * exp(-abs(x) / scale) }
        if low >= 0 { return below(low) - below(high) }
        if high <= 0 { return below(high) - below(low) }
        return 1 - below(low) - below(high)
    }

    /// One release of a law in one direction.
    ///
    /// A cell of a continuous law holds losses around ln(p/q), at most `spread` apart from it: with rounding it goes by that
    /// much more in the direction asked for.
    init(_ law: LossLaw, _ direction: LossDirection, step: Double, _ rounding: Rounding) {
        self.step = step
        let q = law.samplingProbability
        let isContinuous = law.mechanism.atoms == nil
        var seenP = 0.0
        for outcome in Self.outcomes(law.mechanism) {
            let mixed = (1 - q) * outcome.q + q * outcome.p
            let (p, other) = direction == .remove ? (mixed, outcome.q) : (outcome.q, mixed)
            seenP += p
            guard p > 0 else { continue }
            guard other > 0 else {
                infinite += p
                continue
            }
            // In a cell of width w the loss moves by at most its slope times w: 1/400σ, 2/500 for a Laplace.
            let spread = isContinuous ? Self.spread(law.mechanism) : 0
            let loss = log(p / other)
            let index =
                switch rounding {
                case .up: Int(((loss + spread) / step - 1e-9).rounded(.up))
                case .down: Int(((loss - spread) / step + 1e-9).rounded(.down))
                }
            masses[index, default: 0] += p
        }
        // What lies outside of the outcomes counts as certain failure when rounding up, not at all when down.
        if rounding == .up { infinite += max(0, 1 - seenP) + 1e-15 }
    }

    private static func spread(_ mechanism: LossMechanism) -> Double {
        switch mechanism {
        case .gaussian(let sigma): 1 / (400 * sigma)
        case .gaussianReplaceOne(let sigma, _): 2 / (400 * sigma)
        case .laplace(let scale): 2 / scale * min(scale, 1) / 500
        default: 0
        }
    }

    /// The convolution by its definition, on arrays from the least to the largest index.
    static func * (a: NaiveLosses, b: NaiveLosses) -> NaiveLosses {
        guard let (aLow, aHigh) = a.ends, let (bLow, bHigh) = b.ends else { return a.masses.isEmpty ? a : b }
        let (x, y) = ((aLow...aHigh).map { a.masses[$0] ?? 0 }, (bLow...bHigh).map { b.masses[$0] ?? 0 })
        var sums = [Double](repeating: 0, count: x.count + y.count - 1)
        for i in x.indices where x[i] > 0 {
            for j in y.indices { sums[i + j] += x[i] * y[j] }
        }
        var product = a
        product.masses = [:]
        for k in sums.indices where sums[k] > 0 { product.masses[aLow + bLow + k] = sums[k] }
        product.infinite = a.infinite + b.infinite - a.infinite * b.infinite
        return product
    }

    private var ends: (Int, Int)? {
        guard let low = masses.keys.min(), let high = masses.keys.max() else { return nil }
        return (low, high)
    }

    func repeated(_ count: Int) -> NaiveLosses {
        var product = self
        for _ in 1..<count { product = product * self }
        return product
    }

    /// Σ P(l)·(1 − e^(ε − l)) over l > ε, and all of what is infinite.
    func delta(_ epsilon: Double) -> Double {
        masses.reduce(infinite) { sum, entry in
            let loss = Double(entry.key) * step
            return loss > epsilon ? sum + entry.value * (1 - exp(epsilon - loss)) : sum
        }
    }

    /// The smallest multiple of a thousandth of the step at which δ is small enough.
    func epsilon(_ delta: Double) -> Double {
        guard delta > infinite else { return .infinity }
        var (low, high) = (0.0, 1e3)
        for _ in 0..<60 {
            let middle = (low + high) / 2
            if self.delta(middle) <= delta { high = middle } else { low = middle }
        }
        return high
    }
}
