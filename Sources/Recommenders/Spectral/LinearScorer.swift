// SPDX-License-Identifier: Apache-2.0

import Foundation
import Interactions
import LinearAlgebra

/// Scores that are linear in the user's own items: score_j = Σᵢ sᵢ·Uᵢ·diag(d)·Uⱼᵀ over the own items i, sᵢ = p̂ᵢ^−β.
///
/// U and d come from the singular value decomposition of diag(s)·[c·q, U_V √(S/S₁), κ·W], what is known of taste and of public
/// features, popular items held back. Somebody without items gets the released popularity.
struct LinearScorer: Sendable {
    /// U. Shape `[items × rank]`.
    let factors: Matrix<Float>
    /// d, descending from 1. Shape `[rank]`.
    let scales: [Float]
    /// p̂: released, floored at 0, scaled to a maximum of 1. Shape `[items]`.
    let popularity: [Float]
    let maxItemsPerUser: Int
    /// s. Shape `[items]`.
    private let weights: [Double]
    /// [U·diag(d), p̂]: the last column is for people without items. Shape `[items × (rank + 1)]`.
    private let itemSide: Matrix<Float>

    /// β.
    static let popularityExponent = 0.375
    /// c.
    static let directionWeight = 1.25
    /// κ beside learned factors; 1 without.
    static let featureWeight = 0.3
    /// Items that nobody seems to take count as this popular.
    static let leastPopularity = 1e-3

    var itemCount: Int { factors.rows }

    /// Shapes: U `[items × rank]`, `[rank]`, `[items]`.
    init(factors: Matrix<Float>, scales: [Float], popularity: [Float], maxItemsPerUser: Int) {
        (self.factors, self.scales, self.popularity) = (factors, scales, popularity)
        self.maxItemsPerUser = maxItemsPerUser
        weights = Self.weights(popularity.map(Double.init))
        var elements: [Float] = []
        elements.reserveCapacity(factors.rows * (scales.count + 1))
        for item in 0..<factors.rows {
            for (place, scale) in scales.enumerated() {
                elements.append(factors.elements[item * scales.count + place] * scale)
            }
            elements.append(popularity[item])
        }
        itemSide = Matrix(rows: factors.rows, columns: scales.count + 1, elements: elements)
    }

    /// - Parameters:
    ///   - popularity: p, as released or all alike. Shape `[items]`.
    ///   - factors: V, orthogonal to q; without columns where nothing was learned.
    ///   - features: F, or nil.
    init(popularity p: [Double], factors v: Matrix<Double>, features: Matrix<Double>?, maxItemsPerUser: Int) {
        let direction = PopularityDirection(p)
        let popularity = direction.relative
        var parts = Matrix(
            rows: p.count, columns: 1, elements: direction.q.map { $0 * Self.directionWeight })
        var hasFactors = false
        if v.columns > 0, let svd = SingularValues(v), let largest = svd.values.first, largest > 0 {
            hasFactors = true
            parts = parts.beside(svd.left.scalingColumns(by: svd.values.map { ($0 / largest).squareRoot() }))
        }
        if let features {
            let own = direction.without(features.scalingRows(by: popularity))
            let norm = SymmetricEigen(gram(own), greatest: 1)?.values.first ?? 0
            if norm > 0 {
                let weight = (hasFactors ? Self.featureWeight : 1) / norm.squareRoot()
                parts = parts.beside(own.scalingColumns(by: .init(repeating: weight, count: own.columns)))
            }
        }
        let svd = SingularValues(parts.scalingRows(by: Self.weights(popularity)))
        let values = (svd?.values ?? []).filter { $0 > 1e-6 * (svd?.values.first ?? 0) }
        let left = (svd?.left ?? Matrix(rows: p.count, columns: 0))
            .scalingColumns(by: values.map { _ in 1 })
        self.init(
            factors: left.converted(), scales: values.map { Float($0 / values[0]) },
            popularity: popularity.map { Float($0) }, maxItemsPerUser: maxItemsPerUser)
    }

    private static func weights(_ popularity: [Double]) -> [Double] {
        popularity.map { pow(max($0, leastPopularity), -popularityExponent) }
    }

    /// Σᵢ sᵢUᵢ over the own items, then 0; or zeros, then 1. Shape `[rank + 1]`.
    func userVector(_ history: History) -> [Float] { userVector(ownItems(history).map { ($0, 1) }) }

    /// The same of own items that do not all weigh alike: Σᵢ xᵢsᵢUᵢ.
    func userVector(_ own: [(item: UInt32, weight: Double)]) -> [Float] {
        var vector = [Double](repeating: 0, count: scales.count + 1)
        if own.isEmpty { vector[scales.count] = 1 }
        for (item, weight) in own {
            let start = Int(item) * scales.count
            for place in scales.indices {
                vector[place] += weight * weights[Int(item)] * Double(factors.elements[start + place])
            }
        }
        return vector.map { Float($0) }
    }

    /// What an own item adds to the score of another: sᵢ·Uᵢ·diag(d)·Uⱼᵀ.
    func kernel(from own: Int, to item: Int) -> Double {
        let (start, other) = (own * scales.count, item * (scales.count + 1))
        let product = scales.indices.reduce(0.0) {
            $0 + Double(factors.elements[start + $1]) * Double(itemSide.elements[other + $1])
        }
        return weights[own] * product
    }

    /// U·diag(d): its product with a row of U orders the others as that item does. Shape `[items × rank]`.
    var kernelSide: Matrix<Float> {
        let rank = scales.count
        let elements = factors.elements.indices.map { factors.elements[$0] * scales[$0 % rank] }
        return Matrix(rows: itemCount, columns: rank, elements: elements)
    }

    /// p̂, held above the least that counts.
    func heldPopularity(_ item: Int) -> Double { max(Double(popularity[item]), Self.leastPopularity) }

    func scores(_ userVectors: Matrix<Float>) -> Matrix<Float> { gemm(userVectors, itemSide, transposeB: true) }

    /// The sum over the own items, taken apart.
    func contributions(_ history: History, item: UInt32) -> [ScorePart] {
        guard Int(item) < itemCount else { return [] }
        return ownItems(history).map { ScorePart(item: $0, value: kernel(from: Int($0), to: Int(item))) }
    }

    private func ownItems(_ history: History) -> [UInt32] {
        OwnItems.latest(history, itemCount: itemCount, most: maxItemsPerUser)
    }
}
