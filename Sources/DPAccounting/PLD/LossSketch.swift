// SPDX-License-Identifier: Apache-2.0

import Foundation

/// A rough picture of a composition in one direction, from which tilt, window and step are chosen.
///
/// Nothing here decides whether an answer is valid, only how tight it is: every tilt, window and step gives an upper bound.
struct LossSketch {
    /// A law as a few values of its loss with their masses.
    struct Figure {
        var weight: Double
        let losses: [Double]
        let masses: [Double]
    }

    /// Of very many laws a sample, with larger weights.
    private(set) var figures: [Figure] = []
    let direction: LossDirection

    /// Values of a sketched law, about: fewer where there are many laws.
    private static func points(_ laws: Int) -> Int { min(160, max(40, 16_000 / laws)) }
    /// More distinct laws than this are sampled.
    private static let mostLaws = 2000
    /// Laws on which a step is tried out.
    private static let mostTrials = 16

    /// Laws from which steps are tried out.
    private let trials: [(law: LossLaw, weight: Double)]

    /// Nil where a law cannot be laid out.
    init?(_ laws: [LossLawCount], _ direction: LossDirection, cut: LossGrid.Cut) {
        self.direction = direction
        let every = max(1, laws.count / Self.mostTrials)
        trials = Swift.stride(from: 0, to: laws.count, by: every).map {
            (laws[$0].law, Double(laws[$0].count) * Double(every))
        }
        let stride = max(1, laws.count / Self.mostLaws)
        var total = 0.0
        for index in Swift.stride(from: 0, to: laws.count, by: stride) {
            let entry = laws[index]
            guard let figure = Figure(entry, direction, points: Self.points(laws.count), cut: cut) else { return nil }
            figures.append(figure)
            total += Double(entry.count)
        }
        let steps = laws.reduce(0.0) { $0 + Double($1.count) }
        for index in figures.indices { figures[index].weight *= steps / total }
        if figures.count > 64 { figures = Figure.merged(figures, groups: 64) }
    }

    /// K(θ), K′(θ), K″(θ) of the composition.
    func moments(_ theta: Double) -> TiltedMoments {
        var sum = TiltedMoments()
        for figure in figures { sum.add(figure.moments(theta), times: figure.weight) }
        return sum
    }

    /// The largest tilt at which e^(θ·loss) stays well inside the range of Double.
    private var steepest: Double {
        let widest = figures.map { ($0.losses.last ?? 0) - max(0, $0.losses.first ?? 0) }.max() ?? 1
        return 650 / max(1e-9, widest)
    }

    /// The saddle point at which ln δ is `target`: ln δ ≈ K(θ) − θ·K′(θ) − ln(θ(θ + 1)) − ½·ln(2πK″(θ)) at ε = K′(θ).
    func tilt(logDelta target: Double) -> (tilt: Double, moments: TiltedMoments) {
        solve(
            { theta, moments in
                let atSaddle = moments.log - theta * moments.mean - log(theta) - log1p(theta)
                return target - (atSaddle - log(2 * .pi * moments.variance) / 2)
            }, enough: { _ in 0.3 })
    }

    /// The saddle point of ε: K′(θ) = ε.
    func tilt(epsilon: Double) -> (tilt: Double, moments: TiltedMoments) {
        solve({ $1.mean - epsilon }, enough: { 0.1 * $0.variance.squareRoot() })
    }

    /// Where an increasing function of θ > 0 changes its sign, to a few percent, within what is sensible.
    private func solve(
        _ excess: (Double, TiltedMoments) -> Double, enough: (TiltedMoments) -> Double
    ) -> (tilt: Double, moments: TiltedMoments) {
        let spread = max(1e-12, moments(0).variance.squareRoot())
        let most = steepest
        var low = min(0.5 / spread, most)
        var atLow = moments(low)
        // A heavy tail makes the spread large and the first guess small; a skewed loss the other way round.
        for _ in 0..<20 where !(excess(low, atLow) < 0) && low * spread > 0.05 {
            low /= 2
            atLow = moments(low)
        }
        if !(excess(low, atLow) < 0) { return (low, atLow) }
        var (high, atHigh) = (low, atLow)
        while high < most {
            high = min(most, high * 2)
            atHigh = moments(high)
            guard atHigh.log.isFinite, atHigh.variance > 0 else { return (low, atLow) }
            if excess(high, atHigh) >= 0 { break }
            (low, atLow) = (high, atHigh)
        }
        // The excess may grow like an exponential: false position and halving take turns.
        for round in 0..<24 where high > low * 1.005 {
            let (x, y) = (excess(low, atLow), excess(high, atHigh))
            let share = y > x && round % 2 == 0 ? min(0.95, max(0.05, -x / (y - x))) : 0.5
            let middle = low + (high - low) * share
            let at = moments(middle)
            let found = excess(middle, at)
            if abs(found) < enough(at) { return (middle, at) }
            if found >= 0 { (high, atHigh) = (middle, at) } else { (low, atLow) = (middle, at) }
        }
        return (low, atLow)
    }

