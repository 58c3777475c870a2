// SPDX-License-Identifier: Apache-2.0

import DPMechanisms
import LinearAlgebra

/// Alternating least squares without privacy: of
///
///     Σ_u [Σ_{i ∈ S_u} (1 − u·vᵢ)² + α Σ_i (u·vᵢ)²] + λ Σ_u (|S_u| + α·items)‖u‖² + λ Σ_i (|S_i| + α·users)‖vᵢ‖²
///
/// each side in turn is the exact minimum given the other (Hu, Koren, Volinsky 2008, equations 4 and 5; the weights of the ridge are
/// Rendle et al. 2022, "Revisiting the performance of iALS", equation 5 with ν = 1). One Cholesky solve a row.
struct ImplicitALS {
    let configuration: ALSConfiguration
    /// The columns of each user, and the users of each item.
    private let byUser: SparseRows
    private let byItem: SparseRows

    init(configuration: ALSConfiguration, histories: SparseRows) {
        self.configuration = configuration
        byUser = histories
        byItem = histories.transposed(columns: configuration.itemCount)
    }

    /// V after all sweeps, from the fixed scatter of `InitialFactors`. Shape `[items × rank]`.
    func itemFactors() -> Matrix<Double> {
        let rank = configuration.rank
        let scale = 0.1 / Double(rank).squareRoot()
        var items = Matrix<Double>(
            rows: configuration.itemCount, columns: rank,
            elements: (0..<configuration.itemCount * rank).map { InitialFactors.scatter(UInt64($0)) * scale })
        for _ in 0..<configuration.sweeps {
            let users = side(byUser, other: items)
            items = side(byItem, other: users)
        }
        return items
    }

    /// The minimum of one side given the other: a solve a row, zeros for rows without entries. Shape `[rows × rank]`.
    private func side(_ rows: SparseRows, other: Matrix<Double>) -> Matrix<Double> {
        let foldIn = configuration.foldIn(other)
        let rank = other.columns
        var result = Matrix<Double>(rows: rows.count, columns: rank)
        var system = Matrix<Double>(rows: rank, columns: rank)
        var solver = CholeskySolver(order: rank)
        var vector = [Double](repeating: 0, count: rank)
        for row in 0..<rows.count {
            let own = rows.withRow(row) { foldIn.gather($0) }
            if own.rows == 0 { continue }
            for j in 0..<rank { vector[j] = 0 }
            var span = vector.mutableSpan
            for index in 0..<own.rows { own.withRow(index) { addProduct(1, $0, to: &span) } }
            foldIn.writeSystem(own: own, into: &system)
            guard solver.solve(system.elements.span, &span) else { continue }
            result.withMutableRow(row) { out in for j in 0..<rank { out[j] = span[j] } }
        }
        return result
    }
}
