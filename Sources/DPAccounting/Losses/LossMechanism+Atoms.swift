// SPDX-License-Identifier: Apache-2.0

import Foundation

/// One value of a discrete loss, and what P and Q put on it (each rounded up by what it may be off).
package struct LossAtom: Hashable, Sendable {
    /// ln(p/q); +∞ where Q cannot be, −∞ where P cannot.
    package var loss: Double
    package var p: Double
    package var q: Double
}

/// Losses offset + step·k for k = 0, 1, …
package struct LossLattice: Hashable, Sendable {
    package var offset: Double
    package var step: Double
}

extension LossMechanism {
    /// More atoms than this are not listed.
    static let mostAtoms = 1 << 20
    /// Standard deviations after which a normal density is below the least Double.
    private static let reach = 39.0

    /// All values of a discrete loss in ascending order, infinite ones first and last; nil for a continuous loss, or for
    /// too many.
    package var atoms: [LossAtom]? {
        switch self {
        case .gaussian, .gaussianReplaceOne, .laplace: nil
        case .discreteLaplace(let scale, let sensitivity):
            sensitivity < Self.mostAtoms ? Self.discreteLaplaceAtoms(rate: 1 / scale, sensitivity: sensitivity) : nil
        case .discreteGaussian(let variance, let sensitivity):
            Self.discreteGaussianAtoms(variance: variance, sensitivity: sensitivity)
        case .randomizedResponse(let noise, let buckets): Self.randomizedResponseAtoms(noise: noise, buckets: buckets)
        case .approximate(let epsilon, let delta): Self.approximateAtoms(epsilon: epsilon, delta: delta)
        }
    }

    /// Where the finite atoms lie, if on a lattice: atom k has the loss offset + step·k. Nil for a continuous loss.
    package var lattice: LossLattice? {
        switch self {
        case .gaussian, .gaussianReplaceOne, .laplace: return nil
        case .discreteLaplace(let scale, let sensitivity):
            return LossLattice(offset: -Double(sensitivity) / scale, step: 2 / scale)
        case .discreteGaussian(let variance, let sensitivity):
            let (v, first) = (Double(sensitivity), Self.firstPoint(variance))
            return LossLattice(offset: (2 * first * v - v * v) / (2 * variance), step: v / variance)
        case .randomizedResponse(let noise, let buckets):
            let epsilon = Self.randomizedResponseLoss(noise: noise, buckets: buckets)
            guard epsilon > 0 else { return nil }
            return LossLattice(offset: -epsilon, step: buckets == 2 ? 2 * epsilon : epsilon)
        case .approximate(let epsilon, _):
            return epsilon > 0 ? LossLattice(offset: -epsilon, step: 2 * epsilon) : nil
        }
    }

    /// P around v: below 0 and above v the loss is constant, in between it is (2x − v)/b. With p = e^(−1/b) the law is
    /// (1−p)/(1+p)·p^|x|, and a half-line from its centre weighs 1/(1+p).
    private static func discreteLaplaceAtoms(rate: Double, sensitivity v: Int) -> [LossAtom] {
        let half = 1 / (1 + exp(-rate))
        let norm = -expm1(-rate) * half
        func up(_ value: Double, _ exponent: Double) -> Double {
            value * (1 + Double.ulpOfOne * (8 + 2 * min(exponent, 800)))
        }
        return (0...v).map { k in
            let (toP, toQ) = (rate * Double(v - k), rate * Double(k))
            let loss = rate * Double(2 * k - v)
            if k == 0 { return LossAtom(loss: loss, p: up(half * exp(-toP), toP), q: up(half, 0)) }
            if k == v { return LossAtom(loss: loss, p: up(half, 0), q: up(half * exp(-toQ), toQ)) }
            return LossAtom(loss: loss, p: up(norm * exp(-toP), toP), q: up(norm * exp(-toQ), toQ))
        }
    }

    private static func firstPoint(_ variance: Double) -> Double { -(reach * variance.squareRoot()).rounded(.up) }

    /// The loss at x is (2xv − v²)/2σ²: linear, so the points x from 39σ below 0 to 39σ above v have all but 10⁻³³⁰ of
    /// the mass; that is rounded up to the least positive Double and put where it costs most.
    private static func discreteGaussianAtoms(variance: Double, sensitivity: Int) -> [LossAtom]? {
        let (v, first) = (Double(sensitivity), firstPoint(variance))
        let count = v - 2 * first + 1
        guard count < Double(mostAtoms), variance > 1e-9 else { return nil }
        // Poisson summation makes both signs of x equal; the sum is of positive terms, smallest first.
        var norm = 0.0
        var x = first
        while x < 0 {
            norm += exp(-x * x / (2 * variance))
            x += 1
        }
        norm = 2 * norm + 1
        let rounding = Double.ulpOfOne * (8 + 2 * (-first).squareRoot())
        func mass(_ distance: Double) -> Double {
            let exponent = distance * distance / (2 * variance)
            return exp(-exponent) / norm * (1 + rounding + 4 * Double.ulpOfOne * min(exponent, 800))
        }
        var atoms: [LossAtom] = []
        atoms.reserveCapacity(Int(count) + 2)
        atoms.append(LossAtom(loss: -.infinity, p: 0, q: .leastNormalMagnitude))
        for k in 0..<Int(count) {
            let x = first + Double(k)
            let loss = (2 * x * v - v * v) / (2 * variance)
            atoms.append(LossAtom(loss: loss, p: mass(x - v), q: mass(x)))
        }
        atoms.append(LossAtom(loss: .infinity, p: .leastNormalMagnitude, q: 0))
        return atoms
    }

    private static func randomizedResponseLoss(noise: Double, buckets: Int) -> Double {
        let other = noise / Double(buckets)
        return log1p((1 - noise) / other)
    }

    private static func randomizedResponseAtoms(noise: Double, buckets: Int) -> [LossAtom] {
        let other = noise / Double(buckets)
        let kept = 1 - noise + other
        let epsilon = randomizedResponseLoss(noise: noise, buckets: buckets)
        let up = 1 + 8 * Double.ulpOfOne
        var atoms = [LossAtom(loss: -epsilon, p: other * up, q: kept * up)]
        if buckets > 2 {
            let rest = other * Double(buckets - 2)
            atoms.append(LossAtom(loss: 0, p: rest * up, q: rest * up))
        }
        atoms.append(LossAtom(loss: epsilon, p: kept * up, q: other * up))
        return atoms
    }

    /// δ on either side where the other law cannot be, and ±ε with odds e^(±ε) for the rest.
    private static func approximateAtoms(epsilon: Double, delta: Double) -> [LossAtom] {
        let up = 1 + 8 * Double.ulpOfOne
        let likely = (1 - delta) / (1 + exp(-epsilon)) * up
        let unlikely = likely * exp(-epsilon) * up
        return [
            LossAtom(loss: -.infinity, p: 0, q: delta), LossAtom(loss: -epsilon, p: unlikely, q: likely),
            LossAtom(loss: epsilon, p: likely, q: unlikely), LossAtom(loss: .infinity, p: delta, q: 0),
        ]
    }
}
