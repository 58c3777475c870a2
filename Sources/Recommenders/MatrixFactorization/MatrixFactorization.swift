// SPDX-License-Identifier: Apache-2.0

public import Interactions
public import LinearAlgebra

/// Matrix factorisation: item factors from DP-SGD, a user's vector by ridge from their own history, score = vᵢ·u.
public struct MatrixFactorization: Recommender {
    public static let kind = "mf"

    public let configuration: MFConfiguration
    /// V. Shape `[items × rank]`.
    public let itemFactors: Matrix<Float>
    /// The released popularity, floored at 0 and scaled to a maximum of 1. Shape `[items]`.
    public let popularity: [Float]
    let foldIn: RidgeFoldIn
    /// The vector of a user without history: the one that fits the released popularity best.
    private let prior: [Float]

    public var itemCount: Int { itemFactors.rows }

    /// - Parameters: Shapes `[itemCount × rank]` and `[itemCount]` of the configuration.
    init(configuration: MFConfiguration, itemFactors: Matrix<Float>, popularity: [Float]) {
        (self.configuration, self.itemFactors, self.popularity) = (configuration, itemFactors, popularity)
        foldIn = RidgeFoldIn(
            factors: itemFactors.converted(), denseWeight: configuration.denseWeight, ridge: configuration.ridge)
        let nobody = Matrix<Double>(rows: 0, columns: configuration.rank)
        let rhs = gemv(foldIn.factors, transposed: true, popularity.map(Double.init))
        prior = foldIn.solve(own: nobody, rhs: rhs).map { Float($0) }
    }

    public func userVector(_ history: History) -> [Float] {
        let items = ownItems(history)
        if items.isEmpty { return prior }
        return foldIn.vector(own: foldIn.gather(items)).map { Float($0) }
    }

    public func scores(_ userVectors: Matrix<Float>) -> Matrix<Float> {
        gemm(userVectors, itemFactors, transposeB: true)
    }

    /// score = vⱼ·u = vⱼᵀA⁻¹ Σᵢ vᵢ = Σᵢ (A⁻¹vⱼ)·vᵢ over the own items i.
    public func contributions(_ history: History, item: UInt32) -> [ScorePart] {
        let items = ownItems(history)
        guard !items.isEmpty, Int(item) < itemCount else { return [] }
        let own = foldIn.gather(items)
        let influence = foldIn.solve(own: own, rhs: foldIn.factors.row(Int(item)))
        return zip(items, gemv(own, influence)).map { ScorePart(item: $0, value: $1) }
    }

    private func ownItems(_ history: History) -> [UInt32] {
        OwnItems.latest(history, itemCount: itemCount, most: configuration.maxItemsPerUser)
    }
}
