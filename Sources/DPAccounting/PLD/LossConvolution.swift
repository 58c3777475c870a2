// SPDX-License-Identifier: Apache-2.0

import Foundation

/// Composes losses on one grid: one forward transform a law, its power, the product, one inverse.
///
/// *Tilt.* A transform in double precision is off by about 10⁻¹⁶ of the largest masses, which swamps a δ of 10⁻¹²
/// (dp_accounting's error). So each law is first tilted, p(k) = m(k)·e^(θ·l(k) − c), which commutes with composition and
/// puts the bulk where δ is decided; P's masses are p·e^(Tc − θ·l) again at the end. θ and c are so short that θ·l − c is
/// exact on a grid whose step is short too: tilting costs three roundings a mass.
///
/// *Window.* A circular convolution of n points folds what is outside into the window: nothing is lost but what it stands
/// for at losses above the window's top, and that is at most e^(K(s) − s·top) for every s ≥ 0 (Chernoff): added to δ.
///
/// *Rounding*, in ℓ2. Transforms keep the norm up to √n, so p̂ is off by e = ε_F·√n·‖p‖₂ (`FourierTransform`), its T-th
/// power by T·G·e with G ≥ max(1, |p̂| + e)^T, since |a^T − b^T| ≤ T·max(|a|, |b|)^(T−1)·|a − b|, and a power by repeated
/// squaring by T·√5·u relative (each complex product: Brent, Percival, Zimmermann 2007). Summed over laws and back:
/// ‖error‖₂ ≤ G·Σ T·ε_F·‖p‖₂ + (√5·u·Σ(T + 1) + ε_F)·‖result‖₂ + 10⁻³⁶ (powers below e^(−85) are taken as 0).
struct LossConvolution {
    struct Part {
        var grid: LossGrid
        var count: Int
    }

    private var transforms: [Int: FourierTransform] = [:]
    private var buffers: [Int: Buffers] = [:]

    private struct Buffers {
        var values: [Double]
        var law: ComplexVector
        var product: ComplexVector
        var scratch: ComplexVector
    }

    /// The composition of `parts` (all of one step) at tilt θ, on `points` grid points from index `start` on.
    /// - Parameter beyond: a bound of the mass above the window, to be added to δ.
    mutating func compose(
        _ parts: [Part], tilt: Double, start: Int, points n: Int, beyond: Double
    ) -> ComposedLoss? {
        let transform = transforms[n] ?? FourierTransform(count: n)
        transforms[n] = transform
        var work =
            buffers.removeValue(forKey: n)
            ?? Buffers(
                values: [Double](repeating: 0, count: n), law: ComplexVector(realCount: n),
                product: ComplexVector(realCount: n), scratch: ComplexVector(realCount: n))
        defer { buffers = [n: work] }

        var (logScale, offset, logFinite) = (0.0, 0.0, 0.0)
        var (forwardError, growth, steps, slack) = (0.0, 0.0, 0.0, 0.0)
        for (number, part) in parts.enumerated() {
            let tilted = TiltedMasses(part.grid, tilt: tilt, into: &work.values)
            guard let tilted else { return nil }
            let count = Double(part.count)
            let error = transform.relativeError * tilted.norm
            forwardError += count * error
            growth += count * log(max(1, tilted.sum + error * Double(n).squareRoot()))
            steps += count + 1
            slack += count * tilted.relativeError
            logScale += count * tilted.scale
            offset += count * part.grid.offset
            logFinite += count * log1p(-min(part.grid.infinite, 1))
            work.law.pack(work.values)
            transform.forward(&work.law, scratch: &work.scratch)
            if number == 0 {
                work.product.setToPower(of: work.law, part.count)
            } else {
                work.product.multiply(byPowerOf: work.law, part.count)
            }
        }
        transform.inverse(&work.product, scratch: &work.scratch)
        work.product.unpack(into: &work.values, times: transform.inverseFactor)

        var square = 0.0
        for value in work.values { square += value * value }
        let norm = square.squareRoot()
        let rounding = 5.0.squareRoot() * 0x1p-53 * steps + transform.relativeError
        // 1.01: the rounding of these few operations, and second-order terms while the bound is small.
        let error = 1.01 * (exp(growth) * forwardError + rounding * norm) + 1e-36
        guard error < 1e-3, norm.isFinite, growth < 50, rounding < 1e-3 else { return nil }
        let infinite = -expm1(logFinite) * (1 + 1e-14)
        return ComposedLoss(
            tilt: tilt, logScale: logScale, step: parts.first?.grid.step ?? 1, offset: offset, start: start,
            circular: work.values, error: error, extra: min(1, infinite + beyond), relativeSlack: slack)
    }
}

