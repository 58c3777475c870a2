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

struct DerivedModelTests {
    private let data = Checkerboard()

    private func spectral(_ epsilon: String? = nil) throws -> Spectral {
        let plan = try Spectral.plan(numbers(items: 40, users: 6000, epsilon: epsilon))
        var cohort = data.cohort
        return try Spectral.fit(&cohort, spending: freeGrant(plan.plan, for: cohort), as: plan, maxUsers: 1000).model
    }

    private func trained(_ kind: String, settings: [String: String] = [:]) throws -> any Recommender {
        let plan = try Derivation.plan(kind, numbers(items: 40, users: 6000), settings: settings)
        var cohort = data.cohort
        return try Derivation.fit(&cohort, spending: freeGrant(plan.plan, for: cohort), as: plan, maxUsers: 1000).model
    }

    @Test("every derived kind passes what every model must pass, and knows the two kinds of users apart")
    func passTheChecks() throws {
        let parent = try spectral()
        let histories = Array(data.histories.prefix(6))
        func check(_ model: some Recommender) throws {
            try RecommenderChecks(model: model, histories: histories).run()
            #expect(data.accuracy(of: model) > 0.98)
        }
        for kind in Derivation.trainedKinds {
            // Two kinds of users are two directions; a projection on more of them learns histories by heart.
            let settings = kind == PureSVD.kind ? ["components": "2"] : [:]
            try check(try Derivation.derive(kind, from: parent, settings: settings))
            try check(try trained(kind, settings: settings))
        }
    }

    @Test("popularity and content come out of the same releases")
    func simpleKinds() throws {
        let parent = try spectral()
        let popularity = try Derivation.derive("popularity", from: parent)
        #expect(popularity.scores(for: .empty) == parent.scores(for: .empty))
        let items = (0..<40).map { CatalogueItem(id: "\($0)", features: ["colour": [$0 % 2 == 0 ? "white" : "black"]]) }
        let content = try Derivation.derive("content", from: parent, features: PublicFeatures(items))
        #expect(data.accuracy(of: content) == 1)
        #expect(throws: RecommenderError.self) { try Derivation.derive("content", from: parent) }
        // What content was derived as has no factors, but features and popularity: others can be made of it.
        let ease = try Derivation.derive("ease", from: content)
        #expect(data.accuracy(of: ease) == 1)
    }

