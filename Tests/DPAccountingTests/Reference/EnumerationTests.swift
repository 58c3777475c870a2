// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing

@testable import DPAccounting

/// Compositions of discrete mechanisms against the enumeration of what may come out, in 31 digits.
struct EnumerationTests {
    struct Case: Sendable, CustomTestStringConvertible {
        let mechanism: LossMechanism
        let one: @Sendable () -> Enumeration
        var testDescription: String { "\(mechanism)" }
    }

    static let cases: [Case] = [
        Case(mechanism: .randomizedResponse(noise: 0.5, buckets: 2)) { .response(noise: 0.5, buckets: 2) },
        Case(mechanism: .randomizedResponse(noise: 0.25, buckets: 7)) { .response(noise: 0.25, buckets: 7) },
        Case(mechanism: .approximate(epsilon: 0.8, delta: 1e-4)) { .approximate(epsilon: 0.8, delta: 1e-4) },
        Case(mechanism: .approximate(epsilon: 0.1, delta: 0)) { .approximate(epsilon: 0.1, delta: 0) },
        Case(mechanism: .discreteLaplace(scale: 4, sensitivity: 1)) { .discreteLaplace(scale: 4, shift: 1) },
        Case(mechanism: .discreteLaplace(scale: 2.5, sensitivity: 3)) { .discreteLaplace(scale: 2.5, shift: 3) },
        Case(mechanism: .discreteGaussian(variance: 9, sensitivity: 1)) { .discreteGaussian(variance: 9, shift: 1) },
        Case(mechanism: .discreteGaussian(variance: 2.25, sensitivity: 2)) {
            .discreteGaussian(variance: 2.25, shift: 2)
        },
    ]

    @Test("the enumeration is a pair of laws: both sum to 1, and mirror each other", arguments: cases)
    func laws(subject: Case) {
        let law = subject.one()
        var (p, q) = (law.onlyP, law.onlyQ)
        for pair in law.outcomes.values {
            p += pair.p
            q += pair.q
        }
        #expect(abs((p - .one).double) < 1e-25 && abs((q - .one).double) < 1e-25)
        for (key, pair) in law.outcomes where law.outcomes[-key] != nil {
            let mirror = law.outcomes[-key] ?? pair
            // Far out a discrete Gaussian's window ends on one side first.
            #expect(abs((pair.p - mirror.q).double) < 1e-28)
        }
    }

