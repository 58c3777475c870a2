// SPDX-License-Identifier: Apache-2.0

import DPAccounting
import DPMechanisms
import DPTraining
import Foundation
import Interactions
import LinearAlgebra
import Records
import TestSupport
import Testing

@testable import Recommenders

/// Twins: items 2t and 2t + 1 are taken together, by a few people each, and nothing else is to be known of them. More pairs than a
/// small number of factors can hold.
private struct Twins {
    let pairs = 60
    var itemCount: Int { 2 * pairs }
    let histories: [History]

    init(users: Int = 1200) {
        var generator = SeededGenerator(seed: 11)
        histories = (0..<users).map { _ in
            let twins = (0..<60).shuffled(using: &generator).prefix(3)
            return History(twins.flatMap { [UInt32(2 * $0), UInt32(2 * $0 + 1)] }.map { Interaction(item: $0) })
        }
    }

    /// How often somebody with one twin is shown the other first.
    func accuracy(of model: some Recommender) -> Double {
        let hits = (0..<itemCount).count { item in
            model.recommend(History([Interaction(item: UInt32(item))]), k: 1).first?.item == UInt32(item ^ 1)
        }
        return Double(hits) / Double(itemCount)
    }
}

struct GraphTests {
    private let data = Checkerboard()

    private var features: PublicFeatures? {
        PublicFeatures(
            (0..<40).map { CatalogueItem(id: "\($0)", features: ["colour": [$0 % 2 == 0 ? "white" : "black"]]) })
    }

    private func plan(
        epsilon: String? = nil, users: Int = 6000, features: PublicFeatures? = nil, settings: [String: String] = [:]
    ) throws -> Graph.TrainingPlan {
        try Graph.plan(numbers(items: 40, users: users, epsilon: epsilon), features: features, settings: settings)
    }

    private func fit(
        _ plan: Graph.TrainingPlan, settlement: Settlement = Settlement(),
        between: @escaping BetweenSteps = { _, _ in .go }
    ) throws -> (model: Graph, outcome: TrainingOutcome) {
        var cohort = data.cohort
        return try Graph.fit(
            &cohort, spending: freeGrant(plan.plan, for: cohort, settlement: settlement), as: plan, maxUsers: 1000,
            between: between)
    }

    @Test("graph passes what every model must pass", arguments: [false, true], ["0", "5"])
    func passesTheChecks(hasFeatures: Bool, recency: String) throws {
        let plan = try plan(features: hasFeatures ? features : nil, settings: ["recency": recency])
        let model = try fit(plan).model
        #expect(model.edges != nil)
        try RecommenderChecks(model: model, histories: Array(data.histories.prefix(6))).run()
        #expect(data.accuracy(of: model) > 0.98)
    }

    @Test("edges hold what a few factors cannot: twins find each other, with noise too")
    func twins() throws {
        let twins = Twins()
        let settings = ["rank": "4", "head-items": "120"]
        for epsilon in [nil, "10"] {
            let numbers = numbers(items: twins.itemCount, users: 1200, epsilon: epsilon)
            let plan = try Graph.plan(numbers, settings: settings)
            var cohort = makeCohort(twins.histories, itemCount: twins.itemCount)
            let graph = try Graph.fit(
                &cohort, spending: freeGrant(plan.plan, for: cohort), as: plan, maxUsers: 1 << 20
            ).model
            let without = try Graph.plan(numbers, settings: settings.merging(["edge-share": "0"]) { $1 })
            let factors = try Graph.fit(
                &cohort, spending: freeGrant(without.plan, for: cohort), as: without, maxUsers: 1 << 20
            ).model
            #expect(twins.accuracy(of: graph) > 0.9)
            #expect(twins.accuracy(of: factors) < 0.5)
        }
    }

    @Test("the plan costs at most what was asked, and nearly that", arguments: ["1", "3", "10"])
    func planCosts(epsilon: String) throws {
        let asked = try #require(EpsilonAmount(decimal: epsilon, rounding: .down))
        let delta = try #require(DeltaAmount(decimal: "1e-6", rounding: .down))
        for features in [nil, features] {
            let plan = try plan(epsilon: epsilon, users: 100_000, features: features, settings: ["edge-share": "0.4"])
            #expect(plan.configuration.hasEdges)
            let price = PlanPrice(of: plan.plan, delta: delta)
            #expect(price.epsilon <= asked && price.epsilon.value > 0.999 * asked.value)
            let shares = plan.plan.stretches.map { stretch in
                guard case .gaussianSum(let event) = stretch.event else { return Double.nan }
                return Double(stretch.count) / (event.noiseMultiplier * event.noiseMultiplier)
            }
            #expect(abs((shares.last ?? 0) / shares.reduce(0, +) - 0.4) < 1e-9)
        }
    }

