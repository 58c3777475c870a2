// SPDX-License-Identifier: Apache-2.0

import Foundation
import TestSupport
import Testing

@testable import DPAccounting

/// The transform's stated error against a transform by definition in twice the precision.
struct FourierErrorTests {
    /// An unevaluated sum of two doubles: some 32 digits (Dekker 1971).
    struct Twofold {
        var head: Double
        var tail = 0.0

        static func + (a: Twofold, b: Twofold) -> Twofold {
            let sum = a.head + b.head
            let bb = sum - a.head
            let error = (a.head - (sum - bb)) + (b.head - bb) + a.tail + b.tail
            let head = sum + error
            return Twofold(head: head, tail: error - (head - sum))
        }

        static func * (a: Twofold, b: Twofold) -> Twofold {
            let product = a.head * b.head
            let error = (-product).addingProduct(a.head, b.head) + a.head * b.tail + a.tail * b.head
            let head = product + error
            return Twofold(head: head, tail: error - (head - product))
        }
    }

    /// cos and sin of 2πk/n by their series in twofold arithmetic, for k ≤ n/8; the rest by symmetry.
    static func wave(_ k: Int, of n: Int) -> (cosine: Twofold, sine: Twofold) {
        let k = ((k % n) + n) % n
        if 8 * k > n {
            if 4 * k <= n {
                let (c, s) = wave(n / 4 - k, of: n)
                return (s, c)
            }
            if 2 * k <= n {
                let (c, s) = wave(n / 2 - k, of: n)
                return (Twofold(head: -c.head, tail: -c.tail), s)
            }
            let (c, s) = wave(n - k, of: n)
            return (c, Twofold(head: -s.head, tail: -s.tail))
        }
        let tau = Twofold(head: 6.283185307179586, tail: 2.4492935982947064e-16)
        // n is a power of two: dividing by it is exact.
        let angle = tau * Twofold(head: Double(k) / Double(n))
        var (cosine, sine) = (Twofold(head: 1), angle)
        var term = angle
        for j in 2...30 {
            // Divide by j: multiply by a twofold reciprocal.
            let reciprocal = 1 / Double(j)
            let rest = (-reciprocal).addingProduct(0, 0) + reciprocal
            let residual = (1.0).addingProduct(-reciprocal, Double(j)) / Double(j)
            term = term * angle * Twofold(head: reciprocal, tail: residual + rest)
            let sign = (j / 2) % 2 == 0 ? 1.0 : -1.0
            let signed = Twofold(head: sign * term.head, tail: sign * term.tail)
            if j % 2 == 0 { cosine = cosine + signed } else { sine = sine + signed }
        }
        return (cosine, sine)
    }

    /// Σ x(j)·e^(−2πijm/n) in twofold arithmetic, rounded once.
    static func spectrum(_ values: [Double]) -> [(re: Double, im: Double)] {
        let n = values.count
        let waves = (0..<n).map { wave($0, of: n) }
        return (0...n / 2).map { m in
            var (re, im) = (Twofold(head: 0), Twofold(head: 0))
            for j in 0..<n where values[j] != 0 {
                let x = Twofold(head: values[j])
                let (c, s) = waves[j * m % n]
                re = re + x * c
                im = im + x * Twofold(head: -s.head, tail: -s.tail)
            }
            return (re.head, im.head)
        }
    }

    static func vectors(_ n: Int) -> [[Double]] {
        var generator = SeededGenerator(seed: UInt64(n))
        let noise = (0..<n).map { _ in Double.random(in: -1...1, using: &generator) }
        let decay = (0..<n).map { exp(-Double($0) * 0.3) }
        // Masses of a tilted loss: a bump of a few places, the rest next to nothing.
        let bump = (0..<n).map { exp(-Double(($0 - n / 3) * ($0 - n / 3)) / 8) }
        var spike = [Double](repeating: 0, count: n)
        spike[n - 1] = 1
        spike[1] = 1e-9
        let alternating = (0..<n).map { $0 % 2 == 0 ? 1.0 : -1.0 }
        return [noise, decay, bump, spike, alternating]
    }

