// SPDX-License-Identifier: Apache-2.0

import DPAccounting
import DPMechanisms
import DPTraining
import Foundation
import Interactions
import LinearAlgebra
import Records
import Testing

@testable import Recommenders

struct SpectralTests {
    private let data = Checkerboard()
    private struct Failure: Error {}

    /// Two colours of items, with a colour for every fifth item unknown.
    private var coloured: [CatalogueItem] {
        (0..<40).map {
            CatalogueItem(id: "\($0)", features: $0 % 5 == 0 ? [:] : ["colour": [$0 % 2 == 0 ? "white" : "black"]])
        }
    }
    private var features: PublicFeatures? { PublicFeatures(coloured) }

    private func plan(
        epsilon: String? = nil, users: Int = 6000, features: PublicFeatures? = nil, settings: [String: String] = [:]
    ) throws -> Spectral.TrainingPlan {
        try Spectral.plan(
            numbers(items: 40, users: users, epsilon: epsilon), features: features, settings: settings)
    }

    private func fit(
        _ plan: Spectral.TrainingPlan, settlement: Settlement = Settlement(),
        between: @escaping BetweenSteps = { _, _ in .go }
    ) throws -> (model: Spectral, outcome: TrainingOutcome) {
        var cohort = data.cohort
        return try Spectral.fit(
            &cohort, spending: freeGrant(plan.plan, for: cohort, settlement: settlement), as: plan, maxUsers: 1000,
            between: between)
    }

    @Test("spectral passes what every model must pass", arguments: [false, true])
    func passesTheChecks(hasFeatures: Bool) throws {
        let model = try fit(plan(features: hasFeatures ? features : nil)).model
        try RecommenderChecks(model: model, histories: Array(data.histories.prefix(6))).run()
        #expect(data.accuracy(of: model) > 0.98)
    }

    @Test("with noise it still tells two kinds of users apart, far above chance")
    func learnsUnderNoise() throws {
        // 2000 users at ε = 10: the two kinds' direction is 2000·(1/√40) against σ = 1/(1.85·√.6) a coordinate.
        let many = Checkerboard(users: 2000)
        let plan = try plan(epsilon: "10", users: 2000)
        var cohort = many.cohort
        let model = try Spectral.fit(
            &cohort, spending: freeGrant(plan.plan, for: cohort), as: plan, maxUsers: 10_000
        ).model
        #expect(many.accuracy(of: model) > 0.95)
    }

    @Test("the plan costs at most what was asked, and nearly that", arguments: ["0.5", "1", "3", "10"])
    func planCosts(epsilon: String) throws {
        let asked = try #require(EpsilonAmount(decimal: epsilon, rounding: .down))
        let delta = try #require(DeltaAmount(decimal: "1e-6", rounding: .down))
        for features in [nil, features] {
            let plan = try plan(epsilon: epsilon, users: 100_000, features: features)
            let price = PlanPrice(of: plan.plan, delta: delta)
            #expect(price.epsilon <= asked && price.epsilon.value > 0.999 * asked.value)
            // Σ μ² of the releases is the μ² of the whole.
            let mu = GaussianDP.mu(epsilon: asked.value, delta: delta.value)
            let sum = plan.plan.stretches.reduce(0.0) { sum, stretch in
                guard case .gaussianSum(let event) = stretch.event else { return .nan }
                return sum + Double(stretch.count) / (event.noiseMultiplier * event.noiseMultiplier)
            }
            #expect(abs(sum / (mu * mu) - 1) < 1e-4)
        }
    }

