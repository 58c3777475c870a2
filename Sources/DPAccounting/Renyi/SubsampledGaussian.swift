// SPDX-License-Identifier: Apache-2.0

import Foundation

/// The Rényi divergences of a Gaussian mechanism of noise multiplier σ on a Poisson sample of probability q.
///
/// Mironov, Talwar, Zhang 2019 (arXiv:1908.10530): with Q = N(0, σ²) and P = (1 − q)·N(0, σ²) + q·N(1, σ²), a user who is
/// removed costs D_α(P‖Q) and one who is added D_α(Q‖P); the first is the larger at every order (their Theorem 5).
/// With r = P/Q = 1 − q + q·e^s, s = (2x − 1)/2σ², the log moments are K(a) = ln E_Q[r^a], D_α(P‖Q) = K(α)/(α − 1)
/// and D_α(Q‖P) = K(1 − α)/(α − 1).
///
/// Everything here is an upper bound: positive terms only, and the end result is raised by more than the numerics err.
struct SubsampledGaussian {
    let noiseMultiplier: Double
    let samplingProbability: Double

    /// Integer orders above this, and fractional ones near it, fall back to the cost without sampling.
    static let largestOrder = 8192.0
    /// Quadratures of more nodes than this (σ below about 0.05) fall back to the chord between integer orders.
    static let mostNodes = 1 << 14

    /// The cost of one step at `order`, for removing and for adding a user, in nats, rounded up; infinite for σ = 0.
    func cost(order: Double) -> Double {
        let (sigma, q) = (noiseMultiplier, samplingProbability)
        guard sigma > 0, q > 0, order > 1 else { return q == 0 ? 0 : .infinity }
        // Sampling never hurts: the divergence is quasi-convex in the mixture.
        let unsampled = roundedUp(order / (2 * sigma * sigma), by: 1e-15)
        if q >= 1 || order > Self.largestOrder { return unsampled }
        // Next to 1 the quadrature loses digits, and a divergence only grows with its order.
        if order < 1.01 { return min(unsampled, cost(order: 1.01)) }
        let moment: Double
        if order == order.rounded() {
            moment = logMoment(integer: Int(order))
        } else {
            moment = logMomentByQuadrature(exponent: order) ?? logMomentByChord(order)
        }
        // Quadrature: 40·2⁻⁵²·α/(α − 1) from the worst node (see there). Binomial sum: a logarithm of size up to 9α in 2⁻⁵³.
        return min(unsampled, roundedUp(moment / (order - 1), by: 1e-11 + 1e-14 * order))
    }

    /// K(α) for integer α ≥ 2. Since the binomial weights sum to 1 and the terms k = 0, 1 have e^0,
    /// E r^α − 1 = Σ_{k=2}^{α} C(α, k)·(1 − q)^(α−k)·q^k·(e^((k²−k)/2σ²) − 1): no term is negative, nothing cancels.
    func logMoment(integer order: Int) -> Double {
        if order < 2 { return 0 }
        let (logQ, logRest) = (log(samplingProbability), log1p(-samplingProbability))
        let halfPrecision = 1 / (2 * noiseMultiplier * noiseMultiplier)
        var terms: [Double] = []
        terms.reserveCapacity(order)
        // ln C(α, k), with its rounding carried along (Kahan): each factor then costs only its own.
        var (logBinomial, carry) = (log(Double(order)), 0.0)
        for k in 2...order {
            let factor = log(Double(order - k + 1) / Double(k)) - carry
            let next = logBinomial + factor
            carry = (next - logBinomial) - factor
            logBinomial = next
            let weight = logBinomial + Double(order - k) * logRest + Double(k) * logQ
            terms.append(weight + logExpm1(Double(k) * Double(k - 1) * halfPrecision))
        }
        return log1pExp(logSumExp(terms))
    }

    /// K is convex and K(1) = 0, so the chord between the neighbouring integers lies above it.
    func logMomentByChord(_ order: Double) -> Double {
        let below = order.rounded(.down)
        let low = logMoment(integer: Int(below))
        let high = logMoment(integer: Int(below) + 1)
        return low + (order - below) * (high - low)
    }
}
