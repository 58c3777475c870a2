// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing

@Suite("the story, in JSON")
struct StoryTests {
    @Test("sample, catalogue import and ingest say what they took in")
    func numbersAgree() throws {
        let story = try Story.told()
        let sample = try story.json("sample")
        #expect(sample.integer("users") == 300)
        #expect(sample.integer("items") == 80)
        #expect(try story.json("catalogue").integer("items") == 80)
        let ingest = try story.json("ingest")
        #expect(ingest.integer("read") == sample.integer("events"))
        #expect(ingest.integer("accepted") == ingest.integer("read"))
        #expect(ingest.integer("duplicates") == 0)
        #expect(ingest.integer("rejected") == 0)
        #expect(ingest.number("rejectedBy", "unknown-item") == 0)
        #expect(ingest.number("seconds") != nil)
    }

    @Test("ingesting the same file again changes nothing and says so")
    func sameFileAgain() throws {
        let story = try Story.told()
        let bench = try story.copy()
        let again = try bench.run("ingest", story.events, "--json").json()
        #expect(again.integer("accepted") == 0)
        #expect(again.integer("duplicates") == again.integer("read"))
        #expect(try bench.run("ingest", story.events).text.contains("nothing changed"))
    }

    @Test("the same events come in from standard input")
    func standardInput() throws {
        let story = try Story.told()
        let text = try String(contentsOfFile: story.events, encoding: .utf8)
        let again = try story.copy().run(["ingest", "-", "--json"], input: text).json()
        #expect(again.integer("duplicates") == again.integer("read"))
        #expect(again.integer("read") == (try story.json("sample").integer("events")))
    }

    @Test("counts list every item in catalogue order with mechanism, scale and price")
    func countsAreComplete() throws {
        let story = try Story.told()
        let count = try story.json("count")
        #expect(count.text("mechanism") == "laplace")
        #expect(count.number("epsilon") == 0.5)
        #expect(count.number("delta") == 0)
        #expect(try #require(count.number("scale")) > 0)
        let items = try String(contentsOfFile: story.bench.place("sample/items.csv").path, encoding: .utf8)
            .split(separator: "\n").dropFirst().map { String($0.prefix { $0 != "," }) }
        #expect(count.objects("counts").map { $0.text("item") } == items)
        #expect(count.objects("counts").allSatisfy { $0.integer("count") != nil })
        #expect(count.text("certificate", "signature") != nil)
    }

    @Test("a trained model has a name, a kind and a certificate that is within what was asked")
    func modelHasACertificate() throws {
        let trained = try Story.told().json("mf")
        #expect(trained.text("model", "name") == "first")
        #expect(trained.text("model", "kind") == "mf")
        #expect(trained.text("model", "id")?.isEmpty == false)
        // The count of users was paid by the run before and stands in this certificate too.
        let run = try #require(trained.objects("certificate", "runs").last)
        #expect(run.text("kind") == "train mf")
        #expect(try #require(run.number("epsilon")) <= 3)
        #expect(try #require(trained.number("certificate", "delta")) <= 1e-6)
        #expect(trained.text("certificate", "unit") == "user")
        #expect(trained.text("certificate", "adjacency") == "addOrRemoveUser")
        // No duration and no cohort size in what leaves; seconds are the operator's.
        #expect(trained.number("certificate", "seconds") == nil)
        #expect(trained.number("seconds") != nil)
    }

    @Test("models list and models show agree")
    func modelsAreListed() throws {
        let bench = try Story.told().bench
        let models = try bench.run("models", "list", "--json").json().objects("models")
        #expect(Set(models.compactMap { $0.text("name") }) == ["plain", "first"])
        for model in models {
            #expect(model.text("created")?.wholeMatch(of: /\d{4}-\d\d-\d\d/) != nil)
            let id = try #require(model.text("id"))
            let shown = try bench.run("models", "show", id, "--json")
            #expect(shown.code == 0)
            #expect(try shown.json().text("model", "id") == id)
        }
        #expect(try bench.run("models", "show", "nosuch").code == 66)
    }

    @Test("status says what is here")
    func statusSaysWhatIsHere() throws {
        let status = try Story.told().bench.run("status", "--json").json()
        #expect(status.integer("users") == 300)
        #expect(status.integer("items") == 80)
        #expect(status.objects("models").count == 2)
        #expect(status.flag("publicData") == false)
    }

    @Test("evaluate has recall and ndcg for the model and for popularity beside it")
    func evaluateHasMetrics() throws {
        let story = try Story.told()
        let report = try story.bench.run(
            "evaluate", "--model", story.model, "--public-data", story.test, "--fold-in", story.events, "--json"
        ).json()
        #expect(try #require(report.integer("users")) > 0)
        for name in ["recall@20", "ndcg@20"] {
            let value = try #require(report.number("metrics", name))
            #expect((0...1).contains(value))
            #expect(report.number("baseline", "metrics", name) != nil)
        }
    }

    @Test("evaluate on stored histories is refused where data are private")
    func storedHistoriesAreRefused() throws {
        let story = try Story.told()
        #expect(try story.bench.run("evaluate", "--model", story.model, "--public-data", story.test).code == 77)
    }

    @Test("verify and budget verify find nothing wrong")
    func everythingVerifies() throws {
        let bench = try Story.told().bench
        let verify = try bench.run("verify", "--json")
        #expect(verify.code == 0)
        #expect(try verify.json().flag("ok") == true)
        #expect(try verify.json().objects("checks").count > 1)
        let budget = try bench.run("budget", "verify", "--json")
        #expect(budget.code == 0)
        #expect(try budget.json().flag("ok") == true)
        #expect(try #require(budget.json().integer("charges")) >= 3)
        #expect(try budget.json().objects("differences").isEmpty)
    }

    @Test("what people read is there too for every command that only looks")
    func humanAnswersArePrinted() throws {
        let story = try Story.told()
        for command in [
            ["models", "list"], ["models", "show", story.model], ["status"], ["verify"], ["budget", "verify"],
            ["budget", "list"], ["budget", "show", "--user", story.users[0]], ["policy", "show"],
            ["recommend", "--user", story.users[0], "--explain", "--model", story.model],
        ] {
            let answer = try story.bench.run(command)
            #expect(answer.code == 0, "\(command): \(answer.error)")
            #expect(!answer.text.isEmpty)
            #expect(!answer.output.contains(0x1B), "colour where nobody sees it: \(command)")
        }
    }
}
