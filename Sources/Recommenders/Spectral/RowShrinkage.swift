// SPDX-License-Identifier: Apache-2.0

import LinearAlgebra

/// Empirical Bayes for the rows of a noisy item matrix: rare items, whose rows are nearly all noise, move to what their
/// popularity and their public features make likely.
///
/// B_j ~ N(p_j·[F_j, 1]β, τ_c²·p_j) + N(0, σ_c²), p relative to its maximum. β by a slight ridge over all items, τ_c² by moments
/// given the known noise; the result is the posterior mean (Efron, Morris 1973; Morris 1983 for the regression).
struct RowShrinkage {
    /// p. Shape `[items]`, in [0, 1].
    let popularity: [Double]
    /// F, or nil.
    let features: Matrix<Double>?
    /// λ of the ridge, relative to the mean square of the regressors.
    private static let ridge = 0.01

    /// - Parameters:
    ///   - b: Noisy. Shape `[items × rank]`.
    ///   - standardDeviations: σ_c of the noise by column.
    func callAsFunction(_ b: Matrix<Double>, standardDeviations: [Double]) -> Matrix<Double> {
        if b.columns == 0 { return b }
        let mean = priorMean(b)
        let (r, squares) = (b.columns, popularity.reduce(0) { $0 + $1 * $1 })
        let sum = popularity.reduce(0, +)
        var moments = [Double](repeating: 0, count: r)
        for (item, p) in popularity.enumerated() where p > 0 {
            for j in 0..<r {
                let difference = b.elements[item * r + j] - mean.elements[item * r + j]
                moments[j] += difference * difference * p
            }
        }
        let variances = zip(moments, standardDeviations).map { squares > 0 ? max($0 - $1 * $1 * sum, 0) / squares : 0 }
        var result = mean
        result.withMutableElements { elements in
            for (item, p) in popularity.enumerated() {
                for j in 0..<r {
                    let (signal, noise) = (p * variances[j], standardDeviations[j] * standardDeviations[j])
                    let place = item * r + j
                    elements[place] += signal / (signal + noise + 1e-12) * (b.elements[place] - elements[place])
                }
            }
        }
        return result
    }

    /// p_j·[F_j, 1]β; 0 without features.
    private func priorMean(_ b: Matrix<Double>) -> Matrix<Double> {
        let zero = Matrix<Double>(rows: b.rows, columns: b.columns)
        guard let features else { return zero }
        let ones = Matrix<Double>(rows: b.rows, columns: 1, repeating: 1)
        let regressors = features.beside(ones).scalingRows(by: popularity)
        var normal = gram(regressors)
        let n = normal.rows
        let ridge = Self.ridge * (0..<n).reduce(0) { $0 + normal[$1, $1] } / Double(n)
        guard ridge > 0 else { return zero }
        for i in 0..<n { normal[i, i] += ridge }
        let sides = gemm(regressors, transposeA: true, b)
        var solver = CholeskySolver(order: n)
        var beta = Matrix<Double>(rows: n, columns: b.columns)
        for j in 0..<b.columns {
            var column = (0..<n).map { sides[$0, j] }
            var span = column.mutableSpan
            guard solver.solve(normal.elements.span, &span) else { return zero }
            for i in 0..<n { beta[i, j] = column[i] }
        }
        return gemm(regressors, beta)
    }
}
