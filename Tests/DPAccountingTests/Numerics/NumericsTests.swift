// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing

@testable import DPAccounting

/// The small functions that everything stands on, against 31 digits.
struct NumericsTests {
    @Test("scaled erfc: e^(x²)·erfc(x) = 2·e^(x²)·Φ(−√2·x), to 5e-15 relative")
    func scaledErfc() {
        for x in stride(from: -4.5, through: 24, by: 0.37) {
            let at = Twofold(x)
            let argument = -(at * Twofold(2).squareRoot)
            let exact = Twofold.exp(at * at) * Twofold.normal(argument).scaled(1)
            let found = DPAccounting.scaledErfc(x)
            #expect(abs(found / exact.double - 1) < 5e-15, "\(x): \(found), \(exact)")
        }
        #expect(DPAccounting.scaledErfc(.infinity) == 0)
        #expect(DPAccounting.scaledErfc(0) == 1)
        // 1/(x√π) far out.
        #expect(relativeError(DPAccounting.scaledErfc(1e10), 1 / (1e10 * Double.pi.squareRoot())) < 1e-15)
    }

    @Test("ln(e^a − 1) and ln(1 + e^a), small and large")
    func exponentials() {
        for a in [1e-12, 1e-5, 0.3, 1, 5, 39.9, 40.1, 300] {
            let exact = Twofold.log(Twofold.expm1(Twofold(a))).double
            #expect(abs(logExpm1(a) - exact) <= 4e-16 * max(1, abs(exact)), "\(a)")
        }
        for a in [-300, -40.0, -1, 0, 2, 39.9, 40.1, 700] {
            let exact = a > 600 ? a : Twofold.log(.one + Twofold.exp(Twofold(a))).double
            let found = log1pExp(a)
            // Far left 1 + e^a is 1 in 31 digits.
            #expect(
                abs(found - (a < -60 ? exp(a) : exact)) <= 4e-16 * max(1e-10, abs(found)), "\(a): \(found), \(exact)")
        }
        #expect(logExpm1(1e5) == 1e5 && log1pExp(1e5) == 1e5)
    }

    @Test("logarithms of sums: no overflow, no underflow, empty sums and infinities")
    func sums() {
        #expect(logSumExp([]) == -.infinity)
        #expect(logSumExp([-.infinity, -.infinity]) == -.infinity)
        #expect(logSumExp([3, .infinity]) == .infinity)
        #expect(abs(logSumExp([1000, 1000]) - (1000 + log(2))) < 1e-12)
        #expect(abs(logSumExp([-1000, -1001, -1002]) + 1000 - log(1 + exp(-1) + exp(-2))) < 1e-12)
        #expect(logSumExp([-5]) == -5)
        let values = (0..<1000).map { -0.01 * Double($0) }
        let exact = Twofold.log(values.reduce(Twofold.zero) { $0 + Twofold.exp(Twofold($1)) }).double
        #expect(abs(logSumExp(values) - exact) < 1e-14)
    }

    @Test("rounding up is up, of every number, and NaN is ∞")
    func rounding() {
        for x in [0, 1e-300, 0.1, 1, 1e300] {
            #expect(roundedUp(x) == x.nextUp)
            #expect(roundedUp(x, by: 1e-12) > x)
            #expect(roundedUp(x, by: 1e-12) <= x * (1 + 2e-12) + .leastNonzeroMagnitude)
        }
        #expect(roundedUp(.nan) == .infinity && roundedUp(.infinity) == .infinity)
    }

    @Test("a δ from its logarithm is 0 at −∞ alone")
    func deltas() {
        #expect(expRoundedUp(-.infinity) == 0)
        for x in [-1e30, -1e4, -750, -745.2] { #expect(expRoundedUp(x) == .leastNonzeroMagnitude) }
        for x in [-700, -20.0, -1, -1e-9, 0] {
            let exact = Twofold.exp(Twofold(x))
            #expect(Twofold(expRoundedUp(x)) > exact && expRoundedUp(x) <= exact.double * (1 + 3e-15))
        }
        #expect(expRoundedUp(.nan) == .infinity)
    }

    @Test("halving ends with the safe end on the right side, as near as asked or as numbers are")
    func bisection() {
        var calls = 0
        let exact = bisect(lower: 0, upper: 2) { value in
            calls += 1
            return value * value >= 2
        }
        #expect(exact.upper == exact.lower.nextUp && exact.upper * exact.upper >= 2 && exact.lower * exact.lower < 2)
        #expect(calls < 80)
        let rough = bisect(lower: 0, upper: 2, relative: 1e-3) { $0 >= 1 }
        #expect(rough.lower < 1 && rough.upper >= 1 && rough.upper - rough.lower <= 1e-3 * rough.upper)
        let limited = bisect(lower: 0, upper: 1024, limit: 3) { $0 >= 700 }
        #expect(limited.lower == 640 && limited.upper == 768)
        #expect(bisect(lower: 5, upper: 5) { _ in true }.upper == 5)
    }

    @Test("golden section finds the floor of a valley, and says what it saw")
    func goldenSection() {
        for target in [-0.9, 0, 0.31, 2.5] {
            var least = Double.infinity
            let found = leastByGoldenSection(-1, 3, rounds: 40) { x in
                let value = (x - target) * (x - target) + 1
                least = min(least, value)
                return value
            }
            // A square's floor is flat to half the digits.
            #expect(abs(found.at - target) < 1e-6 && found.value <= least + 1e-15)
        }
        // At an end, and on a plateau.
        #expect(leastByGoldenSection(0, 1, rounds: 30) { $0 }.at < 1e-6)
        #expect(leastByGoldenSection(0, 1, rounds: 30) { -$0 }.at > 1 - 1e-6)
        #expect(leastByGoldenSection(0, 1, rounds: 5) { _ in 7 }.value == 7)
    }

    @Test("complex helpers agree with polar form")
    func complex() {
        for (re, im) in [(0.3, 0.4), (-1.0, 2.0), (1e-9, -1e-8), (1e200, 1e200), (-3.0, 0.0)] {
            let value = complexLog(re, im)
            let size = re.magnitude > 1e100 ? log(2.0) / 2 + log(re.magnitude) : log(hypot(re, im))
            #expect(abs(value.re - size) < 1e-14 * max(1, abs(size)) && value.im == atan2(im, re))
        }
        for (re, im) in [(1e-12, 1e-12), (-0.2, 0.1), (3.0, -2.0)] {
            let sum = complexLog1p(re, im)
            let (x, y) = (exp(sum.re) * cos(sum.im), exp(sum.re) * sin(sum.im))
            #expect(abs(x - 1 - re) < 1e-15 * max(1, abs(1 + re)) * 4 && abs(y - im) < 4e-16 * max(1, abs(im)) * 4)
            let growth = complexExpm1(re, im)
            #expect(abs(growth.re - (exp(re) * cos(im) - 1)) < 1e-15 * exp(re) * 4)
            #expect(abs(growth.im - exp(re) * sin(im)) < 1e-15 * exp(re) * 4)
        }
    }
}