    @Test("the Gram matrix that is read off a scorer is the one that it was made of, up to a factor")
    func gramOfAScorer() throws {
        var generator = SeededGenerator(seed: 4)
        let n = 12
        let p = (0..<n).map { 1 + 0.3 * Double($0) }
        let direction = PopularityDirection(p)
        let v = direction.without(
            Matrix(rows: n, columns: 2, elements: (0..<2 * n).map { _ in Double.random(in: -1...1, using: &generator) })
        )
        let scorer = LinearScorer(popularity: p, factors: v, features: nil, maxItemsPerUser: 100)
        guard case .factors(let l) = scorer.tasteGram.form else { return #expect(Bool(false)) }
        let found = gemm(l, l, transposeB: true)
        // c²·qqᵀ + U·(S/S₁)·Uᵀ.
        let svd = try #require(SingularValues(v))
        let u = svd.left.scalingColumns(by: svd.values.map { ($0 / svd.values[0]).squareRoot() })
        let q = Matrix(rows: n, columns: 1, elements: direction.q.map { $0 * LinearScorer.directionWeight })
        let expected = gemm(q.beside(u), q.beside(u), transposeB: true)
        let factor = found[0, 0] / expected[0, 0]
        // Factors are kept as Float.
        for (a, b) in zip(found.elements, expected.elements) { #expect(abs(a / factor - b) < 1e-5) }
    }

    @Test("ease of a whole Gram matrix is the least-squares weights of each item from the others")
    func easeIsLeastSquares() throws {
        let n = 5
        var generator = SeededGenerator(seed: 6)
        let x = Matrix<Double>(
            rows: 9, columns: n, elements: (0..<9 * n).map { _ in Double.random(in: 0...1, using: &generator) })
        let weights = try #require(EaseRule.weights(gram(x), ridge: 0.3))
        for target in 0..<n {
            // Solved by itself: the ridge of column `target` on all other columns.
            let others = (0..<n).filter { $0 != target }
            var (system, side) = (Matrix<Double>(rows: n - 1, columns: n - 1), [Double](repeating: 0, count: n - 1))
            for (a, i) in others.enumerated() {
                for (b, j) in others.enumerated() {
                    system[a, b] = (0..<9).reduce(i == j ? 0.3 : 0) { $0 + x[$1, i] * x[$1, j] }
                }
                side[a] = (0..<9).reduce(0) { $0 + x[$1, i] * x[$1, target] }
            }
            let expected = try #require(solve(spd: system, rhs: side))
            #expect(weights[target, target] == 0)
            for (a, i) in others.enumerated() { #expect(abs(weights[i, target] - expected[a]) < 1e-10) }
        }
    }

    @Test("ease by Woodbury is ease of the matrix that its factors make, off the diagonal")
    func easeByWoodbury() throws {
        let (n, r) = (7, 2)
        var generator = SeededGenerator(seed: 9)
        let l = Matrix<Double>(
            rows: n, columns: r, elements: (0..<n * r).map { _ in Double.random(in: -1...1, using: &generator) })
        let ridge = (0..<n).map { 0.2 + 0.1 * Double($0) }
        let (own, target) = try #require(EaseRule.factors(l, ridge: ridge))
        var whole = gemm(l, l, transposeB: true)
        for i in 0..<n { whole[i, i] += ridge[i] }
        let p = try #require(inverse(spd: whole))
        let k = gemm(own, target, transposeB: true)
        for i in 0..<n { for j in 0..<n where i != j { #expect(abs(k[i, j] + p[i, j] / p[j, j]) < 1e-10) } }
        #expect(EaseRule.factors(l, ridge: .init(repeating: 0, count: n)) == nil)
    }

    @Test("neighbours are the k most similar items, by hand")
    func neighboursByHand() throws {
        // Similarities over √(p·p) + 1 = 2 with p = 1: rows of G halved; negative ones and the item itself do not count.
        let g = Matrix<Double>(rows: 4, columns: 4, elements: [9, 4, 2, -1, 4, 9, 6, 0, 2, 6, 9, 8, -1, 0, 8, 9])
        let source = StatisticsSource(
            gram: TasteGram(form: .whole(g), popularity: [1, 1, 1, 1], maxItemsPerUser: 10))
        let model = try ItemNeighbours(source, values: ["neighbours": 2, "shrinkage": 1])
        guard case .neighbours(let table) = model.kernel.form else { return #expect(Bool(false)) }
        #expect(table.items == [1, 2, 2, 0, 3, 1, 2, 3])
        #expect(table.similarities == [2, 1, 3, 2, 4, 3, 4, 0])
        let history = History([Interaction(item: 0), Interaction(item: 2)])
        #expect(model.scores(for: history) == [1, 5, 0, 4])
        #expect(model.contributions(history, item: 1) == [ScorePart(item: 0, value: 2), ScorePart(item: 2, value: 3)])
        #expect(model.contributions(history, item: 3) == [ScorePart(item: 2, value: 4)])
        #expect(model.configuration.settings == ["neighbours": 2, "shrinkage": 1])
    }

    @Test("nmf finds two groups that were put there, and nothing negative")
    func factorsOfGroups() throws {
        // Items 0 to 5 and 6 to 11, with weights of their own: G = h₁h₁ᵀ + h₂h₂ᵀ, a non-negative factorization by construction.
        let n = 12
        var truth = Matrix<Double>(rows: n, columns: 2)
        for i in 0..<n { truth[i, i < 6 ? 0 : 1] = 1 + 0.2 * Double(i % 6) + (i < 6 ? 0.3 : 0) }
        let g = gemm(truth, truth, transposeB: true)
        let h = NonnegativeRule.factorize(
            TasteGram(form: .whole(g), popularity: .init(repeating: 1, count: n), maxItemsPerUser: 10), components: 2)
        #expect(h.elements.allSatisfy { $0 >= 0 })
        let (found, scale) = (gemm(h, h, transposeB: true), g[0, 0] / gemm(h, h, transposeB: true)[0, 0])
        // The multiplicative rule converges linearly; 200 sweeps of an exact problem leave a few 10⁻³.
        for (a, b) in zip(found.elements, g.elements) { #expect(abs(a * scale - b) < 0.02 * g[0, 0]) }
    }

    @Test("pure-svd is the projection on the first eigenvectors")
    func projection() throws {
        let source = StatisticsSource(gram: try spectral().scorer.tasteGram)
        let model = try PureSVD(source, values: ["components": 2])
        guard case .factors(let own, let target) = model.kernel.form else { return #expect(Bool(false)) }
        #expect(own == target && own.columns == 2)
        let square = gemm(own, transposeA: true, own)
        for i in 0..<2 { for j in 0..<2 { #expect(abs(square[i, j] - (i == j ? 1 : 0)) < 1e-5) } }
    }

    @Test("a training costs what spectral's does, and takes its settings beside its own")
    func planIsSpectrals() throws {
        let asked = numbers(items: 40, users: 6000, epsilon: "3")
        let plain = try Spectral.plan(asked).plan
        for kind in Derivation.trainedKinds {
            #expect(try Derivation.plan(kind, asked).plan == plain)
        }
        let plan = try Derivation.plan("item-knn", asked, settings: ["neighbours": "5", "rank": "7"])
        let ranked = try Spectral.plan(asked, settings: ["rank": "7"]).plan
        #expect(plan.plan == ranked && ranked != plain)
        // Too little signal: the notes of spectral are the model's.
        #expect(try Derivation.plan("ease", numbers(items: 40, users: 100, epsilon: "1")).notes.count == 1)
        // Without noise the whole of a small Gram matrix is released, and another grant is refused.
        let whole = try Derivation.plan("ease", numbers(items: 40, users: 6000))
        #expect(whole.plan.stepCount == 2)
        var cohort = data.cohort
        #expect(throws: RecommenderError.planDoesNotMatch) {
            try Derivation.fit(
                &cohort, spending: freeGrant(RunPlan([]), for: cohort), as: whole, maxUsers: 1000)
        }
    }

    @Test("a training that is stopped at once is still a model")
    func stopped() throws {
        for kind in Derivation.trainedKinds {
            let plan = try Derivation.plan(kind, numbers(items: 40, users: 6000, epsilon: "3"))
            var cohort = data.cohort
            let (model, outcome) = try Derivation.fit(
                &cohort, spending: freeGrant(plan.plan, for: cohort), as: plan, maxUsers: 1000
            ) { _, _ in .stop }
            #expect(outcome.stoppedEarly && outcome.stepsTaken == 0)
            #expect(model.scores(for: data.histories[0]).allSatisfy { $0.isFinite })
        }
    }

    @Test("bad kinds, settings and parents are refused")
    func badInput() throws {
        let parent = try spectral()
        #expect(throws: RecommenderError.unknownKind("spectral")) { try Derivation.derive("spectral", from: parent) }
        #expect(throws: RecommenderError.self) { try Derivation.derive("ease", from: Popularity(counts: [1, 2])) }
        #expect(throws: RecommenderError.self) {
            try Derivation.derive("ease", from: parent, settings: ["neighbours": "3"])
        }
        for bad in ["0", "-1", "nan", "x", "1e9"] {
            #expect(throws: RecommenderError.self) {
                try Derivation.derive("ease", from: parent, settings: ["regularization": bad])
            }
        }
        #expect(throws: RecommenderError.self) { try Derivation.plan("mf", numbers(items: 4, users: 4)) }
    }

    @Test("a damaged artifact is told, not trusted")
    func damagedArtifacts() throws {
        for kind in Derivation.trainedKinds {
            let content = try Derivation.derive(kind, from: spectral()).content
            for (index, tensor) in content.tensors.enumerated() {
                var missing = content.tensors
                missing.remove(at: index)
                var bad = content.tensors
                bad[index] = NamedTensor(
                    name: tensor.name, shape: tensor.shape, values: tensor.values.map { _ in .nan })
                for tensors in [missing, bad] {
                    #expect(throws: RecommenderError.self) {
                        try ModelLoader.load(ModelContent(model: content.model, tensors: tensors))
                    }
                }
            }
        }
        // A neighbour that is no item.
        let table = try Derivation.derive("item-knn", from: spectral()).content
        for place in [-1, 40, 0.5] as [Float] {
            let tensors = table.tensors.map { tensor in
                tensor.name == "neighbours"
                    ? NamedTensor(name: tensor.name, shape: tensor.shape, values: tensor.values.map { _ in place })
                    : tensor
            }
            #expect(throws: RecommenderError.invalidArtifact("tensor neighbours")) {
                try ModelLoader.load(ModelContent(model: table.model, tensors: tensors))
            }
        }
    }
}