/// One law's masses, tilted and laid around a circle.
private struct TiltedMasses {
    /// c.
    var scale: Double
    var sum = 0.0
    /// ℓ2.
    var norm = 0.0
    /// How far a tilted mass may be off.
    var relativeError: Double

    /// Nil if an exponential would overflow.
    init?(_ grid: LossGrid, tilt: Double, into values: inout [Double]) {
        let n = values.count
        for k in 0..<n { values[k] = 0 }
        scale = (grid.logMoment(tilt) * 0x1p30).rounded() * 0x1p-30
        let reach = max(abs(tilt * grid.largest), abs(tilt * grid.smallest)) + abs(scale)
        guard tilt * grid.largest - scale < 700, reach.isFinite else { return nil }
        // θ has 12 bits and the step 4, so θ·l is a multiple of 2^(exponents − 14), like c of 2⁻³⁰: below 2¹⁰ their
        // difference is exact if that is at least 2⁻⁴³. Otherwise three roundings of the exponent.
        let isShort = grid.offset == 0 && grid.step.hasShortSignificand && tilt == tilt.shortened(bits: 11)
        let isExact =
            isShort && reach < 1000
            && (tilt == 0 || (tilt.isNormal && Int(tilt.exponent) + Int(grid.step.exponent) - 14 >= -43))
        relativeError = Double.ulpOfOne * (4 + (isExact ? 0 : 3 * reach))
        var square = 0.0
        let mask = n - 1
        for k in grid.masses.indices {
            let value = grid.masses[k] * exp(tilt * grid.loss(at: k) - scale)
            // n is a power of two: this is the remainder, not negative.
            let place = grid.places[k] & mask
            values[place] += value
            sum += value
            square += value * value
        }
        // Once around it is √Σp²; each lap more is one more vector of at most that norm.
        let laps = Double(((grid.places.last ?? 0) - (grid.places.first ?? 0)) / n + 1)
        norm = laps * square.squareRoot()
        guard sum.isFinite else { return nil }
    }
}

extension Double {
    /// Whether at most 4 bits of the significand are used.
    var hasShortSignificand: Bool { significand * 8 == (significand * 8).rounded() }

    /// The nearest number with so many bits after the leading one.
    func shortened(bits: Int) -> Double {
        guard isNormal else { return self }
        let scale = Double(sign: .plus, exponent: bits, significand: 1)
        return Double(sign: sign, exponent: exponent, significand: 1) * ((significand * scale).rounded() / scale)
    }
}

extension ComplexVector {
    /// |z|² below which z^count is taken as 0: |z|^count < e^(−85).
    private static func negligible(_ count: Int) -> Double { exp(-170 / Double(count)) }

    /// This spectrum becomes the count-th power of `law`.
    mutating func setToPower(of law: ComplexVector, _ count: Int) {
        let threshold = Self.negligible(count)
        for k in re.indices {
            (re[k], im[k]) = Self.power(law.re[k], law.im[k], count, threshold)
        }
        (re[0][0], im[0][0]) = (Self.power(law.re[0][0], count), Self.power(law.im[0][0], count))
    }

    /// This spectrum times the count-th power of `law`.
    mutating func multiply(byPowerOf law: ComplexVector, _ count: Int) {
        let threshold = Self.negligible(count)
        let (x, y) = (re[0][0] * Self.power(law.re[0][0], count), im[0][0] * Self.power(law.im[0][0], count))
        for k in re.indices {
            let (c, s) = Self.power(law.re[k], law.im[k], count, threshold)
            (re[k], im[k]) = (re[k] * c - im[k] * s, re[k] * s + im[k] * c)
        }
        (re[0][0], im[0][0]) = (x, y)
    }

    private static func power(_ x: Double, _ count: Int) -> Double {
        var (result, base, rest) = (1.0, x, count)
        while rest > 0 {
            if rest & 1 == 1 { result *= base }
            base *= base
            rest >>= 1
        }
        return result
    }

    /// Four complex powers by repeated squaring.
    @inline(__always)
    private static func power(
        _ x: SIMD4<Double>, _ y: SIMD4<Double>, _ count: Int, _ threshold: Double
    ) -> (SIMD4<Double>, SIMD4<Double>) {
        if count == 1 { return (x, y) }
        if (x * x + y * y).max() < threshold { return (.zero, .zero) }
        var (resultRe, resultIm) = (SIMD4<Double>(repeating: 1), SIMD4<Double>.zero)
        var (re, im, rest) = (x, y, count)
        while true {
            if rest & 1 == 1 {
                (resultRe, resultIm) = (resultRe * re - resultIm * im, resultRe * im + resultIm * re)
            }
            rest >>= 1
            if rest == 0 { break }
            (re, im) = (re * re - im * im, 2 * (re * im))
        }
        return (resultRe, resultIm)
    }
}