    @Test("δ at forty ε, of 1 to 60 releases: above, and by no more than 1e-11 relative", arguments: cases)
    func profile(subject: Case) {
        var accountant = LossAccountant()
        let one = subject.one()
        for count in [1, 2, 3, 7, 20, 60] {
            let law = one.repeated(count)
            let laws = [LossLawCount(LossLaw(subject.mechanism), count: count)]
            for step in 0..<40 {
                let epsilon = 0.083 * Double(step) * Double(count).squareRoot()
                let exact = law.delta(epsilon).double
                guard exact > 1e-200 else { continue }
                let found = exp(accountant.logDelta(of: laws, epsilon: epsilon))
                #expect(found >= exact * (1 - 1e-13), "\(subject) × \(count) at \(epsilon): \(found), \(exact)")
                // A transform's error of 10⁻¹³ a release, and what the masses are raised by.
                #expect(
                    found <= exact * (1 + 1e-11 * Double(count)),
                    "\(subject) × \(count) at \(epsilon): \(found), \(exact)")
            }
        }
    }

    @Test("ε at δ from 1/2 to 1e-18: the least at which the enumeration is small enough", arguments: cases)
    func inverse(subject: Case) {
        var accountant = LossAccountant()
        let one = subject.one()
        for count in [1, 4, 30] {
            let law = one.repeated(count)
            let laws = [LossLawCount(LossLaw(subject.mechanism), count: count)]
            for exponent in stride(from: 0.3, through: 18, by: 1.77) {
                let delta = pow(10, -exponent)
                let found = accountant.epsilon(of: laws, delta: delta)
                if delta <= law.onlyP.double {
                    #expect(found == .infinity)
                    continue
                }
                #expect(law.delta(found).double <= delta * (1 + 1e-12), "\(subject) × \(count), δ \(delta)")
                // A hair less is not enough, unless nothing is needed at all.
                if found > 0 {
                    let less = law.delta(found * (1 - 1e-9) - 1e-12).double
                    #expect(less >= delta * (1 - 1e-10), "\(subject) × \(count), δ \(delta): \(less)")
                }
            }
        }
    }

    @Test("sampled, both directions: never below the product of pairs, at any tolerance", arguments: cases)
    func sampled(subject: Case) {
        for (rate, count) in [(0.3, 1), (0.3, 3), (0.02, 3)] {
            for direction in LossDirection.allCases {
                // All outcomes of a wide law, three times, are too many.
                let one = subject.one().sampled(rate, direction).filter { $0.p.head > 1e-18 || $0.q.head > 1e-18 }
                guard count == 1 || one.count < 50 else { continue }
                let lost = 1e-16 * Double(count)
                let pairs = (1..<count).reduce(one) { product, _ in Enumeration.product(product, one) }
                let law = LossLaw(subject.mechanism, samplingProbability: rate)
                for tolerance in [1e-2, 1e-4, 1e-6] {
                    var accountant = LossAccountant(tolerance: tolerance)
                    for epsilon in [0, 0.01, 0.1, 0.35, 0.8, 2] {
                        let exact = Enumeration.delta(pairs, epsilon).double
                        let found = exp(
                            accountant.logDelta(of: [LossLawCount(law, count: count)], direction, epsilon: epsilon))
                        #expect(found >= exact * (1 - 1e-12) - lost, "\(law) × \(count) \(direction) at \(epsilon)")
                        if tolerance == 1e-6 {
                            // Near the largest loss δ falls to 0 within a grid step or so; where a few participations decide, a
                            // step is chosen for ε at each of them, and shows in δ.
                            let step = Enumeration.delta(pairs, epsilon * (1 - 1e-4) - 1e-6).double
                            #expect(
                                found <= max(exact * (1 + 1e-3), step) + 1e-12,
                                "\(law) × \(count) \(direction) at \(epsilon): \(found), \(exact)")
                        }
                    }
                }
            }
        }
    }

    @Test("different mechanisms after one another: each above, in any order", arguments: [0, 1, 4, 6])
    func mixed(first: Int) {
        let (a, b) = (Self.cases[first], Self.cases[(first + 3) % Self.cases.count])
        let x = a.one().sampled(1, .remove).filter { $0.p.head > 1e-25 || $0.q.head > 1e-25 }
        let y = b.one().sampled(1, .remove).filter { $0.p.head > 1e-25 || $0.q.head > 1e-25 }
        let pairs = Enumeration.product(Enumeration.product(x, y), y)
        let laws = [LossLawCount(LossLaw(a.mechanism), count: 1), LossLawCount(LossLaw(b.mechanism), count: 2)]
        var accountant = LossAccountant(tolerance: 1e-5)
        for epsilon in [0, 0.2, 0.75, 1.4, 2.9] {
            let exact = Enumeration.delta(pairs, epsilon).double
            let (there, back) = (
                exp(accountant.logDelta(of: laws, epsilon: epsilon)),
                exp(accountant.logDelta(of: laws.reversed(), epsilon: epsilon))
            )
            #expect(there >= exact * (1 - 1e-12) - 1e-23 && back >= exact * (1 - 1e-12) - 1e-23)
            #expect(relativeError(there, back) < 1e-9 || abs(there - back) < 1e-20, "\(laws) at \(epsilon)")
            #expect(there <= Enumeration.delta(pairs, epsilon * (1 - 1e-4) - 1e-6).double * (1 + 1e-3) + 1e-12)
        }
    }

    @Test(
        "k releases of pure ε are the optimal composition of Kairouz, Oh, Viswanath 2015, Theorem 3.3",
        arguments: [3, 8, 25])
    func optimalComposition(k: Int) {
        let epsilon = 0.4
        var accountant = LossAccountant()
        let laws = [LossLawCount(LossLaw(.approximate(epsilon: epsilon, delta: 0)), count: k)]
        let e = Twofold.exp(Twofold(epsilon))
        func choose(_ n: Int, _ r: Int) -> Twofold {
            (0..<r).reduce(Twofold.one) { $0 * Twofold(Double(n - $1)) / Twofold(Double($1 + 1)) }
        }
        // ((k − 2i)·ε, δᵢ), δᵢ = Σ_{l < i} C(k, l)·(e^((k−l)ε) − e^((k−2i+l)ε))/(1 + e^ε)^k.
        for i in 0...(k / 2) {
            var sum = Twofold.zero
            for l in 0..<i { sum += choose(k, l) * (e.power(k - l) - e.power(k - 2 * i + l)) }
            let exact = (sum / (Twofold.one + e).power(k)).double
            let at = Double(k - 2 * i) * epsilon
            let found = exp(accountant.logDelta(of: laws, epsilon: at))
            #expect(found >= exact * (1 - 1e-12) && found <= exact * (1 + 1e-10) + 1e-15, "i \(i): \(found), \(exact)")
        }
    }
}
