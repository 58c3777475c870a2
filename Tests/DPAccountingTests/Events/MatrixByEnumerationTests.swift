// SPDX-License-Identifier: Apache-2.0

import Foundation
import TestSupport
import Testing

@testable import DPAccounting

/// How far one user moves C·x, by trying every pattern of participation of small runs, with contributions of either sign.
struct MatrixByEnumerationTests {
    /// All sets of steps of at most `most` members, any two at least `gap` apart.
    static func patterns(_ steps: Int, gap: Int, most: Int) -> [[Int]] {
        var found: [[Int]] = [[]]
        func extend(_ pattern: [Int]) {
            guard pattern.count < most else { return }
            let first = pattern.last.map { $0 + gap } ?? 0
            guard first < steps else { return }
            for step in first..<steps {
                found.append(pattern + [step])
                extend(pattern + [step])
            }
        }
        extend([])
        return found
    }

    /// ‖C·x‖ of a vector with ±1 at the pattern's steps: one coordinate suffices, as parallel contributions add up most.
    static func norm(_ coefficients: [Double], _ steps: Int, _ pattern: [Int], signs: Int) -> Double {
        var square = 0.0
        for row in 0..<steps {
            var sum = 0.0
            for (k, step) in pattern.enumerated() where row >= step && row - step < coefficients.count {
                sum += coefficients[row - step] * (signs >> k & 1 == 1 ? -1 : 1)
            }
            square += sum * sum
        }
        return square.squareRoot()
    }

    static func worst(_ coefficients: [Double], _ steps: Int, gap: Int, most: Int) -> Double {
        var worst = 0.0
        for pattern in patterns(steps, gap: gap, most: most) {
            for signs in 0..<(1 << max(0, pattern.count - 1)) {
                worst = max(worst, norm(coefficients, steps, pattern, signs: signs))
            }
        }
        return worst
    }

    static func event(_ coefficients: [Double], _ steps: Int, gap: Int, most: Int) -> MatrixMechanismEvent {
        MatrixMechanismEvent(
            coefficients: coefficients, steps: steps, minSeparation: gap, maxParticipations: most, noiseMultiplier: 1)
    }

    @Test("falling non-negative coefficients: exactly the worst pattern", arguments: 0..<12)
    func falling(seed: Int) {
        var generator = SeededGenerator(seed: 1500 + UInt64(seed))
        for _ in 0..<10 {
            let steps = Int.random(in: 1...9, using: &generator)
            let count = Int.random(in: 1...steps, using: &generator)
            let coefficients = (0..<count).map { _ in Double.random(in: 0...1, using: &generator) }.sorted(by: >)
            let (gap, most) = (Int.random(in: 1...4, using: &generator), Int.random(in: 1...4, using: &generator))
            let exact = Self.worst(coefficients, steps, gap: gap, most: most)
            let found = Self.event(coefficients, steps, gap: gap, most: most).sensitivity
            #expect(
                found >= exact * (1 - 1e-13) && found <= exact * (1 + 1e-12), "\(coefficients) \(steps) \(gap) \(most)")
        }
    }

    @Test("any coefficients: never below the worst pattern, and within the count of participations", arguments: 0..<12)
    func arbitrary(seed: Int) {
        var generator = SeededGenerator(seed: 1600 + UInt64(seed))
        for _ in 0..<10 {
            let steps = Int.random(in: 1...8, using: &generator)
            let coefficients = (0..<Int.random(in: 1...steps, using: &generator)).map { _ in
                Double.random(in: -1...1, using: &generator)
            }
            let (gap, most) = (Int.random(in: 1...4, using: &generator), Int.random(in: 1...3, using: &generator))
            let exact = Self.worst(coefficients, steps, gap: gap, most: most)
            let found = Self.event(coefficients, steps, gap: gap, most: most).sensitivity
            #expect(found >= exact * (1 - 1e-13), "\(coefficients) \(steps) \(gap) \(most): \(found), \(exact)")
            let length = coefficients.reduce(0) { $0 + $1 * $1 }.squareRoot()
            #expect(found <= Double(most) * length * (1 + 1e-9))
        }
    }

    @Test("the identity is as many Gaussians as participations; one participation is one column", arguments: [1, 3, 7])
    func identity(participations: Int) {
        let event = Self.event([1], 20, gap: 2, most: participations)
        #expect(relativeError(event.sensitivity, Double(participations).squareRoot()) < 1e-13)
        for delta in [1e-3, 1e-8] {
            let correlated = GaussianAccounting().epsilon(of: RunPlan(.matrixMechanism(event)), delta: delta)
            let separate = GaussianAccounting().epsilon(
                of: PlanSolver.plan(noiseMultiplier: 1, samplingProbability: 1, steps: participations), delta: delta)
            #expect(relativeError(correlated, separate) < 1e-10)
        }
        let column = MatrixMechanismEvent.squareRootCoefficients(20)
        let once = Self.event(column, 20, gap: 1, most: 1).sensitivity
        #expect(relativeError(once, column.reduce(0) { $0 + $1 * $1 }.squareRoot()) < 1e-13)
    }

    @Test("prefix sums by the square root: C·C is the all-ones triangle, and its error beats independent noise")
    func squareRoot() {
        let n = 64
        let c = MatrixMechanismEvent.squareRootCoefficients(n)
        for k in 0..<n {
            let sum = (0...k).reduce(0.0) { $0 + c[$1] * c[k - $1] }
            #expect(abs(sum - 1) < 1e-13, "\(k)")
        }
        // Largest variance of a prefix at equal privacy: ‖row of C‖²·sensitivity² against n of independent noise.
        let sensitivity = Self.event(c, n, gap: n, most: 1).sensitivity
        let row = c.reduce(0) { $0 + $1 * $1 }
        #expect(row * sensitivity * sensitivity < 0.2 * Double(n))
    }

    @Test("more participations, less separation or more steps never move less", arguments: 0..<6)
    func monotone(seed: Int) {
        var generator = SeededGenerator(seed: 1700 + UInt64(seed))
        let coefficients = (0..<12).map { _ in Double.random(in: 0...1, using: &generator) }.sorted(by: >)
        for most in 1...4 {
            for gap in 1...5 {
                let here = Self.event(coefficients, 16, gap: gap, most: most).sensitivity
                #expect(Self.event(coefficients, 16, gap: gap, most: most + 1).sensitivity >= here * (1 - 1e-12))
                #expect(Self.event(coefficients, 16, gap: gap + 1, most: most).sensitivity <= here * (1 + 1e-12))
                #expect(Self.event(coefficients, 24, gap: gap, most: most).sensitivity >= here * (1 - 1e-12))
            }
        }
    }
}
