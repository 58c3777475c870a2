// SPDX-License-Identifier: Apache-2.0

import DPMechanisms
import Foundation
import Interactions
import LinearAlgebra
import TestSupport
import Testing

@testable import Recommenders

struct FactorTrainingTests {
    private let items = 7
    private let rank = 3
    private let weight = 0.7
    private let ridge = 0.4

    private func randomFactors(_ generator: inout SeededGenerator) -> Matrix<Double> {
        Matrix(
            rows: items, columns: rank,
            elements: (0..<items * rank).map { _ in Double.random(in: -1...1, using: &generator) })
    }

    /// min over u of Σ_S (1 − vᵢ·u)² + w Σ (vᵢ·u)² + λ‖u‖², straight from the definition.
    private func loss(_ factors: Matrix<Double>, _ history: [UInt32]) -> Double {
        let foldIn = RidgeFoldIn(factors: factors, denseWeight: weight, ridge: ridge)
        let u = foldIn.vector(own: foldIn.gather(history))
        let scores = gemv(factors, u)
        var loss = ridge * u.reduce(0) { $0 + $1 * $1 }
        for score in scores { loss += weight * score * score }
        for item in history { loss += (1 - scores[Int(item)]) * (1 - scores[Int(item)]) }
        return loss
    }

    /// What the door makes of it, without bounding: (w·V̂ u + Σ cᵢ eᵢ) uᵀ.
    private func gradient(image: Matrix<Double>, user: UserFactorGradient, history: [UInt32]) -> Matrix<Double> {
        let times = [Int64](repeating: 0, count: history.count)
        var out = UserGradient(rank: rank, itemCount: history.count)
        user.fill(history.span, times.span, &out)
        var rows = gemv(image, out.factor).map { weight * $0 }
        for (item, residual) in zip(history, out.coefficients) { rows[Int(item)] += residual }
        return Matrix(
            rows: items, columns: rank, elements: rows.flatMap { row in out.factor.map { row * $0 } })
    }

    @Test(
        "a user's gradient is half the derivative of their loss, in any coordinates",
        arguments: [[2], [0, 3, 6], [0, 1, 2, 3, 4, 5, 6]] as [[UInt32]])
    func finiteDifferences(history: [UInt32]) {
        var generator = SeededGenerator(seed: 11)
        let coordinates = (0..<items).map { _ in Double.random(in: 0.2...1, using: &generator) }
        let parameters = randomFactors(&generator)  // W; V = D W
        func factors(_ parameters: Matrix<Double>) -> Matrix<Double> {
            var scaled = parameters
            for i in 0..<items { for j in 0..<rank { scaled[i, j] *= coordinates[i] } }
            return scaled
        }
        let present = factors(parameters)
        let user = UserFactorGradient(
            foldIn: RidgeFoldIn(factors: present, denseWeight: weight, ridge: ridge), coordinates: coordinates,
            maxItemsPerUser: 100)
        let exact = gradient(image: factors(present), user: user, history: history)
        let h = 1e-5
        for i in 0..<items {
            for j in 0..<rank {
                var (up, down) = (parameters, parameters)
                up[i, j] += h
                down[i, j] -= h
                let slope = (loss(factors(up), history) - loss(factors(down), history)) / (2 * h)
                // Central differences err by h² = 10⁻¹⁰ times a third derivative of order 10, and 10⁻¹⁶/h of rounding.
                #expect(abs(2 * exact[i, j] - slope) < 1e-7, "(\(i), \(j))")
            }
        }
    }

    @Test("a user without items has no gradient")
    func emptyHistory() {
        var generator = SeededGenerator(seed: 12)
        let user = UserFactorGradient(
            foldIn: RidgeFoldIn(factors: randomFactors(&generator), denseWeight: weight, ridge: ridge),
            coordinates: [Double](repeating: 1, count: items), maxItemsPerUser: 100)
        var out = UserGradient(rank: 3, itemCount: 0)
        let (none, never): ([UInt32], [Int64]) = ([], [])
        user.fill(none.span, never.span, &out)
        #expect(out.factor == [0, 0, 0] && out.coefficients.isEmpty)
    }

    @Test("of a history beyond the bound only the latest items count, in training as in fold-in")
    func boundedHistory() {
        let items: [UInt32] = [0, 1, 2, 3, 4]
        let times: [Int64] = [5, 1, 4, 4, 2]
        #expect(OwnItems.latest(items.span, times.span, most: 3) == [0, 2, 3])
        #expect(OwnItems.latest(items.span, times.span, most: 2) == [0, 3])
        let history = History(zip(items, times).map { Interaction(item: $0, time: $1) })
        for limit in 1...6 {
            let inTraining = OwnItems.latest(items.span, times.span, most: limit).map { items[$0] }
            #expect(OwnItems.latest(history, itemCount: 5, most: limit) == inTraining)
        }
        #expect(OwnItems.latest(history, itemCount: 3, most: 2) == [0, 2])
    }

    @Test("training starts from popularity, also where nothing or nearly nothing is popular")
    func start() {
        var configuration = MFConfiguration(defaultsFor: numbers(items: 3, users: 10, epsilon: "1"))
        configuration.rank = 2
        let training = FactorTraining(configuration: configuration, popularity: [1, 0.5, 0])
        let factors = training.factors
        #expect(abs(factors[0, 0] / factors[1, 0] - 2) < 1e-12)
        #expect(factors[2, 0] == 0)
        let flat = FactorTraining(configuration: configuration, popularity: [0, 0, 0]).factors
        #expect(flat.elements.allSatisfy { $0.isFinite } && flat[0, 0] == 0.5)
    }

    @Test("the fixed scatter looks standard normal")
    func scatter() {
        let values = (0..<10_000).map { InitialFactors.scatter(UInt64($0)) }
        let mean = values.reduce(0, +) / 1e4
        let variance = values.reduce(0) { $0 + $1 * $1 } / 1e4
        // Fixed numbers, so no false alarms; four standard errors are 0.04 and 0.057.
        #expect(abs(mean) < 0.04 && abs(variance - 1) < 0.057)
    }
}
