// SPDX-License-Identifier: Apache-2.0

import Foundation
import TestSupport
import Testing

@testable import DPAccounting

struct ExactAccountantTests {
    private func bracket(_ laws: [LossLawCount], _ directions: [LossDirection], delta: Double) throws -> PrivacyBracket
    {
        let both = try #require(ExactAccountant.compositions(laws, directions: directions))
        return ExactAccountant.epsilon(of: both, logDelta: log(delta), effort: .full)
    }

    private func logDelta(_ law: LossLaw, _ count: Int, _ direction: LossDirection = .remove, epsilon: Double) throws
        -> PrivacyBracket
    {
        let both = try #require(
            ExactAccountant.compositions([LossLawCount(law, count: count)], directions: [direction]))
        return both[0].logDelta(epsilon: epsilon, effort: .full)
    }

    @Test("sampled Gaussians: the golden exact ε from above, to 1e-7, and from below", .enabled(if: Golden.available))
    func goldenSampled() {
        var seen = 0
        for (index, row) in GoldenAccounting.rows("pld_subsampled_gaussian").enumerated() {
            // Every third row, and those that took dp_accounting below the truth.
            guard let exact = row[4], index % 3 == 0 || row[3]! <= 1e-10 else { continue }
            seen += 1
            let plan = Plans.gaussian(multiplier: row[0]!, q: row[1]!, steps: Int(row[2]!))
            let ours = ExactAccountant.epsilon(of: plan, delta: row[3]!)
            // The golden value is good to 1e-10 of max(1, ε); smoothing of few steps may cost 2e-8.
            #expect(ours.upper >= exact - 1e-9 && ours.upper <= exact + 1e-7, "\(row): \(ours)")
            #expect(ours.lower <= exact + 1e-9 && ours.lower >= exact - 1e-6, "\(row): \(ours)")
        }
        #expect(seen > 80)
    }

    @Test("heterogeneous compositions agree to 1e-7", .enabled(if: Golden.available))
    func goldenHeterogeneous() throws {
        func numbers(_ value: Any?) -> [Double] { (value as? [Any] ?? []).compactMap(GoldenAccounting.number) }
        let cases = GoldenAccounting.objects("heterogeneous")
        #expect(cases.count == 12)
        for one in cases {
            let laplace = numbers(one["laplace_b_T"])
            let discrete = numbers(one["discrete_gaussian_sigma_T"])
            var laws = [
                LossLawCount(LossLaw(.laplace(scale: laplace[0])), count: Int(laplace[1])),
                LossLawCount(
                    LossLaw(.discreteGaussian(variance: discrete[0] * discrete[0], sensitivity: 1)),
                    count: Int(discrete[1])),
            ]
            for sampled in one["subsampled_sigma_q_T"] as? [Any] ?? [] {
                let (sigma, q, steps) = (numbers(sampled)[0], numbers(sampled)[1], Int(numbers(sampled)[2]))
                let law = LossLaw(.gaussian(noiseMultiplier: sigma), samplingProbability: q)
                laws.append(LossLawCount(law, count: steps))
            }
            let exact = GoldenAccounting.number(one["eps_exact"])!
            let delta = GoldenAccounting.number(one["delta"])!
            let ours = try bracket(laws, [.remove, .add], delta: delta)
            #expect(ours.upper >= exact - 1e-9 && ours.upper <= exact + 1e-7, "\(one["name"] ?? ""): \(ours)")
            #expect(ours.lower <= exact + 1e-9 && ours.lower >= exact - 1e-7)
            let reversed = try bracket(laws.reversed(), [.remove, .add], delta: delta)
            #expect(abs(reversed.upper - ours.upper) < 1e-10)
        }
    }

    @Test("both directions of many steps, ln δ to 1e-9", .enabled(if: Golden.available))
    func goldenDirections() throws {
        for row in GoldenAccounting.rows("pld_subsampled_directions") {
            let law = LossLaw(.gaussian(noiseMultiplier: row[0]!), samplingProbability: row[1]!)
            for (direction, exact) in [(LossDirection.remove, row[4]), (.add, row[5])] {
                guard let exact else { continue }
                let ours = try logDelta(law, Int(row[2]!), direction, epsilon: row[3]!)
                #expect(ours.upper >= exact - 1e-9 && ours.upper <= exact + 1e-9, "\(row) \(direction): \(ours)")
                #expect(ours.lower <= exact + 1e-9 && ours.lower >= exact - 1e-9)
            }
        }
    }

    @Test("one step in closed form, both directions", .enabled(if: Golden.available))
    func goldenOneStep() throws {
        for row in GoldenAccounting.rows("pld_one_step") {
            let law = LossLaw(.gaussian(noiseMultiplier: row[0]!), samplingProbability: row[1]!)
            for (direction, exact) in [(LossDirection.remove, row[3]), (.add, row[4])] {
                guard let exact else { continue }
                let ours = try logDelta(law, 1, direction, epsilon: row[2]!)
                // δ below the least Double is printed as 0 there.
                if exact == 0 { #expect(ours.upper < -700, "\(row) \(direction): \(ours)"); continue }
                #expect(ours.upper >= log(exact) - 1e-13 * abs(log(exact)), "\(row) \(direction): \(ours)")
                #expect(ours.upper <= log(exact) + 1e-10 && ours.lower <= log(exact) && ours.lower > log(exact) - 1e-10)
            }
        }
    }

    @Test("replace-one agrees to 1e-7", .enabled(if: Golden.available))
    func goldenReplaceOne() throws {
        for row in GoldenAccounting.rows("pld_subsampled_gaussian_replace") {
            let law = LossLaw(.gaussianReplaceOne(noiseMultiplier: row[0]!, samplingProbability: row[1]!))
            let ours = try bracket([LossLawCount(law, count: Int(row[2]!))], [.remove], delta: row[3]!)
            let exact = row[4]!
            #expect(ours.upper >= exact - 1e-9 && ours.upper <= exact + 1e-7, "\(row): \(ours)")
            #expect(ours.lower <= exact + 1e-9 && ours.lower >= exact - 1e-7)
        }
    }

    @Test(
        "Laplace: δ from above within 1e-4 even where atoms sit, ε of many within 1e-7", .enabled(if: Golden.available))
    func goldenLaplace() throws {
        for row in GoldenAccounting.rows("laplace_delta") {
            let exact = log(row[3]!)
            let ours = try logDelta(LossLaw(.laplace(scale: row[0]!)), Int(row[1]!), epsilon: row[2]!)
            // Where ε is the value of an atom smoothing shows to first order, μ = 5e-5 or so.
            #expect(ours.upper >= exact - 1e-12 && ours.upper <= exact + 1e-4, "\(row): \(ours)")
            #expect(ours.lower <= exact && ours.lower > exact - 5e-3)
        }
        for row in GoldenAccounting.rows("laplace_eps") {
            let ours = try bracket(
                [LossLawCount(LossLaw(.laplace(scale: row[0]!)), count: Int(row[1]!))], [.remove], delta: row[2]!)
            // The tool's figure, where there is no exact one, lies on a grid of 1e-5.
            if let exact = row[3] {
                #expect(ours.upper >= exact - 1e-9 && ours.upper <= exact + 1e-7, "\(row): \(ours)")
            } else {
                #expect(ours.upper <= row[4]! + 1e-7 && ours.upper >= row[4]! - 1e-4, "\(row): \(ours)")
            }
        }
    }

    @Test(
        "lattices are bracketed: never below the exact δ, near it, and the lower end below",
        .enabled(if: Golden.available))
    func goldenLattices() throws {
        func check(_ law: LossLaw, _ count: Double?, _ epsilon: Double?, _ exact: Double?) throws {
            let ours = try logDelta(law, Int(count!), epsilon: epsilon!)
            let exact = log(exact!)
            // δ = 0 exactly: at ε the largest loss, whose last digit may be on either side.
            if exact == -.infinity { #expect(ours.upper < -30, "\(law): \(ours)"); return }
            #expect(
                ours.upper >= exact - 1e-12 * max(1, -exact),
                "\(law) × \(count!) at \(epsilon!): \(ours), exact \(exact)")
            #expect(ours.upper <= exact + 2e-4, "\(law) × \(count!) at \(epsilon!): \(ours), exact \(exact)")
            #expect(ours.lower <= exact + 1e-12 * max(1, -exact) && ours.lower > exact - 0.05)
        }
        for (index, row) in GoldenAccounting.rows("discrete_laplace").enumerated() where index % 11 == 0 {
            try check(
                LossLaw(.discreteLaplace(scale: row[1]! / row[0]!, sensitivity: Int(row[2]!))), row[3], row[4], row[5])
        }
        for (index, row) in GoldenAccounting.rows("discrete_gaussian").enumerated() where index % 19 == 0 {
            try check(LossLaw(.discreteGaussian(variance: row[0]!, sensitivity: Int(row[1]!))), row[2], row[3], row[4])
        }
        for (index, row) in GoldenAccounting.rows("randomized_response").enumerated() where index % 9 == 0 {
            try check(LossLaw(.randomizedResponse(noise: row[0]!, buckets: Int(row[1]!))), row[3], row[4], row[5])
        }
    }

    @Test("prv_accountant's certified bracket holds ours", .enabled(if: Golden.available))
    func insidePRV() {
        for (index, row) in GoldenAccounting.rows("prv_bracket").enumerated() where index % 3 == 0 {
            let plan = Plans.gaussian(multiplier: row[0]!, q: row[1]!, steps: Int(row[2]!))
            let ours = ExactAccountant.epsilon(of: plan, delta: row[3]!).upper
            #expect(ours >= row[4]! && ours <= row[6]!, "\(row): \(ours)")
        }
    }

    @Test("plain Gaussians are the analytic formula", arguments: [(0.1, 1), (1.0, 7), (30.0, 10_000)])
    func plainGaussian(multiplier: Double, steps: Int) {
        for delta in [1e-300, 1e-12, 1e-5, 0.1] {
            let ours = ExactAccountant.epsilon(of: Plans.gaussian(multiplier: multiplier, steps: steps), delta: delta)
            let mu = Double(steps).squareRoot() / multiplier
            let exact = GaussianDP.epsilon(mu: mu, delta: delta)
            #expect(ours.upper >= exact * (1 - 1e-14) && ours.upper <= exact * (1 + 1e-10) + 1e-12)
            #expect(ours.lower <= exact && ours.lower >= exact * (1 - 1e-10) - 1e-12)
        }
    }

    @Test("q next to 1 is next to the plain Gaussian, and below it")
    func nearlyUnsampled() {
        let plain = ExactAccountant.epsilon(of: Plans.gaussian(multiplier: 3, steps: 20), delta: 1e-6)
        let sampled = ExactAccountant.epsilon(of: Plans.gaussian(multiplier: 3, q: 1 - 1e-9, steps: 20), delta: 1e-6)
        #expect(sampled.lower <= plain.upper)
        #expect(abs(sampled.upper - plain.upper) < 1e-6)
    }

    @Test("ε(δ(ε)) comes back, never inside")
    func roundTrip() {
        let plan = Plans.gaussian(multiplier: 1.1, q: 0.02, steps: 300)
        for epsilon in [0.05, 0.5, 2, 6] {
            let delta = ExactAccountant.logDelta(of: plan, epsilon: epsilon)
            let back = ExactAccountant.epsilon(of: plan, logDelta: delta.upper, effort: .full)
            #expect(abs(back.upper - epsilon) < 1e-8 * max(1, epsilon))
            #expect(back.lower <= epsilon * (1 + 1e-12))
        }
    }

    @Test("more noise, less sampling, fewer steps, larger δ: never dearer")
    func monotone() {
        func at(_ sigma: Double, _ q: Double, _ steps: Int, _ delta: Double) -> PrivacyBracket {
            ExactAccountant.epsilon(of: Plans.gaussian(multiplier: sigma, q: q, steps: steps), delta: delta)
        }
        let base = at(1, 0.01, 200, 1e-6)
        for cheaper in [
            at(1.1, 0.01, 200, 1e-6), at(1, 0.009, 200, 1e-6), at(1, 0.01, 180, 1e-6), at(1, 0.01, 200, 2e-6),
        ] {
            #expect(cheaper.upper < base.lower)
        }
    }
}
