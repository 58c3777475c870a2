// SPDX-License-Identifier: Apache-2.0

@testable import DPAccounting

/// A discrete pair by its outcomes, composed by enumerating what may come out, in twofold numbers.
///
/// An outcome is kept as its mass with the user (p) and without (q). Outcomes of one release whose odds are powers of one base go
/// by that power, so that a composition has few of them; nothing is rounded to a grid.
struct Enumeration {
    /// Power of the base of the odds → masses. Outcomes that only one side can have stand apart.
    private(set) var outcomes: [Int: (p: Twofold, q: Twofold)] = [:]
    private(set) var onlyP = Twofold.zero
    private(set) var onlyQ = Twofold.zero

    static let one = Enumeration(outcomes: [0: (.one, .one)])

    private init(outcomes: [Int: (p: Twofold, q: Twofold)]) { self.outcomes = outcomes }

    private mutating func add(_ key: Int, _ p: Twofold, _ q: Twofold) {
        let old = outcomes[key] ?? (.zero, .zero)
        outcomes[key] = (old.p + p, old.q + q)
    }

    /// k answers, kept with probability 1 − f: the odds are 1 and e^(±ε).
    static func response(noise f: Double, buckets k: Int) -> Enumeration {
        let other = Twofold(f) / Twofold(Double(k))
        let kept = .one - Twofold(f) + other
        var law = Enumeration(outcomes: [1: (kept, other), -1: (other, kept)])
        if k > 2 { law.add(0, other * Twofold(Double(k - 2)), other * Twofold(Double(k - 2))) }
        return law
    }

    /// e^ε against 1, and failure δ.
    static func approximate(epsilon: Double, delta: Double) -> Enumeration {
        let odds = Twofold.exp(Twofold(epsilon))
        let rest = (.one - Twofold(delta)) / (.one + odds)
        var law = Enumeration(outcomes: [1: (rest * odds, rest), -1: (rest, rest * odds)])
        (law.onlyP, law.onlyQ) = (Twofold(delta), Twofold(delta))
        return law
    }

    /// P(x) ∝ e^(−|x|/b), moved by v: the odds are e^((2k − v)/b).
    static func discreteLaplace(scale b: Double, shift v: Int) -> Enumeration {
        let p = Twofold.exp(-Twofold(1) / Twofold(b))
        let norm = (.one - p) / (.one + p)
        var law = Enumeration(outcomes: [:])
        // Left of 0 and right of v all have one odds: geometric tails, 1/(1 − p) of their first mass.
        let tail = .one / (.one - p)
        law.add(-v, norm * p.power(v) * tail, norm * tail)
        for x in 1..<max(1, v) { law.add(2 * x - v, norm * p.power(v - x), norm * p.power(x)) }
        law.add(v, norm * tail, norm * p.power(v) * tail)
        return law
    }

    /// P(x) ∝ e^(−x²/2σ²), moved by v: the odds are e^(v(2x − v)/2σ²), a power for every x.
    static func discreteGaussian(variance: Double, shift v: Int) -> Enumeration {
        let reach = Int((150 * variance).squareRoot()) + v + 2
        func weight(_ x: Int) -> Twofold { Twofold.exp(-Twofold(Double(x * x)) / Twofold(2 * variance)) }
        var norm = Twofold.zero
        for x in -reach...reach { norm += weight(x) }
        var law = Enumeration(outcomes: [:])
        for x in -reach...reach { law.add(2 * x - v, weight(x - v) / norm, weight(x) / norm) }
        return law
    }

    /// Removing a user who is in with probability q: the mixture against the law without.
    func sampled(_ rate: Double, _ direction: LossDirection) -> [(p: Twofold, q: Twofold)] {
        let (q, rest) = (Twofold(rate), .one - Twofold(rate))
        var pairs = outcomes.values.map { (p: rest * $0.q + q * $0.p, q: $0.q) }
        pairs.append((p: q * onlyP, q: .zero))
        pairs.append((p: rest * onlyQ, q: onlyQ))
        return direction == .remove ? pairs : pairs.map { ($0.q, $0.p) }
    }

    static func * (a: Enumeration, b: Enumeration) -> Enumeration {
        var product = Enumeration(outcomes: [:])
        for (i, x) in a.outcomes {
            for (j, y) in b.outcomes { product.add(i + j, x.p * y.p, x.q * y.q) }
        }
        // All of P that is not on both sides.
        product.onlyP = .one - (.one - a.onlyP) * (.one - b.onlyP)
        product.onlyQ = .one - (.one - a.onlyQ) * (.one - b.onlyQ)
        return product
    }

    func repeated(_ count: Int) -> Enumeration {
        var (result, base, rest) = (Enumeration.one, self, count)
        while rest > 0 {
            if rest & 1 == 1 { result = result * base }
            rest >>= 1
            if rest > 0 { base = base * base }
        }
        return result
    }

    /// Σ max(0, p − e^ε·q).
    func delta(_ epsilon: Double) -> Twofold {
        Self.delta(outcomes.values.map { ($0.p, $0.q) }, epsilon) + onlyP
    }

    static func delta(_ pairs: [(p: Twofold, q: Twofold)], _ epsilon: Double) -> Twofold {
        let odds = Twofold.exp(Twofold(epsilon))
        return pairs.reduce(.zero) { sum, pair in
            let excess = pair.p - odds * pair.q
            return excess.head > 0 ? sum + excess : sum
        }
    }

    /// Any product of pairs, outcome by outcome.
    static func product(_ a: [(p: Twofold, q: Twofold)], _ b: [(p: Twofold, q: Twofold)]) -> [(p: Twofold, q: Twofold)]
    {
        a.flatMap { x in b.map { (x.p * $0.p, x.q * $0.q) } }
    }
}
