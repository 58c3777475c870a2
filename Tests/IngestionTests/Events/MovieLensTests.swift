// SPDX-License-Identifier: Apache-2.0

import Foundation
import Interactions
import TestSupport
import Testing

@testable import Ingestion

struct MovieLensTests {
    /// The real thing, where it is at hand.
    static let folder: URL? = {
        let candidates = [
            ProcessInfo.processInfo.environment["DISCREET_SHARED"].map { URL(fileURLWithPath: $0) },
            PackageRoot.url.deletingLastPathComponent().appendingPathComponent("shared"),
            URL(fileURLWithPath: "/work/shared"),
        ]
        return candidates.compactMap { $0?.appendingPathComponent("data/ml-100k") }
            .first { FileManager.default.fileExists(atPath: $0.appendingPathComponent("u.data").path) }
    }()

    @Test("reads ratings with tabs, double colons, or a header")
    func readsRatings() throws {
        let expected = [UserEvents(userID: "196", interactions: [Interaction(item: 0, value: 3, time: 881_250_949)])]
        for (name, text) in [
            ("u.data", "196\ti1\t3\t881250949\n"), ("ratings.dat", "196::i1::3::881250949\n"),
        ] {
            let run = Import()
            try run.run([.bytes(Array(text.utf8), name: name)])
            #expect(run.events == expected, "\(name)")
        }
        let run = Import()
        let text = "userId,movieId,rating,timestamp\n196,i1,3.0,881250949\n"
        try run.run([.bytes(Array(text.utf8), name: "ratings.csv")], options: IngestOptions(format: .movielens))
        #expect(run.events == expected)
    }

    @Test("reads MovieLens 100K whole", .enabled(if: folder != nil, "MovieLens 100K is not here"))
    func reads100K() throws {
        let folder = try #require(Self.folder)
        let items = try CatalogueReader.read(.file(folder.appendingPathComponent("u.item")))
        #expect(items.count == 1682)
        #expect(
            items[0]
                == CatalogueItem(
                    id: "1", title: "Toy Story (1995)",
                    features: ["genres": ["Animation", "Children's", "Comedy"], "year": ["1995"]]))
        #expect(items.contains { $0.title.contains("\u{E9}") })  // Latin-1 in the file
        let ingestor = Ingestor(catalogue: Catalogue(items), options: IngestOptions())
        var users: Set<String> = []
        var (sum, seen) = (Float(0), Set<String>())
        let report = try ingestor.ingest([.file(folder.appendingPathComponent("u.data"))]) { batch in
            for user in batch {
                users.insert(user.userID)
                for event in user.interactions {
                    sum += event.value
                    seen.insert("\(user.userID) \(event.item)")
                }
            }
            return (batch.reduce(0) { $0 + $1.interactions.count }, 0)
        }
        #expect(report.read == 100_000 && report.accepted == 100_000 && report.rejected == 0)
        #expect(users.count == 943 && seen.count == 100_000)
        #expect(sum == 352_986)  // awk '{s+=$3} END {print s}' u.data
    }
}
