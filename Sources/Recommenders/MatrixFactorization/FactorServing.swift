// SPDX-License-Identifier: Apache-2.0

import Interactions
import LinearAlgebra

/// What models of item factors share: a user's vector by ridge from their own items, score = vᵢ·u, and an exact explanation.
struct FactorServing: Sendable {
    /// V. Shape `[items × rank]`.
    let itemFactors: Matrix<Float>
    /// p̂, scaled to a maximum of 1. Shape `[items]`.
    let popularity: [Float]
    let foldIn: RidgeFoldIn
    let maxItemsPerUser: Int
    /// The vector of a user without history: the one that fits the released popularity best.
    private let prior: [Float]

    var itemCount: Int { itemFactors.rows }

    init(itemFactors: Matrix<Float>, popularity: [Float], foldIn: RidgeFoldIn, maxItemsPerUser: Int) {
        (self.itemFactors, self.popularity, self.foldIn) = (itemFactors, popularity, foldIn)
        self.maxItemsPerUser = maxItemsPerUser
        let nobody = Matrix<Double>(rows: 0, columns: itemFactors.columns)
        let rhs = gemv(foldIn.factors, transposed: true, popularity.map(Double.init))
        prior = foldIn.solve(own: nobody, rhs: rhs).map { Float($0) }
    }

    func userVector(_ history: History) -> [Float] {
        let items = ownItems(history)
        if items.isEmpty { return prior }
        return foldIn.vector(own: foldIn.gather(items)).map { Float($0) }
    }

    func scores(_ userVectors: Matrix<Float>) -> Matrix<Float> { gemm(userVectors, itemFactors, transposeB: true) }

    /// score = vⱼ·u = vⱼᵀA⁻¹ Σᵢ vᵢ = Σᵢ (A⁻¹vⱼ)·vᵢ over the own items i.
    func contributions(_ history: History, item: UInt32) -> [ScorePart] {
        let items = ownItems(history)
        guard !items.isEmpty, Int(item) < itemCount else { return [] }
        let own = foldIn.gather(items)
        let influence = foldIn.solve(own: own, rhs: foldIn.factors.row(Int(item)))
        return zip(items, gemv(own, influence)).map { ScorePart(item: $0, value: $1) }
    }

    private func ownItems(_ history: History) -> [UInt32] {
        OwnItems.latest(history, itemCount: itemCount, most: maxItemsPerUser)
    }
}
