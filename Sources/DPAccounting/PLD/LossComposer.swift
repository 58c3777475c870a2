// SPDX-License-Identifier: Apache-2.0

import Foundation

/// Composes laws in one direction around a question (which ε at δ, which δ at ε): chooses tilt, step and window, then
/// convolves. Keeps transforms and buffers from one question to the next.
struct LossComposer {
    /// What is asked about a composition.
    enum Question: Hashable, Sendable {
        case epsilon(logDelta: Double)
        case logDelta(epsilon: Double)
    }

    /// How a composition was laid out, so that a neighbour of it can be laid out the same way.
    struct Layout: Hashable, Sendable {
        var tilt: Double
        /// Nil: every law lies on one lattice of its own.
        var step: Double?
    }

    /// Accuracy in ε, relative, that step and dots are chosen for.
    var tolerance: Double
    /// Most points of a window, for few laws: what is asked for roughly has to be quick.
    private var mostPoints: Int {
        if tolerance < 2e-5 { return 1 << 21 }
        if tolerance < 1e-3 { return 1 << 19 }
        return tolerance < 2e-3 ? 1 << 17 : 1 << 16
    }
    /// What is let out of the window is about e^(−margin) of δ: a hundredth of what `tolerance` of ε makes of it, or less.
    /// A heavy tail, as of sampled Gaussians, makes a window with a large margin several times as long.
    private var margin: Double { min(20, 7 - log(tolerance)) }
    private var convolution = LossConvolution()

    init(tolerance: Double = 1e-5) { self.tolerance = tolerance }

