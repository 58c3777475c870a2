// SPDX-License-Identifier: Apache-2.0

public import LinearAlgebra

/// What a model says about one user, before bounding: G = (w·V u + Σ cᵢ eᵢ) uᵀ.
public struct UserGradient: Sendable {
    /// u, the user's own vector. Shape `[rank]`; zeros when it comes.
    public var factor: [Double]
    /// cᵢ for each item of the user's history, in the order in which it comes. Zeros when it comes.
    public var coefficients: [Double]

    /// Zeros, as the door hands them out.
    package init(rank: Int, itemCount: Int) {
        factor = Array(repeating: 0, count: rank)
        coefficients = Array(repeating: 0, count: itemCount)
    }
}

/// A gradient of the item factors V, one summand a user, as the linear image of a small statistic.
///
/// User u's gradient is G_u = (w·V u + Σᵢ cᵢ eᵢ) uᵀ, shape `[items × rank]`: a dense part in which every item takes part
/// ("all that was not chosen is weakly negative") and a row for each item of the user's history. Nobody forms it: the sum
/// over users is V·Σ(w·uuᵀ) + Σ rows. The bounding is in `FactorGradientSum`.
public struct FactorGradient: Sendable {
    /// Fills in u and cᵢ from one user's history (items ascending, unique). Must depend on its arguments and on public
    /// things alone. What is not finite, or of the wrong length, counts as a gradient of zero.
    public typealias UserFunction =
        @Sendable (
            _ items: Span<UInt32>, _ values: Span<Float>, _ times: Span<Int64>, _ out: inout UserGradient
        ) -> Void

    /// V, an earlier release: public. Shape `[items × rank]`.
    public let itemFactors: Matrix<Double>
    /// w.
    public let denseWeight: Double
    /// Scales every gradient that is not zero to norm C, instead of clipping the longer ones.
    public let normalise: Bool
    let user: UserFunction

    /// - Parameters:
    ///   - itemFactors: V. Public.
    ///   - denseWeight: w. Public.
    ///   - normalise: whether every gradient but zero is scaled to the clipping norm.
    ///   - user: what one user contributes, before bounding.
    public init(
        itemFactors: Matrix<Double>, denseWeight: Double, normalise: Bool = false, user: @escaping UserFunction
    ) {
        (self.itemFactors, self.denseWeight, self.normalise) = (itemFactors, denseWeight, normalise)
        self.user = user
    }

    public var rank: Int { itemFactors.columns }
}
