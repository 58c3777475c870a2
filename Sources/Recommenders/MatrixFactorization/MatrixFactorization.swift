// SPDX-License-Identifier: Apache-2.0

public import Interactions
public import LinearAlgebra

/// Matrix factorisation: item factors from DP-SGD, a user's vector by ridge from their own history, score = vᵢ·u.
public struct MatrixFactorization: Recommender {
    public static let kind = "mf"

    public let configuration: MFConfiguration
    let serving: FactorServing

    public var itemCount: Int { serving.itemCount }
    /// V. Shape `[items × rank]`.
    public var itemFactors: Matrix<Float> { serving.itemFactors }
    /// The released popularity, floored at 0 and scaled to a maximum of 1. Shape `[items]`.
    public var popularity: [Float] { serving.popularity }
    var foldIn: RidgeFoldIn { serving.foldIn }

    /// - Parameters: Shapes `[itemCount × rank]` and `[itemCount]` of the configuration.
    init(configuration: MFConfiguration, itemFactors: Matrix<Float>, popularity: [Float]) {
        self.configuration = configuration
        serving = FactorServing(
            itemFactors: itemFactors, popularity: popularity,
            foldIn: RidgeFoldIn(
                factors: itemFactors.converted(), denseWeight: configuration.denseWeight, ridge: configuration.ridge),
            maxItemsPerUser: configuration.maxItemsPerUser)
    }

    public func userVector(_ history: History) -> [Float] { serving.userVector(history) }
    public func scores(_ userVectors: Matrix<Float>) -> Matrix<Float> { serving.scores(userVectors) }
    public func contributions(_ history: History, item: UInt32) -> [ScorePart] {
        serving.contributions(history, item: item)
    }
}
