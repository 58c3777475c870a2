// SPDX-License-Identifier: Apache-2.0

import Foundation

/// Laplace noise of scale b, sensitivity 1, on a Poisson sample of probability q < 1, by its moments; a = 1/b.
///
/// Under Q the loss s of the plain release has mass ½ at −a, ½·e^(−a) at a and the density ¼·e^(−(s + a)/2) between. With
/// r = 1 − q + q·e^s, who is removed costs L = ln r under r·Q, M(z) = E_Q[r^(z+1)]; who is added L = −ln r under Q,
/// M(z) = E_Q[r^(−z)] (Zhu, Dong, Wang 2022, Theorem 11).
///
/// The integral is by Gauss and Legendre on equal panels, so M is that of a law with finitely many losses (`FiniteMoments`)
/// but for the rule's error, which is bounded below; the further out on the line, the narrower the panels.
///
/// *Error.* A rule of n nodes on [−1, 1] errs by at most 64/15·S·ρ^(−2n)/(1 − ρ^(−2)), S the largest |f| on the ellipse of
/// half axes (ρ ± 1/ρ)/2 (Trefethen, SIAM Review 50, 2008, Theorem 4.5). At s = x + iy, with p = q·e^x/r(x) and y ≤ π/3:
/// |r(s)| = r(x)·|1 − p + p·e^(iy)| is at most r(x) and at least r(x)·cos(y/2), and its argument at most
/// p·y/(1 − p/2) and y, so |r^(u + iτ)| ≤ r(x)^u·e^(|τ|·arg), times cos(y/2)^u where u < 0.
struct SampledLaplaceMoments: MomentLaw {
    /// 1/b.
    let a: Double
    let samplingProbability: Double
    let direction: LossDirection
    /// The same law on panels of half the width each time.
    private let levels: [SampledLaplacePanels]
    /// The most by which arg r grows with y.
    private let turn: Double

    /// Wider losses than this take too many panels.
    static let largestRate = 256.0
    private static let mostPanels = 1 << 11

    /// Nil where the plain loss is too wide.
    init?(a: Double, samplingProbability q: Double, direction: LossDirection) {
        guard a > 0, a <= Self.largestRate, q > 0, q < 1 else { return nil }
        (self.a, samplingProbability, self.direction) = (a, q, direction)
        var (panels, levels): (Int, [SampledLaplacePanels]) = (Int((2 * a).rounded(.up)), [])
        while levels.isEmpty || panels <= Self.mostPanels {
            levels.append(SampledLaplacePanels(a: a, q: q, direction: direction, panels: panels))
            panels *= 2
        }
        self.levels = levels
        let p = exp(log(q) + a - Self.logRatio(a, q))
        turn = min(1, p / (1 - p / 2))
    }

    /// The widest panels on which e^(itL) turns by no more than the rule takes (ρ = 4, e⁶ against 4⁻³²); nil: none.
    func level(_ t: Double) -> Int? { levels.firstIndex { $0.half * 15 / 8 * turn * t <= 6 } }

    /// ln r at s.
    static func logRatio(_ s: Double, _ q: Double) -> Double {
        s < 30 ? log1p(q * expm1(s)) : s + log(q + (1 - q) * exp(-s))
    }

    var largestLoss: Double {
        let end = Self.logRatio(direction == .remove ? a : -a, samplingProbability)
        return abs(end) * (1 + 4 * ulpOfOne)
    }
    var totalVariation: Double { samplingProbability * -expm1(-a / 2) * (1 + 1e-14) }
    func cost(at c: Double, upTo t: Double) -> Double {
        level(t).map { 1.5 * Double(levels[$0].law.losses.count) } ?? .infinity
    }
    func logMoment(_ c: Double) -> Double { levels[0].law.logMoment(c) }
    func line(at c: Double) -> any MomentLine {
        SampledLaplaceLine(law: self, c: c, levels: levels.map { $0.line(at: c) })
    }

    /// One release: of the plain δ_L(s) = 1 − e^((s − a)/2) on [−a, a], q·δ_L(ln((e^ε − 1 + q)/q)) when removing and
    /// (1 − e^ε·(1 − q))·δ_L(−ln((e^(−ε) − 1 + q)/q)) when adding, as for `SampledGaussianMoments`.
    func closedForm(count: Double) -> ClosedForm? {
        guard count == 1 else { return nil }
        return ClosedForm { [a, direction, q = samplingProbability] epsilon in
            let factor = direction == .remove ? q : q + expm1(-epsilon)
            guard factor > 0 else { return (-.infinity, 0) }
            let s =
                direction == .add
                ? -log1p(expm1(-epsilon) / q)
                : epsilon < 30 ? log1p(expm1(epsilon) / q) : epsilon + log((1 - (1 - q) * exp(-epsilon)) / q)
            guard s < a else { return (-.infinity, 0) }
            let value = log(factor) + (direction == .add ? epsilon : 0) + log(-expm1((s - a) / 2))
            // `factor` and 1 + expm1(…)/q are differences: next to the largest loss they have few digits.
            let digits = direction == .add ? q / factor : 1
            return (value, 1e-14 + 8 * ulpOfOne * (abs(value) + (1 + abs(s) + a + digits) * (1 + 1 / (a - s)) + digits))
        }
    }
}

/// The nodes on so many panels, and what their rule errs.
struct SampledLaplacePanels: Sendable {
    let law: FiniteMoments
    /// Half the width of a panel, at most ½.
    let half: Double
    private let a: Double
    private let q: Double
    private let direction: LossDirection
    private let panels: Int