    @Test("the defaults are the published rules")
    func defaults() {
        func configuration(_ users: Int, _ items: Int, _ epsilon: String?, columns: Int = 0) -> GraphConfiguration {
            GraphConfiguration(
                defaultsFor: numbers(items: items, users: users, epsilon: epsilon), featureColumns: columns,
                titleWords: false)
        }
        let small = configuration(6000, 3018, "3", columns: 30)
        #expect(small.edgeShare == 0.25 && small.neighbours == 100)
        #expect([small.priorWeight, small.edgeWeight] == [0.5, 1])
        #expect(
            small.spectral
                == SpectralConfiguration(
                    defaultsFor: numbers(items: 3018, users: 6000, epsilon: "3"), featureColumns: 30, titleWords: false)
        )
        let large = configuration(30_000, 40_981, "10")
        #expect(large.edgeShare == 0.5 && large.neighbours == 100 && large.spectral.headItems == 1500)
        #expect([large.priorWeight, large.edgeWeight] == [0.3, 3])
        #expect([large.spectral.popularityShare, large.spectral.headShare] == [0.05, 0.3])
        #expect(configuration(30_000, 40_981, "5").neighbours == 50)
        #expect(configuration(30_000, 40_981, "3").spectral.rank == 48)
        let free = configuration(6000, 3018, nil, columns: 30)
        #expect(free.neighbours == 1024 && free.spectral.rank == 200 && free.spectral.headItems == 2000)
        #expect(free.spectral.steps == 3 && configuration(30_000, 40_981, nil).neighbours == 200)
        // No edges where the signal is small for so many items, at ε ≤ 1, or where nothing is learned at all; the notes say so.
        for none in [configuration(30_000, 60_000, "3"), configuration(60_000, 100, "1"), configuration(100, 40, "3")] {
            #expect(!none.hasEdges && none.notes.count == 1)
        }
        #expect(large.notes.isEmpty)
    }

    @Test("settings are read, and a bad one is refused by name")
    func settings() throws {
        let set = try plan(settings: [
            "edge-share": "0.4", "neighbours": "7", "prior-weight": "0", "edge-weight": "2", "recency": "3",
            "rank": "5", "steps": "3",
        ]).configuration
        #expect(set.edgeShare == 0.4 && set.neighbours == 7 && set.priorWeight == 0 && set.edgeWeight == 2)
        #expect(set.recency == 3 && set.spectral.rank == 5 && set.spectral.steps == 3 && set.mostPairs == 280)
        #expect(try plan(settings: ["steps": "0"]).configuration.edgeShare == 0)
        // No more neighbours than there are, and no more pairs.
        #expect(try plan().configuration.neighbours == 39 && plan().configuration.mostPairs == 780)
        for bad in [
            ["neighbors": "5"], ["neighbours": "0"], ["edge-share": "0.95"], ["recency": "-1"], ["recency": "nan"],
            ["steps": "0", "edge-share": "0.2"], ["feature-share": "0.1"],
        ] {
            #expect(throws: RecommenderError.self) { try plan(settings: bad) }
        }
    }

    @Test("stopped anywhere it is a valid model, charged for what was released", arguments: 0...3)
    func stopped(at step: Int) throws {
        let settlement = Settlement()
        let plan = try plan(epsilon: "10")
        let (model, outcome) = try fit(plan, settlement: settlement) { report, _ in report.step == step ? .stop : .go }
        #expect(outcome == TrainingOutcome(stepsTaken: step, stoppedEarly: true))
        #expect(settlement.steps == [step] && model.edges == nil)
        try RecommenderChecks(model: model, histories: Array(data.histories.prefix(2))).run()
    }

    @Test("nobody and users without items leave a valid model, and so do tiny catalogues")
    func emptyCohorts() throws {
        for histories in [[], [History.empty, .empty]] as [[History]] {
            let plan = try plan()
            var cohort = makeCohort(histories, itemCount: 40)
            let model = try Graph.fit(
                &cohort, spending: freeGrant(plan.plan, for: cohort), as: plan, maxUsers: 10
            ).model
            #expect(model.scores(for: data.histories[0]).allSatisfy { $0.isFinite })
        }
        for items in 1...3 {
            let plan = try Graph.plan(numbers(items: items, users: 6000, epsilon: "3"))
            var cohort = makeCohort([History([Interaction(item: 0)])], itemCount: items)
            let model = try Graph.fit(
                &cohort, spending: freeGrant(plan.plan, for: cohort), as: plan, maxUsers: 10
            ).model
            #expect(model.recommend(.empty, k: 5).count == items)
        }
    }

    @Test("a grant for another plan is given back unused")
    func otherPlan() throws {
        let (one, two) = (try plan(epsilon: "3"), try plan(epsilon: "2"))
        var cohort = data.cohort
        let settlement = Settlement()
        #expect(throws: RecommenderError.planDoesNotMatch) {
            _ = try Graph.fit(
                &cohort, spending: freeGrant(one.plan, for: cohort, settlement: settlement), as: two, maxUsers: 1000)
        }
        #expect(settlement.steps == [0])
    }

    @Test("a damaged artifact is refused")
    func damagedArtifacts() throws {
        let content = try fit(plan()).model.content
        func refused(_ name: String, _ change: ([Float]) -> [Float]) {
            let tensors = content.tensors.map { tensor in
                let values = tensor.name == name ? change(tensor.values) : tensor.values
                return NamedTensor(
                    name: tensor.name, shape: [tensor.shape[0]] + tensor.shape.dropFirst(), values: values)
            }
            #expect(throws: RecommenderError.self) { try Graph(ModelContent(model: content.model, tensors: tensors)) }
        }
        for name in ["edgeEarlier", "edgeLater", "edgeWeight", "itemFactors", "scales", "popularity"] {
            refused(name) { $0.map { _ in .nan } }
            refused(name) { Array($0.dropLast()) }
        }
        // A position outside the catalogue, between two, or of an item beside itself.
        for bad: Float in [40, -1, 0.5, 1e9] { refused("edgeLater") { [bad] + $0.dropFirst() } }
        refused("edgeLater") { _ in content.tensors.first { $0.name == "edgeEarlier" }?.values ?? [] }
    }

    @Test("recency weighs by how many own items are newer, items of one time alike; without times nothing changes")
    func recency() throws {
        let model = try fit(plan(settings: ["recency": "2"])).model
        let timed = History([
            Interaction(item: 4, time: 30), Interaction(item: 1, time: 10), Interaction(item: 2, time: 20),
            Interaction(item: 3, time: 20), Interaction(item: 1, time: 5),
        ])
        let expected: [UInt32: Double] = [4: 1, 2: exp(-0.5), 3: exp(-0.5), 1: exp(-1.5)]
        let own = model.own(timed)
        #expect(own.map(\.item) == [1, 2, 3, 4])
        for (item, weight) in own { #expect(abs(weight - (expected[item] ?? 0)) < 1e-15) }
        let untimed = History([5, 6, 9].map { Interaction(item: $0) })
        #expect(model.own(untimed).allSatisfy { $0.weight == 1 })
    }
}

