// SPDX-License-Identifier: Apache-2.0

import LinearAlgebra

/// A user's vector from item factors and the user's own items: the implicit-feedback ridge
///
///     u = argmin Σ_{i ∈ S} (1 − vᵢ·u)² + w Σ_i (vᵢ·u)² + λ‖u‖²,   so   (w VᵀV + Σ_{i ∈ S} vᵢvᵢᵀ + λI) u = Σ_{i ∈ S} vᵢ
///
/// where λ may grow with the own items, λ = λ₀ + λ₁·|S|.
///
/// (Hu, Koren, Volinsky 2008, in the form of Rendle et al. 2021, "iALS++"). In Double; one for training and serving.
struct RidgeFoldIn: Sendable {
    /// V. Shape `[items × rank]`.
    let factors: Matrix<Double>
    /// w VᵀV + λ₀I. Shape `[rank × rank]`.
    private let common: Matrix<Double>
    /// λ₁.
    private let ridgePerOwn: Double

    var rank: Int { factors.columns }

    init(factors: Matrix<Double>, denseWeight: Double, ridge: Double, ridgePerOwn: Double = 0) {
        (self.factors, self.ridgePerOwn) = (factors, ridgePerOwn)
        var common = gram(factors)
        common.withMutableElements { all in
            for i in all.indices { all[i] *= denseWeight }
            for i in 0..<factors.columns { all[i * factors.columns + i] += ridge }
        }
        self.common = common
    }

    /// The factors of these items. Shape `[items.count × rank]`.
    /// - Parameter items: Positions in the catalogue.
    func gather(_ items: [UInt32]) -> Matrix<Double> { gather(items.span) }

    /// The factors of these items. Shape `[items.count × rank]`.
    func gather(_ items: Span<UInt32>) -> Matrix<Double> {
        var own = Matrix<Double>(rows: items.count, columns: rank)
        own.withMutableElements { all in
            for row in items.indices {
                let source = factors.elements.span.extracting(factors.range(ofRow: Int(items[row])))
                for j in 0..<source.count { all[row * source.count + j] = source[j] }
            }
        }
        return own
    }

    /// A⁻¹b for the A of a user with the factors `own`; zero where A is not positive definite to working precision,
    /// which a positive λ rules out for factors of sane size.
    func solve(own: Matrix<Double>, rhs: [Double]) -> [Double] {
        var system = common
        writeSystem(own: own, into: &system)
        return LinearAlgebra.solve(spd: system, rhs: rhs) ?? [Double](repeating: 0, count: rank)
    }

    /// A of a user with the factors `own`. Shape `[rank × rank]`.
    func writeSystem(own: Matrix<Double>, into system: inout Matrix<Double>) {
        system = common
        if own.rows == 0 { return }
        gemm(own, transposeA: true, own, into: &system, beta: 1)
        let ridge = ridgePerOwn * Double(own.rows)
        system.withMutableElements { all in for i in 0..<rank { all[i * rank + i] += ridge } }
    }

    /// u for a user with the factors `own`. Shape `[rank]`.
    func vector(own: Matrix<Double>) -> [Double] {
        solve(own: own, rhs: gemv(own, transposed: true, [Double](repeating: 1, count: own.rows)))
    }
}
