// SPDX-License-Identifier: Apache-2.0

/// Models made of what another model's releases say: post-processing, which costs nobody anything (Dwork, Roth 2014,
/// proposition 2.1).
public enum Derivation {
    /// What a model can be made into.
    public static let kinds = [
        Ease.kind, ItemNeighbours.kind, NonnegativeFactors.kind, PureSVD.kind, ContentBased.kind, Popularity.kind,
    ]

    /// What `--set` knows; nil for an unknown kind.
    public static func parameters(ofKind kind: String) -> [HyperParameter]? {
        switch kind {
        case Ease.kind: EaseRule.parameters
        case ItemNeighbours.kind: ItemNeighboursRule.parameters
        case NonnegativeFactors.kind: NonnegativeRule.parameters
        case PureSVD.kind: PureSVDRule.parameters
        case ContentBased.kind: ContentBased.parameters.filter { $0.key == "title-words" }
        case Popularity.kind: []
        default: nil
        }
    }

    /// - Parameters:
    ///   - parent: A model that keeps the statistics that it was made of: `spectral` or `content`.
    ///   - features: Of the public catalogue as far as the parent knows it; needed for `content` alone.
    /// - Throws: `unknownKind`; `invalidPlan` for a parent without statistics; `unknownSetting`, `invalidSetting`.
    public static func derive(
        _ kind: String, from parent: any Recommender, features: PublicFeatures? = nil, settings: [String: String] = [:]
    ) throws(RecommenderError) -> any Recommender {
        guard let parameters = parameters(ofKind: kind) else { throw .unknownKind(kind) }
        let values = try parameters.values(settings)
        guard let parent = parent as? any LinearlyScored else {
            throw .invalidPlan("this model keeps no statistics that others could be made of; spectral and content do")
        }
        let scorer = parent.scorer
        if kind == Popularity.kind { return Popularity(released: scorer.popularity.map(Double.init)) }
        if kind == ContentBased.kind {
            return try ContentBased(of: scorer, features: features, titleWords: values["title-words"] == 1)
        }
        return try model(kind, of: StatisticsSource(gram: scorer.tasteGram), values: values)
    }

    static func model(
        _ kind: String, of source: StatisticsSource, values: [String: Double]
    ) throws(RecommenderError) -> any Recommender {
        switch kind {
        case Ease.kind: try Ease(source, values: values)
        case ItemNeighbours.kind: try ItemNeighbours(source, values: values)
        case NonnegativeFactors.kind: try NonnegativeFactors(source, values: values)
        case PureSVD.kind: try PureSVD(source, values: values)
        default: throw .unknownKind(kind)
        }
    }
}

/// A model that is a linear scorer: what it was made of can be read off it.
protocol LinearlyScored {
    var scorer: LinearScorer { get }
}

extension Spectral: LinearlyScored {}
extension ContentBased: LinearlyScored {}