    /// The composition, fit for the question; nil where numerics fail.
    mutating func compose(
        _ laws: [LossLawCount], _ direction: LossDirection, _ question: Question, layout given: Layout? = nil
    ) -> (loss: ComposedLoss, layout: Layout)? {
        guard !laws.isEmpty, laws.allSatisfy({ $0.law.isValid && $0.count >= 1 }) else { return nil }
        let steps = laws.reduce(0.0) { $0 + Double($1.count) }
        guard steps < 1e12 else { return nil }
        var cut = self.cut(question, steps: steps)
        guard var sketch = LossSketch(laws, direction, cut: cut) else { return nil }
        if case .logDelta(let epsilon) = question {
            // Which δ is to be expected, and so how deep to cut.
            let (theta, moments) = sketch.tilt(epsilon: epsilon)
            let expected = moments.log - theta * max(epsilon, 0)
            guard expected.isFinite else { return nil }
            cut.above = self.cut(.epsilon(logDelta: expected - 5), steps: steps).above
            guard let again = LossSketch(laws, direction, cut: cut) else { return nil }
            sketch = again
        }
        var (tilt, moments) =
            switch question {
            case .epsilon(let logDelta): sketch.tilt(logDelta: logDelta)
            case .logDelta(let epsilon): sketch.tilt(epsilon: epsilon)
            }
        if let given {
            tilt = given.tilt
            moments = sketch.moments(tilt)
        }
        tilt = tilt.shortened(bits: 11)
        guard tilt > 0, tilt.isFinite, moments.variance > 0, moments.mean.isFinite else { return nil }
        var deep = cut
        deep.above *= exp(margin - 28)
        if given?.step == nil, let parts = Self.onLattice(laws, cut: deep) {
            // Few points, and nothing else that could be off: let out less.
            let window = Window(sketch, question, tilt: tilt, moments: moments, margin: 40)
            if let loss = convolve(parts, tilt: tilt, window) { return (loss, Layout(tilt: tilt, step: nil)) }
        }
        cut.tilt = tilt
        cut.below = max(cut.below, 1e-9 / steps)
        var window = Window(sketch, question, tilt: tilt, moments: moments, margin: margin)
        if given == nil {
            // A heavy tail makes the tilted law wide; a flatter tilt may do with less, while it keeps enough digits: the
            // transforms err by some 2e-14 a step, which e^(own) multiplies in δ.
            let most = min(12, max(9, log(tolerance / (2e-13 * steps))))
            let steep = window
            for factor in [0.8, 0.65, 0.5, 0.4, 0.3, 0.2] {
                let flatter = (steep.tilt * factor).shortened(bits: 11)
                let there = sketch.moments(flatter)
                guard flatter * steep.epsilon - there.log + steep.logDelta > -most else { break }
                let other = Window(
                    sketch, question, tilt: flatter, moments: there, margin: margin, epsilon: steep.epsilon)
                guard other.length < 0.8 * steep.length, other.length < window.length else { continue }
                (tilt, window, moments) = (flatter, other, there)
            }
        }
        cut.tilt = tilt
        guard window.top.isFinite, window.length.isFinite, window.length > 0 else { return nil }

        // θ²·K″ is 2·ln 1/δ for a normal law. Where it is many times that, the tilted law has several humps, few large
        // losses decide, and ε moves more than K(θ)/θ does, from which steps are chosen.
        let spread = tilt * tilt * moments.variance / (2 * max(1, -window.logDelta))
        let tolerance = tolerance * min(1, 25 / (spread * spread))
        // Cells of a Laplace are known to the last digit (`LossLaw.cell`): a fine even grid is cheap and nearly exact.
        let isLaplace = laws.allSatisfy { $0.law.mechanism.largestLoss < .infinity && $0.law.samplingProbability >= 1 }
        let most = max(1 << 12, mostPoints >> max(0, Int(log2(Double(laws.count))) - 6))
        let step: Double
        if let known = given?.step {
            step = known
        } else {
            let asked = max(window.epsilon, 1e-2 * moments.variance.squareRoot())
            let chosen = sketch.step(
                tilt: tilt, tolerance: tolerance * asked, start: window.length / 256, cut: cut,
                spacingTolerance: tolerance)
            // The transform's length is a power of two: use all of it.
            var points = isLaplace ? min(most, 1 << 17) : 64
            while points < most, Double(points) < 1.05 * window.length / (chosen ?? 0) { points *= 2 }
            let full = (1.08 * window.length / Double(points - 8)).shortened(bits: 3)
            // A Laplace has no more than 2²⁰ dots from end to end, however narrow the window is.
            let finest = laws.map(\.law.mechanism.largestLoss).filter(\.isFinite).max().map { $0 * 0x1p-18 } ?? 0
            step = sketch.snapped(max(full, finest))
        }
        let isNarrow = isLaplace && laws.allSatisfy { $0.law.mechanism.largestLoss <= step * 0x1p18 }
        let spacing =
            isNarrow ? LossGrid.Spacing(step: step) : LossGrid.Spacing(step: step, tilt: tilt, tolerance: tolerance)
        var parts: [LossConvolution.Part] = []
        for entry in laws {
            guard let grid = LossGrid(entry.law, direction, spacing, cut: cut) else { return nil }
            parts.append(LossConvolution.Part(grid: grid, count: entry.count))
        }
        guard let loss = convolve(parts, tilt: tilt, window) else { return nil }
        return (loss, Layout(tilt: tilt, step: step))
    }

    /// Tails that even all steps together do not let be seen at the δ in question.
    private func cut(_ question: Question, steps: Double) -> LossGrid.Cut {
        let logDelta =
            switch question {
            case .epsilon(let logDelta): logDelta
            case .logDelta: -230.0
            }
        let above = exp(max(-690, min(0, logDelta) - margin - 2 - log(steps)))
        return LossGrid.Cut(above: above, below: 1e-20 / steps)
    }

    /// The laws on their own lattices, if these have one step.
    private static func onLattice(_ laws: [LossLawCount], cut: LossGrid.Cut) -> [LossConvolution.Part]? {
        var parts: [LossConvolution.Part] = []
        for entry in laws {
            guard let grid = LossGrid(lattice: entry.law, cut: cut) else { return nil }
            if let step = parts.first?.grid.step, step != grid.step { return nil }
            parts.append(LossConvolution.Part(grid: grid, count: entry.count))
        }
        return parts
    }

