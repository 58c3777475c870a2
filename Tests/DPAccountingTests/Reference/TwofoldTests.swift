// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing

/// The references are only as good as the arithmetic they are computed in: known constants, identities, and no more.
struct TwofoldTests {
    /// 2⁻¹⁰⁴ is a unit of a twofold number; operations lose a few.
    static let unit = 0x1p-104

    private func isNear(_ a: Twofold, _ b: Twofold, _ relative: Double, _ what: String = "") {
        #expect(((a - b) / b).magnitude.head < relative, "\(what): \(a) against \(b)")
    }

    @Test("sums and products of doubles are exact")
    func exact() {
        for (a, b) in [(1.0, 1e-20), (0.1, 0.2), (1e16, -1.0), (3.14, 2.72)] {
            let sum = Twofold(a) + Twofold(b)
            // What a double sum drops is in the tail.
            #expect(sum.head == a + b && sum.tail == (a - (a + b - b)) + (b - (a + b - (a + b - b))))
            let product = Twofold(a) * Twofold(b)
            #expect(product.head == a * b && product.tail == (-(a * b)).addingProduct(a, b))
        }
    }

    @Test("quotients, roots and powers invert products", arguments: [0.3, 1.7, 1234.5, 1e-9])
    func inverses(x: Double) {
        let value = Twofold(x, x * 1e-18)
        isNear(value / Twofold(7) * Twofold(7), value, 8 * Self.unit, "quotient")
        isNear(value.squareRoot * value.squareRoot, value, 8 * Self.unit, "root")
        isNear(value.power(5), value * value * value * value * value, 16 * Self.unit, "power")
        isNear(value.power(-3) * value.power(3), .one, 32 * Self.unit, "negative power")
    }

    @Test("e and its logarithm to 30 digits")
    func constants() {
        isNear(Twofold.exp(.one), .e, 1e-30, "e")
        isNear(Twofold.log(.e), .one, 1e-30, "ln e")
        isNear(Twofold.log(Twofold(2)), .ln2, 1e-30, "ln 2")
        // e^10 = 22026.465794806716516957900645284244…, √e, ln 10: by mpmath, 50 digits.
        isNear(Twofold.exp(Twofold(10)), Twofold(22026.465794806718, -1.3780134700517372e-12), 1e-28, "e^10")
        isNear(Twofold.exp(Twofold(0.5)), Twofold(1.6487212707001282, -4.731568479435833e-17), 1e-29, "√e")
        isNear(Twofold.log(Twofold(10)), Twofold(2.302585092994046, -2.1707562233822494e-16), 1e-29, "ln 10")
    }

    @Test("exponentials turn sums into products, and back", arguments: [-30.0, -1.5, -1e-9, 0.25, 3, 40])
    func exponentials(x: Double) {
        let (a, b) = (Twofold(x), Twofold(0.7))
        isNear(Twofold.exp(a + b), Twofold.exp(a) * Twofold.exp(b), 1e-28)
        isNear(Twofold.log(Twofold.exp(a)), a, 1e-28 * max(1, 1 / abs(x)))
        // What is added to 1 and taken off again loses what is below 10⁻³¹ of 1.
        isNear(Twofold.expm1(a) + .one, Twofold.exp(a), 1e-29 * max(1, Foundation.exp(-x)))
        #expect(abs(Twofold.exp(a).double / Foundation.exp(x) - 1) < 4e-16)
    }

    @Test("near zero e^x − 1 keeps its digits: x + x²/2 + …")
    func smallExponents() {
        let x = Twofold(1e-10)
        isNear(Twofold.expm1(x), x + (x * x).scaled(-1) + x * x * x / Twofold(6), 1e-29)
    }

    @Test("Φ is that of the double library, sums to 1 with its mirror, and is continuous where its methods meet")
    func normal() {
        for x in [-20.0, -8, -6.01, -5.99, -3, -0.5, 0, 0.5, 2, 5.99, 6.01, 9] {
            let value = Twofold.normal(Twofold(x))
            #expect(abs(value.double / (0.5 * erfc(-x / 2.0.squareRoot())) - 1) < 4e-13, "\(x)")
            isNear(value + Twofold.normal(Twofold(-x)), .one, 1e-28, "\(x)")
        }
        // Φ(−6) = 9.865876450376981407e-10, from both sides of the switch, by the density there.
        let (below, above) = (Twofold.normal(Twofold(-6.0000001)), Twofold.normal(Twofold(-5.9999999)))
        #expect(abs((above - below).double / (2e-7 * Foundation.exp(-18) / (2 * .pi).squareRoot()) - 1) < 1e-6)
        #expect(abs(Twofold.normal(Twofold(-6)).double / 9.865876450376981e-10 - 1) < 1e-14)
    }
}
