// SPDX-License-Identifier: Apache-2.0

import Cryptography
import Foundation
import TestSupport
import Testing

/// The story's directory with so many more people that `vault.sqlite` and `keys.sqlite` are too large to be rewritten at an erasure.
enum LargeFiles {
    static let people = 14_000
    static let names = ["vault.sqlite", "keys.sqlite"]
    /// What `plant` writes.
    static let remains = SystemRandom.bytes(24)

    private static let shared = Result {
        let story = try Story.told()
        let bench = try story.copy()
        let rows = (0..<people).map { "another-\($0),\(story.itemsOfFirst[$0 % 3])\n" }
        let events = try bench.file("\(UUID().uuidString).csv", "user,item\n" + rows.joined())
        #expect(try bench.json("ingest", events).integer("accepted") == people)
        for name in names {
            let size = try FileManager.default.attributesOfItem(atPath: "\(bench.data)/\(name)")[.size] as? Int
            #expect(try #require(size) > 1 << 20)
        }
        return bench
    }

    static func start() throws -> CommandBench { try shared.get().copy() }

    /// Writes bytes into unused parts of pages, as rows that were moved leave them. Nobody may have the directory open.
    static func plant(in bench: CommandBench) throws {
        for name in names {
            #expect(try SQLitePages.plant(remains, in: URL(fileURLWithPath: "\(bench.data)/\(name)")))
        }
        #expect(try planted(in: bench) == names.count)
    }

    /// In how many files of the directory they are.
    static func planted(in bench: CommandBench) throws -> Int {
        let files = try FileManager.default.contentsOfDirectory(atPath: bench.data).filter { $0.contains(".sqlite") }
        return try files.filter {
            try Data(contentsOf: URL(fileURLWithPath: "\(bench.data)/\($0)")).range(of: Data(remains)) != nil
        }.count
    }
}
