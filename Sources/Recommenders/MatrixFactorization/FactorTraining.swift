// SPDX-License-Identifier: Apache-2.0

import DPMechanisms
import DPTraining
import Foundation
import LinearAlgebra

/// The item factors while they are learned, in the coordinates wᵢ = vᵢ / dᵢ with dᵢ = pᵢᵝ.
///
/// One user's loss is Σ_{i ∈ S} (1 − vᵢ·u)² + w Σ_i (vᵢ·u)² with u solved for (RidgeFoldIn). At that u its gradient in V,
/// halved, is (w V u + Σ_{i ∈ S} (vᵢ·u − 1) eᵢ) uᵀ: the ridge's own term does not hold V, and u's dependence on V drops out
/// because u is where the loss with its ridge is least. In W each row is multiplied by dᵢ, which is again of that form, with
/// D V for V. The users' losses weigh alike: each gradient is scaled to the clipping norm.
struct FactorTraining: GradientModel {
    let configuration: MFConfiguration
    /// d. Shape `[items]`, in (0, 1].
    private let coordinates: [Double]
    /// W, row-major. Shape `[items · rank]`.
    var parameters: [Double]

    /// Items that nobody seems to take still move a little.
    private static let leastPopularity = 1e-3

    /// - Parameter popularity: Released; in [0, 1]. Shape `[items]`.
    init(configuration: MFConfiguration, popularity: [Float]) {
        self.configuration = configuration
        coordinates = popularity.map {
            pow(max(Double($0), FactorTraining.leastPopularity), configuration.popularityExponent)
        }
        parameters = []
        let start = InitialFactors.factors(
            popularity: popularity, rank: configuration.rank, scale: configuration.initialScale)
        parameters = scaled(start.elements, by: coordinates.map { 1 / $0 })
    }

    /// V = D W. Shape `[items × rank]`.
    var factors: Matrix<Double> {
        Matrix(
            rows: configuration.itemCount, columns: configuration.rank, elements: scaled(parameters, by: coordinates))
    }

    func contribution() -> Contribution {
        let factors = self.factors
        let image = Matrix(
            rows: factors.rows, columns: factors.columns, elements: scaled(factors.elements, by: coordinates))
        let user = UserFactorGradient(
            foldIn: RidgeFoldIn(
                factors: factors, denseWeight: configuration.denseWeight, ridge: configuration.ridge),
            coordinates: coordinates, maxItemsPerUser: configuration.maxItemsPerUser)
        return .linearImage(
            FactorGradient(itemFactors: image, denseWeight: configuration.denseWeight, normalise: true) {
                items, _, times, out in user.fill(items, times, &out)
            })
    }

    /// Each row of `rank` numbers times its factor.
    private func scaled(_ elements: [Double], by factors: [Double]) -> [Double] {
        var result = elements
        for item in factors.indices {
            for index in item * configuration.rank..<(item + 1) * configuration.rank { result[index] *= factors[item] }
        }
        return result
    }
}
