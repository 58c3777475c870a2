// SPDX-License-Identifier: Apache-2.0

import DPTraining
import Testing

struct AdamTests {
    @Test("two steps by hand")
    func workedExample() {
        // g₁ = (3, 4): mean square 12.5. m₁ = 0.1·g, s₁ = 0.01·12.5; both bias corrections undo the factors, so
        // Δ₁ = −0.5·g₁/√12.5.
        var adam = Adam(parameterCount: 2)
        var parameters = [1.0, 1.0]
        adam.descend(&parameters, along: [3, 4], rate: 0.5)
        // The corrections round, and ϵ = 10⁻¹² is in the divisor.
        let tolerance = 1e-11
        #expect(abs(parameters[0] - (1 - 0.5 * 3 / 12.5.squareRoot())) < tolerance)
        #expect(abs(parameters[1] - (1 - 0.5 * 4 / 12.5.squareRoot())) < tolerance)
        // g₂ = (0, 0): m₂ = 0.09·g₁, s₂ = 0.0099·12.5; corrections 1 − 0.81 and 1 − 0.9801.
        let before = parameters[0]
        adam.descend(&parameters, along: [0, 0], rate: 0.5)
        let expected = 0.5 * (0.09 * 3 / 0.19) / (0.0099 * 12.5 / 0.0199).squareRoot()
        #expect(abs(before - parameters[0] - expected) < tolerance)
    }

    @Test("one scale for all coordinates: a noisy small coordinate stays small")
    func oneScale() {
        var adam = Adam(parameterCount: 2)
        var parameters = [0.0, 0.0]
        adam.descend(&parameters, along: [1, 0.001], rate: 1)
        #expect(abs(parameters[1] / parameters[0] - 0.001) < 1e-12)
    }

    @Test("a zero gradient moves nothing, and no parameters are no error")
    func zero() {
        var adam = Adam(parameterCount: 2)
        var parameters = [1.0, -1]
        adam.descend(&parameters, along: [0, 0], rate: 1)
        #expect(parameters == [1, -1])
        var empty: [Double] = []
        var nothing = Adam(parameterCount: 0)
        nothing.descend(&empty, along: [], rate: 1)
        #expect(empty.isEmpty)
    }

    @Test("finds the least of a quadratic")
    func quadratic() {
        var adam = Adam(parameterCount: 3)
        var x = [5.0, -3, 0.5]
        let target = [1.0, 2, 3]
        for step in 0..<600 {
            adam.descend(
                &x, along: zip(x, target).map { $0 - $1 },
                rate: LearningRate(initial: 0.1, decay: 1).rate(step: step, of: 600))
        }
        for (a, b) in zip(x, target) { #expect(abs(a - b) < 1e-2) }
    }
}

struct LearningRateTests {
    @Test("runs linearly from the initial rate to what decay leaves of it")
    func linear() {
        let rate = LearningRate(initial: 2, decay: 0.5)
        #expect(rate.rate(step: 0, of: 10) == 2)
        #expect(rate.rate(step: 5, of: 10) == 1.5)
        #expect(LearningRate(initial: 2).rate(step: 9, of: 10) == 2)
        #expect(LearningRate(initial: 2).rate(step: 0, of: 0) == 2)
    }
}
