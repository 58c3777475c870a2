// SPDX-License-Identifier: Apache-2.0

import Interactions
import LinearAlgebra
import Records
import Testing

@testable import Recommenders

/// What every model must pass.
struct RecommenderChecks<Model: Recommender> {
    let model: Model
    /// A history of ordinary users of the model's catalogue.
    let histories: [History]

    func run() throws {
        leavesOutTheSeen()
        ranksByScoreThenCatalogue()
        servesAnyLength()
        ranksCandidatesAlone()
        servesOddHistories()
        explainsExactly()
        try survivesSaving()
    }

    private func leavesOutTheSeen() {
        for history in histories {
            let list = model.recommend(history, k: model.itemCount)
            #expect(Set(list.map(\.item)).isDisjoint(with: history.distinctItems))
            #expect(list.count == model.itemCount - history.distinctItems.count)
            #expect(model.recommend(history, k: model.itemCount, includeSeen: true).count == model.itemCount)
        }
    }

    private func ranksByScoreThenCatalogue() {
        for history in histories {
            let scores = model.scores(for: history)
            let order = scores.indices.sorted { (scores[$1], $0) < (scores[$0], $1) }
            let list = model.recommend(history, k: model.itemCount, includeSeen: true)
            #expect(list.map(\.item) == order.map { UInt32($0) })
            #expect(list.map(\.score) == order.map { scores[$0] })
        }
    }

    private func servesAnyLength() {
        let history = histories[0]
        let all = model.recommend(history, k: .max)
        #expect(model.recommend(history, k: 3) == Array(all.prefix(3)))
        #expect(model.recommend(history, k: 0).isEmpty && model.recommend(history, k: -1).isEmpty)
    }

    private func ranksCandidatesAlone() {
        let history = histories[0]
        let seen = Set(history.distinctItems)
        let candidates = (0..<UInt32(model.itemCount)).filter { $0 % 3 == 0 }
        let list = model.recommend(
            history, k: model.itemCount, candidates: candidates + [UInt32(model.itemCount), .max])
        #expect(Set(list.map(\.item)) == Set(candidates).subtracting(seen))
        #expect(model.recommend(history, k: 5, candidates: []).isEmpty)
    }

    private func servesOddHistories() {
        let outside = [UInt32(model.itemCount), .max].map { Interaction(item: $0) }
        let odd = [
            History.empty, History([Interaction(item: 0)]), History(outside),
            History((0..<UInt32(model.itemCount)).map { Interaction(item: $0) }),
            History([Interaction(item: 1, value: .nan), Interaction(item: 2, value: -.infinity, time: .min)]),
        ]
        let dimension = model.userVector(histories[0]).count
        for history in odd {
            #expect(model.userVector(history).count == dimension)
            #expect(model.scores(for: history).allSatisfy { $0.isFinite })
            #expect(model.recommend(history, k: 3).count <= 3)
            _ = model.explain(history, item: 0)
        }
        #expect(model.recommend(odd[3], k: 3).isEmpty)
        // Items that the model does not know change nothing.
        #expect(model.scores(for: odd[2]) == model.scores(for: .empty))
        let extended = History(histories[0].interactions + outside)
        #expect(model.scores(for: extended) == model.scores(for: histories[0]))
        #expect(model.explain(histories[0], item: UInt32(model.itemCount)).isEmpty)
    }

    private func explainsExactly() {
        for history in histories {
            let scores = model.scores(for: history)
            for scored in model.recommend(history, k: 5) {
                let parts = model.contributions(history, item: scored.item)
                let reasons = model.explain(history, item: scored.item)
                if parts.isEmpty {
                    #expect(reasons.isEmpty)
                    continue
                }
                #expect(Set(parts.map(\.item)).isSubset(of: history.distinctItems))
                // The score is a Float product of a Float vector; the parts are in Double.
                let size = parts.reduce(0) { $0 + abs($1.value) }
                let sum = parts.reduce(0) { $0 + $1.value }
                #expect(abs(sum - Double(scores[Int(scored.item)])) < 1e-4 * max(size, 1e-3))
                #expect(abs(reasons.reduce(0) { $0 + $1.share } - 1) < 1e-9)
                #expect(reasons.map(\.share) == reasons.map(\.share).sorted(by: >))
            }
        }
    }

    private func survivesSaving() throws {
        // By way of the bytes of model.json, where a whole number no longer tells its type.
        let json = try JSONValue.parse(try CanonicalJSON.bytes(model.content.model))
        let copy = try ModelLoader.load(ModelContent(model: json, tensors: model.content.tensors))
        #expect(copy is Model && copy.itemCount == model.itemCount)
        for history in histories + [.empty] {
            #expect(copy.scores(for: history).map(\.bitPattern) == model.scores(for: history).map(\.bitPattern))
        }
    }
}

struct AllRecommendersTests {
    private let data = Checkerboard(users: 60)

    @Test("popularity passes what every model must pass")
    func popularity() throws {
        // Ties on purpose: counts of 40 items among five values.
        let model = Popularity(counts: (0..<40).map { Int64($0 * 7 % 5) - 1 })
        try RecommenderChecks(model: model, histories: Array(data.histories.prefix(6))).run()
    }

    @Test("mf passes what every model must pass")
    func matrixFactorization() throws {
        let model = try trained(data.histories, itemCount: data.itemCount, settings: ["steps": "10", "rank": "4"])
        try RecommenderChecks(model: model, histories: Array(data.histories.prefix(6))).run()
    }

    @Test("ties are broken by catalogue order")
    func ties() {
        let model = Popularity(counts: [1, 3, 3, 1, 3])
        #expect(model.recommend(.empty, k: 5).map(\.item) == [1, 2, 4, 0, 3])
        #expect(model.recommend(History([Interaction(item: 2)]), k: 2).map(\.item) == [1, 4])
    }
}
