// SPDX-License-Identifier: Apache-2.0

import LinearAlgebra

/// Everything that decides a training of `als` beside the data and the noise. Public numbers, all of them.
public struct ALSConfiguration: Hashable, Codable, Sendable {
    /// How many items the catalogue has.
    public var itemCount: Int
    /// N: the policy's number of users, or a paid count.
    public var nominalUsers: Int
    /// r: the most numbers that stand for an item.
    public var rank: Int
    /// Sweeps over both sides, without privacy; with it there is one over the items.
    public var sweeps: Int
    /// α: how much an item counts that the user did not take, against 1 for one they took.
    public var denseWeight: Double
    /// λ: the ridge of a side is λ·(own + α·all), own the entries of the row and all the length of the other side (ν = 1).
    public var regularization: Double
    /// Most items of one user that are looked at; for training and for fold-in alike.
    public var maxItemsPerUser: Int

    /// Whether every number is one that a training or a list can work with; an artifact is asked before it is used.
    var isValid: Bool {
        itemCount >= 1 && nominalUsers >= 1 && rank >= 1 && rank <= 4096 && sweeps >= 0 && maxItemsPerUser >= 1
            && denseWeight > 0 && denseWeight <= 1e6 && regularization > 0 && regularization <= 1e6
    }

    /// The solve of a row of users for these item factors.
    func foldIn(_ itemFactors: Matrix<Double>) -> RidgeFoldIn {
        RidgeFoldIn(
            factors: itemFactors, denseWeight: denseWeight,
            ridge: regularization * denseWeight * Double(itemFactors.rows), ridgePerOwn: regularization)
    }
}
