// SPDX-License-Identifier: Apache-2.0

import DPAccounting
import DPTraining
import Foundation
import Interactions
import LinearAlgebra
import Records
import TestSupport
import Testing

@testable import Recommenders

struct MatrixFactorizationTests {
    private let data = Checkerboard()

    @Test("without noise it learns the checkerboard, which popularity cannot")
    func learnsTheCheckerboard() throws {
        let model = try trained(data.histories, itemCount: data.itemCount)
        #expect(data.accuracy(of: model) > 0.95)
        let popularity = Popularity(released: model.popularity.map { Double($0) })
        #expect(data.accuracy(of: popularity) < 0.65)
    }

    @Test("a stranger is served like a member, and the neighbours of an item are of its kind")
    func servesStrangers() throws {
        let model = try trained(data.histories, itemCount: data.itemCount)
        let stranger = History([Interaction(item: 3), Interaction(item: 9)])
        let list = model.recommend(stranger, k: 10)
        // Two items say little, and 120 users leave chance neighbours: one miss in ten is allowed.
        #expect(list.count { $0.item % 2 == 1 } >= 9)
        // Cosines of item factors: the nearest ten of item 4 are even.
        let factors = model.itemFactors.converted(to: Double.self)
        func cosine(_ a: Int, _ b: Int) -> Double {
            let (x, y) = (factors.row(a), factors.row(b))
            return dot(x.span, y.span) / (dot(x.span, x.span) * dot(y.span, y.span)).squareRoot()
        }
        let nearest = (0..<40).filter { $0 != 4 }.sorted { cosine(4, $0) > cosine(4, $1) }.prefix(10)
        #expect(nearest.allSatisfy { $0 % 2 == 0 })
    }

    @Test("an explanation names own items of the recommended kind first")
    func explains() throws {
        let model = try trained(data.histories, itemCount: data.itemCount)
        let mixed = History([2, 4, 6, 8, 7].map { Interaction(item: $0) })
        let reasons = model.explain(mixed, item: 10)
        #expect(reasons.count == 5)
        #expect(reasons.prefix(4).allSatisfy { $0.item % 2 == 0 })
        #expect(reasons.last?.item == 7)
    }

    @Test("a user without history gets what is popular")
    func emptyHistory() throws {
        // Items 0…9 are taken by everybody, the others by two users each.
        let histories = (0..<60).map { user in
            History((Array(0..<10) + [10 + user % 30]).map { Interaction(item: UInt32($0)) })
        }
        let model = try trained(histories, itemCount: 40)
        #expect(Set(model.recommend(.empty, k: 10).map(\.item)) == Set(0..<10))
        #expect(model.explain(.empty, item: 0).isEmpty)
    }

    @Test("odd histories in the cohort break nothing: one item, all items, nothing, items outside, wild values")
    func adversarialHistories() throws {
        let odd = [
            History([Interaction(item: 0)]), History((0..<40).map { Interaction(item: $0) }), .empty,
            History([Interaction(item: 99), Interaction(item: .max)]),
            History([Interaction(item: 1, value: .nan), Interaction(item: 2, value: .infinity, time: .max)]),
        ]
        let model = try trained(data.histories + odd, itemCount: data.itemCount)
        #expect(model.itemFactors.elements.allSatisfy { $0.isFinite })
        #expect(data.accuracy(of: model) > 0.95)
        let alone = try trained(odd, itemCount: data.itemCount)
        #expect(alone.itemFactors.elements.allSatisfy { $0.isFinite })
        let nobody = try trained([], itemCount: 5)
        #expect(nobody.scores(for: .empty).allSatisfy { $0.isFinite })
    }

    @Test("the same data without noise give the same model, bit for bit, in any order of members")
    func deterministic() throws {
        let one = try trained(data.histories, itemCount: data.itemCount, settings: ["steps": "8"])
        let two = try trained(data.histories, itemCount: data.itemCount, settings: ["steps": "8"])
        let reversed = try trained(data.histories.reversed(), itemCount: data.itemCount, settings: ["steps": "8"])
        #expect(one.itemFactors == two.itemFactors)
        #expect(one.itemFactors == reversed.itemFactors)
    }

    @Test("an artifact with a damaged part is refused by name")
    func damagedArtifacts() throws {
        let content = try trained(data.histories, itemCount: data.itemCount, settings: ["steps": "2"]).content
        let factors = content.tensors[0]
        #expect(throws: RecommenderError.invalidArtifact("tensor popularity")) {
            try ModelLoader.load(ModelContent(model: content.model, tensors: [factors]))
        }
        #expect(throws: RecommenderError.invalidArtifact("configuration")) {
            try ModelLoader.load(
                ModelContent(
                    model: .object([
                        "kind": .string("mf"), "format": .integer(1), "configuration": .object(["rank": .integer(-1)]),
                    ]), tensors: content.tensors))
        }
        #expect(throws: RecommenderError.invalidArtifact("model.json")) {
            try ModelLoader.load(ModelContent(model: .object(["kind": .string("mf")]), tensors: content.tensors))
        }
        #expect(throws: RecommenderError.invalidArtifact("kind")) {
            try ModelLoader.load(ModelContent(model: .null, tensors: content.tensors))
        }
        #expect(throws: RecommenderError.unknownKind("tarot")) {
            try ModelLoader.load(ModelContent(model: .object(["kind": .string("tarot")]), tensors: []))
        }
    }
}
