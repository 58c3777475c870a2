// SPDX-License-Identifier: Apache-2.0

import Foundation
import LinearAlgebra

/// Non-negative matrix factorization of what people take together: G ≈ HHᵀ, H ≥ 0; every component is a group of items that
/// go together, and every part of an explanation speaks for the item.
///
/// H ← H ∘ √((GH)⁺ / ((GH)⁻ + HHᵀH)), the multiplicative rule for G of either sign (Ding, Li, Jordan 2010, "Convex and
/// semi-nonnegative matrix factorizations", equation 10 with F = G and G = H), from the parts of the eigenvectors of one sign
/// (Boutsidis, Gallopoulos 2008). K_ij = Hᵢ·Hⱼ/√(p̂ᵢp̂ⱼ).
public enum NonnegativeRule: DerivationRule {
    public static let kind = "nmf"
    static let (components, iterations, popularityExponent) = (32, 200, 0.5)

    public static let parameters = [
        HyperParameter(
            key: "components", meaning: "groups of items", defaultRule: "32, or the rank of the statistics",
            range: 1...256, isInteger: true)
    ]

    public static func kernel(
        of source: StatisticsSource, values: [String: Double]
    ) throws(RecommenderError) -> DerivedKernel {
        let gram = source.gram
        let h = factorize(gram, components: values["components"].map { Int($0) } ?? components)
        let scaled = h.scalingRows(by: gram.flooredPopularity.map { pow($0, -popularityExponent) })
        let factors: Matrix<Float> = scaled.converted()
        return DerivedKernel(kernel: ItemKernel(.factors(own: factors, target: factors), of: gram))
    }

    /// H. Shape `[items × at most components]`, at least one column.
    static func factorize(_ gram: TasteGram, components: Int) -> Matrix<Double> {
        let (values, vectors) = gram.eigen(components)
        guard let largest = values.first else { return Matrix(rows: gram.itemCount, columns: 1) }
        var h = start(vectors.scalingColumns(by: values.map { ($0 / largest).squareRoot() }), components: components)
        for _ in 0..<iterations {
            let (target, own) = (gram.product(h), gemm(h, LinearAlgebra.gram(h)))
            h.withMutableElements { elements in
                for i in elements.indices {
                    let wanted = target.elements[i] / largest
                    elements[i] *= ((max(wanted, 0) + 1e-12) / (max(-wanted, 0) + own.elements[i] + 1e-12)).squareRoot()
                }
            }
        }
        return h
    }

    /// The positive and the negative part of each column, the longest parts first, and a little everywhere: what is 0 stays 0 under
    /// the rule.
    private static func start(_ vectors: Matrix<Double>, components: Int) -> Matrix<Double> {
        let n = vectors.columns
        var parts = [Double](repeating: 0, count: 2 * n)
        for (i, x) in vectors.elements.enumerated() { parts[2 * (i % n) + (x < 0 ? 1 : 0)] += x * x }
        let chosen = parts.indices.sorted { (parts[$1], $0) < (parts[$0], $1) }
            .filter { parts[$0] > 1e-6 * (parts.max() ?? 0) }.prefix(components)
        let little = 1e-3 / Double(max(vectors.rows, 1)).squareRoot()
        return Matrix(
            rows: vectors.rows, columns: chosen.count,
            elements: (0..<vectors.rows).flatMap { row in
                chosen.map { part in
                    max(vectors[row, part / 2] * (part % 2 == 0 ? 1 : -1), 0) + little
                }
            })
    }
}

/// Non-negative factors.
public typealias NonnegativeFactors = DerivedModel<NonnegativeRule>
