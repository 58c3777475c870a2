// SPDX-License-Identifier: Apache-2.0

import Foundation

extension Calibration {
    /// The scale of discrete Laplace noise that costs exactly ε at ℓ1 sensitivity `l1`: ℓ1·10¹²/k for ε = k·10⁻¹².
    ///
    /// Where that fraction does not fit it is rounded up, so that the cost is a little less.
    public static func discreteLaplaceScale(epsilon: EpsilonAmount, l1: Int) throws(CalibrationError) -> Rational {
        guard epsilon > .zero, !epsilon.isInfinite else { throw .outOfRange("ε must be positive and finite") }
        guard (1...(1 << 40)).contains(l1) else { throw .outOfRange("the sensitivity must be in 1…2⁴⁰") }
        let top = UInt128(l1) * 1_000_000_000_000
        let bottom = UInt128(epsilon.units)
        let common = PureSum.greatestCommonDivisor(top, bottom)
        if let numerator = Int64(exactly: top / common), let denominator = Int64(exactly: bottom / common),
            let scale = Rational(numerator, denominator)
        {
            return scale
        }
        // ⌈top/bottom · 2^s⌉ / 2^s with the largest s ≤ 20 that fits.
        for shift in stride(from: 20, through: 0, by: -1) {
            let scaled = top << UInt128(shift)
            let up = (scaled + bottom - 1) / bottom
            if let numerator = Int64(exactly: up), let scale = Rational(numerator, 1 << Int64(shift)) { return scale }
        }
        throw .outOfRange("ε is too small for an exact scale")
    }

    /// The variance σ² of discrete Gaussian noise that costs at most ε at δ, rounded up to about 30 significant bits.
    /// - Parameter l2Squared: The square of the ℓ2 sensitivity.
    public static func discreteGaussianVariance(
        epsilon: EpsilonAmount, delta: DeltaAmount, bound: ItemBound, releases: Int = 1
    ) throws(CalibrationError) -> Rational {
        guard epsilon > .zero, !epsilon.isInfinite else { throw .outOfRange("ε must be positive and finite") }
        guard delta > .zero, delta.value < 1 else { throw .outOfRange("δ must be between 0 and 1") }
        guard bound.isValid, releases >= 1 else { throw .outOfRange("the bound must be positive") }
        let rho = ZeroConcentratedDP.rho(epsilon: epsilon.value, delta: delta.value)
        guard rho > 0, rho.isFinite else { throw .outOfRange("no variance serves this ε and δ") }
        // By zCDP; composed losses find a few per cent less enough.
        let enough = Double(bound.l2SensitivitySquared) * Double(releases) / (2 * rho)
        func variance(_ multiplier: Double) -> Rational? { roundedUpRational(enough * multiplier * multiplier) }
        guard variance(1) != nil else { throw .outOfRange("no variance serves this ε and δ") }
        let multiplier = try scale(epsilon: epsilon, delta: delta) { multiplier in
            // What cannot be written costs as much as no noise: never nothing.
            guard let variance = variance(multiplier) else {
                return RunPlan(
                    .gaussianSum(
                        GaussianSumEvent(samplingProbability: 1, clippingNorm: 1, noiseMultiplier: 0, dimension: 1)))
            }
            let event = DiscreteGaussianEvent(variance: variance, bound: bound, dimension: 1)
            return RunPlan([RunPlan.Stretch(event: .discreteGaussian(event), count: releases)])
        }
        guard let found = variance(multiplier) else { throw .outOfRange("no variance serves this ε and δ") }
        return found
    }

    /// The least fraction n/2^s at or above `value` with 30 significant bits, s ≥ 0 (an integer where value ≥ 2³⁰).
    private static func roundedUpRational(_ value: Double) -> Rational? {
        guard value > 0x1p-30, value < 0x1p62 else { return nil }
        let shift = min(60, max(0, 29 - Int(value.exponent)))
        let scaled = (value * Double(sign: .plus, exponent: shift, significand: 1)).rounded(.up)
        return Int64(exactly: scaled).flatMap { Rational($0, 1 << Int64(shift)) }
    }
}
