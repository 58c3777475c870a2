// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing

@Suite("comparisons, splits, and models that leave")
struct CompareTests {
    /// A directory of public data with a split of its own events in it.
    private func publicBench() throws -> (bench: CommandBench, split: String) {
        let bench = try CommandBench()
        let folder = bench.place("sample").path
        try bench.run("sample", "--users", "150", "--items", "40", "--seed", "3", "-o", folder)
        try bench.run("init", "--policy", "benchmark")
        try bench.run("catalogue", "import", folder + "/items.csv")
        let split = bench.place("split").path
        _ = try bench.json("split", folder + "/events.csv", "--by", "random", "--seed", "7", "-o", split)
        try bench.run("ingest", split + "/train.csv")
        return (bench, split)
    }

    @Test(
        "a comparison has each model at each ε with its spread, what costs nothing beside it, and plots; again it is free"
    )
    func compares() throws {
        let (bench, split) = try publicBench()
        let plots = bench.place("plots")
        let command = [
            "compare", "--models", "popularity,spectral", "--epsilons", "1,infinity", "--runs", "2", "--public-data",
            split + "/test.csv", "-o", plots.path, "--json",
        ]
        let first = try bench.run(command)
        #expect(first.code == 0, "\(first.error)")
        let report = try first.json()
        let rows = report.objects("rows")
        #expect(rows.count == 4)
        #expect(Set(rows.compactMap { $0.text("model") }) == ["popularity", "spectral"])
        #expect(rows.filter { $0.text("epsilon") == "infinity" }.count == 2)
        for row in rows {
            let mean = try #require(row.number("metrics", "recall@20", "mean"))
            let least = try #require(row.number("metrics", "recall@20", "least"))
            let greatest = try #require(row.number("metrics", "recall@20", "greatest"))
            #expect(0...1 ~= mean && least <= mean && mean <= greatest)
        }
        #expect(report.objects("lines").count == 2)
        for name in ["recall.svg", "ndcg.svg"] {
            let svg = try String(contentsOf: plots.appendingPathComponent(name), encoding: .utf8)
            #expect(svg.contains("popularity") && svg.contains("∞") && svg.hasSuffix("</svg>\n"))
        }
        let models = try bench.json("models", "list").objects("models").count
        #expect(models == 8)
        let again = try bench.run(command)
        #expect(again.output == first.output)
        #expect(try bench.json("models", "list").objects("models").count == models)
    }

    @Test("a comparison of private data is refused, and so is one of an unknown model")
    func refuses() throws {
        let story = try Story.told()
        #expect(
            try story.bench.run("compare", "--public-data", story.test, "--fold-in", story.events).code == 77)
        let (bench, split) = try publicBench()
        #expect(
            try bench.run("compare", "--models", "nonesuch", "--public-data", split + "/test.csv").code == 64)
        #expect(
            try bench.run("compare", "--epsilons", "0", "--public-data", split + "/test.csv").code == 64)
    }

    @Test("a split loses no event, is the same for the same seed, and is no file in the data directory")
    func splits() throws {
        let (bench, split) = try publicBench()
        let events = bench.place("sample").path + "/events.csv"
        func lines(_ path: String) throws -> [String] {
            try String(contentsOfFile: path, encoding: .utf8).split(separator: "\n").dropFirst().map(String.init)
        }
        func pairs(_ rows: [String]) -> Set<String> {
            Set(rows.map { $0.split(separator: ",").prefix(2).joined(separator: ",") })
        }
        let (train, test) = (try lines(split + "/train.csv"), try lines(split + "/test.csv"))
        #expect(pairs(train).isDisjoint(with: pairs(test)))
        #expect(pairs(train).union(pairs(test)) == pairs(try lines(events)))
        let same = bench.place("same").path
        _ = try bench.json("split", events, "--by", "random", "--seed", "7", "-o", same)
        #expect(FileManager.default.contentsEqual(atPath: same + "/test.csv", andPath: split + "/test.csv"))
        #expect(try bench.run("split", events, "-o", same).code == 73)
        #expect(try bench.run("split", events, "-o", bench.data + "/split").code == 64)
        #expect(try bench.run("split", events, "--fraction", "1.5", "-o", bench.place("x").path).code == 64)
        let strong = bench.place("strong").path
        let report = try bench.json("split", events, "--by", "strong", "--users", "0.3", "-o", strong)
        #expect((report.integer("foldIn") ?? 0) > 0)
        let heldOut = Set(try lines(strong + "/foldin.csv").map { $0.split(separator: ",")[0] })
        #expect(heldOut.isDisjoint(with: try lines(strong + "/train.csv").map { $0.split(separator: ",")[0] }))
        #expect(heldOut.isSuperset(of: try lines(strong + "/test.csv").map { $0.split(separator: ",")[0] }))
    }

    @Test(
        "a model that was exported is checked by its certificate and the public key alone; one that was removed is gone"
    )
    func exportsAndRemoves() throws {
        let story = try Story.told()
        let bench = try story.copy()
        defer { bench.discard() }
        let out = bench.place("exported-\(UUID().uuidString)").path
        #expect(
            try bench.json("models", "export", story.model, "-o", out, "--recipient", "partner").text("id")
                == story.model)
        #expect(
            try Set(FileManager.default.contentsOfDirectory(atPath: out))
                == ["certificate.json", "model.json", "tensors.bin"])
        let key = try #require(try bench.json("status").text("publicKey"))
        let other = try CommandBench()
        #expect(
            try other.run("verify", "--certificate", out + "/certificate.json", "--public-key", key).code == 0)
        #expect(try bench.run("models", "export", story.model, "-o", out).code == 73)
        #expect(try bench.run("models", "export", story.model, "-o", bench.data + "/copy").code == 64)
        #expect(try bench.json("models", "remove", story.model).text("removed") == story.model)
        #expect(try bench.run("models", "remove", story.model).code == 66)
        #expect(try bench.run("models", "show", story.model).code == 66)
        #expect(try bench.run("models", "remove", "../models").code == 66)
        // What was spent stays spent, and everything still fits together.
        #expect(try bench.run("budget", "verify").code == 0)
        #expect(try bench.run("verify").code == 0)
    }
}