    @Test("the defaults are the published rules")
    func defaults() throws {
        func configuration(
            _ users: Int, _ items: Int, _ epsilon: String?, columns: Int
        ) -> SpectralConfiguration {
            SpectralConfiguration(
                defaultsFor: numbers(items: items, users: users, epsilon: epsilon), featureColumns: columns,
                titleWords: false)
        }
        let rich = configuration(6000, 3018, "10", columns: 30)
        #expect(rich.steps == 1 && rich.rank == 48 && rich.headItems == 400)
        #expect([rich.popularityShare, rich.featureShare, rich.headShare] == [0.15, 0.1, 0.25])
        let middle = configuration(6000, 3018, "3", columns: 30)
        #expect(middle.steps == 2 && middle.rank == 32 && middle.headShare == 0 && middle.headItems == 0)
        #expect(configuration(6000, 3018, "1", columns: 30).steps == 1)
        let plain = configuration(6000, 3018, "3", columns: 0)
        #expect(plain.steps == 1 && plain.headItems == 400 && plain.featureShare == 0)
        #expect(configuration(6000, 3018, "1", columns: 0).headItems == 200)
        #expect(configuration(943, 1682, "3", columns: 0).headItems == 200)
        #expect(configuration(30_000, 40_981, "3", columns: 0).headItems == 1000)
        #expect(configuration(30_000, 60, "10", columns: 0).headItems == 60)
        // A hundredth less for the count of users makes no other model.
        #expect(configuration(6000, 3018, "9.9", columns: 30).rank == 48)
        #expect(configuration(6000, 3018, "7.92", columns: 30).rank == 48)
    }

    @Test("where N·μ is small, popularity and public features are all there is, and the notes say so")
    func smallSignal() throws {
        for (users, epsilon, features) in [(943, "0.5", nil), (6000, "0.5", features), (100, "3", nil)] {
            let plan = try plan(epsilon: epsilon, users: users, features: features)
            #expect(!plan.configuration.learnsTaste && plan.plan.stepCount == 1)
            #expect(plan.configuration.notes.count == 1)
            #expect(plan.configuration.notes[0].contains("features") == (features != nil))
            _ = try fit(plan)
            // Who asks for a step gets it.
            let asked = try self.plan(epsilon: epsilon, users: users, features: features, settings: ["steps": "1"])
            #expect(asked.configuration.learnsTaste && asked.configuration.nominalUsers == users)
        }
        #expect(try plan(epsilon: "0.5", users: 6000).configuration.notes.isEmpty)
    }

