// SPDX-License-Identifier: Apache-2.0

import LinearAlgebra

/// Item neighbourhoods (Sarwar et al. 2001; Deshpande, Karypis 2004): each item is scored by how like the own items among its k
/// nearest neighbours are to it.
///
/// similarity_ij = G_ij / (√(p̂ᵢ·p̂ⱼ) + η): the cosine of two columns, shrunk where little is known, with the released popularity
/// in the place of their squared lengths. Only positive similarities count.
public enum ItemNeighboursRule: DerivationRule {
    public static let kind = "item-knn"
    /// Found on the validation parts of ml1m and ml100k.
    static let (neighbours, factorShrinkage, wholeShrinkage) = (100, 0.03, 0.01)

    public static let parameters = [
        HyperParameter(
            key: "neighbours", meaning: "k, how many items like it an item is scored by", defaultRule: "100",
            range: 1...1000, isInteger: true),
        HyperParameter(
            key: "shrinkage", meaning: "η, added to √(p̂ᵢ·p̂ⱼ), p̂ the popularity over its maximum",
            defaultRule: "0.03; 0.01 where the Gram matrix is known whole", range: 0.0001...10, isInteger: false),
    ]

    public static func kernel(
        of source: StatisticsSource, values: [String: Double]
    ) throws(RecommenderError) -> DerivedKernel {
        let gram = source.gram
        guard gram.itemCount > 1 else { throw .invalidPlan("one item has no neighbours") }
        let shrinkage = values["shrinkage"] ?? (gram.isWhole ? wholeShrinkage : factorShrinkage)
        let roots = gram.popularity.map { $0.squareRoot() }
        let table = NeighbourTable(
            width: values["neighbours"].map { Int($0) } ?? neighbours, itemCount: gram.itemCount
        ) { range in
            var block = gram.rows(range)
            block.withMutableElements { elements in
                for (place, item) in range.enumerated() {
                    for j in roots.indices {
                        elements[place * roots.count + j] /= roots[item] * roots[j] + shrinkage
                    }
                }
            }
            return block
        }
        return DerivedKernel(kernel: ItemKernel(.neighbours(table), of: gram))
    }
}

/// Item neighbourhoods.
public typealias ItemNeighbours = DerivedModel<ItemNeighboursRule>
