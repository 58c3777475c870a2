// SPDX-License-Identifier: Apache-2.0

import Foundation
import TestSupport
import Testing

@testable import DPAccounting

struct FourierTransformTests {
    /// Every size from the least on, so that both an even and an odd number of passes is seen.
    static let sizes = [32, 64, 128, 256, 512, 1024, 4096]

    @Test("the spectrum is the sum of its definition", arguments: [32, 64, 128, 256, 512])
    func matchesTheDefinition(count n: Int) {
        let values = Self.values(n)
        let spectrum = Self.spectrum(values)
        // The direct sum of n terms up to 1 errs by about n·u·√n itself; both are far below this.
        let tolerance = 1e-13 * Double(n)
        for m in 0...n / 2 {
            var (re, im) = (0.0, 0.0)
            for j in 0..<n {
                let angle = 2 * Double.pi * Double(j * m % n) / Double(n)
                re += values[j] * cos(angle)
                im -= values[j] * sin(angle)
            }
            let found = Self.at(m, spectrum, n)
            #expect(abs(found.re - re) < tolerance)
            #expect(abs(found.im - im) < tolerance)
        }
    }

    @Test("there and back is the identity, within the stated bound", arguments: sizes)
    func roundTrip(count n: Int) {
        let transform = FourierTransform(count: n)
        let values = Self.values(n)
        var (vector, scratch) = (ComplexVector(realCount: n), ComplexVector(realCount: n))
        vector.pack(values)
        transform.forward(&vector, scratch: &scratch)
        transform.inverse(&vector, scratch: &scratch)
        var back = values
        vector.unpack(into: &back, times: transform.inverseFactor)
        let (error, norm) = (Self.distance(values, back), Self.norm(values))
        // Two transforms, each within `relativeError` of the norm.
        #expect(error <= 2.01 * transform.relativeError * norm)
        // The bound says something: rounding is really there, and not a thousand times smaller.
        #expect(transform.relativeError < 2e-14)
    }

    @Test("energy is kept (Parseval)", arguments: sizes)
    func parseval(count n: Int) {
        let values = Self.values(n)
        let spectrum = Self.spectrum(values)
        var energy = 0.0
        for m in 0...n / 2 {
            let x = Self.at(m, spectrum, n)
            energy += (x.re * x.re + x.im * x.im) * (m == 0 || m == n / 2 ? 1 : 2)
        }
        let expected = Double(n) * values.reduce(0) { $0 + $1 * $1 }
        #expect(relativeError(energy, expected) < 1e-13)
    }

    @Test("a single one becomes its wave, exactly on the axes", arguments: [64, 128])
    func unitVectors(count n: Int) {
        for place in [0, 1, 2, n / 4, n / 2, n - 1] {
            var values = [Double](repeating: 0, count: n)
            values[place] = 1
            let spectrum = Self.spectrum(values)
            for m in [0, 1, n / 8, n / 4, n / 2] {
                let angle = -2 * Double.pi * Double(place * m % n) / Double(n)
                let x = Self.at(m, spectrum, n)
                #expect(abs(x.re - cos(angle)) < 1e-15)
                #expect(abs(x.im - sin(angle)) < 1e-15)
            }
        }
    }

    @Test("twiddles are within half an ulp of 1 of the true cosines, and symmetric")
    func twiddles() {
        let transform = FourierTransform(count: 1024)
        for k in 0...768 {
            // The argument is rounded once; at these k the library's cosine of it errs by less than 1e-16·2π.
            let angle = 2 * Double.pi * Double(k) / 1024
            #expect(abs(transform.cosines[k] - cos(angle)) < 8e-16)
            let square =
                transform.cosines[k] * transform.cosines[k] + transform.sines[k] * transform.sines[k]
            #expect(abs(square - 1) < 3e-16)
        }
        #expect(transform.cosines[256] == 0 && transform.sines[256] == -1)
        #expect(transform.cosines[512] == -1 && transform.sines[512] == 0)
        #expect(abs(transform.cosines[128] - 0.5.squareRoot()) < 1.2e-16)
    }

    @Test("a product of spectra is the circular convolution")
    func convolutionTheorem() {
        let n = 64
        let (a, b) = (Self.values(n), Self.values(n, seed: 9))
        let transform = FourierTransform(count: n)
        var (x, y, scratch) = (
            ComplexVector(realCount: n), ComplexVector(realCount: n), ComplexVector(realCount: n)
        )
        x.pack(a)
        y.pack(b)
        transform.forward(&x, scratch: &scratch)
        transform.forward(&y, scratch: &scratch)
        x.multiply(byPowerOf: y, 1)
        transform.inverse(&x, scratch: &scratch)
        var found = a
        x.unpack(into: &found, times: transform.inverseFactor)
        for k in 0..<n {
            var direct = 0.0
            for j in 0..<n { direct += a[j] * b[(k - j + n) % n] }
            #expect(abs(found[k] - direct) < 1e-13 * Double(n))
        }
    }

    @Test("powers of a spectrum are repeated products", arguments: [1, 2, 3, 5, 8, 13])
    func powers(count: Int) {
        let n = 32
        let values = Self.values(n).map { $0 / 20 }
        let spectrum = Self.spectrum(values)
        var (power, product) = (spectrum, spectrum)
        power.setToPower(of: spectrum, count)
        for _ in 1..<count { product.multiply(byPowerOf: spectrum, 1) }
        if count == 1 { product = spectrum }
        for k in power.re.indices {
            for lane in 0..<4 {
                #expect(abs(power.re[k][lane] - product.re[k][lane]) < 1e-13)
                #expect(abs(power.im[k][lane] - product.im[k][lane]) < 1e-13)
            }
        }
    }

    @Test("packing keeps the order")
    func packing() {
        let values = (0..<32).map(Double.init)
        var vector = ComplexVector(realCount: 32)
        vector.pack(values)
        var back = [Double](repeating: -1, count: 32)
        vector.unpack(into: &back, times: 2)
        #expect(back == values.map { 2 * $0 })
    }

    static func values(_ n: Int, seed: UInt64 = 4) -> [Double] {
        var generator = SeededGenerator(seed: seed)
        return (0..<n).map { _ in Double.random(in: -1...1, using: &generator) }
    }

    static func spectrum(_ values: [Double]) -> ComplexVector {
        let transform = FourierTransform(count: values.count)
        var (vector, scratch) = (ComplexVector(realCount: values.count), ComplexVector(realCount: values.count))
        vector.pack(values)
        transform.forward(&vector, scratch: &scratch)
        return vector
    }

    /// x̂(m) out of the packed cells.
    static func at(_ m: Int, _ spectrum: ComplexVector, _ n: Int) -> (re: Double, im: Double) {
        if m == 0 { return (spectrum.re[0][0], 0) }
        if m == n / 2 { return (spectrum.im[0][0], 0) }
        return (spectrum.re[m / 4][m % 4], spectrum.im[m / 4][m % 4])
    }

    static func norm(_ values: [Double]) -> Double { values.reduce(0) { $0 + $1 * $1 }.squareRoot() }
    static func distance(_ a: [Double], _ b: [Double]) -> Double { norm(zip(a, b).map { $0 - $1 }) }
}
