// SPDX-License-Identifier: Apache-2.0

import Foundation
import LinearAlgebra

/// EASE (Steck 2019, "Embarrassingly shallow autoencoders for sparse data"), on the denoised Gram matrix.
///
/// The weights that predict each item from all others with the least squared error and a ridge Λ: with P = (G + Λ)⁻¹,
/// K_ij = −P_ij / P_jj for i ≠ j and K_jj = 0 (equation 8 there, λI for Λ).
///
/// * G whole: as it stands, λ_j = λ·λ₁(G).
/// * G = LLᵀ: by Woodbury P = Λ⁻¹ − Λ⁻¹L·M·LᵀΛ⁻¹, M = (I + LᵀΛ⁻¹L)⁻¹, of order r and never of items. So P_jj = (1 − h_j)/Λ_j, h_j =
///   L_j·M·L_jᵀ/Λ_j < 1, and K_ij = (Λᵢ⁻¹Lᵢ·M)·(L_j/(1 − h_j)). What is missing of G on the diagonal is about proportional to
///   popularity, hence Λ_j = λ·λ₁(G)·p̂_j^¾ over its mean. The diagonal of K counts for items that the user has already and is
///   not taken out.
public enum EaseRule: DerivationRule {
    public static let kind = "ease"
    /// Of the greatest eigenvalue of G; found on the validation parts of ml1m and ml100k.
    static let (factorRidge, wholeRidge, ridgeExponent) = (0.06, 0.015, 0.75)

    public static let parameters = [
        HyperParameter(
            key: "regularization", meaning: "λ, the ridge, relative to the greatest eigenvalue of the Gram matrix",
            defaultRule: "0.06; 0.015 where the Gram matrix is known whole", range: 0.0001...100, isInteger: false)
    ]

    public static func kernel(
        of source: StatisticsSource, values: [String: Double]
    ) throws(RecommenderError) -> DerivedKernel {
        let gram = source.gram
        let largest = gram.eigen(1).values.first ?? 0
        let form: ItemKernel.Form
        switch gram.form {
        case .whole(let g):
            let ridge = (values["regularization"] ?? wholeRidge) * largest
            guard let weights = weights(g, ridge: ridge) else { throw Self.singular }
            form = .dense(weights.converted())
        case .factors(let l):
            let raw = gram.flooredPopularity.map { pow($0, ridgeExponent) }
            let unit = (values["regularization"] ?? factorRidge) * largest * Double(raw.count) / raw.reduce(0, +)
            guard let (own, target) = factors(l, ridge: raw.map { $0 * unit }) else { throw Self.singular }
            form = .factors(own: own.converted(), target: target.converted())
        }
        return DerivedKernel(kernel: ItemKernel(form, of: gram))
    }

    private static let singular = RecommenderError.invalidPlan("the released statistics say nothing about items")

    /// K of a whole G; nil where G + λI is not positive definite.
    static func weights(_ g: Matrix<Double>, ridge: Double) -> Matrix<Double>? {
        var system = g
        for i in 0..<g.rows { system[i, i] += ridge }
        guard var inverse = inverse(spd: system) else { return nil }
        let diagonal = (0..<g.rows).map { inverse[$0, $0] }
        inverse = inverse.scalingColumns(by: diagonal.map { -1 / $0 })
        for i in 0..<g.rows { inverse[i, i] = 0 }
        return inverse
    }

    /// The two sides of K for G = LLᵀ; nil where a ridge is not positive.
    static func factors(_ l: Matrix<Double>, ridge: [Double]) -> (own: Matrix<Double>, target: Matrix<Double>)? {
        guard ridge.allSatisfy({ $0 > 0 && $0.isFinite }) else { return nil }
        let divided = l.scalingRows(by: ridge.map { 1 / $0 })
        var system = gemm(divided, transposeA: true, l)
        for i in 0..<l.columns { system[i, i] += 1 }
        guard let m = inverse(spd: system) else { return nil }
        let own = gemm(divided, m)
        let leverage = (0..<l.rows).map { row in
            own.withRow(row) { a in l.withRow(row) { b in dot(a, b) } }
        }
        // h < 1 in real numbers; the bound is for rounding.
        return (own, l.scalingRows(by: leverage.map { 1 / (1 - min($0, 0.999)) }))
    }
}

extension ItemKernel {
    init(_ form: Form, of gram: TasteGram) {
        self.init(form, popularity: gram.popularity.map { Float($0) }, maxItemsPerUser: gram.maxItemsPerUser)
    }
}

/// EASE.
public typealias Ease = DerivedModel<EaseRule>
