// SPDX-License-Identifier: Apache-2.0

import DPAccounting
import Discreet
import Foundation

/// Discreet inside a program: make a data directory, bring events in, train under a budget, recommend.
@main
struct Embedding {
    static func main() async throws {
        // A folder of our own that goes away at the end. A backend names its own, with the key kept elsewhere.
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("discreet-embedding-\(UUID())")
        defer { try? FileManager.default.removeItem(at: folder) }
        let location = DataLocation(
            data: folder.appendingPathComponent("data").path,
            keyFile: folder.appendingPathComponent("keys/master.key").path, environment: [:])

        // A synthetic data set; yours comes from files, too.
        let sample = folder.appendingPathComponent("sample").path
        _ = try Sample.write(users: 500, items: 100, seed: 3, to: sample)

        _ = try await Engine.create(at: location, policy: "gdpr")
        let engine = try Engine(opening: location)
        _ = try await engine.importCatalogue(from: sample + "/items.csv")
        let ingested = try await engine.ingest([sample + "/events.csv"])
        print("ingested \(ingested.accepted) events")

        let trained = try await engine.train(
            TrainRequest(epsilon: EpsilonAmount(decimal: "3", rounding: .down)))
        print("trained \(trained.model.id)")

        // Somebody of the directory; `.history(["…"])` is for a history that is stored nowhere.
        let request = RecommendRequest(audience: .users(["user-001"]), count: 5, explain: true)
        for item in try await engine.recommend(request).results.first?.items ?? [] {
            let because = item.because?.first.map { " because of \($0.title)" } ?? ""
            print("  \(item.title)\(because)")
        }
    }
}
