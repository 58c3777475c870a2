// SPDX-License-Identifier: Apache-2.0

import LinearAlgebra

/// What is left of a noisy Gram matrix when the noise is taken off its spectrum.
enum Denoising {
    /// Eigenvectors times λ̂^½, one a column, for the at most `rank` greatest eigenvalues λ above the noise.
    ///
    /// Symmetric noise of variance σ² on the diagonal and σ²/2 elsewhere has its spectrum within the semicircle of radius
    /// σ√(2n) (Wigner 1958). What rises above it is shrunk to λ̂ = √(λ² − 2nσ²) (after Gavish, Donoho 2017, "Optimal shrinkage of
    /// singular values").
    /// - Parameter standardDeviation: σ; 0 without noise.
    /// - Returns: Shape `[n × kept]`.
    static func factors(_ gramian: Matrix<Double>, standardDeviation: Double, rank: Int) -> Matrix<Double> {
        let n = gramian.rows
        guard let eigen = SymmetricEigen(gramian, greatest: rank) else { return Matrix(rows: n, columns: 0) }
        let edgeSquared = 2 * Double(n) * standardDeviation * standardDeviation
        let kept = eigen.values.prefix { $0 > 0 && $0 * $0 > edgeSquared }
        let scales = kept.map { ($0 * $0 - edgeSquared).squareRoot().squareRoot() }
        return eigen.vectors.transposed.scalingColumns(by: scales)
    }
}
