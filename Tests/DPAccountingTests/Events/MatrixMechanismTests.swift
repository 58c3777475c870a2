// SPDX-License-Identifier: Apache-2.0

import Foundation
import TestSupport
import Testing

@testable import DPAccounting

struct MatrixMechanismTests {
    private func golden() -> [String: Any] { GoldenAccounting.root["matrix_mechanism"] as? [String: Any] ?? [:] }

    private func event(_ coefficients: [Double], _ n: Int, _ b: Int, _ k: Int) -> MatrixMechanismEvent {
        MatrixMechanismEvent(
            coefficients: coefficients, steps: n, minSeparation: b, maxParticipations: k, noiseMultiplier: 1)
    }

    @Test("the square root's coefficients and sensitivities", .enabled(if: Golden.available))
    func goldenSensitivities() throws {
        let coefficients = MatrixMechanismEvent.squareRootCoefficients(4097)
        for row in golden()["sqrt_coefs"] as? [[Any]] ?? [] {
            let (k, value) = (Int(GoldenAccounting.number(row[0])!), GoldenAccounting.number(row[1])!)
            #expect(relativeError(coefficients[k], value) < 1e-12)
        }
        for row in golden()["single_participation"] as? [[Any]] ?? [] {
            let (n, value) = (Int(GoldenAccounting.number(row[0])!), GoldenAccounting.number(row[2])!)
            let ours = event(Array(coefficients.prefix(n)), n, n, 1).sensitivity
            // The golden tolerance; rounded up.
            #expect(ours >= value * (1 - 1e-14) && relativeError(ours, value) < 1e-10)
        }
        let rows = golden()["multi_participation_sqrt_toeplitz"] as? [[Any]] ?? []
        #expect(rows.count > 12)
        for row in rows {
            let cells = row.prefix(5).map { GoldenAccounting.number($0)! }
            let (n, bands, b, k) = (Int(cells[0]), Int(cells[1]), Int(cells[2]), Int(cells[3]))
            let ours = event(Array(coefficients.prefix(bands)), n, b, k).sensitivity
            #expect(ours >= cells[4] * (1 - 1e-14) && relativeError(ours, cells[4]) < 1e-10, "\(row): \(ours)")
        }
    }

    /// The largest ‖Σ C[:, i]‖ over all admissible sets of steps.
    private func bruteForce(_ event: MatrixMechanismEvent, signs: Bool) -> Double {
        var worst = 0.0
        func extend(_ column: Int, _ used: Int, _ rows: [Double]) {
            worst = max(worst, rows.reduce(0) { $0 + $1 * $1 }.squareRoot())
            guard used < event.maxParticipations else { return }
            for next in column..<max(column, event.steps) {
                for sign in signs ? [1.0, -1.0] : [1.0] {
                    var sum = rows
                    for (k, c) in event.coefficients.enumerated() where next + k < event.steps {
                        sum[next + k] += sign * c
                    }
                    extend(next + event.minSeparation, used + 1, sum)
                }
            }
        }
        extend(0, 0, Array(repeating: 0, count: event.steps))
        return worst
    }

    @Test("exact for falling coefficients, whatever vectors come; never below for any others")
    func againstBruteForce() {
        for (n, b, k) in [(7, 1, 3), (8, 2, 2), (9, 3, 4), (6, 6, 1), (5, 2, 9)] {
            let falling = event([1, 0.7, 0.7, 0.2], n, b, k)
            let exact = bruteForce(falling, signs: true)
            #expect(relativeError(falling.sensitivity, exact) < 1e-12)
            for odd in [[0.3, 1, 0.2], [1, -0.5, 0.25], [1, 0.5, -0.1]] {
                let other = event(odd, n, b, k)
                #expect(other.sensitivity >= bruteForce(other, signs: true) * (1 - 1e-12))
            }
        }
    }

    @Test("it is priced as one Gaussian, by every accountant alike")
    func priced() throws {
        let one = event(MatrixMechanismEvent.squareRootCoefficients(50), 1000, 50, 20)
        let noisy = MatrixMechanismEvent(
            coefficients: one.coefficients, steps: 1000, minSeparation: 50, maxParticipations: 20,
            noiseMultiplier: 2 * one.sensitivity)
        let delta = DeltaAmount(decimal: "1e-6", rounding: .down)!
        let price = PlanPrice(of: RunPlan(.matrixMechanism(noisy)), delta: delta)
        let plain = PlanPrice(of: RunPlan(.gaussian(GaussianEvent(noiseMultiplier: 2))), delta: delta)
        #expect(price.accountant == .gdp)
        #expect(relativeError(price.epsilon.value, plain.epsilon.value) < 1e-10)
        #expect(relativeError(price.muSquared.value, 0.25) < 1e-9)
        let exact = ExactAccountant.epsilon(of: RunPlan(.matrixMechanism(noisy)), delta: 1e-6)
        #expect(relativeError(exact.upper, plain.epsilon.value) < 1e-9)
    }
}