    /// The loss above which P's mass is at most e^`logMass` (Chernoff, about), for tilts above θ; and the tilt that says so.
    func top(logMass: Double, tilt: Double, deviation: Double) -> (loss: Double, tilt: Double) {
        var best = (loss: Double.infinity, tilt: tilt)
        for factor in [0.03125, 0.0625, 0.125, 0.25, 0.5, 1, 2, 4] {
            let s = tilt + factor * 6 / deviation
            let loss = (moments(s).log - logMass) / s
            if loss < best.loss { best = (loss, s) }
        }
        return best
    }

    /// A loss above which the tilted composition has at most e^(−margin).
    func tiltedTop(margin: Double, tilt: Double, deviation: Double) -> Double {
        let here = moments(tilt).log
        var best = Double.infinity
        for factor in [0.03125, 0.0625, 0.125, 0.25, 0.5, 1, 2] {
            let d = factor * 6 / deviation
            best = min(best, (moments(tilt + d).log - here + margin) / d)
        }
        return best
    }

    /// A loss below which the tilted composition has at most e^(−margin).
    func bottom(margin: Double, tilt: Double, deviation: Double) -> Double {
        let here = moments(tilt).log
        var best = -Double.infinity
        for factor in [0.125, 0.25, 0.5, 1, 2, 4] {
            let d = factor * 6 / deviation
            let loss = (here - moments(tilt - d).log - margin) / d
            if loss > best { best = loss }
        }
        return best
    }

    /// A step at which connecting the dots costs about `tolerance` in ε.
    ///
    /// What it adds to K(θ)/θ falls as a power of h, 2 where the loss is wider than the step and 1 where it is not: the
    /// power and the factor are read off h, h/2 and h/4.
    ///
    /// Atoms are another thing: what they cost rises and falls with how near they are to the grid. Splitting one between
    /// two dots adds a variance of at most h²/4, so (θ + 1)·h²/8 to K(θ)/θ: that much for each release is the most.
    func step(tilt: Double, tolerance: Double, start: Double, cut: LossGrid.Cut, spacingTolerance: Double) -> Double? {
        let (loose, all) = trials.reduce((0, 0)) { ($0.0 + ($1.law.hasLooseAtoms ? $1.weight : 0), $0.1 + $1.weight) }
        let most = (8 * tolerance / (loose * (tilt + 1))).squareRoot()
        if loose == all { return min(start, most) }
        return smoothStep(tilt: tilt, tolerance: tolerance, start: start, cut: cut, spacingTolerance: spacingTolerance)
            .map { min($0, most) }
    }

    private func smoothStep(
        tilt: Double, tolerance: Double, start: Double, cut: LossGrid.Cut, spacingTolerance: Double
    ) -> Double? {
        var step = start
        for _ in 0..<12 {
            guard let whole = cost(tilt, step, cut, spacingTolerance),
                let half = cost(tilt, step / 2, cut, spacingTolerance),
                let quarter = cost(tilt, step / 4, cut, spacingTolerance)
            else { return nil }
            let (first, second) = (whole - half, half - quarter)
            // Nothing more to gain, or nothing to be seen above rounding.
            if first <= tolerance * 0.01 { return step }
            let ratio = first / max(second, first * 1e-3)
            if ratio > 1.8, ratio < 6 {
                let power = min(2, log2(ratio))
                let error = second / (ratio - 1)
                let next = step / 4 * pow(tolerance / max(error, tolerance * 1e-6), 1 / power)
                return min(next, 2 * start)
            }
            if second <= tolerance * 0.1 { return step / 4 }
            step /= 8
        }
        return step
    }

    /// The step, or a slightly smaller one on whose multiples the atoms of a Laplace loss lie: these then cost nothing.
    func snapped(_ step: Double) -> Double {
        for (law, _) in trials where law.samplingProbability >= 1 {
            guard case .laplace(let scale) = law.mechanism, step < 1 / scale else { continue }
            return 1 / scale / (1 / scale / step).rounded(.up)
        }
        return step
    }

    private func cost(_ tilt: Double, _ free: Double, _ cut: LossGrid.Cut, _ tolerance: Double) -> Double? {
        var sum = 0.0
        let spacing = LossGrid.Spacing(step: snapped(free), tilt: tilt, tolerance: tolerance)
        for (law, weight) in trials {
            guard let grid = LossGrid(law, direction, spacing, cut: cut) else { return nil }
            sum += weight * grid.logMoment(tilt)
        }
        return sum / tilt
    }
}

