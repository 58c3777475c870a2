// SPDX-License-Identifier: Apache-2.0

import DPAccounting
import Discreet
import Foundation
import Records
import Testing

@Suite("models made of what another released")
struct DeriveTests {
    @Test("a derived model charges nobody, names its parent, serves, and stands up to every check")
    func derives() async throws {
        let demo = try await DemoDirectory()
        let engine = demo.engine
        let epsilon = EpsilonAmount(decimal: "3", rounding: .down)
        let parent = try await engine.train(TrainRequest(epsilon: epsilon))
        let before = try await engine.budget(of: try demo.someUser)
        for kind in DeriveRequest.kinds {
            let derived = try await engine.derive(DeriveRequest(model: parent.model.id, kind: kind))
            #expect(derived.model.kind == kind && derived.derivedFrom.id == parent.model.id)
            let certificate = derived.certificate
            #expect(certificate["derivedFrom"]?["model"]?.stringValue == parent.model.id)
            #expect(certificate["derivedFrom"]?["charged"]?["epsilon"]?.doubleValue == 0)
            // What the model reveals is what its parent's releases were paid for.
            #expect(certificate["epsilon"] == parent.certificate["epsilon"])
            #expect(certificate["runs"] == parent.certificate["runs"])
            let lists = try await engine.recommend(
                RecommendRequest(
                    audience: .users([try demo.someUser]), count: 5, model: derived.model.id, explain: true))
            #expect(lists.results.first?.items.count == 5)
        }
        #expect(try await engine.budget(of: try demo.someUser).charges.count == before.charges.count)
        #expect(try await engine.models().count == 1 + DeriveRequest.kinds.count)
        let report = try await engine.verify()
        #expect(report.ok, "\(report.checks.filter { !$0.ok })")
    }

    @Test("the same derivation again is the same model; removed, it can be made anew")
    func repeats() async throws {
        let demo = try await DemoDirectory()
        let engine = demo.engine
        let parent = try await engine.train(TrainRequest(epsilon: EpsilonAmount(decimal: "3", rounding: .down)))
        let request = DeriveRequest(model: parent.model.id, kind: "ease", name: "mine")
        let first = try await engine.derive(request)
        #expect(try await engine.derive(request).model.id == first.model.id)
        await #expect(throws: DiscreetError.self) {
            try await engine.derive(DeriveRequest(model: parent.model.id, kind: "ease", name: "other"))
        }
        let other = try await engine.derive(
            DeriveRequest(model: parent.model.id, kind: "ease", settings: ["regularization": "0.5"]))
        #expect(other.model.id != first.model.id)
        _ = try await engine.removeModel(first.model.id)
        let again = try await engine.derive(request)
        #expect(again.model.id != first.model.id && again.model.name == "mine")
        // Without its parent it stands all the same: the log knows what it was made of.
        _ = try await engine.removeModel(parent.model.id)
        #expect(try await engine.verify().ok)
        await #expect(throws: DiscreetError.self) {
            try await engine.derive(DeriveRequest(model: parent.model.id, kind: "nmf"))
        }
    }

    @Test("what cannot be derived is refused with its reason, and nothing is stored")
    func refuses() async throws {
        let demo = try await DemoDirectory()
        let engine = demo.engine
        let counts = try await engine.train(
            TrainRequest(kind: "popularity", epsilon: EpsilonAmount(decimal: "1", rounding: .down)))
        let cases = [
            DeriveRequest(model: counts.model.id, kind: "ease"), DeriveRequest(model: counts.model.id, kind: "mf"),
            DeriveRequest(model: counts.model.id, kind: ""), DeriveRequest(model: "../x", kind: "ease"),
            DeriveRequest(model: counts.model.id, kind: "ease", name: "a\u{1B}b"),
        ]
        for request in cases {
            await #expect(throws: DiscreetError.self) { try await engine.derive(request) }
        }
        #expect(try await engine.models().count == 1)
    }

    @Test("als, ease, item-knn, nmf and pure-svd are trained in one go, at the price that was asked")
    func trains() async throws {
        let demo = try await DemoDirectory()
        for kind in ["als", "ease", "item-knn", "nmf", "pure-svd"] {
            let report = try await demo.engine.train(
                TrainRequest(kind: kind, epsilon: EpsilonAmount(decimal: "1", rounding: .down)))
            #expect(report.model.kind == kind && report.certificate["derivedFrom"] == nil)
            #expect(report.certificate["runs"] != nil)
        }
        #expect(try await demo.engine.verify().ok)
    }
}
