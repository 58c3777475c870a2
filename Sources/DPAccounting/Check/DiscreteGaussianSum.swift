// SPDX-License-Identifier: Apache-2.0

import Foundation

/// The discrete Gaussian over several coordinates from below, by one sum over integers: for variances at which the moment integral
/// has no line that is short enough.
///
/// A user who moves each of K coordinates by v has the loss Σᵢ (2v·xᵢ + v²)/2σ², which depends on S = Σ xᵢ alone. S has the mass
/// Σ e^(−|x|²/2σ²)/Z^K over x ∈ ℤ^K with Σ xᵢ = s, which is e^(−s²/2Kσ²)·Θ(s)/Z^K with Θ a theta sum over a shifted lattice A_{K−1}.
/// By Poisson's summation formula Θ(s) is constant up to the dual's shortest vectors, of squared norm (K − 1)/K ≥ ½, of which there are
/// at most 2K: to at most 2·4K·e^(−π²σ²), less than 10⁻¹⁶ for σ² ≥ 6 and K ≤ 2²⁰. So S is the discrete Gaussian of variance Kσ²,
/// moved by Kv, and δ(ε) = Σ_{s ≥ s*} (P(s) − e^ε·P(s + Kv)) over the s whose loss is above ε (Canonne, Kamath, Steinke 2020, Section 2.3).
struct DiscreteGaussianSum {
    let variance: Double
    let shift: Double

    /// The most integers that are summed.
    private static let mostTerms = 4e6

    /// Nil where the law is not near enough to this one, or too wide to be summed.
    init?(_ event: DiscreteGaussianEvent, count: Int) {
        let coordinates = Double(event.bound.maxItemsPerUser) * Double(count)
        guard PrivacyEvent.discreteGaussian(event).isValid, event.variance.value >= 6, coordinates <= 0x1p20 else {
            return nil
        }
        variance = event.variance.value * coordinates
        shift = Double(event.bound.maxValuePerItem) * coordinates
        guard variance.squareRoot() * 80 < Self.mostTerms else { return nil }
    }

    /// δ at ε to some 10⁻¹² relative.
    func delta(_ epsilon: Double) -> Double {
        // Loss (2·shift·s + shift²)/2·variance > ε, for s before it moved; P is the larger side.
        let first = (variance * epsilon / shift - shift / 2).rounded(.down) + 1
        let deviation = variance.squareRoot()
        // Z = σ√2π up to a theta correction below 10⁻¹⁶, as above.
        let scale = 1 / (deviation * (2 * Double.pi).squareRoot())
        let last = max(first, 0) + (36 * deviation).rounded(.up)
        var (sum, s) = (0.0, max(first, -(36 * deviation).rounded(.up)))
        while s <= last {
            let mass = exp(-s * s / (2 * variance))
            let gap = epsilon - (2 * shift * s + shift * shift) / (2 * variance)
            sum += mass * -expm1(min(0, gap))
            s += 1
        }
        return sum * scale
    }

    /// Below the ε at δ, by a part in 10⁷ or so.
    func floor(delta asked: Double) -> Double {
        guard asked > 0, delta(0) > asked else { return 0 }
        var (low, high) = (0.0, 1.0)
        while delta(high) > asked * (1 + 1e-9) {
            low = high
            high *= 2
            guard high < 1e6 else { return low }
        }
        for _ in 0..<30 where high - low > 1e-8 * high {
            let middle = (low + high) / 2
            if delta(middle) > asked * (1 + 1e-9) { low = middle } else { high = middle }
        }
        return low
    }
}