struct CandidatePairTests {
    private func scorer(items: Int, rank: Int, seed: UInt64) -> LinearScorer {
        var generator = SeededGenerator(seed: seed)
        return LinearScorer(
            factors: Matrix(
                rows: items, columns: rank,
                elements: (0..<items * rank).map { _ in Float.random(in: -1...1, using: &generator) }),
            scales: (0..<rank).map { 1 / Float($0 + 1) },
            popularity: (0..<items).map { _ in Float.random(in: 0...1, using: &generator) }, maxItemsPerUser: 100)
    }

    @Test("the pairs are those of each item with its best neighbours, whoever proposed them", arguments: [1, 3, 20])
    func nearest(neighbours: Int) {
        let scorer = scorer(items: 700, rank: 3, seed: 5)
        let pairs = CandidatePairs(scorer, neighbours: neighbours)
        var expected = Set<[UInt32]>()
        for item in 0..<700 {
            let side = scorer.kernelSide
            func score(_ other: Int) -> Float {
                (0..<3).reduce(Float(0)) { $0 + scorer.factors[item, $1] * side[other, $1] }
            }
            let best = (0..<700).filter { $0 != item }.sorted { score($0) > score($1) }.prefix(neighbours)
            for other in best { expected.insert([UInt32(min(item, other)), UInt32(max(item, other))]) }
        }
        let found = Set(zip(pairs.earlier, pairs.later).map { [$0, $1] })
        // Rounding may exchange the last of two that are all but equal.
        #expect(found.symmetricDifference(expected).count <= 4)
        #expect(found.count == pairs.count && pairs.offsets.last == pairs.count)
    }

