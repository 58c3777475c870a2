// SPDX-License-Identifier: Apache-2.0

import DPAccounting
import DPMechanisms
import DPTraining
import LinearAlgebra

/// One sweep over the items under a budget, from factors V₀ that earlier releases give (Chien et al. 2021, "Private alternating least
/// squares", algorithm 1, with the matrix of sums shared by all items as Krichene et al. 2023 do for rare ones).
///
/// A user u folds in by V₀, û = u/‖u‖, and adds to two private sums, each of norm 1:
///
///     N = Σ_u (x_u/√k_u) ûᵀ,  items × r, a linear image without a dense part      ‖(x/√k) ûᵀ‖ = 1
///     S = Σ_u û ûᵀ,           r × r, its upper triangle, off the diagonal times √2  ‖û ûᵀ‖ = 1
///
/// An absent user adds 0. Plain ALS has a matrix Σ_{u ∋ j} uuᵀ for each item, which costs items·r² numbers. Here the users of item j
/// are taken to be spread as all users are: φ_j·S with φ_j = p_j/N, p the released popularity, N the public number of users. So
/// V_j = ((φ_j + 3φ̄)·S + ½·tr(S)/r·I)⁻¹ N_j, N's rows shrunk by `RowShrinkage` first, V at the length of V₀. All but N and S is free;
/// the μ² of all releases add up (Gaussian DP, adaptive composition).
struct PrivateALSStep {
    let configuration: ALSConfiguration
    let features: Matrix<Double>?
    /// As released.
    let popularity: [Double]
    /// V. Shape `[items × at most rank]`, at least one column.
    private(set) var factors: Matrix<Double>

    /// V₀ = U·√(Λ/λ₁)·√items/2, UΛUᵀ the first eigenvectors of what is known of the Gram matrix: entries near 1/2 in the first column,
    /// so that a score near 1 needs a vector of length near 2.
    init(configuration: ALSConfiguration, features: Matrix<Double>?, popularity: [Double], gram: TasteGram) {
        (self.configuration, self.features, self.popularity) = (configuration, features, popularity)
        let (values, vectors) = gram.eigen(configuration.rank)
        let largest = values.first ?? 1
        let side = Double(configuration.itemCount).squareRoot() / 2
        factors = vectors.scalingColumns(by: values.map { ($0 / largest).squareRoot() * side })
        if factors.columns == 0 { factors = Matrix(rows: configuration.itemCount, columns: 1, repeating: 0.5) }
    }

    /// Makes both releases; where the run is stopped before the second, V₀ stays.
    mutating func run(in session: inout TrainingSession) throws {
        let foldIn = configuration.foldIn(factors)
        let (rank, most) = (factors.columns, configuration.maxItemsPerUser)
        let images = FactorGradient(
            itemFactors: Matrix(rows: factors.rows, columns: rank), denseWeight: 0, normalise: true
        ) { items, _, times, out in
            let places = OwnItems.latest(items, times, most: most)
            let vector = foldIn.vector(own: foldIn.gather(places.map { items[$0] }))
            for j in vector.indices { out.factor[j] = vector[j] }
            for place in places { out.coefficients[place] = 1 }
        }
        let gramian = UserVector(dimension: rank * (rank + 1) / 2) { items, _, times, out in
            let places = OwnItems.latest(items, times, most: most)
            if places.isEmpty { return }
            out.add(Self.packedSquare(foldIn.vector(own: foldIn.gather(places.map { items[$0] }))))
        }
        guard let sums = try session.release(.linearImage(images)),
            let square = try session.release(.userVector(gramian))
        else { return }
        solve(
            Matrix(rows: factors.rows, columns: rank, elements: sums.values), sums.standardDeviation,
            square.symmetricMatrix(order: rank))
    }

    /// The upper triangle of ûûᵀ, û = u/‖u‖, off the diagonal times √2; zeros for u = 0.
    static func packedSquare(_ u: [Double]) -> [Double] {
        let squared = u.reduce(0) { $0 + $1 * $1 }
        let scale = squared > 0 ? 1 / squared : 0
        return u.indices.flatMap { i in
            u[i...].enumerated().map { $1 * u[i] * scale * ($0 == 0 ? 1 : 2.0.squareRoot()) }
        }
    }

    /// V from the two statistics.
    private mutating func solve(_ noisy: Matrix<Double>, _ deviation: Double, _ square: Matrix<Double>) {
        let direction = PopularityDirection(popularity)
        let rank = square.rows
        let sums = RowShrinkage(popularity: direction.relative, features: features)(
            noisy, standardDeviations: .init(repeating: deviation, count: rank))
        // Noise can leave S with a negative eigenvalue: what is below 10⁻³ of the first becomes that.
        guard let eigen = SymmetricEigen(square, greatest: rank), let largest = eigen.values.first, largest > 0 else {
            return
        }
        let values = eigen.values.map { max($0, 1e-3 * largest) }
        let ridge = values.reduce(0, +) / Double(2 * rank)
        let shares = popularity.map { max($0, 0) / Double(configuration.nominalUsers) }
        let common = 3 * shares.reduce(0, +) / Double(shares.count)
        // In the eigenvectors of S every item's system is diagonal.
        var turned = gemm(sums, eigen.vectors, transposeB: true)
        turned.withMutableElements { elements in
            for (item, share) in shares.enumerated() {
                for j in 0..<rank { elements[item * rank + j] /= (share + common) * values[j] + ridge }
            }
        }
        let (length, before) = (Self.length(turned), Self.length(factors))
        guard length > 0, length.isFinite else { return }
        factors = gemm(turned, eigen.vectors).scalingColumns(by: .init(repeating: before / length, count: rank))
    }

    private static func length(_ matrix: Matrix<Double>) -> Double {
        matrix.elements.reduce(0) { $0 + $1 * $1 }.squareRoot()
    }
}
