// SPDX-License-Identifier: Apache-2.0

import Foundation

/// A matrix mechanism: the prefix sums of `steps` contributions, by a lower triangular Toeplitz strategy C and Gaussian noise
/// on C·x (DP-FTRL; Choquette-Choo et al. 2023). One release, charged whole.
///
/// A user contributes a vector of ℓ2 norm at most 1 at no more than `maxParticipations` steps, any two at least
/// `minSeparation` apart.
public struct MatrixMechanismEvent: Hashable, Codable, Sendable {
    /// c₀, c₁, … of C's first column; what is not given is zero.
    public let coefficients: [Double]
    /// n.
    public let steps: Int
    public let minSeparation: Int
    public let maxParticipations: Int
    /// σ of the noise on each coordinate of C·x, over the norm of one contribution.
    public let noiseMultiplier: Double

    public init(
        coefficients: [Double], steps: Int, minSeparation: Int, maxParticipations: Int, noiseMultiplier: Double
    ) {
        (self.coefficients, self.steps) = (coefficients, steps)
        (self.minSeparation, self.maxParticipations) = (minSeparation, maxParticipations)
        self.noiseMultiplier = noiseMultiplier
    }

    /// C(2k, k)/4^k, the square root of the all-ones triangle (Fichtenberger, Henzinger, Upadhyay 2023, Theorem 1): the first
    /// `count` of them.
    public static func squareRootCoefficients(_ count: Int) -> [Double] {
        var coefficients: [Double] = []
        var value = 1.0
        for k in 0..<max(0, count) {
            if k > 0 { value *= Double(2 * k - 1) / Double(2 * k) }
            coefficients.append(value)
        }
        return coefficients
    }

    /// How far one user moves C·x in ℓ2, rounded up.
    ///
    /// Non-negative coefficients that do not rise: the worst user comes first at step 0 and then as soon and as often as
    /// allowed (Kalinin, Lampert 2024, Theorem 2), ‖Σⱼ C[:, j·b]‖. Else, columns that do not overlap are orthogonal, m of
    /// them at most √m·‖c‖ long; and any m at most m·‖c‖.
    public var sensitivity: Double {
        let c = coefficients.prefix(steps)
        // ⌈n/b⌉ fit.
        let most = min(maxParticipations, (steps - 1) / minSeparation + 1)
        let falls = zip(c, c.dropFirst()).allSatisfy { $0 >= $1 } && (c.last ?? 0) >= 0
        guard falls else {
            let length = c.reduce(0) { $0 + $1 * $1 }.squareRoot()
            let orthogonal = minSeparation >= c.count
            return roundedUp(length * (orthogonal ? Double(most).squareRoot() : Double(most)), by: 1e-12)
        }
        // Row i of the sum is c[i] + c[i − b] + … with at most `most` terms: the sum b rows above, c[i], and one less.
        var rows = Array(repeating: 0.0, count: steps)
        var sum = 0.0
        let far = minSeparation * most
        for i in 0..<steps {
            var value = i < c.count ? c[i] : 0
            if i >= minSeparation { value += rows[i - minSeparation] }
            if far > 0, i >= far, i - far < c.count { value -= c[i - far] }
            rows[i] = max(0, value)
            sum += rows[i] * rows[i]
        }
        return roundedUp(sum.squareRoot(), by: 1e-15 * Double(steps / minSeparation + 8))
    }

    /// μ of Gaussian DP.
    var mu: Double { roundedUp(sensitivity / noiseMultiplier) }

    var isValid: Bool {
        !coefficients.isEmpty && coefficients.count <= 1 << 16 && coefficients.allSatisfy { abs($0) < 1e100 }
            && (1...(1 << 20)).contains(steps) && (1...(1 << 20)).contains(minSeparation)
            && (1...(1 << 20)).contains(maxParticipations) && noiseMultiplier > 0 && noiseMultiplier.isFinite
    }
}
