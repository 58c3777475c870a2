// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing

@testable import DPAccounting

/// A Laplace release on a Poisson sample, by its moments.
struct SampledLaplaceTests {
    static let laws: [(scale: Double, q: Double)] = [
        (1, 0.1), (0.2, 0.01), (10, 0.5), (3, 0.999), (0.05, 0.3), (100, 1e-4), (0.7, 1e-9),
    ]

    static func law(_ index: Int, _ direction: LossDirection) throws -> SampledLaplaceMoments {
        try #require(
            SampledLaplaceMoments(
                a: 1 / laws[index].scale, samplingProbability: laws[index].q, direction: direction))
    }

    /// M(c + it) from the densities themselves: the two half-lines in closed form, between them Simpson's rule over the place x of
    /// the noise, in many small steps.
    static func direct(
        _ scale: Double, _ q: Double, _ direction: LossDirection, _ c: Double, _ t: Double
    ) -> (re: Double, im: Double) {
        func ratio(_ x: Double) -> Double { 1 - q + q * exp((abs(x) - abs(x - 1)) / scale) }
        func value(_ x: Double, _ weight: Double) -> (Double, Double) {
            let loss = (direction == .remove ? 1 : -1) * log(ratio(x))
            let size = weight * exp(c * loss) * (direction == .remove ? ratio(x) : 1)
            return (size * cos(t * loss), size * sin(t * loss))
        }
        let (left, right) = (value(0, 0.5), value(1, 0.5 * exp(-1 / scale)))
        var (re, im) = (left.0 + right.0, left.1 + right.1)
        let n = 200_000
        let h = 1 / Double(n)
        for k in 0...n {
            let weight = (k == 0 || k == n ? 1.0 : k % 2 == 1 ? 4 : 2) * h / 3
            let x = Double(k) * h
            let part = value(x, weight * exp(-x / scale) / (2 * scale))
            re += part.0
            im += part.1
        }
        return (re, im)
    }

    @Test("M is the integral of the definition, on and off the real axis", arguments: laws.indices)
    func moments(index: Int) throws {
        let (scale, q) = Self.laws[index]
        for direction in LossDirection.allCases {
            let law = try Self.law(index, direction)
            for c in [0.5, 4, 30] where c / scale < 200 {
                let line = law.line(at: c)
                let size = exp(law.logMoment(c))
                #expect(relativeError(size, Self.direct(scale, q, direction, c, 0).re) < 1e-10, "c \(c)")
                for t in [0.3, 5, 70, 900] {
                    let (ours, exact) = (line.logMoment(at: t), Self.direct(scale, q, direction, c, t))
                    let (re, im) = (exp(ours.re) * cos(ours.im), exp(ours.re) * sin(ours.im))
                    // What it says of itself, and Simpson's error and rounding at most a few 10⁻¹¹.
                    let allowed = exp(ours.re) * expm1(ours.error) + 1e-10 * size
                    #expect(
                        abs(re - exact.re) <= allowed && abs(im - exact.im) <= allowed, "\(direction) c \(c) t \(t)")
                    // It is no empty bound, as far out as there are panels for.
                    guard law.level(t) != nil else { continue }
                    #expect(exp(ours.re) * expm1(ours.error) < 1e-8 * size)
                }
            }
        }
    }

    @Test("all levels of panels say the same, within what they say of themselves", arguments: laws.indices)
    func levels(index: Int) throws {
        let law = try Self.law(index, .remove)
        let panels = SampledLaplacePanels(a: law.a, q: law.samplingProbability, direction: .remove, panels: 1)
        let (coarse, fine) = (
            panels.line(at: 2),
            SampledLaplacePanels(a: law.a, q: law.samplingProbability, direction: .remove, panels: 300).line(at: 2)
        )
        for t in [0.1, 3, 40] {
            let (a, b) = (coarse.line.logMoment(at: t), fine.line.logMoment(at: t))
            let (x, y) = (
                (exp(a.re) * cos(a.im), exp(a.re) * sin(a.im)), (exp(b.re) * cos(b.im), exp(b.re) * sin(b.im))
            )
            let difference = ((x.0 - y.0) * (x.0 - y.0) + (x.1 - y.1) * (x.1 - y.1)).squareRoot()
            // Where no ellipse fits one panel, nothing is said.
            let said = exp(min(700, coarse.logError(t))) + exp(fine.logError(t))
            #expect(difference <= said + 1e-12 * exp(law.logMoment(2)), "t \(t): \(difference) of \(said)")
        }
    }

    @Test("beyond t the moment is no larger than its bound", arguments: laws.indices)
    func decay(index: Int) throws {
        for direction in LossDirection.allCases {
            let law = try Self.law(index, direction)
            for c in [0.7, 9] where c * law.a < 200 {
                let line = law.line(at: c)
                for t in [1.0, 20, 300] {
                    let bound = line.decay(beyond: t)
                    #expect(bound <= 0)
                    for further in [1, 1.3, 2.9, 11] {
                        let value = line.logMoment(at: t * further)
                        #expect(
                            value.re - value.error - law.logMoment(c) <= bound + 1e-12, "\(direction) c \(c) t \(t)")
                    }
                }
            }
        }
    }

    @Test("one release in closed form is the law's own hockey stick", arguments: laws.indices)
    func closedForm(index: Int) throws {
        let (scale, q) = Self.laws[index]
        for direction in LossDirection.allCases {
            let law = try Self.law(index, direction)
            let form = try #require(law.closedForm(count: 1))
            #expect(law.closedForm(count: 2) == nil)
            let pair = LossLaw(.laplace(scale: scale), samplingProbability: q)
            for share in [0, 0.01, 0.3, 0.8, 0.99] {
                let epsilon = share * law.largestLoss
                let (value, error) = form.logDelta(epsilon)
                let other = pair.hockeyStick(epsilon, direction)
                // The other is a difference of masses, raised by some ulps of them.
                #expect(
                    exp(value - error) <= other * (1 + 1e-12) && other <= exp(value + error) + 1e-12,
                    "\(direction) \(epsilon)")
            }
            #expect(form.logDelta(law.largestLoss * (1 + 1e-9)).value == -.infinity)
            // δ(0) is the total variation.
            #expect(relativeError(exp(form.logDelta(0).value), law.totalVariation) < 1e-12)
        }
    }

    @Test("the bracket and composed losses agree, of many releases")
    func brackets() throws {
        for (scale, q, count) in [(1.0, 0.1, 100), (0.5, 0.01, 1000), (2, 0.4, 30), (0.3, 1e-3, 20_000)] {
            let event = PrivacyEvent.sampled(
                SampledEvent(samplingProbability: q, event: .laplace(LaplaceEvent(noiseMultiplier: scale))))
            let plan = RunPlan([.init(event: event, count: count)])
            for delta in [1e-2, 1e-6, 1e-12] {
                let exact = ExactAccountant.epsilon(of: plan, delta: delta)
                let losses = PrivacyLossAccountant.epsilon(of: plan, delta: delta)
                #expect(exact.lower <= exact.upper && exact.upper < .infinity)
                #expect(
                    losses >= exact.lower && losses <= exact.upper * (1 + 5e-5) + 1e-6,
                    "\(scale) \(q) \(delta): \(exact)")
                // Where the line has to be cut short it is smoothed, and the lower end is by the smoothing's μ·9 or so below.
                #expect(exact.upper - exact.lower < (count >= 100 && count <= 1000 ? 1e-6 : 0.1) * max(1, exact.upper))
            }
        }
    }

    @Test("few atoms widen the bracket and never turn it around; what is too wide is refused")
    func edges() throws {
        for (scale, q, count) in [(10.0, 0.3, 50), (0.05, 0.2, 3), (0.01, 1e-3, 10), (1000, 0.5, 2)] {
            let law = LossLaw(.laplace(scale: scale), samplingProbability: q)
            let laws = [LossLawCount(law, count: count)]
            let clock = ContinuousClock()
            for direction in LossDirection.allCases {
                let both = try #require(ExactAccountant.compositions(laws, directions: [direction]))
                let start = clock.now
                let exact = both[0].epsilon(logDelta: log(1e-5), effort: .quick)
                #expect(clock.now - start < .seconds(20))
                #expect(exact.lower <= exact.upper && exact.upper <= Double(count) / scale * (1 + 1e-9))
                let naive = NaiveLosses(law, direction, step: 0.02 / scale, .down).repeated(min(count, 3))
                #expect(exact.upper >= naive.epsilon(1e-5) - 1e-9, "\(scale) \(q) \(direction)")
            }
        }
        #expect(SampledLaplaceMoments(a: 1e4, samplingProbability: 0.5, direction: .add) == nil)
        #expect(SampledLaplaceMoments(a: 1, samplingProbability: 1, direction: .add) == nil)
        #expect(SampledLaplaceMoments(a: 0, samplingProbability: 0.5, direction: .add) == nil)
        let wide = PrivacyEvent.sampled(
            SampledEvent(samplingProbability: 0.1, event: .laplace(LaplaceEvent(noiseMultiplier: 1e-5))))
        #expect(ExactAccounting().epsilon(of: RunPlan(wide), delta: 1e-6) == .infinity)
    }

    @Test("the rule of sixteen nodes integrates polynomials of degree 31, and no more")
    func gaussLegendre() {
        let rule = GaussLegendre.sixteen
        #expect(rule.count == 16)
        for degree in 0...33 {
            let sum = rule.reduce(0) { $0 + $1.weight * pow($1.node, Double(degree)) }
            let exact = degree % 2 == 1 ? 0 : 2 / Double(degree + 1)
            if degree <= 31 { #expect(abs(sum - exact) < 1e-14, "\(degree): \(sum)") }
            // At 32 it is short of 2/33 by 2³³·(16!)⁴/(33·(32!)²) = 7.2e-10 (DLMF 3.5.20).
            if degree == 32 { #expect(exact - sum > 7e-10 && exact - sum < 7.4e-10, "\(exact - sum)") }
        }
        #expect(zip(rule, rule.reversed()).allSatisfy { abs($0.node + $1.node) < 1e-15 })
    }
}
