// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing

@Suite("policies")
struct PolicyTests {
    @Test("check says a policy's hash and changes nothing")
    func checkChangesNothing() throws {
        let bench = try Story.told().bench
        let before = try bench.run("policy", "show", "--json").json().text("hash")
        let checked = try bench.run("policy", "check", "research", "--json").json()
        #expect(checked.text("policy", "name") == "research")
        #expect(checked.text("hash")?.wholeMatch(of: /[0-9a-f]{64}/) != nil)
        #expect(checked.text("hash") != before)
        #expect(try bench.run("policy", "show", "--json").json().text("hash") == before)
    }

    @Test("apply puts a policy in force, in status and in the next certificate")
    func applyTakesEffect() throws {
        let bench = try Story.told().copy()
        let hash = try #require(bench.run("policy", "apply", "research", "--json").json().text("hash"))
        #expect(try bench.run("status", "--json").json().text("policyHash") == hash)
        let trained = try bench.run("train", "popularity", "--epsilon", "6.5", "--json")
        #expect(trained.code == 0)
        #expect(try trained.json().text("certificate", "policyHash") == hash)
        #expect(try bench.run("verify").code == 0)
    }

    @Test("a policy file edited by hand stops runs with 78 until it is applied")
    func handEditedPolicyIs78() throws {
        let bench = try Story.told().copy()
        let file = URL(fileURLWithPath: bench.data + "/policy.yaml")
        let edited = try String(contentsOf: file, encoding: .utf8).replacing(
            /maxItemsPerUser: *\d+/, with: "maxItemsPerUser: 100")
        try Data(edited.utf8).write(to: file)
        #expect(try bench.run("train", "popularity", "--epsilon", "0.1").code == 78)
        #expect(try bench.run("count", "items", "--epsilon", "0.1").code == 78)
        let mended = try bench.file("\(UUID().uuidString).yaml", edited)
        #expect(try bench.run("policy", "apply", mended).code == 0)
        #expect(try bench.run("count", "items", "--epsilon", "0.1").code == 0)
    }

    @Test("a directory never changes sides")
    func neverChangesSides() throws {
        let bench = try Story.told().copy()
        let answer = try bench.run("policy", "apply", "benchmark", "--json")
        #expect(answer.code == 77)
        #expect(try answer.json().text("error", "code") == "refused")
    }

    @Test("public data: no limit, ε = ∞ is allowed, and every certificate says so")
    func publicData() throws {
        let story = try Story.told()
        let bench = try CommandBench()
        try bench.run("init", "--policy", "benchmark")
        try bench.run("catalogue", "import", story.bench.place("sample/items.csv").path)
        try bench.run("ingest", story.events)
        let trained = try bench.run("train", "mf", "--not-private", "--json")
        #expect(trained.code == 0, "\(trained.error)")
        let report = try trained.json()
        #expect(report.text("certificate", "epsilon") == "infinity")
        #expect(report.flag("certificate", "publicData") == true)
        #expect(try bench.run("train", "mf", "--epsilon", "infinity").text.contains("PUBLIC DATA"))
        #expect(try bench.run("status").text.contains("PUBLIC DATA"))
        let model = try #require(report.text("model", "id"))
        let metrics = try bench.run("evaluate", "--model", model, "--public-data", story.test, "--json")
        #expect(metrics.code == 0, "\(metrics.error)")
        // Structure worth learning: without noise the model must beat popularity clearly.
        let recall = try #require(metrics.json().number("metrics", "recall@20"))
        let baseline = try #require(metrics.json().number("baseline", "metrics", "recall@20"))
        #expect(recall > baseline)
        let limit = try bench.run("budget", "show", "--user", story.users[0], "--json").json()
        #expect(limit.text("limit", "epsilon") == "infinity")
        #expect(try bench.run("verify").code == 0)
    }
}
