// SPDX-License-Identifier: Apache-2.0

import Foundation
import LinearAlgebra

/// Empirical Bayes for noisy edges: each moves to what factors, popularity and features make likely, by as much as noise outweighs
/// what edges differ by.
///
/// Y_ij = K_ij + N(0, σ²), K_ij ~ N(m_ij, τ²g_ij²), g_ij = √(p_i p_j) to mean 1. m by weighted least squares on
/// [A_i·C_j (p_i p_j)^.375, g, g·cos(F_i, F_j)], τ² by moments given the known noise: max(0, Σ((Y − m)² − σ²)g²)/Σg⁴
/// (Efron, Morris 1973; REFERENCES section 7, EdgeSUB, steps 4 and 5).
struct EdgeShrinkage {
    let pairs: CandidatePairs
    let scorer: LinearScorer
    let features: Matrix<Double>?

    /// g is held above this in the weights of the least squares.
    private static let leastSize = 0.1

    /// The weight of each pair in a score, in the unit of the scorer's.
    /// - Parameters:
    ///   - released: Y. Shape `[pairs]`.
    ///   - standardDeviation: σ; 0 without noise.
    func weights(
        _ released: [Double], standardDeviation: Double, priorWeight: Double, edgeWeight: Double
    ) -> [Double] {
        if released.isEmpty { return [] }
        let earlier = pairs.earlier
        let popular = zip(earlier, pairs.later).map { scorer.heldPopularity(Int($0)) * scorer.heldPopularity(Int($1)) }
        let kernel = zip(earlier, pairs.later).map { scorer.kernel(from: Int($0), to: Int($1)) }
        let sizes = Self.toMean(1, popular.map { $0.squareRoot() })
        let mean = priorMean(released, kernel: kernel, popular: popular, sizes: sizes, earlier)
        let noise = standardDeviation * standardDeviation
        var (moment, fourth) = (0.0, 0.0)
        for pair in released.indices {
            let (square, difference) = (sizes[pair] * sizes[pair], released[pair] - mean[pair])
            moment += (difference * difference - noise) * square
            fourth += square * square
        }
        let variance = fourth > 0 ? max(moment, 0) / fourth : 0
        let damping = popular.map { 1 / $0.squareRoot() }
        let likely = zip(mean, damping).map { max($0, 0) * $1 }
        let scale = Self.mean(kernel.map(abs)) / max(Self.mean(likely), .leastNormalMagnitude)
        guard scale.isFinite else { return released.map { _ in 0 } }
        return released.indices.map { pair in
            let own = variance * sizes[pair] * sizes[pair]
            let beyond = own / (own + noise + 1e-12) * (released[pair] - mean[pair])
            return scale * (priorWeight * likely[pair] + edgeWeight * beyond * damping[pair])
        }
    }

    /// m. Shape `[pairs]`.
    private func priorMean(
        _ released: [Double], kernel: [Double], popular: [Double], sizes: [Double], _ earlier: [UInt32]
    ) -> [Double] {
        var columns = [zip(kernel, popular).map { $0 * pow($1, LinearScorer.popularityExponent) }, sizes]
        if let features {
            let unit = Self.unitRows(features)
            columns.append(
                released.indices.map { pair in
                    let (i, j) = (Int(earlier[pair]) * unit.columns, Int(pairs.later[pair]) * unit.columns)
                    let cosine = (0..<unit.columns).reduce(0.0) { $0 + unit.elements[i + $1] * unit.elements[j + $1] }
                    return sizes[pair] * cosine
                })
        }
        columns = columns.map { Self.toMean(1, $0) }
        let weights = sizes.map { 1 / max($0, Self.leastSize) }
        let beta = Self.leastSquares(columns, released, weights: weights)
        return released.indices.map { pair in
            zip(columns, beta).reduce(0) { $0 + $1.0[pair] * $1.1 }
        }
    }

    /// β of the least squares Σ w²(y − xβ)², by normal equations with a ridge that only rounding needs.
    static func leastSquares(_ columns: [[Double]], _ y: [Double], weights: [Double]) -> [Double] {
        let n = columns.count
        var (normal, side) = (Matrix<Double>(rows: n, columns: n), [Double](repeating: 0, count: n))
        for a in 0..<n {
            for row in y.indices { side[a] += weights[row] * weights[row] * columns[a][row] * y[row] }
            for b in 0...a {
                var sum = 0.0
                for row in y.indices { sum += weights[row] * weights[row] * columns[a][row] * columns[b][row] }
                (normal[a, b], normal[b, a]) = (sum, sum)
            }
        }
        let ridge = 1e-12 * (0..<n).reduce(0) { $0 + normal[$1, $1] }
        for a in 0..<n { normal[a, a] += ridge }
        return solve(spd: normal, rhs: side) ?? [Double](repeating: 0, count: n)
    }

    private static func unitRows(_ f: Matrix<Double>) -> Matrix<Double> {
        f.scalingRows(
            by: (0..<f.rows).map { row in
                let square = f.row(row).reduce(0) { $0 + $1 * $1 }
                return 1 / max(square.squareRoot(), 1e-9)
            })
    }

    /// Scaled to this mean of the absolute values; as it is where all are 0.
    private static func toMean(_ target: Double, _ values: [Double]) -> [Double] {
        let size = mean(values.map(abs))
        return size > 0 && size.isFinite ? values.map { $0 * target / size } : values
    }

    private static func mean(_ values: [Double]) -> Double {
        values.isEmpty ? 0 : values.reduce(0, +) / Double(values.count)
    }
}
