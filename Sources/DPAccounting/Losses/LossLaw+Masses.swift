// SPDX-License-Identifier: Apache-2.0

import Foundation

extension LossMechanism {
    /// The end of a continuous loss that has one, a Laplace's 1/b; otherwise ∞.
    var largestLoss: Double { if case .laplace(let scale) = self { 1 / scale } else { .infinity } }
}

extension LossLaw {
    /// The largest loss in a direction, to a few ulps; ∞ where there is none. Every pair mirrors itself: the smallest loss of the
    /// mechanism, from which an addition's largest follows, is its largest turned around.
    func largestLoss(_ direction: LossDirection) -> Double {
        let inner = mechanism.atoms.map { $0.last { $0.p > 0 }?.loss ?? .infinity } ?? mechanism.largestLoss
        if direction == .remove || samplingProbability >= 1 {
            return inner < .infinity ? outerLoss(inner, .remove) : .infinity
        }
        return -log1p(samplingProbability * expm1(-inner))
    }

    /// What the pair of `direction` has on one side of the threshold t of its loss: P's mass, and e^t times Q's.
    struct Tail {
        var p: Double
        var scaledQ: Double
        var relativeError: Double
    }

    /// The threshold s of the mechanism's own loss that t stands for: e^t = 1 − q + q·e^s when removing,
    /// e^(−t) = 1 − q + q·e^s when adding; −∞ where t lies beyond what the mixture's loss can be.
    ///
    /// s carries a rounding, the same for P and for Q. H = P(L > s) − e^t·Q(L > s) is stationary in s at the true one, so
    /// that error enters squared: 10⁻³⁰.
    func innerThreshold(_ t: Double, _ direction: LossDirection) -> Double {
        let q = samplingProbability
        let outer = direction == .remove ? t : -t
        if q >= 1 { return outer }
        if outer > 30 { return outer - log(q) + log1p((q - 1) * exp(-outer)) }
        let excess = expm1(outer) / q
        return excess <= -1 ? -.infinity : log1p(excess)
    }

    /// Masses beyond t; nil for a discrete loss.
    ///
    /// Without sampling every pair mirrors itself, so adding is removing: then an atom on the threshold is below it both ways,
    /// as `cell` has it.
    func tail(_ side: LossSide, of t: Double, _ asked: LossDirection) -> Tail? {
        let direction = samplingProbability >= 1 ? .remove : asked
        let s = innerThreshold(t, direction)
        let q = samplingProbability
        // Adding turns the loss around: L' > t is L < s.
        let innerSide: LossSide = direction == .remove ? side : (side == .above ? .below : .above)
        if s == -.infinity {
            // No inner loss lies below s.
            return innerSide == .above
                ? Tail(p: 1, scaledQ: exp(t), relativeError: 4 * Double.ulpOfOne)
                : Tail(p: 0, scaledQ: 0, relativeError: 0)
        }
        guard let inner = mechanism.masses(innerSide, of: s) else { return nil }
        let error = inner.relativeError + 8 * Double.ulpOfOne
        switch direction {
        case .remove:
            if q >= 1 { return Tail(p: inner.p, scaledQ: inner.scaledQ, relativeError: error) }
            // e^t·Q = (1 − q)·Q + q·e^s·Q.
            return Tail(
                p: (1 - q) * inner.q + q * inner.p, scaledQ: (1 - q) * inner.q + q * inner.scaledQ,
                relativeError: error)
        case .add:
            return Tail(
                p: inner.q, scaledQ: exp(t) * ((1 - q) * inner.q + q * inner.p), relativeError: error)
        }
    }

    /// P's mass p in (lower, upper] and its excess p − e^lower·Q over Q's, both rounded up, from the density; nil where only
    /// a difference of two tails is known, which has as few digits as the cell is narrow.
    ///
    /// A Laplace of scale b, a = 1/b, has the density ¼·e^((l − a)/2) of losses between its atoms ±a; with w = upper − lower
    /// p = ½·e^((lower − a)/2)·(e^(w/2) − 1), e^lower·Q is the same with 1 − e^(−w/2), and 4·sinh²(w/4) is their difference.
    func cell(from lower: Double, to upper: Double) -> (p: Double, excess: Double)? {
        guard samplingProbability >= 1, case .laplace(let scale) = mechanism, lower >= -1 / scale, upper < 1 / scale
        else { return nil }
        let (density, width) = (0.5 * exp((lower - 1 / scale) / 2), upper - lower)
        let sine = 2 * sinh(width / 4)
        let rounding = Double.ulpOfOne * (8 + min(1 / scale, 800))
        // Multiples of a step are rounded: the cell may be narrower or wider by an ulp of its ends.
        let ends = 4 * Double.ulpOfOne * (abs(lower) + abs(upper)) / width
        return (
            density * expm1(width / 2) * (1 + rounding), density * sine * sine * (1 + rounding + ends)
        )
    }

    /// Values of the loss of `direction` with P's mass on each; nil for a continuous loss.
    func atoms(_ direction: LossDirection) -> [(loss: Double, mass: Double)]? {
        guard let atoms = mechanism.atoms else { return nil }
        let q = samplingProbability
        if q >= 1 { return atoms.map { ($0.loss, $0.p) } }
        let up = 1 + 8 * Double.ulpOfOne
        return atoms.map { atom in
            let loss =
                if atom.loss > 30 { atom.loss + log(q) + log1p((1 - q) / q * exp(-atom.loss)) } else {
                    log1p(q * expm1(atom.loss))
                }
            switch direction {
            case .remove: return (loss, ((1 - q) * atom.q + q * atom.p) * up)
            case .add: return (-loss, atom.q * up)
            }
        }
    }

    /// δ(ε) of one release in one direction, in closed form: H = P(L > ε) − e^ε·Q(L > ε), or the sum over the atoms;
    /// raised by what it may be off.
    package func hockeyStick(_ epsilon: Double, _ direction: LossDirection) -> Double {
        if let tail = tail(.above, of: epsilon, direction) {
            let value = tail.p - tail.scaledQ + tail.relativeError * (tail.p + tail.scaledQ)
            return min(1, value.isNaN ? tail.p * (1 + tail.relativeError) : max(0, value))
        }
        guard let atoms = atoms(direction) else { return 1 }
        var sum = 0.0
        for atom in atoms where atom.loss > epsilon { sum += atom.mass * -expm1(epsilon - atom.loss) }
        return min(1, sum * (1 + Double.ulpOfOne * Double(atoms.count)))
    }
}