extension LossSketch.Figure {
    /// A continuous loss cut into cells of equal width in the mechanism's own loss, each at the logarithm of its odds.
    init?(_ entry: LossLawCount, _ direction: LossDirection, points: Int, cut: LossGrid.Cut) {
        let law = entry.law
        weight = Double(entry.count)
        var (losses, masses): ([Double], [Double]) = ([], [])
        if let atoms = law.atoms(direction) {
            let finite = atoms.filter { $0.loss.isFinite }.sorted { $0.loss < $1.loss }
            let group = max(1, finite.count / (4 * points))
            for start in stride(from: 0, to: finite.count, by: group) {
                let some = finite[start..<min(start + group, finite.count)]
                let mass = some.reduce(0) { $0 + $1.mass }
                guard mass > 0 else { continue }
                losses.append(some.reduce(0) { $0 + $1.mass * $1.loss } / mass)
                masses.append(mass)
            }
        } else {
            guard let range = LossGrid.range(law, direction, cut: cut) else { return nil }
            let ends = [law.innerThreshold(range.below, direction), law.innerThreshold(range.above, direction)]
            var (low, high) = (ends.min() ?? 0, ends.max() ?? 0)
            if low == -.infinity { low = -abs(high) - 2 }
            guard high > low, high.isFinite, low.isFinite else { return nil }
            let width = (high - low) / Double(points)
            (low, high) = (low - width, high + width)
            var before = law.tail(.below, of: law.outerLoss(low, direction), direction)
            var (previous, side) = (low, LossSide.below)
            var beforeT = law.outerLoss(low, direction)
            for k in 1...points + 2 {
                let s = low + width * Double(k)
                let t = law.outerLoss(s, direction)
                // Each half of the line from its own tail; in ascending order of the outer loss when removing.
                let now: LossSide = (direction == .remove) == (previous >= 0) ? .above : .below
                if now != side || before == nil {
                    side = now
                    before = law.tail(side, of: law.outerLoss(previous, direction), direction)
                }
                guard let old = before, let new = law.tail(side, of: t, direction) else { return nil }
                // The cell as one outcome: ln of its odds. That keeps E_Q[e^L] = 1, which a place in the middle would not.
                let mass = abs(new.p - old.p)
                let other = abs(new.scaledQ * exp(-t) - old.scaledQ * exp(-beforeT))
                if mass > 0 {
                    let odds = log(mass / other)
                    let isUseful = odds.isFinite && abs(odds) < 600
                    losses.append(isUseful ? odds : law.outerLoss(previous + width / 2, direction))
                    masses.append(mass)
                }
                (before, previous, beforeT) = (new, s, t)
            }
            if direction == .add {
                losses.reverse()
                masses.reverse()
            }
        }
        guard !losses.isEmpty else { return nil }
        (self.losses, self.masses) = (losses, masses)
    }

    /// Neighbouring laws as mixtures: where each moment is near 1, the mean of logarithms is the logarithm of the mean.
    static func merged(_ figures: [Self], groups: Int) -> [Self] {
        let size = (figures.count + groups - 1) / groups
        return stride(from: 0, to: figures.count, by: size).map { start in
            let some = figures[start..<min(start + size, figures.count)]
            let weight = some.reduce(0) { $0 + $1.weight }
            var nodes: [(Double, Double)] = []
            for figure in some {
                for k in figure.losses.indices {
                    nodes.append((figure.losses[k], figure.masses[k] * figure.weight / weight))
                }
            }
            nodes.sort { $0.0 < $1.0 }
            let bin = max(1, some.count / 2)
            var (losses, masses): ([Double], [Double]) = ([], [])
            for first in stride(from: 0, to: nodes.count, by: bin) {
                let bunch = nodes[first..<min(first + bin, nodes.count)]
                let mass = bunch.reduce(0) { $0 + $1.1 }
                // ln of the odds of the bunch; far out its largest loss, so that tails are not made light of.
                let other = bunch.reduce(0) { $0 + $1.1 * exp(-$1.0) }
                let odds = log(mass / other)
                losses.append(odds.isFinite ? odds : bunch.last?.0 ?? 0)
                masses.append(mass)
            }
            return Self(weight: weight, losses: losses, masses: masses)
        }
    }

    func moments(_ theta: Double) -> TiltedMoments {
        var shift = -Double.infinity
        for loss in [losses.first ?? 0, losses.last ?? 0] { shift = max(shift, theta * loss - 300) }
        shift = max(0, shift)
        var (sum, first, second) = (0.0, 0.0, 0.0)
        for k in losses.indices {
            let weight = masses[k] * exp(theta * losses[k] - shift)
            sum += weight
            first += weight * losses[k]
            second += weight * losses[k] * losses[k]
        }
        let mean = first / sum
        return TiltedMoments(log: log(sum) + shift, mean: mean, variance: max(0, second / sum - mean * mean))
    }
}

extension LossLaw {
    /// Whether single losses have mass, on no grid that is chosen for them (`snapped`).
    fileprivate var hasLooseAtoms: Bool {
        if case .laplace = mechanism { return samplingProbability < 1 }
        return mechanism.masses(.above, of: 0) == nil
    }

    /// The loss of `direction` where the mechanism's own loss is s; the inverse of `innerThreshold`.
    func outerLoss(_ s: Double, _ direction: LossDirection) -> Double {
        let q = samplingProbability
        let loss = q >= 1 ? s : s > 30 ? s + log(q) + log1p((1 - q) / q * exp(-s)) : log1p(q * expm1(s))
        return direction == .remove ? loss : -loss
    }
}
