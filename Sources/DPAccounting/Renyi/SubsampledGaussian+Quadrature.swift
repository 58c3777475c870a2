// SPDX-License-Identifier: Apache-2.0

import Foundation

/// Log moments at any real exponent, by the trapezoidal rule.
///
/// Since E r = 1, E r^a − 1 = E f(u) with u = r − 1 and f(u) = (1 + u)^a − 1 − a·u, which is convex and never negative for
/// a > 1 and for a < 0: nothing cancels between nodes.
///
/// *Discretisation.* f(u(z)) is analytic for |Im z| < πσ². For a > 1 and z = x + iy with θ = |y|/σ² ≤ π/2, from
/// f(u) = a(a−1)·u²·∫(1−v)(1+vu)^(a−2) dv, |1 + v·u(z)| ≤ 1 + v·u(x), and for a < 2 |1 + v·u(z)| ≥ (1 + v·u(x))/√2:
/// |f(u(z))| ≤ √2·f(u(x))·(1 + 2e^s(1 − cos θ)/(e^s − 1)²). So (Trefethen, Weideman 2014, Theorem 5.1) with d = |Im z| the
/// rule with step h errs by at most 2√2·e^(d²/2σ²)/(e^(2πd/h) − 1) times ∫ of that, which is about L times the integral;
/// h makes the first factor e^(−L) with L = 50, 10⁻²¹ of the integral, inside the 10⁻¹¹ by which `cost` is raised.
/// (For a < 0, which only tests use, there is no such bound at hand; golden values say how good it is.)
///
/// *Rounding.* A node is off by 2⁻⁵²·(a·u and (1 + u)^a) against f ≥ about a(a−1)u²/2 with a·u ≥ 0.1 (below that the
/// series takes over): 40·2⁻⁵²·a/(a − 1) at most, and all nodes have the same sign.
///
/// *Truncation.* Left of −13σ, f ≤ f(−q). On the right u·f′/f ≤ m = max(2, a) (m·f − u·f′ has a second derivative ≥ 0, and
/// vanishes to first order at 0), so the integrand falls at least at the rate κ = (x − m/(1 − e^(−s)))/σ². Both remainders
/// are added.
extension SubsampledGaussian {
    /// K(a) for a > 1 (removing at order a) or a < 0 (adding at order 1 − a), rounded up by the remainders alone;
    /// nil if it would take too many nodes.
    func logMomentByQuadrature(exponent a: Double) -> Double? {
        let (sigma, q) = (noiseMultiplier, samplingProbability)
        let target = 50.0
        let variance = sigma * sigma
        let halfWidth = min(.pi * variance / 2, sigma * (2 * target).squareRoot())
        let step = 2 * .pi * halfWidth / (target + halfWidth * halfWidth / (2 * variance))
        let reach = max(2, a)
        let left = min(0, a) - 13 * sigma
        let right = reach + sigma * (13 + reach.squareRoot())
        let nodeCount = (right - left) / step
        guard nodeCount < Double(Self.mostNodes), step > 0 else { return nil }
        let nodes = Int(nodeCount) + 1

        // Exponents above 600 would overflow: then the largest is factored out.
        var shift = 0.0
        if a * a / (2 * variance) > 600 {
            for j in 0...nodes {
                let x = left + Double(j) * step
                shift = max(shift, a * logRatio((2 * x - 1) / (2 * variance)) - x * x / (2 * variance))
            }
        }
        var sum = 0.0
        var last = 0.0
        for j in 0...nodes {
            let x = left + Double(j) * step
            last = integrand(exponent: a, x: x, shift: shift)
            sum += last
        }
        let end = left + Double(nodes) * step
        let decay = (end - reach / -expm1(-(2 * end - 1) / (2 * variance))) / variance
        guard decay > 0, sum.isFinite else { return nil }
        let leftmost = exp(a * log1p(-q)) - 1 + a * q
        let remainder = last * (step + 1 / decay) + max(0, leftmost) * exp(-84 - shift) * (step + sigma)
        let integral = (step * sum + remainder) / (sigma * (2 * Double.pi).squareRoot())
        if integral.isNaN || integral < 0 { return nil }
        return shift == 0 ? log1p(integral) : log1pExp(log(integral) + shift)
    }

    /// ln r at s, without overflow.
    private func logRatio(_ s: Double) -> Double {
        let q = samplingProbability
        return s < 30 ? log1p(q * expm1(s)) : s + log(q + (1 - q) * exp(-s))
    }

    /// e^(−x²/2σ² − shift)·f(u(x)).
    private func integrand(exponent a: Double, x: Double, shift: Double) -> Double {
        let variance = noiseMultiplier * noiseMultiplier
        let s = (2 * x - 1) / (2 * variance)
        let weight = -x * x / (2 * variance) - shift
        if s < 300 {
            let u = samplingProbability * expm1(s)
            if abs(u) * max(1, abs(a)) < 0.1 { return exp(weight) * Self.smallExcess(a, u) }
            let power = a * log1p(u)
            if power < 300 { return exp(weight) * max(0, expm1(power) - a * u) }
        }
        let power = a * logRatio(s)
        let linear = log(abs(a)) + log(samplingProbability) + s + log1p(-exp(-max(s, 1e-3)))
        let sign = a > 0 ? 1.0 : -1.0
        return max(0, exp(power + weight) - exp(weight) - sign * exp(linear + weight))
    }

    /// (1 + u)^a − 1 − a·u by its binomial series, for |a·u| < 0.1.
    private static func smallExcess(_ a: Double, _ u: Double) -> Double {
        var term = a * (a - 1) / 2 * u * u
        var sum = term
        var k = 2.0
        while k < 40 {
            term *= (a - k) / (k + 1) * u
            sum += term
            if abs(term) <= 1e-17 * abs(sum) { break }
            k += 1
        }
        return max(0, sum)
    }
}
