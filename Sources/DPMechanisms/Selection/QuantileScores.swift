// SPDX-License-Identifier: Apache-2.0

internal import DPAccounting

/// How well public candidates serve as the q-quantile of private values: in whole numbers.
///
/// q = a/b. With `below` values less than a candidate and `above` greater, its score is −|(b − a)·below − a·above|: zero
/// at the quantile. A value more or less moves `below` or `above` by one, so a score by at most Δ = max(a, b − a); a user
/// gives one value. A uniform cell [cⱼ, cⱼ₊₁) counts what is ≥ cⱼ₊₁ as above and the rest as below: −b·|below − q·n|. □
/// - SeeAlso: Smith, "Privacy-preserving statistical estimation with optimal convergence rates", STOC 2011, Algorithm 2.
struct QuantileScores {
    private let a: Int64
    private let b: Int64

    /// Nil unless 0 < a/b < 1 and b ≤ 2¹⁶: scores of 2⁴⁴ users then fit.
    init?(quantile: Rational) {
        guard quantile.numerator < quantile.denominator, quantile.denominator <= 1 << 16 else { return nil }
        (a, b) = (quantile.numerator, quantile.denominator)
    }

    /// Δ.
    var sensitivity: Int64 { max(a, b - a) }

    private func score(below: Int, above: Int) -> Int64 { -abs((b - a) * Int64(below) - a * Int64(above)) }

    /// One score a candidate. Both ascending.
    func points(_ candidates: [Double], sortedValues values: [Double]) -> [Int64] {
        var (less, atMost) = (0, 0)
        return candidates.map { candidate in
            while less < values.count, values[less] < candidate { less += 1 }
            atMost = max(atMost, less)
            while atMost < values.count, values[atMost] <= candidate { atMost += 1 }
            return score(below: less, above: values.count - atMost)
        }
    }

    /// One score a cell between edges next to each other; what lies at or beyond the last edge is above all cells. Both
    /// ascending.
    func cells(_ edges: [Double], sortedValues values: [Double]) -> [Int64] {
        var below = 0
        return edges.dropFirst().map { upper in
            while below < values.count, values[below] < upper { below += 1 }
            return score(below: below, above: values.count - below)
        }
    }
}
