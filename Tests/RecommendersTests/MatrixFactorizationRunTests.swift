// SPDX-License-Identifier: Apache-2.0

import DPAccounting
import DPMechanisms
import DPTraining
import Foundation
import Interactions
import Synchronization
import Testing

@testable import Recommenders

/// Plans, grants, progress, stopping, withdrawal.
struct MatrixFactorizationRunTests {
    private let data = Checkerboard()
    private struct Failure: Error {}

    private func plan(epsilon: String? = nil, settings: [String: String] = [:]) throws
        -> MatrixFactorization.TrainingPlan
    {
        try MatrixFactorization.plan(numbers(items: 40, users: 100, epsilon: epsilon), settings: settings)
    }

    private func ledger() throws -> InMemoryLedger {
        let (epsilon, delta) = (
            EpsilonAmount(decimal: "6", rounding: .down), DeltaAmount(decimal: "1e-5", rounding: .down)
        )
        return InMemoryLedger(
            name: "test", limit: AccountLimit(epsilon: try #require(epsilon), delta: try #require(delta)))
    }

    @Test("the plan costs at most what was asked, and nearly that", arguments: ["0.5", "1", "3", "10"])
    func planCosts(epsilon: String) throws {
        let asked = try #require(EpsilonAmount(decimal: epsilon, rounding: .down))
        let delta = try #require(DeltaAmount(decimal: "1e-6", rounding: .down))
        for settings in [[:], ["sampling": "0.2"]] {
            let plan = try plan(epsilon: epsilon, settings: settings)
            let price = PlanPrice(of: plan.plan, delta: delta)
            #expect(price.epsilon <= asked)
            #expect(price.epsilon.value > 0.999 * asked.value)
            #expect(plan.plan.stretches.count == 2)
            #expect(plan.plan.stepCount == plan.configuration.steps + 1)
        }
    }

    @Test("defaults grow with N·μ, and come from public numbers alone")
    func defaults() throws {
        func configuration(_ users: Int, _ items: Int, _ epsilon: String?) throws -> MFConfiguration {
            try MatrixFactorization.plan(numbers(items: items, users: users, epsilon: epsilon)).configuration
        }
        let small = try configuration(940, 1682, "1")
        #expect(small.rank == 6 && small.steps == 16 && small.samplingProbability == 1)
        let large = try configuration(6000, 3000, "10")
        #expect(large.rank == 23 && large.steps == 46)
        let huge = try configuration(1_000_000, 50_000, "3")
        #expect(huge.rank == 24 && huge.samplingProbability == 0.016384)
        let free = try configuration(940, 1682, nil)
        #expect(free.rank == 32 && free.steps == 100)
    }

    @Test("settings are read, and a bad one is refused by name with its range")
    func settings() throws {
        let set = try plan(settings: ["rank": "5", "steps": "7", "learning-rate": "0.05"]).configuration
        #expect(set.rank == 5 && set.steps == 7 && set.learningRate == 0.05)
        #expect(throws: RecommenderError.unknownSetting(key: "rnak", known: MatrixFactorization.parameters.map(\.key)))
        {
            try plan(settings: ["rnak": "5"])
        }
        let range = "a whole number from 1 to 256"
        for text in ["0", "257", "4.5", "", "many", "nan"] {
            #expect(throws: RecommenderError.invalidSetting(key: "rank", value: text, range: range)) {
                try plan(settings: ["rank": text])
            }
        }
        for text in ["0", "-1", "nan", "inf", "1e9"] {
            #expect(throws: RecommenderError.self) { try plan(settings: ["learning-rate": text]) }
        }
        #expect(throws: RecommenderError.self) {
            try Popularity.plan(numbers(items: 3, users: 3), settings: ["rank": "1"])
        }
    }

