// SPDX-License-Identifier: Apache-2.0

import Foundation

/// Exact confidence limits of a binomial probability (Clopper, Pearson 1934).
public enum ClopperPearson {
    /// Below the true probability but with chance `level`: the `level` quantile of Beta(k, n − k + 1).
    public static func lower(successes k: Int, of n: Int, level: Double) -> Double {
        k == 0 ? 0 : betaQuantile(level, Double(k), Double(n - k + 1))
    }

    /// Above the true probability but with chance `level`: the 1 − `level` quantile of Beta(k + 1, n − k).
    public static func upper(successes k: Int, of n: Int, level: Double) -> Double {
        k == n ? 1 : 1 - betaQuantile(level, Double(n - k), Double(k + 1))
    }

    /// The x with I_x(a, b) = p, by bisection on ln x or x: 200 halvings.
    static func betaQuantile(_ p: Double, _ a: Double, _ b: Double) -> Double {
        var (low, high) = (0.0, 1.0)
        for _ in 0..<200 {
            let middle = low > 0 && high / low > 4 ? (low * high).squareRoot() : low + (high - low) / 2
            if regularisedBeta(middle, a, b) < p { low = middle } else { high = middle }
            if high - low <= 1e-16 * high { break }
        }
        return low + (high - low) / 2
    }

    /// I_x(a, b), by its continued fraction (Abramowitz, Stegun 26.5.8), evaluated from the front (Lentz).
    static func regularisedBeta(_ x: Double, _ a: Double, _ b: Double) -> Double {
        if x <= 0 { return 0 }
        if x >= 1 { return 1 }
        if x > (a + 1) / (a + b + 2) { return 1 - regularisedBeta(1 - x, b, a) }
        let front = exp(lgamma(a + b) - lgamma(a) - lgamma(b) + a * log(x) + b * log1p(-x)) / a
        let tiny = 1e-300
        var (c, d) = (1.0, 1 - (a + b) * x / (a + 1))
        if abs(d) < tiny { d = tiny }
        d = 1 / d
        var value = d
        for m in 1...10_000 {
            let m = Double(m)
            for numerator in [
                m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m)),
                -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1)),
            ] {
                d = 1 + numerator * d
                if abs(d) < tiny { d = tiny }
                c = 1 + numerator / c
                if abs(c) < tiny { c = tiny }
                d = 1 / d
                value *= d * c
            }
            if abs(d * c - 1) < 1e-16 { break }
        }
        return front * value
    }
}