    private mutating func convolve(_ parts: [LossConvolution.Part], tilt: Double, _ window: Window) -> ComposedLoss? {
        guard let step = parts.first?.grid.step else { return nil }
        var (offset, lowest, highest) = (0.0, 0.0, 0.0)
        for part in parts {
            offset += Double(part.count) * part.grid.offset
            lowest += Double(part.count) * Double(part.grid.places.first ?? 0)
            highest += Double(part.count) * Double(part.grid.places.last ?? 0)
        }
        let wanted = ((window.top - offset) / step).rounded(.up)
        // A few steps below the largest loss there is, which each law rounds up to its grid: then that is the top. Else the
        // atom there would count as beyond.
        let isNearEnd = highest - wanted <= max(64, 0.02 * window.length / step)
        let top = isNearEnd ? highest : min(highest, wanted)
        let length = min(window.length / step + max(0, top - wanted), highest - lowest + 1) + 4
        guard length < Double(1 << 21), abs(top) < 1e15 else { return nil }
        var points = 32
        while Double(points) < length { points *= 2 }
        // P's mass above the top: on the very masses that are composed.
        var beyond = 0.0
        if top < highest {
            let loss = offset + step * top
            let moment = parts.reduce(0) { $0 + Double($1.count) * $1.grid.logMoment(window.tiltOfTop) }
            let bound = moment - window.tiltOfTop * loss
            beyond = exp(bound + 1e-12 * (1 + abs(moment) + abs(window.tiltOfTop * loss))) + .leastNormalMagnitude
            guard beyond < 1 else { return nil }
        }
        return convolution.compose(
            parts, tilt: tilt, start: Int(top) + 1 - points, points: points, beyond: beyond)
    }
}

/// The stretch of loss that a composition is folded into.
private struct Window {
    /// Above, P's mass is about e^(−margin)·δ; it is bounded on the masses themselves and added.
    let top: Double
    let tiltOfTop: Double
    let tilt: Double
    let length: Double
    /// Where the answer is expected.
    let epsilon: Double
    let logDelta: Double

    /// What is folded from below comes out at least `length` higher, so it adds at most e^(−θ·length) to δ: harmless from
    /// length = (ln 1/δ + margin)/θ on, as long as the answer itself is inside. (Or nothing much is below, by Chernoff.)
    /// What is folded from above keeps its tilted mass: above answer + length there must be little against δ's own,
    /// which is δ·e^(θε − K).
    init(
        _ sketch: LossSketch, _ question: LossComposer.Question, tilt: Double, moments: TiltedMoments, margin: Double,
        epsilon known: Double? = nil
    ) {
        self.tilt = tilt
        let deviation = moments.variance.squareRoot()
        switch question {
        case .epsilon(let given):
            logDelta = given
            epsilon = known ?? max(0, moments.mean)
        case .logDelta(let given):
            epsilon = given
            let saddle = moments.log - tilt * given - log(tilt) - log1p(tilt) - log(2 * .pi * moments.variance) / 2
            logDelta = min(-1e-3, saddle)
        }
        let found = sketch.top(logMass: logDelta - margin, tilt: tilt, deviation: deviation)
        (top, tiltOfTop) = (found.loss, found.tilt.shortened(bits: 11))
        let low = max(0, epsilon - 1.5 * deviation - 1 / tilt)
        let bottom = sketch.bottom(margin: 36, tilt: tilt, deviation: deviation)
        let own = moments.log - tilt * epsilon - logDelta
        let above = sketch.tiltedTop(margin: max(0, own) + margin, tilt: tilt, deviation: deviation)
        let folded = max(top - low, (margin - logDelta) / tilt)
        length = max(min(folded, top - min(low, bottom)), above - low, 1e-3 * deviation)
    }
}
