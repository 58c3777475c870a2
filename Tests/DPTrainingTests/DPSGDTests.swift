// SPDX-License-Identifier: Apache-2.0

import DPAccounting
import DPMechanisms
import DPTraining
import Foundation
import Interactions
import Synchronization
import Testing

/// Learns nothing but how often an item is taken: the "gradient" is the popularity itself, whatever the parameters are.
private struct PopularityDescent: GradientModel {
    var parameters: [Double]
    func contribution() -> Contribution { .itemWeights }
}

struct DPSGDTests {
    private struct Failure: Error {}
    private let histories: [[UInt32]] = [[0], [0], [1]]
    private var cohort: Cohort {
        Cohort(
            itemCount: 3,
            members: histories.enumerated().compactMap { index, items in
                UserPseudonym(bytes: [UInt8](repeating: UInt8(index), count: 16)).map {
                    (user: $0, history: History(items.map { Interaction(item: $0) }))
                }
            })
    }

    private func plan(steps: Int, noiseMultiplier: Double = 0) -> RunPlan {
        let event = GaussianSumEvent(
            samplingProbability: 1, clippingNorm: 1, noiseMultiplier: noiseMultiplier, dimension: 3)
        return RunPlan([RunPlan.Stretch(event: .gaussianSum(event), count: steps)])
    }

    private func grant(_ plan: RunPlan, _ settle: @escaping @Sendable (Int) throws -> Void = { _ in }) -> RunGrant {
        RunGrant(
            run: RunID(hex: "00"), ledger: .memory("test"), cohort: PrivateSum.digest(of: cohort),
            policy: PolicyHash(hex: ""), purpose: "train", plan: plan, settle: settle)
    }

    private func trained(steps: Int, averagedShare: Double, between: @escaping BetweenSteps = { _, _ in .go }) throws
        -> (result: [Double], outcome: TrainingOutcome)
    {
        var cohort = cohort
        let trainer = DPSGD(normaliser: 10, learningRate: LearningRate(initial: 1), averagedShare: averagedShare)
        return try TrainingSession.run(
            spending: grant(plan(steps: steps)), cohort: &cohort, maxUsers: 100, between: between
        ) { session in
            var model = PopularityDescent(parameters: [0, 0, 0])
            try trainer.train(&model, in: &session)
            return model.parameters
        }
    }

    @Test("steps go against the released sum, and the last ones are averaged")
    func averages() throws {
        // g = (2, 1, 0)/10 at every step, so each of Adam's steps is −g/√(mean g²) = −(2, 1, 0)/√(5/3).
        let unit = (5.0 / 3).squareRoot()
        // Grid 2⁻⁴⁰ in the sums, ϵ = 10⁻¹² in the divisor.
        let tolerance = 1e-9
        let last = try trained(steps: 4, averagedShare: 0)
        #expect(abs(last.result[0] + 8 / unit) < tolerance && abs(last.result[1] + 4 / unit) < tolerance)
        #expect(last.result[2] == 0)
        let mean = try trained(steps: 4, averagedShare: 0.5)
        #expect(abs(mean.result[0] + 7 / unit) < tolerance)
        #expect(mean.outcome == TrainingOutcome(stepsTaken: 4, stoppedEarly: false))
    }

    @Test("a run that is stopped keeps the parameters of its last release")
    func stopped() throws {
        let result = try trained(steps: 10, averagedShare: 0.2) { report, _ in report.step == 3 ? .stop : .go }
        #expect(abs(result.result[0] + 6 / (5.0 / 3).squareRoot()) < 1e-9)
        #expect(result.outcome == TrainingOutcome(stepsTaken: 3, stoppedEarly: true))
    }

    @Test("a cohort that withdrew is a zero gradient, not an error")
    func withdrawn() throws {
        let result = try trained(steps: 2, averagedShare: 0) { report, cohort in
            cohort.withdraw(Set(cohort.users))
            return .go
        }
        #expect(result.result == [0, 0, 0])
    }

    @Test("an error of the body or of the door charges what was handed out")
    func errors() throws {
        let settled = Mutex<[Int]>([])
        var cohort = cohort
        #expect(throws: Failure.self) {
            _ = try TrainingSession.run(
                spending: grant(plan(steps: 5)) { steps in settled.withLock { $0.append(steps) } }, cohort: &cohort,
                maxUsers: 100, between: { _, _ in .go }
            ) { session -> Int in
                _ = try session.release(.itemWeights)
                throw Failure()
            }
        }
        // A contribution that was not paid for: the door refuses, the step is gone.
        #expect(throws: DoorError.contributionDoesNotMatchEvent) {
            _ = try TrainingSession.run(
                spending: grant(plan(steps: 5)) { steps in settled.withLock { $0.append(steps) } }, cohort: &cohort,
                maxUsers: 100, between: { _, _ in .go }
            ) { session in try session.release(.userCount) == nil }
        }
        #expect(settled.withLock { $0 } == [1, 1])
    }

    @Test("a ledger that cannot settle is told after a good run, and after a bad one the first error is")
    func ledgerErrors() throws {
        struct Broken: Error {}
        var cohort = cohort
        #expect(throws: Broken.self) {
            _ = try TrainingSession.run(
                spending: grant(plan(steps: 1)) { _ in throw Broken() }, cohort: &cohort, maxUsers: 100,
                between: { _, _ in .go }
            ) { _ in 0 }
        }
        #expect(throws: Failure.self) {
            _ = try TrainingSession.run(
                spending: grant(plan(steps: 1)) { _ in throw Broken() }, cohort: &cohort, maxUsers: 100,
                between: { _, _ in .go }
            ) { _ -> Int in throw Failure() }
        }
    }

    @Test("after the last planned release there is no other")
    func ends() throws {
        var cohort = cohort
        let count = try TrainingSession.run(
            spending: grant(plan(steps: 2)), cohort: &cohort, maxUsers: 100, between: { _, _ in .go }
        ) { session in
            var count = 0
            while try session.release(.itemWeights) != nil { count += 1 }
            return count
        }.result
        #expect(count == 2)
    }
}
