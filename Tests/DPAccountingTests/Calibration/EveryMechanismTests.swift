// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing

@testable import DPAccounting

/// Calibration of every mechanism whose exact noise can be written down or bisected from its definition: never less, and at
/// most 1e-6 relative more.
struct EveryMechanismTests {
    /// The least x at which a falling function is at most `target`, to the last bits.
    static func root(_ low: Double, _ high: Double, _ isEnough: (Double) -> Bool) -> Double {
        var (low, high) = (low, high)
        for _ in 0..<200 where high > low.nextUp {
            let middle = low + (high - low) / 2
            if isEnough(middle) { high = middle } else { low = middle }
        }
        return high
    }

    /// δ of one Gaussian by two error functions (Balle, Wang 2018, Theorem 8), written out again.
    static func gaussianDelta(_ sigma: Double, _ epsilon: Double) -> Double {
        let root = 2.0.squareRoot()
        let (a, b) = (epsilon * sigma - 1 / (2 * sigma), epsilon * sigma + 1 / (2 * sigma))
        return 0.5 * erfc(a / root) - exp(epsilon) * 0.5 * erfc(b / root)
    }

    static let targets: [(epsilon: Double, delta: Double)] = [
        (0.1, 1e-5), (0.5, 1e-3), (1, 1e-6), (3, 1e-4), (8, 1e-7),
    ]

    private func isTight(_ found: Double, _ exact: Double, _ what: String) {
        // The reference is a difference of two numbers near δ·10: 1e-9 of σ at worst.
        #expect(found >= exact * (1 - 1e-9), "\(what): \(found) under \(exact)")
        #expect(found <= exact * (1 + 1.1e-6), "\(what): \(found) over \(exact)")
    }

