// SPDX-License-Identifier: Apache-2.0

import Foundation

/// Releases composed: the losses of dominating pairs add (Zhu, Dong, Wang 2022, Theorem 10), so their moments multiply.
struct MomentComposition: Sendable {
    struct Part: Sendable {
        let law: any MomentLaw
        let count: Double
    }
    private(set) var parts: [Part] = []
    /// Mass at an infinite loss: δ that no ε takes away. 1 − Π(1 − δᵢ).
    private(set) var infiniteMass = 0.0

    mutating func add(_ law: any MomentLaw, count: Double) {
        if let gaussian = law as? GaussianMoments, let index = parts.firstIndex(where: { $0.law is GaussianMoments }),
            let known = parts[index].law as? GaussianMoments
        {
            let sum = gaussian.muSquared * count + known.muSquared * parts[index].count
            parts[index] = Part(law: GaussianMoments(muSquared: sum), count: 1)
        } else {
            parts.append(Part(law: law, count: count))
        }
    }

    /// Failure mass δ of an approximate release, `count` times.
    mutating func addInfiniteMass(_ delta: Double, count: Double) {
        let kept = log1p(-infiniteMass) + count * log1p(-min(1, delta))
        infiniteMass = min(1, -expm1(kept) * (1 + 1e-14))
    }

    func with(_ law: any MomentLaw) -> MomentComposition {
        var copy = self
        copy.parts.append(Part(law: law, count: 1))
        return copy
    }

    var largestLoss: Double { parts.reduce(0) { $0 + $1.law.largestLoss * $1.count } }
    /// δ(0) is at most the sum of the total variations.
    var totalVariation: Double { parts.reduce(0) { $0 + $1.law.totalVariation * $1.count } }
    func cost(at c: Double, upTo t: Double) -> Double { parts.reduce(2) { $0 + $1.law.cost(at: c, upTo: t) } }
    /// K(c) = ln M(c).
    func logMoment(_ c: Double) -> Double { parts.reduce(0) { $0 + $1.law.logMoment(c) * $1.count } }

    /// The closed form of a composition of one kind.
    var closedForm: ClosedForm? { parts.count == 1 ? parts[0].law.closedForm(count: parts[0].count) : nil }

    /// ln of the largest (1 − e^(−u))·e^(−cu), u ≥ 0: δ(ε) ≤ e^(K(c) − cε + this) for every c > 0 (Canonne, Kamath, Steinke
    /// 2020, Proposition 12, with order c + 1).
    static func logChernoff(_ c: Double) -> Double { c * log(c) - (c + 1) * log1p(c) }

    /// The c that proves the smallest ε at ln δ, and that ε: where the contour goes.
    func saddle(logDelta: Double) -> (c: Double, epsilon: Double) {
        let best = Self.minimum { c in (logMoment(c) - logDelta + Self.logChernoff(c)) / c }
        return (best.at, best.value)
    }

    /// The c that makes the integrand at ε smallest.
    func saddle(epsilon: Double) -> Double {
        Self.minimum { c in logMoment(c) - c * epsilon - log(c) - log1p(c) }.at
    }

    /// Golden section in ln c over 10⁻⁶…10⁸, from the best of a coarse grid. The functions are quasi-convex in c.
    private static func minimum(_ value: (Double) -> Double) -> (at: Double, value: Double) {
        func at(_ logC: Double) -> Double {
            let value = value(exp(logC))
            return value.isNaN ? .infinity : value
        }
        let (low, step, count) = (log(1e-6), log(1e14) / 28, 29)
        var best = (index: 0, value: Double.infinity)
        var last = Double.infinity
        for index in 0..<count {
            let now = at(low + Double(index) * step)
            if now < best.value { best = (index, now) }
            // Past the valley.
            if now > last, best.value < .infinity, index > best.index + 1 { break }
            last = now
        }
        let (a, b) = (low + Double(best.index - 1) * step, low + Double(best.index + 1) * step)
        let found = leastByGoldenSection(a, b, rounds: 22, at)
        return (exp(found.at), found.value)
    }
}
