// SPDX-License-Identifier: Apache-2.0

import Interactions
import LinearAlgebra

/// Scores that are sums over a user's own items S: score_j = Σ_{i ∈ S} K_ij, and the released popularity for who has none.
///
/// One part of a score belongs to one own item, so every explanation is exact.
struct ItemKernel: Sendable {
    /// How K is kept.
    enum Form: Sendable {
        /// K_ij = aᵢ·bⱼ. Shapes: both `[items × r]`.
        case factors(own: Matrix<Float>, target: Matrix<Float>)
        /// K itself. Shape `[items × items]`, own items by row.
        case dense(Matrix<Float>)
        /// The few Kᵢⱼ of each j that are not 0.
        case neighbours(NeighbourTable)
    }

    let form: Form
    /// p̂: floored at 0, scaled to a maximum of 1. Shape `[items]`.
    let popularity: [Float]
    /// Most items of one user that a list looks at, the latest.
    let maxItemsPerUser: Int
    /// What a user's vector is multiplied with: Bᵀ or K, then p̂. Empty for neighbours.
    private let itemSide: Matrix<Float>

    var itemCount: Int { popularity.count }

    init(_ form: Form, popularity: [Float], maxItemsPerUser: Int) {
        (self.form, self.popularity, self.maxItemsPerUser) = (form, popularity, maxItemsPerUser)
        let last = Matrix(rows: 1, columns: popularity.count, elements: popularity)
        switch form {
        case .factors(_, let target): itemSide = target.transposed.above(last)
        case .dense(let matrix): itemSide = matrix.above(last)
        case .neighbours: itemSide = Matrix(rows: 0, columns: popularity.count)
        }
    }

    /// Σᵢ aᵢ, or 1 at each own item, then 0; zeros, then 1, for who has no items.
    func userVector(_ history: History) -> [Float] {
        let items = ownItems(history)
        var vector = [Float](repeating: 0, count: (factorCount ?? itemCount) + 1)
        if items.isEmpty { vector[vector.count - 1] = 1 }
        guard case .factors(let own, _) = form else {
            for item in items { vector[Int(item)] = 1 }
            return vector
        }
        var sum = [Double](repeating: 0, count: own.columns)
        for item in items {
            let start = Int(item) * own.columns
            for j in 0..<own.columns { sum[j] += Double(own.elements[start + j]) }
        }
        for j in sum.indices { vector[j] = Float(sum[j]) }
        return vector
    }

    func scores(_ userVectors: Matrix<Float>) -> Matrix<Float> {
        guard case .neighbours(let table) = form else { return gemm(userVectors, itemSide) }
        var result = Matrix<Float>(rows: userVectors.rows, columns: itemCount)
        for user in 0..<userVectors.rows {
            let vector = userVectors.row(user)
            result.withMutableRow(user) { scores in
                if vector[itemCount] != 0 {
                    for j in scores.indices { scores[j] = vector[itemCount] * popularity[j] }
                } else {
                    table.addScores(of: vector.span, to: &scores)
                }
            }
        }
        return result
    }

    func contributions(_ history: History, item: UInt32) -> [ScorePart] {
        guard Int(item) < itemCount else { return [] }
        let items = ownItems(history)
        switch form {
        case .factors(let own, let target):
            return items.map { own.withRow(Int($0)) { $0.product(with: target, row: Int(item)) } }
                .enumerated().map { ScorePart(item: items[$0.offset], value: $0.element) }
        case .dense(let matrix):
            return items.map { ScorePart(item: $0, value: Double(matrix[Int($0), Int(item)])) }
        case .neighbours(let table):
            let weights = table.weights(of: Int(item))
            // An item that speaks neither for nor against is no part: who has none of the neighbours has no reason.
            return items.compactMap { own in weights[own].map { ScorePart(item: own, value: Double($0)) } }
        }
    }

    private var factorCount: Int? {
        if case .factors(let own, _) = form { own.columns } else { nil }
    }

    private func ownItems(_ history: History) -> [UInt32] {
        OwnItems.latest(history, itemCount: itemCount, most: maxItemsPerUser)
    }
}

extension Span<Float> {
    /// ⟨this, row of `matrix`⟩ in Double.
    fileprivate func product(with matrix: Matrix<Float>, row: Int) -> Double {
        matrix.withRow(row) { other in
            var sum = 0.0
            for j in indices { sum += Double(self[j]) * Double(other[j]) }
            return sum
        }
    }
}

extension Matrix {
    /// The rows of this matrix, then those of the other, of as many columns.
    func above(_ other: Matrix) -> Matrix {
        precondition(columns == other.columns, "matrices of \(columns) and \(other.columns) columns are not stacked")
        return Matrix(rows: rows + other.rows, columns: columns, elements: elements + other.elements)
    }
}