    @Test("numbers that cannot be planned for are refused")
    func badNumbers() {
        #expect(throws: RecommenderError.self) { try MatrixFactorization.plan(numbers(items: 0, users: 5)) }
        #expect(throws: RecommenderError.self) { try MatrixFactorization.plan(numbers(items: 5, users: 0)) }
        #expect(throws: RecommenderError.self) {
            try MatrixFactorization.plan(numbers(items: 5, users: 5, epsilon: "0"))
        }
        #expect(throws: RecommenderError.self) {
            try MatrixFactorization.plan(numbers(items: 5, users: 5, epsilon: "1", delta: "0"))
        }
    }

    @Test("every hyper-parameter is documented and its range is one")
    func documented() {
        let parameters = MatrixFactorization.parameters
        #expect(Set(parameters.map(\.key)).count == parameters.count)
        for parameter in parameters {
            #expect(!parameter.meaning.isEmpty && !parameter.defaultRule.isEmpty)
            #expect(throws: Never.self) { try parameter.value(parameter.isInteger ? "1" : "0.5") }
        }
    }

    @Test("the hook hears every release once, before the first and after each")
    func progress() throws {
        let plan = try plan(settings: ["steps": "4"])
        var cohort = data.cohort
        let settlement = Settlement()
        var reports: [StepReport] = []
        let outcome = try MatrixFactorization.fit(
            &cohort, spending: freeGrant(plan.plan, for: cohort, settlement: settlement), as: plan, maxUsers: 1000
        ) { report, _ in
            reports.append(report)
            return .go
        }.outcome
        #expect(reports == (0...5).map { StepReport(step: $0, of: 5) })
        #expect(outcome == TrainingOutcome(stepsTaken: 5, stoppedEarly: false))
        #expect(settlement.steps == [5])
    }

    @Test("a stopped run is a model and is charged for its releases alone", arguments: [0, 1, 2, 9])
    func stopped(after releases: Int) throws {
        let plan = try plan(epsilon: "3")
        let ledger = try ledger()
        let delta = try #require(DeltaAmount(decimal: "1e-6", rounding: .down))
        var cohort = data.cohort
        let grant = try ledger.reserve(
            plan.plan, delta: delta, run: RunID(hex: "01"), cohort: PrivateSum.digest(of: cohort))
        let planned = ledger.sums
        let (model, outcome) = try MatrixFactorization.fit(&cohort, spending: grant, as: plan, maxUsers: 1000) {
            report, _ in report.step == releases ? .stop : .go
        }
        #expect(outcome == TrainingOutcome(stepsTaken: releases, stoppedEarly: true))
        #expect(model.scores(for: data.histories[0]).allSatisfy { $0.isFinite })
        let price = PlanPrice(of: plan.plan, delta: delta)
        #expect(ledger.sums == AccountSums.zero + price.ended(plan.plan, delta: delta, after: releases))
        #expect(ledger.sums != planned)
    }

    @Test("stopping after the last release changes nothing")
    func stoppedAtTheEnd() throws {
        let plan = try plan(settings: ["steps": "2"])
        var cohort = data.cohort
        let outcome = try MatrixFactorization.fit(
            &cohort, spending: freeGrant(plan.plan, for: cohort), as: plan, maxUsers: 1000
        ) { report, _ in report.step == report.of ? .stop : .go }.outcome
        #expect(outcome == TrainingOutcome(stepsTaken: 3, stoppedEarly: false))
    }

    @Test("a hook that throws ends the run; what was handed out stays charged")
    func throwingHook() throws {
        let plan = try plan(settings: ["steps": "4"])
        var cohort = data.cohort
        let settlement = Settlement()
        #expect(throws: Failure.self) {
            _ = try MatrixFactorization.fit(
                &cohort, spending: freeGrant(plan.plan, for: cohort, settlement: settlement), as: plan, maxUsers: 1000
            ) { report, _ in
                if report.step == 3 { throw Failure() }
                return .go
            }
        }
        #expect(settlement.steps == [3])
    }

    @Test("users who are withdrawn before the first release leave no trace")
    func withdrawn() throws {
        let plan = try plan(settings: ["steps": "3"])
        let some = Set(data.cohort.users.prefix(60))
        var cohort = data.cohort
        let model = try MatrixFactorization.fit(
            &cohort, spending: freeGrant(plan.plan, for: cohort), as: plan, maxUsers: 1000
        ) { report, cohort in
            if report.step == 0 { cohort.withdraw(some) }
            return .go
        }.model
        #expect((0..<cohort.count).count { cohort.isWithdrawn($0) } == 60)
        let blanked = data.histories.enumerated().map { $0 < 60 ? History.empty : $1 }
        var rest = makeCohort(blanked, itemCount: data.itemCount)
        let expected = try MatrixFactorization.fit(
            &rest, spending: freeGrant(plan.plan, for: rest), as: plan, maxUsers: 1000
        ).model
        #expect(model.itemFactors == expected.itemFactors)
    }

    @Test("a grant for another plan is given back unused")
    func otherPlan() throws {
        let (one, two) = (try plan(settings: ["steps": "3"]), try plan(settings: ["steps": "4"]))
        var cohort = data.cohort
        let settlement = Settlement()
        #expect(throws: RecommenderError.planDoesNotMatch) {
            _ = try MatrixFactorization.fit(
                &cohort, spending: freeGrant(one.plan, for: cohort, settlement: settlement), as: two, maxUsers: 1000)
        }
        #expect(settlement.steps == [0])
    }
}
