// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing

@testable import DPAccounting

/// The exact accountant's bracket around the enumeration of discrete mechanisms, from both sides.
struct ExactEnumerationTests {
    @Test("δ of 1 to 20 releases lies in the bracket, and its upper end is near", arguments: EnumerationTests.cases)
    func brackets(subject: EnumerationTests.Case) throws {
        let one = subject.one()
        for count in [1, 3, 20] {
            let law = one.repeated(count)
            let laws = [LossLawCount(LossLaw(subject.mechanism), count: count)]
            let both = try #require(ExactAccountant.compositions(laws, directions: [.remove]))
            for epsilon in [0.05, 0.31, 0.87, 1.9] {
                let exact = law.delta(epsilon)
                guard exact.head > 1e-60 else { continue }
                let logarithm = Twofold.log(exact).double
                let found = both[0].logDelta(epsilon: epsilon, effort: .quick)
                let slack = 1e-11 * max(1, -logarithm)
                #expect(
                    found.upper >= logarithm - slack && found.lower <= logarithm + slack,
                    "× \(count), ε \(epsilon): \(found)")
                // Smoothing of a little effort: by at most some hundredths of loss.
                let before = Twofold.log(law.delta(max(0, epsilon - 0.05))).double
                #expect(
                    found.upper <= max(before, logarithm + 0.1) + 1e-9,
                    "× \(count), ε \(epsilon): \(found), \(logarithm)")
            }
        }
    }

    @Test(
        "ε of the bracket: below its lower end the enumeration is above δ, at its upper end within",
        arguments: EnumerationTests.cases)
    func inverse(subject: EnumerationTests.Case) throws {
        let one = subject.one()
        for count in [2, 12] {
            let law = one.repeated(count)
            let laws = [LossLawCount(LossLaw(subject.mechanism), count: count)]
            let both = try #require(ExactAccountant.compositions(laws, directions: [.remove]))
            for delta in [1e-1, 1e-4] where delta > 2 * law.onlyP.double {
                let found = both[0].epsilon(logDelta: log(delta), effort: .quick)
                #expect(found.lower <= found.upper)
                #expect(law.delta(found.upper).double <= delta * (1 + 1e-9), "× \(count), δ \(delta): \(found)")
                if found.lower > 1e-9 {
                    #expect(
                        law.delta(found.lower * (1 - 1e-9)).double >= delta * (1 - 1e-9),
                        "× \(count), δ \(delta): \(found)")
                }
            }
        }
    }

    @Test("failure mass is that of the definition, and beyond it nothing helps")
    func failures() throws {
        let law = LossLaw(.approximate(epsilon: 0.5, delta: 1e-3))
        for count in [1, 7, 40] {
            let both = try #require(
                ExactAccountant.compositions([LossLawCount(law, count: count)], directions: [.remove]))
            let exact = Enumeration.approximate(epsilon: 0.5, delta: 1e-3).repeated(count).onlyP.double
            #expect(relativeError(both[0].infiniteMass, exact) < 1e-12)
            #expect(both[0].epsilon(logDelta: log(exact * 0.999), effort: .quick).lower == .infinity)
            #expect(both[0].epsilon(logDelta: log(exact * 1.2), effort: .quick).upper < .infinity)
        }
    }
}