    @Test("the twofold reference is right where the answer is known")
    func reference() {
        let (c, s) = Self.wave(1, of: 8)
        #expect(c.head == 0.5.squareRoot() && s.head == 0.5.squareRoot())
        // √½ to 32 digits: 0.70710678118654752440084436210485.
        #expect(abs(c.tail - (-4.833646656726457e-17)) < 1e-31)
        let (one, zero) = Self.wave(0, of: 64)
        #expect(one.head == 1 && zero.head == 0)
        for k in 0..<64 {
            let (c, s) = Self.wave(k, of: 64)
            let square = c * c + s * s
            #expect(abs(square.head - 1 + square.tail) < 1e-30)
        }
    }

    @Test("a forward transform errs by less than it says, in ℓ2", arguments: [32, 64, 128, 256, 512])
    func forward(count n: Int) {
        let transform = FourierTransform(count: n)
        for values in Self.vectors(n) {
            let exact = Self.spectrum(values)
            var (vector, scratch) = (ComplexVector(realCount: n), ComplexVector(realCount: n))
            vector.pack(values)
            transform.forward(&vector, scratch: &scratch)
            var (error, norm) = (0.0, 0.0)
            for m in 0...n / 2 {
                let found = FourierTransformTests.at(m, vector, n)
                let weight = m == 0 || m == n / 2 ? 1.0 : 2
                let (dr, di) = (found.re - exact[m].re, found.im - exact[m].im)
                error += weight * (dr * dr + di * di)
                norm += weight * (exact[m].re * exact[m].re + exact[m].im * exact[m].im)
            }
            #expect(error.squareRoot() <= transform.relativeError * norm.squareRoot(), "\(n)")
        }
    }

    @Test("the bound is no more than fifty times what is really lost", arguments: [64, 512])
    func notAbsurd(count n: Int) {
        let transform = FourierTransform(count: n)
        let values = Self.vectors(n)[0]
        let exact = Self.spectrum(values)
        var (vector, scratch) = (ComplexVector(realCount: n), ComplexVector(realCount: n))
        vector.pack(values)
        transform.forward(&vector, scratch: &scratch)
        var (error, norm) = (0.0, 0.0)
        for m in 0...n / 2 {
            let found = FourierTransformTests.at(m, vector, n)
            let (dr, di) = (found.re - exact[m].re, found.im - exact[m].im)
            error += dr * dr + di * di
            norm += exact[m].re * exact[m].re + exact[m].im * exact[m].im
        }
        #expect(error > 0)
        #expect(transform.relativeError < 100 * (error / norm).squareRoot())
    }

    @Test("an inverse errs by less than it says", arguments: [32, 64, 256])
    func inverse(count n: Int) {
        let transform = FourierTransform(count: n)
        for values in Self.vectors(n) {
            // The exact spectrum, rounded once, put in by hand; its rounding is a relative 2⁻⁵³ of each.
            let exact = Self.spectrum(values)
            var (vector, scratch) = (ComplexVector(realCount: n), ComplexVector(realCount: n))
            for m in 1..<n / 2 {
                vector.re[m / 4][m % 4] = exact[m].re
                vector.im[m / 4][m % 4] = exact[m].im
            }
            vector.re[0][0] = exact[0].re
            vector.im[0][0] = exact[n / 2].re
            transform.inverse(&vector, scratch: &scratch)
            var back = [Double](repeating: 0, count: n)
            vector.unpack(into: &back, times: transform.inverseFactor)
            let error = zip(back, values).reduce(0) { $0 + ($1.0 - $1.1) * ($1.0 - $1.1) }.squareRoot()
            let norm = values.reduce(0) { $0 + $1 * $1 }.squareRoot()
            #expect(error <= (transform.relativeError + 0x1p-52) * norm, "\(n)")
        }
    }
}
