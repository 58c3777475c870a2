// SPDX-License-Identifier: Apache-2.0

import LinearAlgebra

/// PureSVD (Cremonesi, Koren, Turrin 2010): what a history looks like in the space of the first singular vectors of the data,
/// which are eigenvectors U of its Gram matrix: K = UUᵀ.
public enum PureSVDRule: DerivationRule {
    public static let kind = "pure-svd"
    /// A small catalogue cannot tell many directions apart: a projection on nearly all of them gives everybody their own history.
    static func components(items: Int) -> Int { min(32, 2 + items / 20) }

    public static let parameters = [
        HyperParameter(
            key: "components", meaning: "singular vectors", defaultRule: "32; 2 + items / 20 where that is less",
            range: 1...256, isInteger: true)
    ]

    public static func kernel(
        of source: StatisticsSource, values: [String: Double]
    ) throws(RecommenderError) -> DerivedKernel {
        let vectors = source.gram.eigen(
            values["components"].map { Int($0) } ?? components(items: source.gram.itemCount)
        ).vectors
        guard vectors.columns > 0 else { throw .invalidPlan("the released statistics say nothing about items") }
        let factors: Matrix<Float> = vectors.converted()
        return DerivedKernel(kernel: ItemKernel(.factors(own: factors, target: factors), of: source.gram))
    }
}

/// PureSVD.
public typealias PureSVD = DerivedModel<PureSVDRule>
