// SPDX-License-Identifier: Apache-2.0

extension FourierTransform {
    /// The spectrum of the packed real vector `x`, in place.
    func forward(_ x: inout ComplexVector, scratch: inout ComplexVector) {
        complexForward(&x, &scratch)
        split(&x, &scratch, inverse: false)
    }

    /// n/2 times the packed real vector with the spectrum `x`, in place: the caller divides (`inverseFactor`).
    func inverse(_ x: inout ComplexVector, scratch: inout ComplexVector) {
        split(&x, &scratch, inverse: true)
        // Real and imaginary part change places before and after: that conjugates the transform.
        swap(&x.re, &x.im)
        complexForward(&x, &scratch)
        swap(&x.re, &x.im)
    }

    /// What `inverse` leaves to multiply by; a power of two.
    var inverseFactor: Double { 2 / Double(count) }

    private func complexForward(_ x: inout ComplexVector, _ y: inout ComplexVector) {
        let half = count / 2
        firstPass(x, &y.re, &y.im)
        swap(&x, &y)
        var (length, stride) = (half / 4, 4)
        while length >= 4 {
            pass(length, stride, x, &y.re, &y.im)
            swap(&x, &y)
            (length, stride) = (length / 4, stride * 4)
        }
        if length == 2 {
            lastPass(x, &y.re, &y.im)
            swap(&x, &y)
        }
    }

    /// Radix 4 at stride 1: four butterflies at a time, whose results are four columns of the next vector.
    private func firstPass(_ x: ComplexVector, _ yRe: inout [SIMD4<Double>], _ yIm: inout [SIMD4<Double>]) {
        let quarter = count / 32
        let (xr, xi) = (x.re.span, x.im.span)
        var yr = yRe.mutableSpan
        var yi = yIm.mutableSpan
        for p in 0..<quarter {
            let (w1r, w1i) = (twiddles(cosines, 8 * p, 2), twiddles(sines, 8 * p, 2))
            let (w2r, w2i) = (twiddles(cosines, 16 * p, 4), twiddles(sines, 16 * p, 4))
            let (w3r, w3i) = (twiddles(cosines, 24 * p, 6), twiddles(sines, 24 * p, 6))
            let (ar, ai) = (xr[p], xi[p])
            let (br, bi) = (xr[p + quarter], xi[p + quarter])
            let (cr, ci) = (xr[p + 2 * quarter], xi[p + 2 * quarter])
            let (dr, di) = (xr[p + 3 * quarter], xi[p + 3 * quarter])
            let (sr, si, tr, ti) = (ar + cr, ai + ci, ar - cr, ai - ci)
            let (ur, ui, vr, vi) = (br + dr, bi + di, br - dr, bi - di)
            let (r0, i0) = (sr + ur, si + ui)
            let (fr, fi) = (tr + vi, ti - vr)
            let (gr, gi) = (sr - ur, si - ui)
            let (hr, hi) = (tr - vi, ti + vr)
            let (r1, i1) = (fr * w1r - fi * w1i, fr * w1i + fi * w1r)
            let (r2, i2) = (gr * w2r - gi * w2i, gr * w2i + gi * w2r)
            let (r3, i3) = (hr * w3r - hi * w3i, hr * w3i + hi * w3r)
            let at = 4 * p
            yr[at] = SIMD4(r0[0], r1[0], r2[0], r3[0])
            yr[at + 1] = SIMD4(r0[1], r1[1], r2[1], r3[1])
            yr[at + 2] = SIMD4(r0[2], r1[2], r2[2], r3[2])
            yr[at + 3] = SIMD4(r0[3], r1[3], r2[3], r3[3])
            yi[at] = SIMD4(i0[0], i1[0], i2[0], i3[0])
            yi[at + 1] = SIMD4(i0[1], i1[1], i2[1], i3[1])
            yi[at + 2] = SIMD4(i0[2], i1[2], i2[2], i3[2])
            yi[at + 3] = SIMD4(i0[3], i1[3], i2[3], i3[3])
        }
    }

    @inline(__always)
    private func twiddles(_ table: [Double], _ at: Int, _ step: Int) -> SIMD4<Double> {
        SIMD4(table[at], table[at + step], table[at + 2 * step], table[at + 3 * step])
    }

