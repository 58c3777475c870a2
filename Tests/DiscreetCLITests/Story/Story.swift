// SPDX-License-Identifier: Apache-2.0

import Foundation
import TestSupport
import Testing

/// A small synthetic world, brought in, counted and trained on once for all tests that only look, or that copy it.
struct Story: Sendable {
    let bench: CommandBench
    /// As told; no command ever opens it, so that it can be copied while others read `bench`.
    private let untouched: CommandBench
    let events: String
    let test: String
    /// Outside ids, in order of appearance.
    let users: [String]
    /// Items of the first user's history.
    let itemsOfFirst: [String]
    private let answers: [String: Data]
    /// Ids of the models "first" (mf) and "plain" (popularity).
    let model: String
    let plain: String

    /// Made at first use.
    static let shared = Result { try Story() }
    static func told() throws -> Story { try shared.get() }

    private init() throws {
        let bench = try CommandBench()
        let folder = bench.place("sample").path
        let (events, test) = (folder + "/events.csv", folder + "/test.csv")
        var answers: [String: Data] = [:]
        for (name, command) in [
            ("sample", ["sample", "--users", "300", "--items", "80", "--seed", "5", "-o", folder]), ("init", ["init"]),
            ("catalogue", ["catalogue", "import", folder + "/items.csv"]), ("ingest", ["ingest", events]),
            ("count", ["count", "items", "--epsilon", "0.5"]),
            ("popularity", ["train", "popularity", "--epsilon", "0.5", "--name", "plain"]),
            ("mf", ["train", "mf", "--epsilon", "3", "--delta", "1e-6", "--name", "first"]),
        ] {
            let outcome = try bench.run(command + ["--json"])
            guard outcome.code == 0 else { throw StoryBroke(step: name, code: outcome.code, error: outcome.error) }
            answers[name] = outcome.output
        }
        let rows = try String(contentsOfFile: events, encoding: .utf8).split(separator: "\n").dropFirst()
            .map { $0.split(separator: ",").map(String.init) }
        var seen: Set<String> = []
        users = rows.map { $0[0] }.filter { seen.insert($0).inserted }
        let first = users[0]
        itemsOfFirst = rows.filter { $0[0] == first }.map { $0[1] }
        model = try Self.modelID(answers["mf"])
        plain = try Self.modelID(answers["popularity"])
        untouched = try bench.copy()
        (self.bench, self.events, self.test, self.answers) = (bench, events, test, answers)
    }

    /// A data directory to do harm to. Copying one that a command is just closing would meet files that come and go.
    func copy() throws -> CommandBench { try untouched.copy() }

    private static func modelID(_ answer: Data?) throws -> String {
        let report = try JSONSerialization.jsonObject(with: answer ?? Data()) as? [String: Any]
        guard let model = report?["model"] as? [String: Any], let id = model["id"] as? String else {
            throw StoryBroke(step: "train", code: 0, error: "no model id in the answer")
        }
        return id
    }

    func json(_ step: String) throws -> JSONObject {
        try Outcome(code: 0, wasKilled: false, output: try #require(answers[step]), error: "").json()
    }
}

/// Why the story could not be told: every test that needs it says so.
struct StoryBroke: Error, CustomStringConvertible {
    let step: String
    let code: Int32
    let error: String
    var description: String { "\(step) ended with \(code): \(error)" }
}
