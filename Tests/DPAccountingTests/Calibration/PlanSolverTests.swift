// SPDX-License-Identifier: Apache-2.0

import Foundation
import TestSupport
import Testing

@testable import DPAccounting

struct PlanSolverTests {
    private func solver(_ accountant: Accountant, _ epsilon: Double = 1, _ delta: Double = 1e-6) throws -> PlanSolver {
        PlanSolver(epsilon: epsilon, delta: delta, accountant: try #require(accountant.method))
    }

    @Test("the exact accountant's noise is the golden one", .enabled(if: Golden.available))
    func goldenExact() throws {
        for row in GoldenAccounting.rows("calibration") {
            guard let exact = row[4] else { continue }
            let ours = try solver(.exact, row[0]!, row[1]!).noiseMultiplier(
                samplingProbability: row[2]!, steps: Int(row[3]!))
            // The golden tolerance.
            #expect(ours >= exact * (1 - 1e-6) && ours <= exact * (1 + 1e-6), "\(row): \(ours)")
        }
    }

    @Test("by Rényi orders: between the exact noise and the tool's", .enabled(if: Golden.available))
    func goldenRenyi() throws {
        for row in GoldenAccounting.rows("calibration") {
            guard let exact = row[4], let tool = row[6] else { continue }
            let ours = try solver(.rdp, row[0]!, row[1]!).noiseMultiplier(
                samplingProbability: row[2]!, steps: Int(row[3]!))
            #expect(ours >= exact * (1 - 1e-6) && ours <= tool * (1 + 1e-4), "\(row): \(ours)")
            // Warm starts must not miss the valley: the full search agrees.
            let plan = PlanSolver.plan(noiseMultiplier: ours, samplingProbability: row[2]!, steps: Int(row[3]!))
            let full = RenyiAccountant.epsilon(of: plan, delta: row[1]!).epsilon
            #expect(full <= row[0]! * (1 + 1e-9) && full >= row[0]! * (1 - 1e-4))
        }
    }

    @Test("what is found is within what was asked, and a millionth less noise, or one step more, is not")
    func onTheSafeSide() throws {
        for accountant in [Accountant.rdp, .gdp, .zcdp] {
            let q = accountant == .rdp ? 0.02 : 1.0
            let solver = try solver(accountant, 2, 1e-7)
            let noise = try solver.noiseMultiplier(samplingProbability: q, steps: 50)
            func epsilon(_ noise: Double, _ steps: Int, _ q: Double) -> Double {
                solver.accountant.epsilon(
                    of: PlanSolver.plan(noiseMultiplier: noise, samplingProbability: q, steps: steps), delta: 1e-7)
            }
            #expect(epsilon(noise, 50, q) <= 2 && epsilon(noise * (1 - 1e-6), 50, q) > 2)
            let steps = try solver.steps(noiseMultiplier: noise, samplingProbability: q)
            #expect(steps == 50)
            #expect(epsilon(noise, steps, q) <= 2 && epsilon(noise, steps + 1, q) > 2)
        }
        let rdp = try solver(.rdp)
        let q = try #require(try rdp.samplingProbability(noiseMultiplier: 1, steps: 1000))
        let at = rdp.accountant.epsilon(
            of: PlanSolver.plan(noiseMultiplier: 1, samplingProbability: q, steps: 1000), delta: 1e-6)
        #expect(at <= 1 && at > 1 - 1e-4)
        #expect(try rdp.samplingProbability(noiseMultiplier: 1e6, steps: 1) == 1)
    }

    @Test("what cannot be is refused with a reason")
    func refused() throws {
        for (epsilon, delta, q, steps) in [
            (0.0, 1e-6, 1.0, 1), (1, 0, 1, 1), (1, 1, 1, 1), (1, 1e-6, 0, 1), (1, 1e-6, 1, 0),
        ] {
            let solver = try solver(.rdp, epsilon, delta)
            #expect(throws: CalibrationError.self) {
                try solver.noiseMultiplier(samplingProbability: q, steps: steps)
            }
        }
        #expect(throws: CalibrationError.self) { try self.solver(.pure).noiseMultiplier(steps: 1) }
        #expect(throws: CalibrationError.self) { try self.solver(.rdp).steps(noiseMultiplier: -1) }
        #expect(try solver(.rdp).steps(noiseMultiplier: 0.01) == 0)
        #expect(try solver(.rdp).steps(noiseMultiplier: 1e9, samplingProbability: 1e-9) == 1 << 32)
    }

    @Test("calibrating by Rényi orders takes a few milliseconds")
    func fast() throws {
        let solver = try solver(.rdp)
        let clock = ContinuousClock()
        let best = try (0..<5).map { _ in
            try clock.measure { _ = try solver.noiseMultiplier(samplingProbability: 0.01, steps: 10_000) }
        }.min()
        // 0.4 ms on a quiet machine, 350 ms for dp_accounting; ten times is let pass on a busy one.
        #expect(try #require(best) < .milliseconds(4))
    }
}