    @Test("settings are read, and a bad one is refused by name")
    func settings() throws {
        let set = try plan(settings: ["rank": "5", "steps": "3", "head-share": "0.5", "head-items": "17"]).configuration
        #expect(set.rank == 5 && set.steps == 3 && set.headShare == 0.5 && set.headItems == 17)
        let none = try plan(settings: ["steps": "0"]).configuration
        #expect(none.popularityShare == 1 && none.rank == 0)
        #expect(try Spectral.wantsTitleWords(["title-words": "true"]))
        let (off, unset) = (try Spectral.wantsTitleWords(["title-words": "false"]), try Spectral.wantsTitleWords([:]))
        #expect(!off && !unset)
        for bad in [
            ["rnak": "5"], ["rank": "0"], ["rank": "nan"], ["title-words": "yes"], ["title-words": "2"],
            ["feature-share": "0.1"], ["head-share": "0"], ["popularity-share": "0.8"], ["steps": "9"],
        ] {
            #expect(throws: RecommenderError.self) { try plan(settings: bad) }
        }
        #expect(throws: RecommenderError.self) {
            try Spectral.plan(numbers(items: 39, users: 5), features: features)
        }
    }

    @Test("every planned release is made, also where nothing rises above the noise")
    func everyReleaseIsMade() throws {
        for (epsilon, features) in [("3", features), ("10", features), ("1", nil)] {
            let settlement = Settlement()
            let plan = try plan(epsilon: epsilon, features: features)
            // 120 users against the noise for 6000.
            let outcome = try fit(plan, settlement: settlement).outcome
            #expect(outcome == TrainingOutcome(stepsTaken: plan.plan.stepCount, stoppedEarly: false))
            #expect(settlement.steps == [plan.plan.stepCount])
        }
    }

    @Test("stopped anywhere it is a valid model, charged for what was released", arguments: 0...3)
    func stopped(at step: Int) throws {
        let settlement = Settlement()
        let plan = try plan(epsilon: "10", features: features)
        let (model, outcome) = try fit(plan, settlement: settlement) { report, _ in report.step == step ? .stop : .go }
        #expect(outcome == TrainingOutcome(stepsTaken: step, stoppedEarly: true))
        #expect(settlement.steps == [step])
        try RecommenderChecks(model: model, histories: Array(data.histories.prefix(2))).run()
    }

    @Test("nobody and users without items leave a valid model")
    func emptyCohorts() throws {
        for histories in [[], [History.empty, .empty]] as [[History]] {
            for features in [nil, features] {
                let plan = try plan(features: features)
                var cohort = makeCohort(histories, itemCount: 40)
                let model = try Spectral.fit(
                    &cohort, spending: freeGrant(plan.plan, for: cohort), as: plan, maxUsers: 10
                ).model
                #expect(model.scores(for: data.histories[0]).allSatisfy { $0.isFinite })
            }
        }
    }

    @Test("tiny catalogues", arguments: [1, 2, 3])
    func tinyCatalogues(items: Int) throws {
        let plan = try Spectral.plan(numbers(items: items, users: 6000, epsilon: "3"))
        var cohort = makeCohort([History([Interaction(item: 0)])], itemCount: items)
        let model = try Spectral.fit(
            &cohort, spending: freeGrant(plan.plan, for: cohort), as: plan, maxUsers: 10
        ).model
        #expect(model.recommend(.empty, k: 5).count == items)
    }

    @Test("a grant for another plan is given back unused")
    func otherPlan() throws {
        let (one, two) = (try plan(epsilon: "3"), try plan(epsilon: "2"))
        var cohort = data.cohort
        let settlement = Settlement()
        #expect(throws: RecommenderError.planDoesNotMatch) {
            _ = try Spectral.fit(
                &cohort, spending: freeGrant(one.plan, for: cohort, settlement: settlement), as: two, maxUsers: 1000)
        }
        #expect(settlement.steps == [0])
    }

    @Test("a damaged artifact is refused")
    func damagedArtifacts() throws {
        let content = try fit(plan()).model.content
        for name in ["itemFactors", "scales", "popularity"] {
            let rest = content.tensors.filter { $0.name != name }
            #expect(throws: RecommenderError.self) { try Spectral(ModelContent(model: content.model, tensors: rest)) }
            let broken = content.tensors.map { tensor in
                tensor.name == name
                    ? NamedTensor(name: name, shape: tensor.shape, values: tensor.values.map { _ in .nan }) : tensor
            }
            #expect(throws: RecommenderError.self) { try Spectral(ModelContent(model: content.model, tensors: broken)) }
        }
    }

    @Test("content needs no plan to be paid for, knows colours, and serves whoever was in no training")
    func contentBased() throws {
        let plan = try ContentBased.plan(numbers(items: 40, users: 1), features: features)
        #expect(plan.plan.stretches.isEmpty)
        let model = ContentBased(free: plan)
        try RecommenderChecks(model: model, histories: Array(data.histories.prefix(6))).run()
        // An item in five has no colour.
        #expect(data.accuracy(of: model) > 0.85)
        #expect(throws: RecommenderError.self) { try ContentBased.plan(numbers(items: 40, users: 1), features: nil) }
        #expect(throws: RecommenderError.self) {
            try ContentBased.plan(numbers(items: 40, users: 1), features: features, settings: ["rank": "1"])
        }
    }

    @Test("content with popularity costs one release and is what spectral falls back to")
    func contentWithPopularity() throws {
        let plan = try ContentBased.plan(
            numbers(items: 40, users: 1), features: features, settings: ["popularity": "true"])
        #expect(plan.plan.stepCount == 1)
        var cohort = data.cohort
        let model = try ContentBased.fit(
            &cohort, spending: freeGrant(plan.plan, for: cohort), as: plan, maxUsers: 1000
        ).model
        let fallback = try fit(self.plan(features: features, settings: ["steps": "0"])).model
        #expect(model.scores(for: data.histories[3]) == fallback.scores(for: data.histories[3]))
    }
}
