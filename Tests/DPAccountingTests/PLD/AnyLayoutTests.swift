// SPDX-License-Identifier: Apache-2.0

import Foundation
import TestSupport
import Testing

@testable import DPAccounting

/// Tilt, step and window are guesses, and no guess may make an answer wrong: whatever the layout, δ is at or above the exact one.
struct AnyLayoutTests {
    struct Case: Sendable, CustomTestStringConvertible {
        let law: LossLaw
        let count: Int
        var testDescription: String { "\(law.mechanism) q \(law.samplingProbability) × \(count)" }
    }

    static let cases: [Case] = [
        Case(law: LossLaw(.gaussian(noiseMultiplier: 3)), count: 9),
        Case(law: LossLaw(.gaussian(noiseMultiplier: 0.9), samplingProbability: 0.01), count: 400),
        Case(law: LossLaw(.gaussian(noiseMultiplier: 2), samplingProbability: 0.5), count: 12),
        Case(law: LossLaw(.laplace(scale: 4)), count: 20),
        Case(law: LossLaw(.laplace(scale: 1), samplingProbability: 0.1), count: 100),
        Case(law: LossLaw(.randomizedResponse(noise: 0.7, buckets: 4), samplingProbability: 0.3), count: 25),
        Case(law: LossLaw(.gaussianReplaceOne(noiseMultiplier: 4, samplingProbability: 0.3)), count: 16),
    ]

    @Test("random tilts and steps: an upper bound, or nothing", arguments: cases)
    func layouts(subject: Case) throws {
        var generator = SeededGenerator(seed: 1200)
        let laws = [LossLawCount(subject.law, count: subject.count)]
        for direction in subject.law.directions {
            let both = try #require(ExactAccountant.compositions(laws, directions: [direction]))
            for epsilon in [0.1, 0.8, 2.2] {
                let exact = both[0].logDelta(epsilon: epsilon, effort: .quick)
                var composer = LossComposer(tolerance: 1e-3)
                var answered = 0
                for _ in 0..<12 {
                    let layout = LossComposer.Layout(
                        tilt: pow(10, Double.random(in: -1...2, using: &generator)),
                        step: pow(10, Double.random(in: -3 ... -1, using: &generator)))
                    let composed = composer.compose(laws, direction, .logDelta(epsilon: epsilon), layout: layout)
                    guard let composed else { continue }
                    answered += 1
                    let found = composed.loss.logDelta(epsilon)
                    #expect(found >= exact.lower - 1e-9, "\(layout) ε \(epsilon): \(found) under \(exact)")
                    #expect(found <= 0)
                    // Asked elsewhere than it was laid out for, it is still a bound.
                    let other = both[0].logDelta(epsilon: epsilon * 1.5, effort: .quick)
                    #expect(composed.loss.logDelta(epsilon * 1.5) >= other.lower - 1e-9, "\(layout)")
                    #expect(composed.loss.logDelta(epsilon * 1.5) <= composed.loss.logDelta(epsilon) + 1e-9)
                }
                #expect(answered > 0)
            }
        }
    }

    @Test(
        "every tolerance gives a bound, and a finer one a smaller or equal one, within the coarser's", arguments: cases)
    func tolerances(subject: Case) throws {
        let laws = [LossLawCount(subject.law, count: subject.count)]
        for delta in [1e-2, 1e-5, 1e-9] {
            let both = try #require(ExactAccountant.compositions(laws, directions: LossAccountant.directions(laws)))
            let exact = ExactAccountant.epsilon(of: both, logDelta: log(delta), effort: .quick)
            for tolerance in [3e-2, 1e-3, 1e-5] {
                var accountant = LossAccountant(tolerance: tolerance)
                let found = accountant.epsilon(of: laws, delta: delta)
                #expect(found >= exact.lower * (1 - 1e-9), "\(tolerance) δ \(delta): \(found) under \(exact)")
                // Three times what the grid was chosen for.
                #expect(
                    found <= exact.upper * (1 + 3 * tolerance) + 1e-6, "\(tolerance) δ \(delta): \(found) over \(exact)"
                )
            }
        }
    }

    @Test("an accountant that was asked other questions before answers the same", arguments: cases)
    func reuse(subject: Case) {
        let laws = [LossLawCount(subject.law, count: subject.count)]
        var used = LossAccountant(tolerance: 1e-4)
        for other in Self.cases {
            _ = used.epsilon(of: [LossLawCount(other.law, count: other.count)], delta: 1e-4)
            _ = used.logDelta(of: [LossLawCount(other.law, count: 3)], epsilon: 0.4)
        }
        var fresh = LossAccountant(tolerance: 1e-4)
        for delta in [1e-3, 1e-7] {
            #expect(used.epsilon(of: laws, delta: delta) == fresh.epsilon(of: laws, delta: delta))
        }
        #expect(used.logDelta(of: laws, epsilon: 0.7) == fresh.logDelta(of: laws, epsilon: 0.7))
    }
}