    @Test(
        "what a user adds is 1/√n on exactly the pairs that are wholly theirs; a neighbour moves the sum by 1 or by 0")
    func contribution() throws {
        var generator = SeededGenerator(seed: 9)
        var rows = [[UInt32]](repeating: [], count: 30)
        for item in 0..<30 {
            for other in item + 1..<max(30, item + 1) where Bool.random(using: &generator) {
                rows[item].append(UInt32(other))
            }
        }
        let pairs = CandidatePairs(rows: rows)
        // None, one item, an item twice, all of them, random ones.
        var histories = [
            History.empty, History([Interaction(item: 3)]), History((0..<30).map { Interaction(item: $0) }),
        ]
        histories.append(History([Interaction(item: 7, time: 1), Interaction(item: 7, time: 2)]))
        histories += (0..<40).map { _ in
            History(
                (0..<Int.random(in: 1...12, using: &generator)).map { _ in
                    Interaction(item: UInt32.random(in: 0..<30, using: &generator))
                })
        }
        func released(_ histories: [History]) throws -> [Double] {
            let cohort = makeCohort(histories, itemCount: 30)
            let event = GaussianSumEvent(
                samplingProbability: 1, clippingNorm: 1, noiseMultiplier: 0, dimension: pairs.count)
            var grant = freeGrant(RunPlan(.gaussianSum(event)), for: cohort)
            guard let step = grant.next() else { return [] }
            let release = try PrivateSum.release(
                .userVector(pairs.contribution), of: cohort, spending: step, maxUsers: 1000)
            try grant.finish()
            return release.values
        }
        let whole = try released(histories)
        for left in histories.indices {
            var others = histories
            others[left] = .empty
            let moved = zip(whole, try released(others)).map { $0 - $1 }
            let own = Set(histories[left].distinctItems)
            let mine = zip(pairs.earlier, pairs.later).map { own.contains($0) && own.contains($1) }
            let count = mine.count(where: { $0 })
            for (difference, isMine) in zip(moved, mine) {
                #expect(abs(difference - (isMine ? 1 / Double(count).squareRoot() : 0)) < 1e-5)
            }
            let norm = moved.reduce(0) { $0 + $1 * $1 }.squareRoot()
            #expect(norm <= 1 && (count == 0 ? norm == 0 : norm > 0.9999))
        }
    }
}

struct EdgeShrinkageTests {
    private let scorer = LinearScorer(
        factors: Matrix(rows: 4, columns: 1, elements: [1, 0.5, 0.25, -0.5]), scales: [1],
        popularity: [1, 0.5, 0.25, 0],
        maxItemsPerUser: 10)
    private let pairs = CandidatePairs(rows: [[1, 2, 3], [2, 3], [3], []])
    private var shrinkage: EdgeShrinkage { EdgeShrinkage(pairs: pairs, scorer: scorer, features: nil) }

    @Test(
        "with endless noise an edge is what factors and popularity make likely; without, all of what was released counts"
    )
    func extremes() {
        let released = [0.9, 0.1, 0.4, 0.3, 0.2, 0.8]
        func weights(_ deviation: Double, _ prior: Double, _ own: Double) -> [Double] {
            shrinkage.weights(released, standardDeviation: deviation, priorWeight: prior, edgeWeight: own)
        }
        // τ² is 0 by moments: nothing of the release itself is left.
        #expect(weights(100, 0, 1).allSatisfy { $0 == 0 })
        #expect(weights(100, 1, 1) == weights(100, 1, 0))
        let (prior, both, own) = (weights(0, 1, 0), weights(0, 1, 1), weights(0, 0, 1))
        #expect(prior.allSatisfy { $0 >= 0 } && own.contains { $0 > 0 } && own.contains { $0 < 0 })
        for index in released.indices { #expect(abs(prior[index] + own[index] - both[index]) < 1e-12) }
        // The more noise, the less of the release counts, for every edge.
        var before = own.map(abs)
        for deviation in [0.05, 0.1, 0.2] {
            let now = weights(deviation, 0, 1).map(abs)
            for index in released.indices { #expect(now[index] <= before[index] + 1e-12) }
            before = now
        }
    }

    @Test("the least squares finds coefficients that are there, weighted or not")
    func leastSquares() {
        let columns: [[Double]] = [[1, 2, 3, 4, 5], [1, 0, 1, 0, 2]]
        let y = (0..<5).map { 2 * columns[0][$0] - 3 * columns[1][$0] }
        for weights in [[1, 1, 1, 1, 1], [5, 1, 0.1, 2, 1]] as [[Double]] {
            let beta = EdgeShrinkage.leastSquares(columns, y, weights: weights)
            #expect(abs(beta[0] - 2) < 1e-6 && abs(beta[1] + 3) < 1e-6)
        }
        #expect(EdgeShrinkage.leastSquares([[0, 0]], [1, 2], weights: [1, 1]).allSatisfy { $0.isFinite })
    }

    @Test("odd releases give finite weights", arguments: [0.0, 1, 1e-300, 1e12])
    func oddReleases(deviation: Double) {
        for value in [0.0, -1, 1e-300, 1e12, -1e12] {
            let weights = shrinkage.weights(
                [Double](repeating: value, count: 6), standardDeviation: deviation, priorWeight: 0.5, edgeWeight: 1)
            #expect(weights.count == 6 && weights.allSatisfy(\.isFinite))
        }
        #expect(
            EdgeShrinkage(pairs: CandidatePairs(rows: [[], []]), scorer: scorer, features: nil)
                .weights([], standardDeviation: deviation, priorWeight: 1, edgeWeight: 1).isEmpty)
    }
}

/// Somebody who knows everybody else's history asks whether one person, the only one with both ends of an edge, took part.
struct GraphLeakTests {
    private static let pairs = CandidatePairs(rows: [[1, 2], [2], []])
    /// Others have items 0 and 1 together; the person asked about has 1 and 2.
    private static let others = (0..<20).map { _ in History([0, 1].map { Interaction(item: $0) }) }
    private static let person = History([1, 2].map { Interaction(item: $0) })
    private static let with = makeCohort(others + [person], itemCount: 3)
    private static let without = makeCohort(others + [.empty], itemCount: 3)
    private static let multiplier = 1.0

