// SPDX-License-Identifier: Apache-2.0

import Foundation

extension LossGrid {
    /// How much of a law's tails is cut off: of the upper one to +∞, of the lower one up to the first point t. There it
    /// adds at most mass·e^(θ·t) to the tilted moment, so with a tilt much of the lower tail may go.
    struct Cut: Hashable, Sendable {
        var above: Double
        var below: Double
        var tilt = 0.0
    }

    /// How far apart the dots may be: `step`, and farther out wider, a multiple of it.
    ///
    /// A gap g at loss l adds θ(θ+1)·g²/12 or so to the tilted mass there (the mean of (l − t)(t + g − l) is g²/6), where
    /// the log moment gets θ(θ+1)·l²/2 from it, or all of it once θ·l is above 1: so gaps of l·√(3·tolerance) up to
    /// √(6·tolerance)/√(θ(θ+1)) cost `tolerance` of ε at most, and a loss with long tails needs few dots.
    struct Spacing: Hashable, Sendable {
        let step: Double
        private let slope: Double
        private let widest: Double

        init(step: Double, tilt: Double, tolerance: Double) {
            self.step = step
            slope = (3 * tolerance).squareRoot() / step
            widest = (6 * tolerance / (tilt * (tilt + 1))).squareRoot() / step
        }

        /// Every multiple of the step.
        init(step: Double) { (self.step, slope, widest) = (step, 0, 1) }

        /// Steps from the dot at `index` to the next, which is never beyond 0 or `end`.
        func gap(after index: Int, end: Int) -> Int {
            // On the way to 0 the distance to the far end of the gap counts, hence the division.
            let distance = index < 0 ? Double(-index) / (1 + slope * step) : Double(index)
            let gap = max(1, Int(min(distance * slope * step, widest, 1e15)))
            return min(gap, index < 0 ? min(-index, end - index) : end - index)
        }
    }

    /// `law` on the multiples of a step by connecting the dots; nil if that would take too many points, or fails.
    ///
    /// What lies between two neighbours goes to both so that P's and Q's mass are kept (Doroshenko et al. 2022,
    /// Algorithm 1): with p = P(cell), r = Q(cell) and t the lower end, a·(1 − e^(−h)) = p − e^t·r goes up and p − a stays.
    /// *Rounding.* p is raised by what its two tails may be off, a by that much more over 1 − e^(−h), and what stays is the
    /// rest of p: mass only ever grows or moves up, and both never lower a hockey stick. Raising a by η/h moves the mean by η.
    init?(_ law: LossLaw, _ direction: LossDirection, _ spacing: Spacing, cut: Cut) {
        let step = spacing.step
        guard step > 0, step.isFinite else { return nil }
        if let atoms = law.atoms(direction) {
            self.init(atoms: atoms, step: step, cut: cut)
            return
        }
        guard let range = Self.range(law, direction, cut: cut), range.above - range.below < 1e15 * step,
            max(abs(range.above), abs(range.below)) < 1e15 * step
        else { return nil }
        let low = Int((range.below / step).rounded(.down))
        let high = max(low + 1, Int((range.above / step).rounded(.up)))
        var (gap, keep, gain) = (0, 0.0, 0.0)
        var (places, masses): ([Int], [Double]) = ([low], [])

        guard let start = law.tail(.below, of: Double(low) * step, direction) else { return nil }
        var here = start.p * (1 + start.relativeError)
        // Each half of the line from its own tail, so that small masses keep their digits.
        var side = low < 0 ? LossSide.below : .above
        var lower = law.tail(side, of: Double(low) * step, direction)
        var index = low
        while index < high {
            let next = spacing.gap(after: index, end: high)
            if next != gap {
                gap = next
                (keep, gain) = (exp(-step * Double(gap)), -expm1(-step * Double(gap)))
            }
            let ends = (Double(index) * step, Double(index + gap) * step)
            let (all, up): (Double, Double)
            if let cell = law.cell(from: ends.0, to: ends.1) {
                (all, up) = (cell.p, min(cell.p, cell.excess / gain))
                // Its ends are known well enough without their tails.
                lower = nil
            } else {
                if index >= 0, side == .below { (side, lower) = (.above, nil) }
                guard let low = lower ?? law.tail(side, of: ends.0, direction),
                    let high = law.tail(side, of: ends.1, direction)
                else { return nil }
                (all, up) = Self.split(low, high, side, keep: keep, gain: gain)
                lower = high
            }
            masses.append(here + (all - up))
            here = up
            index += gap
            places.append(index)
            guard places.count < Self.mostPoints else { return nil }
        }
        guard let beyond = law.tail(.above, of: Double(high) * step, direction) else { return nil }
        masses.append(here)
        // The range was found to two percent: a loss that ends has nothing in the last cells.
        while places.count > 1, masses.last == 0 {
            places.removeLast()
            masses.removeLast()
        }
        self.init(step: step, places: places, masses: masses, infinite: beyond.p * (1 + beyond.relativeError))
        guard masses.allSatisfy({ $0 >= 0 && $0.isFinite }), infinite >= 0 else { return nil }
    }

