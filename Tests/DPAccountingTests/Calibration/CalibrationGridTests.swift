// SPDX-License-Identifier: Apache-2.0

import Foundation
import TestSupport
import Testing

@testable import DPAccounting

/// Solving for noise, steps and sampling over a grid of questions, held to the exact accountant: never unsafe, and near.
struct CalibrationGridTests {
    struct Question: Sendable, CustomTestStringConvertible {
        let epsilon: Double
        let delta: Double
        let q: Double
        let steps: Int
        var testDescription: String { "ε \(epsilon) δ \(delta) q \(q) T \(steps)" }
    }

    static let questions: [Question] = [
        Question(epsilon: 0.3, delta: 1e-5, q: 0.02, steps: 200), Question(epsilon: 1, delta: 1e-8, q: 0.3, steps: 20),
        Question(epsilon: 3, delta: 1e-6, q: 0.005, steps: 3000), Question(epsilon: 8, delta: 1e-5, q: 0.1, steps: 500),
        Question(epsilon: 0.8, delta: 1e-10, q: 0.9, steps: 5), Question(epsilon: 2, delta: 1e-4, q: 1, steps: 64),
    ]

    static func exact(_ sigma: Double, _ question: Question, q: Double? = nil, steps: Int? = nil) -> PrivacyBracket {
        ExactAccountant.epsilon(
            of: PlanSolver.plan(
                noiseMultiplier: sigma, samplingProbability: q ?? question.q, steps: steps ?? question.steps),
            delta: question.delta)
    }

    @Test(
        "the noise that losses ask for is safe by the exact accountant, and three ten-thousandths less are not",
        arguments: questions)
    func losses(question: Question) throws {
        let sigma = try PrivacyLossAccountant.noiseMultiplier(
            epsilon: question.epsilon, delta: question.delta, samplingProbability: question.q, steps: question.steps)
        #expect(Self.exact(sigma, question).lower <= question.epsilon)
        // The grid is chosen for 10⁻⁴ of ε, which falls at least about as fast as the noise grows.
        #expect(Self.exact(sigma * (1 - 3e-4), question).upper > question.epsilon)
    }

    @Test("by the exact accountant itself: within 10⁻⁶ on the safe side", arguments: questions)
    func exactly(question: Question) throws {
        let solver = PlanSolver(epsilon: question.epsilon, delta: question.delta, accountant: ExactAccounting())
        let sigma = try solver.noiseMultiplier(samplingProbability: question.q, steps: question.steps)
        #expect(Self.exact(sigma, question).upper <= question.epsilon)
        #expect(Self.exact(sigma * (1 - 1e-6), question).upper > question.epsilon)
    }

    @Test(
        "the price of a calibrated run is what was asked or less, and its noise no more than orders ask for",
        arguments: questions)
    func runs(question: Question) throws {
        let (epsilon, delta) = (
            EpsilonAmount(question.epsilon, rounding: .down), DeltaAmount(question.delta, rounding: .down)
        )
        let sigma = try Calibration.noiseMultiplier(
            epsilon: epsilon, delta: delta, samplingProbability: question.q, steps: question.steps, dimension: 10)
        let plan = Plans.gaussian(multiplier: sigma, q: question.q, steps: question.steps)
        let price = PlanPrice(of: plan, delta: delta)
        #expect(price.problem == nil && price.epsilon <= epsilon)
        #expect(price.epsilon.value > question.epsilon * (1 - 1e-3))
        let byOrders = PlanSolver(epsilon: question.epsilon, delta: question.delta, accountant: RenyiAccounting())
        // The fast sampler's share of δ costs runs a hair.
        let most = try byOrders.noiseMultiplier(samplingProbability: question.q, steps: question.steps)
        #expect(sigma <= most * (1 + 1e-4))
    }

    @Test("steps: what is found fits, and some more does not", arguments: questions)
    func steps(question: Question) throws {
        let sigma = try PrivacyLossAccountant.noiseMultiplier(
            epsilon: question.epsilon, delta: question.delta, samplingProbability: question.q, steps: question.steps)
        let steps = try PrivacyLossAccountant.steps(
            epsilon: question.epsilon, delta: question.delta, noiseMultiplier: sigma * (1 + 1e-3),
            samplingProbability: question.q)
        // A thousandth more noise affords at least as many.
        #expect(steps >= question.steps)
        #expect(Self.exact(sigma * (1 + 1e-3), question, steps: steps).lower <= question.epsilon)
        #expect(Self.exact(sigma * (1 + 1e-3), question, steps: steps + 1 + steps / 100).upper > question.epsilon)
    }

    @Test("sampling: what is found fits, and a thousandth more does not", arguments: questions.filter { $0.q < 0.5 })
    func sampling(question: Question) throws {
        let sigma = try PrivacyLossAccountant.noiseMultiplier(
            epsilon: question.epsilon, delta: question.delta, samplingProbability: question.q, steps: question.steps)
        let q = try PrivacyLossAccountant.samplingProbability(
            epsilon: question.epsilon, delta: question.delta, noiseMultiplier: sigma, steps: question.steps)
        #expect(relativeError(q, question.q) < 1e-3, "\(q)")
        #expect(Self.exact(sigma, question, q: q).lower <= question.epsilon)
        #expect(Self.exact(sigma, question, q: q * (1 + 1e-3)).upper > question.epsilon)
    }

    @Test("noise grows with steps and sampling, and shrinks with ε and δ")
    func monotone() throws {
        func noise(_ epsilon: Double, _ delta: Double, _ q: Double, _ steps: Int) throws -> Double {
            try PrivacyLossAccountant.noiseMultiplier(
                epsilon: epsilon, delta: delta, samplingProbability: q, steps: steps)
        }
        let base = try noise(1, 1e-6, 0.05, 100)
        let less = [
            try noise(1.05, 1e-6, 0.05, 100), try noise(1, 2e-6, 0.05, 100), try noise(1, 1e-6, 0.04, 100),
            try noise(1, 1e-6, 0.05, 80),
        ]
        let more = [
            try noise(0.95, 1e-6, 0.05, 100), try noise(1, 5e-7, 0.05, 100), try noise(1, 1e-6, 0.06, 100),
            try noise(1, 1e-6, 0.05, 120),
        ]
        #expect(less.allSatisfy { $0 < base } && more.allSatisfy { $0 > base }, "\(less) \(base) \(more)")
        // Large noise: like a Gaussian of q·√T, so four times the steps are twice the noise.
        let (few, many) = (try noise(0.2, 1e-6, 0.5, 400), try noise(0.2, 1e-6, 0.5, 1600))
        #expect(abs(many / few - 2) < 0.01)
    }
}