    @Test("one Gaussian, by every accountant that is exact for it", arguments: targets.indices)
    func gaussian(index: Int) throws {
        let (epsilon, delta) = Self.targets[index]
        let exact = Self.root(1e-3, 1e6) { Self.gaussianDelta($0, epsilon) <= delta }
        for name in [Accountant.gdp, .pld, .exact] {
            let solver = PlanSolver(epsilon: epsilon, delta: delta, accountant: try #require(name.method))
            isTight(try solver.noiseMultiplier(steps: 1), exact, "\(name) \(epsilon)")
        }
        isTight(GaussianDP.noiseMultiplier(epsilon: epsilon, delta: delta), exact, "analytic")
    }

    @Test("many Gaussians are one of √n times the noise", arguments: [2, 30, 1000])
    func manyGaussians(steps: Int) throws {
        for (epsilon, delta) in Self.targets {
            let exact = Self.root(1e-3, 1e6) { Self.gaussianDelta($0, epsilon) <= delta } * Double(steps).squareRoot()
            for name in [Accountant.gdp, .exact] {
                let solver = PlanSolver(epsilon: epsilon, delta: delta, accountant: try #require(name.method))
                isTight(try solver.noiseMultiplier(steps: steps), exact, "\(name) \(epsilon) × \(steps)")
            }
        }
    }

    @Test("one step on a sample: from the closed form of the mixture", arguments: [0.001, 0.05, 0.5])
    func sampledGaussian(q: Double) throws {
        for (epsilon, delta) in Self.targets where delta < q {
            // Removing decides: δ(ε) = q·δ_G(ln(1 + (e^ε − 1)/q)).
            let exact = Self.root(1e-3, 1e4) { q * Self.gaussianDelta($0, log1p(expm1(epsilon) / q)) <= delta }
            let found = try PrivacyLossAccountant.noiseMultiplier(
                epsilon: epsilon, delta: delta, samplingProbability: q, steps: 1)
            isTight(found, exact, "q \(q), ε \(epsilon)")
        }
    }

    @Test("Laplace: pure ε is 1/b, and δ allows less noise: 1 − e^((ε − 1/b)/2) = δ", arguments: targets.indices)
    func laplace(index: Int) throws {
        let (epsilon, delta) = Self.targets[index]
        func plan(_ b: Double) -> RunPlan { RunPlan(.laplace(LaplaceEvent(noiseMultiplier: b))) }
        let exact = 1 / (epsilon - 2 * log1p(-delta))
        let found = try PrivacyLossAccountant.scale(epsilon: epsilon, delta: delta, plan: plan)
        isTight(found, exact, "ε \(epsilon)")
        // At δ = 10⁻⁷ what δ saves is less than the 10⁻⁶ to which noise is solved for.
        #expect(found < 1 / epsilon * (1 + 1e-6))
        // Amounts count in 10⁻¹², rounded up.
        let pure = PureAccounting().epsilon(of: plan(1 / epsilon), delta: 0)
        #expect(pure >= epsilon && pure <= epsilon + 1.5e-12)
        #expect(PureAccounting().epsilon(of: plan(1 / epsilon / (1 + 1e-10)), delta: 0) > epsilon)
    }

    @Test("randomized response: δ of the two values, solved for the noise", arguments: [2, 5, 50])
    func response(buckets: Int) throws {
        for (epsilon, delta) in Self.targets {
            // Kept with odds: (1 − f + f/k) − e^ε·f/k = δ, so f = (1 − δ)/(1 − 1/k + e^ε/k).
            let k = Double(buckets)
            // Less than a thousandth is not tried.
            let exact = max((1 - delta) / (1 - 1 / k + exp(epsilon) / k), Calibration.range.lowerBound)
            func plan(_ x: Double) -> RunPlan {
                RunPlan(.randomizedResponse(RandomizedResponseEvent(noise: min(1, x), buckets: buckets)))
            }
            isTight(try PrivacyLossAccountant.scale(epsilon: epsilon, delta: delta, plan: plan), exact, "k \(buckets)")
        }
    }

    @Test("discrete Laplace: the exact fraction, and no more than ε", arguments: [1, 3, 20])
    func discreteLaplace(l1: Int) throws {
        for text in ["0.1", "0.5", "1", "3.7"] {
            let asked = try #require(EpsilonAmount(decimal: text, rounding: .down))
            let scale = try Calibration.discreteLaplaceScale(epsilon: asked, l1: l1)
            #expect(relativeError(scale.value, Double(l1) / asked.value) < 1e-15)
            let event = DiscreteLaplaceEvent(
                scale: scale, bound: ItemBound(maxItemsPerUser: l1, maxValuePerItem: 1), dimension: 4)
            #expect(PlanPrice(of: RunPlan(.discreteLaplace(event)), delta: .zero).epsilon == asked)
        }
    }

    /// δ of `items` integers with discrete Gaussian noise, each moved by `shift`: all losses are of the sum of the noises,
    /// which is enumerated coordinate by coordinate.
    static func discreteGaussianDelta(_ variance: Double, shift: Int, items: Int, _ epsilon: Double) -> Double {
        let reach = Int(12 * variance.squareRoot()) + 2
        var one = (-reach...reach).map { exp(-Double($0 * $0) / (2 * variance)) }
        let norm = one.reduce(0, +)
        one = one.map { $0 / norm }
        var sum = [1.0]
        for _ in 0..<items {
            var next = [Double](repeating: 0, count: sum.count + 2 * reach)
            for i in sum.indices { for j in one.indices { next[i + j] += sum[i] * one[j] } }
            sum = next
        }
        let v = Double(shift)
        return sum.indices.reduce(0.0) { total, index in
            // Noise that sums up to s costs (2vs + items·v²)/2σ² when the user is in.
            let s = Double(index - items * reach)
            let loss = (2 * v * s + Double(items) * v * v) / (2 * variance)
            return loss > epsilon ? total - sum[index] * expm1(epsilon - loss) : total
        }
    }

    @Test(
        "discrete Gaussian: what enumeration affords, and no variance that is a thousandth smaller", arguments: [1, 4])
    func discreteGaussian(items: Int) throws {
        let bound = ItemBound(maxItemsPerUser: items, maxValuePerItem: 2)
        for (epsilon, delta) in Self.targets.prefix(4) {
            let (e, d) = (EpsilonAmount(epsilon, rounding: .down), DeltaAmount(delta, rounding: .down))
            let variance = try Calibration.discreteGaussianVariance(epsilon: e, delta: d, bound: bound).value
            guard variance < 4000 else { continue }
            func exact(_ variance: Double) -> Double {
                Self.discreteGaussianDelta(variance, shift: 2, items: items, epsilon)
            }
            #expect(exact(variance) <= delta * (1 + 1e-9), "\(epsilon): \(exact(variance))")
            #expect(exact(variance * 0.999) > delta, "\(epsilon): \(exact(variance * 0.999))")
        }
    }

    @Test("a plan of several mechanisms with shares of one ε", arguments: [(0.3, 0.7), (0.5, 0.5), (0.9, 0.1)])
    func shares(first: Double, second: Double) throws {
        // Pure parts split exactly; the whole is their sum, whatever else happens.
        let whole = EpsilonAmount(1, rounding: .down)
        func plan(_ x: Double) -> RunPlan {
            RunPlan([
                .init(event: .laplace(LaplaceEvent(noiseMultiplier: x / first)), count: 1),
                .init(event: .laplace(LaplaceEvent(noiseMultiplier: x / second)), count: 1),
            ])
        }
        let found = try Calibration.scale(epsilon: whole, delta: .zero, plan: plan)
        #expect(found >= 1 && found <= 1 + 1e-7)
    }

    @Test("a matrix mechanism is one Gaussian of its sensitivity")
    func matrix() throws {
        let coefficients = [1, 0.5, 0.375, 0.3125]
        func event(_ sigma: Double) -> MatrixMechanismEvent {
            MatrixMechanismEvent(
                coefficients: coefficients, steps: 10, minSeparation: 5, maxParticipations: 2, noiseMultiplier: sigma)
        }
        // A column and the one five steps on do not overlap in the strategy's rows but in none: √2 times one column's norm.
        let norm = (2 * coefficients.reduce(0) { $0 + $1 * $1 }).squareRoot()
        #expect(relativeError(event(1).sensitivity, norm) < 1e-13)
        for (epsilon, delta) in Self.targets {
            let exact = norm * Self.root(1e-3, 1e6) { Self.gaussianDelta($0, epsilon) <= delta }
            let found = try Calibration.scale(
                epsilon: EpsilonAmount(epsilon, rounding: .down), delta: DeltaAmount(delta, rounding: .down)
            ) { RunPlan(.matrixMechanism(event($0))) }
            isTight(found, exact, "ε \(epsilon)")
        }
    }

    @Test(
        "steps and sampling by each accountant: one more, or a millionth more, is too much",
        arguments: [Accountant.rdp, .pld])
    func stepsAndSampling(name: Accountant) throws {
        let solver = PlanSolver(epsilon: 1.5, delta: 1e-6, accountant: try #require(name.method))
        func epsilon(_ q: Double, _ steps: Int) -> Double {
            solver.accountant.epsilon(
                of: PlanSolver.plan(noiseMultiplier: 1.3, samplingProbability: q, steps: steps), delta: 1e-6)
        }
        let steps = try solver.steps(noiseMultiplier: 1.3, samplingProbability: 0.02)
        // A grid's answers differ by 1e-4 of ε, that is of ε·√T/2T a step.
        #expect(epsilon(0.02, steps) <= 1.5 * (1 + (name == .pld ? 1e-4 : 1e-9)))
        #expect(epsilon(0.02, steps + max(1, steps / 200)) > 1.5)
        let q = try #require(try solver.samplingProbability(noiseMultiplier: 1.3, steps: 300))
        #expect(epsilon(q, 300) <= 1.5 * (1 + 1e-6) && epsilon(q * 1.001, 300) > 1.5)
    }

    @Test("the answer does not depend on where the search began", arguments: [0.01, 0.3, 7, 4000])
    func fromAnywhere(guess: Double) throws {
        var calibration = LossCalibration(epsilon: 1, delta: 1e-6)
        let found = try #require(
            calibration.least(in: 1e-3...1e9, from: guess) { sigma in
                [LossLawCount(LossLaw(.gaussian(noiseMultiplier: sigma), samplingProbability: 0.1), count: 50)]
            })
        let usual = try PrivacyLossAccountant.noiseMultiplier(
            epsilon: 1, delta: 1e-6, samplingProbability: 0.1, steps: 50)
        // Each is laid out on its own grid of 1e-4 of ε.
        #expect(relativeError(found, usual) < 2e-4)
    }
}
