// SPDX-License-Identifier: Apache-2.0

import DPAccounting
import Foundation
import TestSupport
import Testing

struct CalibrationTests {
    private func amount(_ text: String) -> EpsilonAmount { EpsilonAmount(decimal: text, rounding: .down)! }
    private func delta(_ text: String) -> DeltaAmount { DeltaAmount(decimal: text, rounding: .down)! }

    @Test(
        "the noise found is affordable, and a millionth less noise is not",
        arguments: ["0.01", "0.5", "3", "12"], [(0.01, 1000), (1e-4, 100_000), (0.3, 7), (1.0, 1), (1.0, 50)])
    func roundTrip(epsilon: String, shape: (Double, Int)) throws {
        let (q, steps) = shape
        let asked = amount(epsilon)
        let multiplier = try Calibration.noiseMultiplier(
            epsilon: asked, delta: delta("1e-6"), samplingProbability: q, steps: steps, dimension: 100_000)
        func price(_ multiplier: Double) -> EpsilonAmount {
            PlanPrice(
                of: Plans.gaussian(multiplier: multiplier, q: q, steps: steps, dimension: 100_000), delta: delta("1e-6")
            ).epsilon
        }
        #expect(price(multiplier) <= asked)
        #expect(price(multiplier * (1 - 1e-6)) > asked)
    }

    @Test("one Gaussian agrees with the analytic σ", .enabled(if: Golden.available))
    func analytic() throws {
        for row in GoldenAccounting.rows("gaussian_sigma") {
            let share = (1 + exp(row[0]!)) * FastGaussianLaw.totalVariation(draws: 1) / row[1]!
            if share > 1e-8 { continue }  // there the sampler's share of δ is more than the tolerance below
            let ours = try Calibration.noiseMultiplier(
                epsilon: EpsilonAmount(row[0]!, rounding: .down), delta: DeltaAmount(row[1]!, rounding: .down),
                steps: 1,
                dimension: 1)
            #expect(ours >= row[2]! * (1 - 1e-12))
            // The tolerance of the calibration, and the rounding of δ = 1e-12 to units.
            #expect(ours <= row[2]! * (1 + 2e-8), "\(row): \(ours)")
        }
    }

    @Test("sits between the exact σ and what dp-accounting's Rényi accountant needs", .enabled(if: Golden.available))
    func againstTools() throws {
        for row in GoldenAccounting.rows("calibration") {
            guard let exact = row[4], let tool = row[6] else { continue }
            let ours = try Calibration.noiseMultiplier(
                epsilon: EpsilonAmount(row[0]!, rounding: .down), delta: DeltaAmount(row[1]!, rounding: .down),
                samplingProbability: row[2]!, steps: Int(row[3]!), dimension: 1)
            #expect(ours >= exact * (1 - 1e-6))
            // The tool stops about 1e-4 from its root and misses orders.
            #expect(ours <= tool * (1 + 1e-4), "\(row): \(ours)")
        }
    }

    @Test("a plan of a fixed shape: a paid first step and a long rest share one multiplier")
    func scaleOfAShape() throws {
        let shape: @Sendable (Double) -> RunPlan = { multiplier in
            RunPlan([
                RunPlan.Stretch(event: Plans.gaussianEvent(multiplier: 5 * multiplier), count: 1),
                RunPlan.Stretch(event: Plans.gaussianEvent(multiplier: multiplier, q: 0.02), count: 300),
            ])
        }
        let multiplier = try Calibration.scale(epsilon: amount("2"), delta: delta("1e-6"), plan: shape)
        #expect(PlanPrice(of: shape(multiplier), delta: delta("1e-6")).epsilon <= amount("2"))
        #expect(PlanPrice(of: shape(multiplier * 0.999_999), delta: delta("1e-6")).epsilon > amount("2"))
    }

    @Test("what cannot be reached is refused, with a reason")
    func impossible() {
        func attempt(_ epsilon: EpsilonAmount, _ delta: DeltaAmount, q: Double = 1) -> CalibrationError? {
            do throws(CalibrationError) {
                _ = try Calibration.noiseMultiplier(
                    epsilon: epsilon, delta: delta, samplingProbability: q, steps: 10, dimension: 5)
                return nil
            } catch { return error }
        }
        #expect(attempt(amount("1"), .zero) == .impossible(epsilon: amount("1"), delta: .zero, problem: .needsDelta))
        #expect(attempt(.zero, delta("1e-6")) == .outOfRange("ε must be positive"))
        #expect(attempt(.infinity, delta("1e-6")) == .outOfRange("ε = ∞ needs no noise"))
        let asked = amount("1")
        #expect(
            attempt(asked, delta("1e-6"), q: 2)
                == .impossible(epsilon: asked, delta: delta("1e-6"), problem: .invalidEvent))
        // One unit of ε is still reachable: δ ≥ μ/√(2π) is what stops a Gaussian, not ε.
        #expect(attempt(EpsilonAmount(units: 1), delta("1e-6")) == nil)
    }

    @Test("a calibration takes well under 100 ms")
    func fast() throws {
        let clock = ContinuousClock()
        let time = try clock.measure {
            _ = try Calibration.noiseMultiplier(
                epsilon: amount("3"), delta: delta("1e-6"), samplingProbability: 0.05, steps: 1000, dimension: 100_000)
        }
        // 100 ms on a quiet machine; ten times that is let pass on a busy one.
        #expect(time < .seconds(1), "\(time)")
    }

    @Test("the discrete Laplace scale rounds up where the fraction does not fit")
    func laplaceScale() throws {
        let exact = try Calibration.discreteLaplaceScale(epsilon: amount("0.5"), l1: 20)
        #expect(exact == Rational(40, 1))
        let wide = try Calibration.discreteLaplaceScale(epsilon: EpsilonAmount(units: 999_999_999_989), l1: 1 << 36)
        #expect(wide.value >= Double(1 << 36) / 0.999_999_999_989 * (1 - 1e-15))
        #expect(throws: CalibrationError.self) { try Calibration.discreteLaplaceScale(epsilon: .zero, l1: 1) }
        #expect(throws: CalibrationError.self) { try Calibration.discreteLaplaceScale(epsilon: amount("1"), l1: 0) }
    }

    @Test("the discrete Gaussian variance is affordable and near the root", arguments: ["0.1", "1", "8"])
    func variance(epsilon: String) throws {
        let bound = ItemBound(maxItemsPerUser: 20, maxValuePerItem: 2)
        let asked = amount(epsilon)
        let variance = try Calibration.discreteGaussianVariance(epsilon: asked, delta: delta("1e-6"), bound: bound)
        func price(_ variance: Rational) -> PlanPrice {
            PlanPrice(
                of: RunPlan(.discreteGaussian(DiscreteGaussianEvent(variance: variance, bound: bound, dimension: 9))),
                delta: delta("1e-6"))
        }
        let found = price(variance)
        #expect(found.epsilon <= asked && found.accountant == .pld)
        let less = try #require(Rational(Int64(Double(variance.numerator) * (1 - 1e-7)), variance.denominator))
        #expect(price(less).epsilon > asked)
    }
}