    private static func edges(_ cohort: Cohort) throws -> [Double] {
        let event = GaussianSumEvent(
            samplingProbability: 1, clippingNorm: 1, noiseMultiplier: multiplier, dimension: pairs.count)
        var grant = freeGrant(RunPlan(.gaussianSum(event)), for: cohort)
        guard let step = grant.next() else { return [] }
        let release = try PrivateSum.release(
            .userVector(pairs.contribution), of: cohort, spending: step, maxUsers: 100)
        try grant.finish()
        return release.values
    }

    /// What a graph does that adds noise to the edges that exist and leaves the others out: the same numbers, one of them 0 exactly
    /// where nobody has that pair. It lives here alone.
    private static func naiveEdges(_ cohort: Cohort) throws -> [Double] {
        let isThere = cohort.users.indices.contains { user in
            cohort.withColumns(of: user) { items, _, _ in
                (0..<items.count).contains { items[$0] == 2 }
            }
        }
        var noisy = try edges(cohort)
        if !isThere { noisy[2] = 0 }
        return noisy
    }

    /// ε of one such release at δ = .01, as it is priced.
    private static var claim: Double {
        let event = GaussianSumEvent(
            samplingProbability: 1, clippingNorm: 1, noiseMultiplier: multiplier, dimension: 3)
        let delta = DeltaAmount(decimal: "0.01", rounding: .down) ?? .zero
        return PlanPrice(of: RunPlan(.gaussianSum(event)), delta: delta).epsilon.value
    }

    /// Each edge, in steps of half a standard deviation, and whether it is there at all.
    private static var features: [([Double]) -> AnyHashable] {
        [
            { AnyHashable(Int(($0[2] * 4).rounded())) }, { AnyHashable(Int(($0[0] * 4).rounded())) },
            { AnyHashable($0.map { $0 == 0 }) },
        ]
    }

    @Test("the edges keep what they claim; a graph with noise on its existing edges alone does not")
    func membership() throws {
        let tester = StochasticTester(epsilon: Self.claim, delta: 0.01, runs: 5000)
        let ours = try tester.refute(
            { try Self.edges(Self.with) }, against: { try Self.edges(Self.without) }, seeing: Self.features)
        #expect(ours == nil, "\(String(describing: ours))")
        let naive = try tester.refute(
            { try Self.naiveEdges(Self.with) }, against: { try Self.naiveEdges(Self.without) }, seeing: Self.features)
        #expect((naive?.epsilonAtLeast ?? 0) > Self.claim + 1)
    }

    @Test("the attack has power: of a third of the claim it says that it is false")
    func power() throws {
        let tester = StochasticTester(epsilon: Self.claim / 3, delta: 0.01, runs: 5000)
        let found = try tester.refute(
            { try Self.edges(Self.with) }, against: { try Self.edges(Self.without) }, seeing: Self.features)
        #expect(found != nil)
    }
}
