// SPDX-License-Identifier: Apache-2.0

/// How far the fast Gaussian sampler of `DPMechanisms` is from the ideal law, after the rounding to the fine grid.
///
/// Per draw the probabilities of bulk outputs differ by a factor of at most e^(±`logRatio`), and all else that is not exact
/// has mass at most `tailMass`. Derived beside the sampler (`DPMechanisms/Noise/FastGaussian.swift`, for σ of at least 2³⁴
/// grid steps); what changes there changes here.
///
/// n draws of a run, chosen adaptively or not, are within t = n·τ + η·√(n/2) of total variation: τ by the union bound; on
/// the bulk a draw has KL at most η² (the mean of the ratio is 1), n draws n·η² by the chain rule, and Pinsker.
/// A mechanism at total variation t of an (ε, δ)-DP one, on every input, is (ε, δ + (1 + e^ε)·t)-DP: twice the triangle
/// inequality, M′(x)(S) ≤ M(x)(S) + t ≤ e^ε·M(x′)(S) + δ + t ≤ e^ε·(M′(x′)(S) + t) + δ + t.
public enum FastGaussianLaw {
    /// τ: mass of the tail, per draw.
    public static let tailMass = 0x1p-100
    /// η: largest |ln ratio| on the bulk, per draw.
    public static let logRatio = 0x1p-64

    /// t of that many draws, rounded up; at most 1.
    public static func totalVariation(draws: Double) -> Double {
        if draws <= 0 { return 0 }
        return min(1, roundedUp(draws * tailMass + logRatio * (draws / 2).squareRoot(), by: 1e-15))
    }
}