    init(a: Double, q: Double, direction: LossDirection, panels: Int) {
        (self.a, self.q, self.direction, self.panels, half) = (a, q, direction, panels, a / Double(panels))
        var (losses, masses): ([Double], [Double]) = ([], [])
        func add(_ s: Double, _ weight: Double) {
            let ratio = SampledLaplaceMoments.logRatio(s, q)
            losses.append(direction == .remove ? ratio : -ratio)
            masses.append(direction == .remove ? weight * exp(ratio) : weight)
        }
        add(-a, 0.5)
        for panel in 0..<panels {
            for (node, weight) in GaussLegendre.sixteen {
                let s = -a + half * (Double(2 * panel + 1) + node)
                add(s, half * weight / 4 * exp(-(s + a) / 2))
            }
        }
        add(a, 0.5 * exp(-a))
        law = FiniteMoments(losses: losses, masses: masses)
    }

    /// Sums Σ e^(base + |τ|·turn) over the panels, one an ellipse: the most that the rule errs in M(c + iτ).
    func line(at c: Double) -> SampledLaplaceLine.Level {
        let power = direction == .remove ? c + 1 : -c
        let ellipses = [4.0, 9].filter { half * ($0 - 1 / $0) / 2 <= .pi / 3 }
        let bounds = ellipses.map { rho -> [(base: Double, turn: Double)] in
            let (wide, high) = (half * (rho + 1 / rho) / 2, half * (rho - 1 / rho) / 2)
            let rule = log(half * 16 / 15 / (1 - 1 / (rho * rho))) - 32 * log(rho)
            return (0..<panels).map { panel in
                let middle = -a + half * Double(2 * panel + 1)
                let (low, top) = (middle - wide, middle + wide)
                let atTop = SampledLaplaceMoments.logRatio(top, q)
                let p = exp(log(q) + top - atTop)
                let size =
                    power > 0
                    ? power * atTop : power * (SampledLaplaceMoments.logRatio(low, q) + log(cos(high / 2)))
                return (rule - (low + a) / 2 + size, high * min(1, p / (1 - p / 2)))
            }
        }
        return SampledLaplaceLine.Level(line: law.line(at: c), bounds: bounds)
    }
}

/// M on one vertical line.
struct SampledLaplaceLine: MomentLine {
    /// A rule, and what it errs.
    struct Level {
        let line: any MomentLine
        let bounds: [[(base: Double, turn: Double)]]

        func logError(_ tau: Double) -> Double {
            bounds.map { logSumExp($0.map { $0.base + tau * $0.turn }) }.min().map { $0 + 1e-9 } ?? .infinity
        }
    }

    private let law: SampledLaplaceMoments
    private let levels: [Level]
    private let logMomentAtC: Double
    /// ln of the atoms' share of M(c), and of twice the ends of G.
    private let logAtoms: Double
    private let logEnds: Double

    init(law: SampledLaplaceMoments, c: Double, levels: [Level]) {
        (self.law, self.levels, logMomentAtC) = (law, levels, law.logMoment(c))
        let (a, q) = (law.a, law.samplingProbability)
        let power = law.direction == .remove ? c + 1 : -c
        let (low, high) = (SampledLaplaceMoments.logRatio(-a, q), SampledLaplaceMoments.logRatio(a, q))
        logAtoms = logSumExp([power * low, power * high - a]) - log(2)
        // G = ¼·e^(−(s + a)/2)·r^(u + 1)/(q·e^s) at −a and a.
        logEnds = logSumExp([(power + 1) * low + a, (power + 1) * high - 2 * a]) - log(2 * q)
    }

    func logMoment(at t: Double) -> (re: Double, im: Double, error: Double) {
        let level = levels[law.level(t) ?? levels.count - 1]
        let value = level.line.logMoment(at: t)
        let rule = min(600, level.logError(t) - max(value.re, logMomentAtC - 600))
        return (value.re, value.im, log1p(expm1(value.error) + exp(rule)))
    }

    /// The atoms keep their size; what is between, g·e^(itL) with g the density times r^u, is by one integration by parts at most
    /// (G(−a) + G(a) + TV G)/t, G = g/|L′|. ln G has the slope (u + 1)·p − 3/2, p rising from 0 to 1 with s: at most one turn,
    /// a minimum where u > 0, and where u < 0 none, as then (u + 1)·p < 1. So TV G ≤ G(−a) + G(a).
    func decay(beyond t: Double) -> Double {
        let bound = logSumExp([logAtoms, logEnds - log(t)])
        return min(0, bound - logMomentAtC + 1e-12 * (1 + abs(bound)))
    }
}

/// The rule of Gauss and Legendre.
enum GaussLegendre {
    /// Sixteen nodes on [−1, 1] and their weights: roots of P₁₆ by Newton's method from Tricomi's guess (DLMF 3.5(v), 18.16.7).
    static let sixteen: [(node: Double, weight: Double)] = (1...16).map { k in
        let n = 16
        var x = -cos(.pi * (Double(k) - 0.25) / (Double(n) + 0.5))
        var slope = 0.0
        for _ in 0..<6 {
            var (previous, value) = (1.0, x)
            for j in 2...n {
                (previous, value) = (value, (Double(2 * j - 1) * x * value - Double(j - 1) * previous) / Double(j))
            }
            slope = Double(n) * (previous - x * value) / (1 - x * x)
            x -= value / slope
        }
        return (x, 2 / ((1 - x * x) * slope * slope))
    }
}
