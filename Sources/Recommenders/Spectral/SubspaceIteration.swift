// SPDX-License-Identifier: Apache-2.0

import DPAccounting
import DPMechanisms
import DPTraining
import Foundation
import LinearAlgebra

/// The releases of a training and what is made of each: popularity, Gram matrices, subspace steps.
struct SubspaceIteration {
    let configuration: SpectralConfiguration
    let features: Matrix<Double>?
    /// k₀: from so many items on a user has the whole weight.
    static let fullWeightItems = 20.0
    /// ρ: how much directions that are known well count for a user's place, beside those known less.
    static let flattening = 0.25
    /// How much of the step before goes into a second one.
    static let memory = 0.3

    /// Makes all planned releases, as far as the run goes.
    /// - Returns: Popularity as released and V, shapes `[items]` and `[items × at most rank]`.
    func run(in session: inout TrainingSession) throws -> (popularity: [Double], factors: Matrix<Double>) {
        let nothing = Matrix<Double>(rows: configuration.itemCount, columns: 0)
        guard let released = try session.release(.itemWeights)?.values else {
            return ([Double](repeating: 1, count: configuration.itemCount), nothing)
        }
        let direction = PopularityDirection(released)
        var factors = nothing
        if configuration.featureShare > 0 { factors = try featureStart(direction, in: &session) ?? factors }
        if configuration.headShare > 0 {
            factors = factors.beside(try headStart(direction, in: &session) ?? nothing)
        }
        return (released, try steps(from: factors, direction, in: &session))
    }

    private func featureStart(
        _ direction: PopularityDirection, in session: inout TrainingSession
    ) throws -> Matrix<Double>? {
        let own = features.map { direction.without($0.scalingRows(by: direction.relative)) }
        let svd = own.flatMap { SingularValues($0) }
        let kept = (svd?.values ?? []).prefix { $0 > 1e-3 * (svd?.values.first ?? 0) && $0 > 0 }
        let basis = (svd?.left ?? Matrix(rows: configuration.itemCount, columns: 0))
            .scalingColumns(by: kept.map { _ in 1 })
        let gram = FeatureGram(basis: basis, maxItemsPerUser: configuration.maxItemsPerUser)
        guard let release = try session.release(.featureGram(gram)) else { return nil }
        let factors = Denoising.factors(
            release.symmetricMatrix(order: basis.columns), standardDeviation: release.standardDeviation,
            rank: configuration.rank)
        return gemm(basis, factors)
    }

    private func headStart(
        _ direction: PopularityDirection, in session: inout TrainingSession
    ) throws -> Matrix<Double>? {
        let head = direction.head(configuration.headItems)
        let gram = HeadGram(
            items: head, direction: PopularityDirection.unit(head.map { direction.q[Int($0)] }),
            maxItemsPerUser: configuration.maxItemsPerUser)
        guard let release = try session.release(.headGram(gram)) else { return nil }
        let factors = Denoising.factors(
            release.symmetricMatrix(order: head.count), standardDeviation: release.standardDeviation,
            rank: configuration.rank)
        var spread = Matrix<Double>(rows: configuration.itemCount, columns: factors.columns)
        for (row, item) in head.enumerated() {
            for j in 0..<factors.columns { spread[Int(item), j] = factors[row, j] }
        }
        return spread
    }

    /// V ← the left singular vectors of (I − qqᵀ)V, one step along the data, shrunk; T times.
    private func steps(
        from start: Matrix<Double>, _ direction: PopularityDirection, in session: inout TrainingSession
    ) throws -> Matrix<Double> {
        let shrink = RowShrinkage(popularity: direction.relative, features: features)
        var factors = start
        var before: (basis: Matrix<Double>, image: Matrix<Double>)?
        for _ in 0..<configuration.steps {
            let (basis, values) = orthonormal(direction.without(factors))
            let weights = values.map { pow($0 / values[0], -Self.flattening) }
            let step = SubspaceStep(
                factors: basis.scalingColumns(by: weights), direction: direction.q,
                fullWeightItems: Self.fullWeightItems, maxItemsPerUser: configuration.maxItemsPerUser)
            guard let release = try session.release(.subspaceStep(step)) else { break }
            let deviation = release.standardDeviation
            var image = Matrix(rows: basis.rows, columns: basis.columns, elements: release.values)
                .scalingColumns(by: weights.map { 1 / $0 })
            var deviations = weights.map { deviation / $0 }
            if let before {
                let turned = gemm(before.image, gemm(before.basis, transposeA: true, basis))
                image = mixed(image, turned)
                let share = ((1 - Self.memory) * (1 - Self.memory) + Self.memory * Self.memory).squareRoot()
                deviations = deviations.map { $0 * share }
            }
            before = (basis, image)
            let shrunk = direction.without(shrink(image, standardDeviations: deviations))
            let svd = SingularValues(shrunk)
            factors = (svd?.left ?? Matrix(rows: basis.rows, columns: 0)).scalingColumns(by: svd?.values ?? [])
        }
        return factors
    }

    /// The at most `rank` directions that are there, with their lengths.
    private func orthonormal(_ factors: Matrix<Double>) -> (basis: Matrix<Double>, values: [Double]) {
        let svd = SingularValues(factors)
        let kept = (svd?.values ?? []).prefix { $0 > 1e-6 * (svd?.values.first ?? 0) && $0 > 0 }
            .prefix(configuration.rank)
        let basis = (svd?.left ?? Matrix(rows: factors.rows, columns: 0)).scalingColumns(by: kept.map { _ in 1 })
        return (basis, Array(kept))
    }

    private func mixed(_ new: Matrix<Double>, _ old: Matrix<Double>) -> Matrix<Double> {
        Matrix(
            rows: new.rows, columns: new.columns,
            elements: zip(new.elements, old.elements).map { (1 - Self.memory) * $0 + Self.memory * $1 })
    }
}

extension Release {
    /// σ of the noise in each coordinate; public.
    var standardDeviation: Double {
        if case .gaussianSum(let event) = event { event.standardDeviation } else { 0 }
    }
}