    /// Radix 4: `stride` transforms of `length`, from x(q + stride·(p + k·length/4)) to y(q + stride·(4p + k)).
    private func pass(
        _ length: Int, _ stride: Int, _ x: ComplexVector, _ yRe: inout [SIMD4<Double>], _ yIm: inout [SIMD4<Double>]
    ) {
        let (quarter, wide) = (length / 4, stride / 4)
        let (xr, xi) = (x.re.span, x.im.span)
        var yr = yRe.mutableSpan
        var yi = yIm.mutableSpan
        for p in 0..<quarter {
            let k = 2 * stride * p
            let (w1r, w1i) = (cosines[k], sines[k])
            let (w2r, w2i) = (cosines[2 * k], sines[2 * k])
            let (w3r, w3i) = (cosines[3 * k], sines[3 * k])
            let (from, to) = (wide * p, wide * 4 * p)
            let jump = wide * quarter
            for q in 0..<wide {
                let (a, b, c, d) = (from + q, from + q + jump, from + q + 2 * jump, from + q + 3 * jump)
                let (sr, si, tr, ti) = (xr[a] + xr[c], xi[a] + xi[c], xr[a] - xr[c], xi[a] - xi[c])
                let (ur, ui, vr, vi) = (xr[b] + xr[d], xi[b] + xi[d], xr[b] - xr[d], xi[b] - xi[d])
                yr[to + q] = sr + ur
                yi[to + q] = si + ui
                let (fr, fi) = (tr + vi, ti - vr)
                yr[to + q + wide] = fr * w1r - fi * w1i
                yi[to + q + wide] = fr * w1i + fi * w1r
                let (gr, gi) = (sr - ur, si - ui)
                yr[to + q + 2 * wide] = gr * w2r - gi * w2i
                yi[to + q + 2 * wide] = gr * w2i + gi * w2r
                let (hr, hi) = (tr - vi, ti + vr)
                yr[to + q + 3 * wide] = hr * w3r - hi * w3i
                yi[to + q + 3 * wide] = hr * w3i + hi * w3r
            }
        }
    }

    private func lastPass(_ x: ComplexVector, _ yRe: inout [SIMD4<Double>], _ yIm: inout [SIMD4<Double>]) {
        let wide = count / 16
        let (xr, xi) = (x.re.span, x.im.span)
        var yr = yRe.mutableSpan
        var yi = yIm.mutableSpan
        for q in 0..<wide {
            yr[q] = xr[q] + xr[q + wide]
            yi[q] = xi[q] + xi[q + wide]
            yr[q + wide] = xr[q] - xr[q + wide]
            yi[q + wide] = xi[q] - xi[q + wide]
        }
    }

    /// From the transform Z of even + i·odd to the spectrum, E + w·O with E = (Z(k) + Z̄(−k))/2, O = (Z(k) − Z̄(−k))/2i; or
    /// back: E = (X(k) + X̄(−k))/2, O = w̄·(X(k) − X̄(−k))/2, Z = E + i·O.
    private func split(_ x: inout ComplexVector, _ y: inout ComplexVector, inverse: Bool) {
        let (zr, zi) = (x.re[0][0], x.im[0][0])
        combine(x, &y.re, &y.im, inverse: inverse)
        swap(&x, &y)
        x.re[0][0] = inverse ? (zr + zi) / 2 : zr + zi
        x.im[0][0] = inverse ? (zr - zi) / 2 : zr - zi
    }

    private func combine(
        _ x: ComplexVector, _ yRe: inout [SIMD4<Double>], _ yIm: inout [SIMD4<Double>], inverse: Bool
    ) {
        let cells = x.re.count
        let (xr, xi) = (x.re.span, x.im.span)
        var yr = yRe.mutableSpan
        var yi = yIm.mutableSpan
        for k in 0..<cells {
            let next = k == 0 ? 0 : cells - k
            let (ar, ai, br, bi) = (xr[cells - 1 - k], xi[cells - 1 - k], xr[next], xi[next])
            // Z(−j) for the four j of this cell.
            let mr = SIMD4(br[0], ar[3], ar[2], ar[1])
            let mi = SIMD4(bi[0], ai[3], ai[2], ai[1])
            let (er, ei) = ((xr[k] + mr) * 0.5, (xi[k] - mi) * 0.5)
            let (dr, di) = ((xr[k] - mr) * 0.5, (xi[k] + mi) * 0.5)
            let (c, s) = (wideCosines[k], wideSines[k])
            if inverse {
                // i·w̄·(dr + i·di) with w̄ = c − i·s.
                yr[k] = er - (di * c - dr * s)
                yi[k] = ei + (dr * c + di * s)
            } else {
                // w·(di − i·dr) with w = c + i·s.
                yr[k] = er + (di * c + dr * s)
                yi[k] = ei + (di * s - dr * c)
            }
        }
    }
}
