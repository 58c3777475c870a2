// SPDX-License-Identifier: Apache-2.0

import Foundation
import LinearAlgebra

/// What released sums say about items that people take together: an estimate of G = Σ_u x_u x_uᵀ/k_u, up to a factor.
///
/// Everything here was paid for; whatever is computed from it is post-processing.
struct TasteGram: Sendable {
    enum Form: Sendable {
        /// L with G ≈ LLᵀ. Shape `[items × r]`.
        case factors(Matrix<Double>)
        /// G itself, for small catalogues. Shape `[items × items]`.
        case whole(Matrix<Double>)
    }
    let form: Form
    /// p̂, in [0, 1]. Shape `[items]`.
    let popularity: [Double]
    let maxItemsPerUser: Int

    /// Up to so many items a matrix of items × items is formed at all.
    static let mostWholeItems = 5000

    var itemCount: Int { popularity.count }
    var isWhole: Bool { if case .whole = form { true } else { false } }

    /// p̂, at least 10⁻³: an item that nobody seems to take divides nothing by zero.
    var flooredPopularity: [Double] { popularity.map { max($0, LinearScorer.leastPopularity) } }

    /// G·H. Shapes: `[items × c]` both.
    func product(_ h: Matrix<Double>) -> Matrix<Double> {
        switch form {
        case .factors(let l): gemm(l, gemm(l, transposeA: true, h))
        case .whole(let g): gemm(g, h)
        }
    }

    /// Rows of G. Shape `[range × items]`.
    func rows(_ range: Range<Int>) -> Matrix<Double> {
        switch form {
        case .factors(let l): gemm(l.rows(range), l, transposeB: true)
        case .whole(let g): g.rows(range)
        }
    }

    /// The greatest eigenvalues and their eigenvectors, by column: those above 10⁻⁸ of the first.
    func eigen(_ count: Int) -> (values: [Double], vectors: Matrix<Double>) {
        let nothing = ([Double](), Matrix<Double>(rows: itemCount, columns: 0))
        let (values, vectors): ([Double], Matrix<Double>)
        switch form {
        case .factors(let l):
            guard let svd = SingularValues(l) else { return nothing }
            (values, vectors) = (svd.values.map { $0 * $0 }, svd.left)
        case .whole(let g):
            guard let eigen = SymmetricEigen(g, greatest: count) else { return nothing }
            (values, vectors) = (eigen.values, eigen.vectors.transposed)
        }
        let kept = values.prefix(count).prefix { $0 > 1e-8 * (values.first ?? 0) && $0 > 0 }
        return (Array(kept), vectors.scalingColumns(by: kept.map { _ in 1 }))
    }
}

extension LinearScorer {
    /// The released statistics, out of what a scorer keeps of them.
    ///
    /// Its U·diag(d) is, up to a factor and a rotation, diag(s)·[c·q, U_V √(S/S₁), κ·W]: popularity's direction, the denoised
    /// eigenvectors with the square roots of their eigenvalues, and public features. So L = diag(1/s)·U·diag(d).
    var tasteGram: TasteGram {
        let p = popularity.map(Double.init)
        let l = factors.converted(to: Double.self).scalingColumns(by: scales.map(Double.init))
            .scalingRows(by: p.map { pow(max($0, Self.leastPopularity), Self.popularityExponent) })
        return TasteGram(form: .factors(l), popularity: p, maxItemsPerUser: maxItemsPerUser)
    }
}

extension Matrix {
    /// A copy of these rows.
    func rows(_ range: Range<Int>) -> Matrix {
        Matrix(
            rows: range.count, columns: columns,
            elements: Array(elements[range.lowerBound * columns..<range.upperBound * columns]))
    }
}