    /// What two neighbouring dots share of the cell between them: all of P's mass there, and the part of it that goes up.
    private static func split(
        _ lower: LossLaw.Tail, _ upper: LossLaw.Tail, _ side: LossSide, keep: Double, gain: Double
    ) -> (all: Double, up: Double) {
        let (p, rest) =
            side == .above
            ? (lower.p - upper.p, lower.scaledQ - keep * upper.scaledQ)
            : (upper.p - lower.p, keep * upper.scaledQ - lower.scaledQ)
        let errorOfP = lower.p * lower.relativeError + upper.p * upper.relativeError
        let errorOfRest = lower.scaledQ * lower.relativeError + upper.scaledQ * upper.relativeError
        let all = max(0, p) + errorOfP
        // Not (p − rest) > −∞: where Q's part is not a number, everything goes up.
        let exact = (p - rest + 2 * (errorOfP + errorOfRest)) / gain
        return (all, exact >= 0 ? min(all, exact) : exact < 0 ? 0 : all)
    }

    /// Ends of the loss between which all but the cut lies.
    static func range(
        _ law: LossLaw, _ direction: LossDirection, cut: Cut
    ) -> (below: Double, above: Double)? {
        func mass(_ side: LossSide, _ t: Double) -> Double { law.tail(side, of: t, direction)?.p ?? .nan }
        // Doubling outward from 10⁻⁹, then halving to 2 % of the range.
        var above = 1e-9
        while !(mass(.above, above) <= cut.above) {
            above *= 4
            guard above < 1e13 else { return nil }
        }
        func isCut(_ t: Double) -> Bool { mass(.below, t) * exp(min(0, cut.tilt * t)) <= cut.below }
        var below = -1e-9
        while !isCut(below) {
            below *= 4
            guard below > -1e13 else { return nil }
        }
        var (left, right) = (below, above)
        for _ in 0..<60 where above - left > 0.02 * (above - below) {
            let middle = (left + above) / 2
            if mass(.above, middle) <= cut.above { above = middle } else { left = middle }
        }
        for _ in 0..<60 where right - below > 0.02 * (above - below) {
            let middle = (below + right) / 2
            if isCut(middle) { below = middle } else { right = middle }
        }
        return (below, above)
    }

    /// Atoms on the multiples of `step`: of one at l in [t, t + h] the part (1 − e^(t − l))/(1 − e^(−h)) goes up.
    private init?(atoms: [(loss: Double, mass: Double)], step: Double, cut: Cut) {
        let kept = Self.kept(atoms, cut: cut)
        guard let smallest = kept.atoms.first?.loss, let largest = kept.atoms.last?.loss,
            max(abs(largest), abs(smallest)) < 1e15 * step
        else { return nil }
        let low = Int((smallest / step).rounded(.down))
        let high = Int((largest / step).rounded(.up))
        let gain = -expm1(-step)
        var (places, masses): ([Int], [Double]) = ([low], [kept.below])
        func add(_ mass: Double, at index: Int) {
            if places[places.count - 1] == index {
                masses[masses.count - 1] += mass
            } else if places.count > 1, places[places.count - 2] == index {
                masses[masses.count - 2] += mass
            } else {
                places.append(index)
                masses.append(mass)
            }
        }
        for atom in kept.atoms {
            let index = Int((atom.loss / step).rounded(.down))
            let share = -expm1(Double(index) * step - atom.loss) / gain
            // The share errs by a rounding of the loss over h.
            let error = 4 * Double.ulpOfOne * (2 + abs(atom.loss) / gain)
            let up = atom.mass * min(1, max(0, share + error))
            add(atom.mass - up, at: index)
            add(up, at: index + 1)
        }
        guard high >= low else { return nil }
        self.init(step: step, places: places, masses: masses, infinite: kept.infinite)
        guard masses.allSatisfy({ $0 >= 0 && $0.isFinite }), infinite >= 0 else { return nil }
    }

    /// The atoms without those beyond the cut: their mass goes up, to +∞ or to the first that stays.
    private static func kept(
        _ atoms: [(loss: Double, mass: Double)], cut: Cut
    ) -> (atoms: [(loss: Double, mass: Double)], below: Double, infinite: Double) {
        let sorted = atoms.sorted { $0.loss < $1.loss }
        var (start, end) = (0, sorted.count)
        var (below, infinite) = (0.0, 0.0)
        while end > 0, sorted[end - 1].loss == .infinity || infinite + sorted[end - 1].mass <= cut.above {
            end -= 1
            infinite += sorted[end].mass
        }
        while start < end, sorted[start].loss == -.infinity || below + sorted[start].mass <= cut.below {
            below += sorted[start].mass
            start += 1
        }
        return (Array(sorted[start..<end]), below, infinite)
    }
}

extension LossGrid {
    /// A discrete law without sampling on its own lattice: nothing is moved, the loss is exact. Nil where it has none.
    init?(lattice law: LossLaw, cut: Cut) {
        guard law.samplingProbability >= 1, let lattice = law.mechanism.lattice, lattice.step > 0,
            let atoms = law.mechanism.atoms
        else { return nil }
        let finite = atoms.filter { $0.loss.isFinite }
        var infinite = atoms.reduce(0) { $0 + ($1.loss == .infinity ? $1.p : 0) }
        var (start, end) = (0, finite.count)
        while end > 1, infinite + finite[end - 1].p <= cut.above {
            end -= 1
            infinite += finite[end].p
        }
        var below = 0.0
        while start < end - 1, below + finite[start].p <= cut.below {
            below += finite[start].p
            start += 1
        }
        guard start < end else { return nil }
        var masses = finite[start..<end].map(\.p)
        masses[0] += below
        self.init(
            offset: lattice.offset, step: lattice.step, places: Array(start..<end), masses: masses, infinite: infinite)
    }
}
