// SPDX-License-Identifier: Apache-2.0

import Foundation

/// The discrete Fourier transform of 2^k real numbers, x̂(m) = Σ x(j)·e^(−2πijm/n), and its inverse.
///
/// Even and odd places become the real and imaginary part of a complex vector of half the length, which goes through
/// Stockham's self-sorting passes (Van Loan 1992, Section 1.7): radix 4, then one of radix 2 if need be. Each pass but the
/// first works on four neighbours at a time; nothing is allocated once the buffers stand.
///
/// *Error.* With u = 2⁻⁵³ and twiddles off by at most µ, a pass of radix 2 errs by at most η = µ + γ₄·(√2 + µ) of the
/// ℓ2 norm, and passes add up (Higham 2002, Theorem 24.2; Brisebarre et al. 2020 sharpen the constant). A pass of radix 4
/// is two of radix 2 without their inner product by a twiddle, so it is covered by two; splitting off the halves is one
/// more, and its halving is exact. So ‖x̂ − fl(x̂)‖₂ ≤ `relativeError`·‖x̂‖₂ with log₂(n) passes, η ≤ u + 4u·1.42·1.01 < 7u.
struct FourierTransform {
    /// n: how many real numbers.
    let count: Int
    /// Most ℓ2 error of a transform or an inverse, relative to the ℓ2 norm of its result.
    var relativeError: Double { 8 * 0x1p-53 * Double(count.trailingZeroBitCount + 1) }

    /// e^(−2πik/n) for k < 3n/4, real and imaginary parts.
    let cosines: [Double]
    let sines: [Double]
    /// The same for k < n/2, four at a time.
    let wideCosines: [SIMD4<Double>]
    let wideSines: [SIMD4<Double>]

    /// - Precondition: n is a power of two from 32 on.
    init(count n: Int) {
        precondition(n >= 32 && n & (n - 1) == 0, "a transform of \(n) numbers")
        count = n
        var table = (cosines: [Double](repeating: 0, count: n), sines: [Double](repeating: 0, count: n))
        for k in 0...n / 8 {
            let (c, s) = Self.cosineAndSine(k, of: n)
            // The eight octants, by symmetry.
            for (at, x, y) in [
                (k, c, s), (n / 4 - k, s, c), (n / 4 + k, -s, c), (n / 2 - k, -c, s), (n / 2 + k, -c, -s),
                (3 * n / 4 - k, -s, -c), (3 * n / 4 + k, s, -c),
            ] { (table.cosines[at], table.sines[at]) = (x, -y) }
        }
        (cosines, sines) = (table.cosines, table.sines)
        wideCosines = (0..<n / 8).map { k in Self.four(table.cosines, at: 4 * k) }
        wideSines = (0..<n / 8).map { k in Self.four(table.sines, at: 4 * k) }
    }

    private static func four(_ values: [Double], at k: Int) -> SIMD4<Double> {
        SIMD4(values[k], values[k + 1], values[k + 2], values[k + 3])
    }

    /// cos and sin of 2πk/n for k ≤ n/8: the rounding of the angle is carried along, so each is within about half an ulp.
    private static func cosineAndSine(_ k: Int, of n: Int) -> (Double, Double) {
        // 2π to twice the precision; n is a power of two, so dividing by it is exact.
        let (head, tail) = (6.283185307179586, 2.4492935982947064e-16)
        let angle = Double(k) * head
        let rest = (-angle).addingProduct(Double(k), head) + Double(k) * tail
        let (x, dx) = (angle / Double(n), rest / Double(n))
        let (c, s) = (cos(x), sin(x))
        return (c - dx * s, s + dx * c)
    }
}

/// n/2 complex numbers, four to a cell: a real vector before its transform (even places in `re`, odd ones in `im`), or the
/// spectrum after it. Cell 0 of a spectrum holds the two real values: x̂(0) in `re`, x̂(n/2) in `im`.
struct ComplexVector {
    var re: [SIMD4<Double>]
    var im: [SIMD4<Double>]

    /// Room for `count` real numbers, all 0.
    init(realCount count: Int) {
        re = [SIMD4<Double>](repeating: .zero, count: count / 8)
        im = re
    }

    /// The real vector `values`, packed.
    mutating func pack(_ values: [Double]) {
        for k in re.indices {
            let at = 8 * k
            re[k] = SIMD4(values[at], values[at + 2], values[at + 4], values[at + 6])
            im[k] = SIMD4(values[at + 1], values[at + 3], values[at + 5], values[at + 7])
        }
    }

    /// Unpacks what `pack` packed, times `factor`.
    func unpack(into values: inout [Double], times factor: Double) {
        for k in re.indices {
            let (even, odd) = (re[k] * factor, im[k] * factor)
            for lane in 0..<4 {
                values[8 * k + 2 * lane] = even[lane]
                values[8 * k + 2 * lane + 1] = odd[lane]
            }
        }
    }
}
