// SPDX-License-Identifier: Apache-2.0

import Foundation

/// One side of a threshold of the loss.
package enum LossSide: Hashable, Sendable {
    /// L > s.
    case above
    /// L ≤ s.
    case below
}

/// What P and Q put on one side of a threshold s of the loss.
package struct LossMasses: Hashable, Sendable {
    package var p: Double
    package var q: Double
    /// e^s·q, which neither overflows nor underflows where e^s or q alone would.
    package var scaledQ: Double
    /// How far each of the three may be off, relative.
    package var relativeError: Double
}

extension LossMechanism {
    /// Masses beyond s for the mechanisms with a continuous loss; nil for those of atoms (see `atoms`).
    ///
    /// Each is computed from its own tail, so that small masses keep their digits; the smaller side is to be asked for.
    package func masses(_ side: LossSide, of s: Double) -> LossMasses? {
        switch self {
        case .gaussian(let sigma):
            return Self.gaussianMasses(side, sigma: sigma, s: s)
        case .gaussianReplaceOne(let sigma, let q):
            return Self.replaceOneMasses(side, sigma: sigma, q: q, t: s)
        case .laplace(let scale):
            return Self.laplaceMasses(side, largest: 1 / scale, s: s)
        case .discreteLaplace, .discreteGaussian, .randomizedResponse, .approximate:
            return nil
        }
    }

    /// L = (2x − 1)/2σ² at x, so L > s means (x − 1)/σ > σs − 1/2σ under P and x/σ > σs + 1/2σ under Q.
    ///
    /// e^s·φ(z_Q) = φ(z_P), so e^s·q = ½·e^(−z_P²/2)·erfcx(z_Q/√2).
    private static func gaussianMasses(_ side: LossSide, sigma: Double, s: Double) -> LossMasses {
        let (root, half) = (2.0.squareRoot(), 1 / (2 * sigma))
        let sign = side == .above ? 1.0 : -1.0
        let atP = sign * (sigma * s - half) / root
        let atQ = sign * (sigma * s + half) / root
        let p = 0.5 * erfc(atP)
        let q = 0.5 * erfc(atQ)
        let scaled = abs(s) < 600 && atQ < 20 ? exp(s) * q : 0.5 * exp(-atP * atP) * scaledErfc(atQ)
        // d ln erfc(z) is at most 2(|z| + 1)·dz, and dz is two roundings of the larger of σs and 1/2σ.
        let displacement = 4 * Double.ulpOfOne * (abs(sigma * s) + half)
        let error = 4 * Double.ulpOfOne + displacement * (min(abs(atP) + abs(atQ), 80) + 2)
        return LossMasses(p: p, q: q, scaledQ: scaled.isNaN ? .infinity : scaled, relativeError: error)
    }

    /// With y = e^(x/σ²) and c = e^(−1/2σ²) the ratio is (1 − q + qcy)/(1 − q + qc/y), increasing in x; that it equals e^t
    /// is a quadratic in y. Both laws are mixtures of normal ones, and mirror each other.
    private static func replaceOneMasses(_ side: LossSide, sigma: Double, q: Double, t: Double) -> LossMasses {
        // x of |t|; the loss is odd in x. ln y = asinh-like root of qc·y² − (1−q)(e^t − 1)·y − e^t·qc = 0.
        let magnitude = abs(t)
        let logQC = log(q) - 1 / (2 * sigma * sigma)
        let logLinear = q < 1 && magnitude > 0 ? log1p(-q) + logExpm1(magnitude) : -.infinity
        // y = (b + √(b² + 4e^t·a²))/2a with a = qc, b = (1−q)(e^t − 1): in logarithms against b = 2·a·e^(t/2)·sinh u.
        let ratio = exp(min(700, logLinear - log(2) - logQC - magnitude / 2))
        let logY = magnitude / 2 + asinh(ratio)
        let x = (t < 0 ? -1 : 1) * logY * sigma * sigma
        let root = 2.0.squareRoot() * sigma
        let sign = side == .above ? 1.0 : -1.0
        let (center, right, left) = (erfc(sign * x / root), erfc(sign * (x - 1) / root), erfc(sign * (x + 1) / root))
        let p = 0.5 * ((1 - q) * center + q * right)
        let mirrored = 0.5 * ((1 - q) * center + q * left)
        let z = min(40, (abs(x) + 1) / sigma)
        let error = Double.ulpOfOne * (8 + 16 * (z + 1) * z * (1 + magnitude))
        let scaled = exp(t) * mirrored
        return LossMasses(p: p, q: mirrored, scaledQ: scaled.isNaN ? .infinity : scaled, relativeError: error)
    }

    /// L = (|x| − |x − 1|)/b runs over [−1/b, 1/b], with an atom at each end; in between L = (2x − 1)/b.
    private static func laplaceMasses(_ side: LossSide, largest: Double, s: Double) -> LossMasses {
        var masses = LossMasses(p: 0, q: 0, scaledQ: 0, relativeError: 8 * Double.ulpOfOne * (1 + min(largest, 800)))
        if s >= largest || s < -largest {
            let everything = (s >= largest) == (side == .below)
            if everything { (masses.p, masses.q, masses.scaledQ) = (1, 1, exp(s)) }
            return masses
        }
        let belowP = 0.5 * exp((s - largest) / 2)
        let aboveQ = 0.5 * exp(-(s + largest) / 2)
        masses.p = side == .below ? belowP : 1 - belowP
        masses.q = side == .below ? 1 - aboveQ : aboveQ
        masses.scaledQ = side == .below ? exp(s) * masses.q : belowP
        return masses
    }
}
