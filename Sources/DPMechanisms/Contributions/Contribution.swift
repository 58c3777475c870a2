// SPDX-License-Identifier: Apache-2.0

/// What each user adds to a private sum: a closed set, each case with its proof beside it.
///
/// A model supplies numbers *before* bounding. Bounds, sampling probability and noise come from the event that was paid.
public enum Contribution: Sendable {
    /// 1 for each user. Dimension 1; released under a discrete Laplace or discrete Gaussian event.
    case userCount
    /// 1 for each distinct item of the user, at most `bound.maxItemsPerUser` of them: a uniformly random subset of the
    /// user's own. Dimension: the items of the catalogue; released under a discrete Laplace or discrete Gaussian event.
    case itemCounts
    /// min(1, C)/√k for each of the user's k distinct items: ℓ2 norm min(1, C). Dimension: the items of the catalogue;
    /// released under a Gaussian sum.
    case itemWeights
    /// A gradient of item factors, clipped. Dimension: items · rank, row-major; released under a Gaussian sum.
    case linearImage(FactorGradient)
    /// Any numbers of a user, sparse or dense, bounded in ℓ0 and ℓ∞ (discrete events) or ℓ2 (a Gaussian sum).
    case userVector(UserVector)
    /// yyᵀ/‖y‖² of the user's public features: Frobenius norm min(1, C). Dimension: n(n + 1)/2; a Gaussian sum.
    case featureGram(FeatureGram)
    /// yyᵀ/‖y‖² of the user's items among a public list: Frobenius norm min(1, C). Dimension: n(n + 1)/2; a Gaussian sum.
    case headGram(HeadGram)
    /// A step of subspace iteration: Frobenius norm at most min(1, C). Dimension: items · rank; a Gaussian sum.
    case subspaceStep(SubspaceStep)

    /// How many coordinates a release has over a catalogue of `itemCount` items. Public.
    package func dimension(itemCount: Int) -> Int {
        switch self {
        case .userCount: 1
        case .itemCounts, .itemWeights: itemCount
        case .linearImage(let gradient): itemCount * gradient.rank
        case .userVector(let vector): vector.dimension
        case .featureGram(let gram): gram.order * (gram.order + 1) / 2
        case .headGram(let gram): gram.order * (gram.order + 1) / 2
        case .subspaceStep(let step): itemCount * step.rank
        }
    }
}
