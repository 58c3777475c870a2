// SPDX-License-Identifier: Apache-2.0

import Foundation
import GRDB
import Testing

// Drills of what changes keys and files for good.
extension CrashDrill {
    /// Every command works in between, the next rotation finishes it, and the old key is then nowhere and opens nothing.
    static let rotate = CrashDrill(
        name: "rotate",
        start: { try $0.copy() },
        command: { _ in ["keys", "rotate"] },
        check: { story, killed, bench in
            let old = try keys(in: story.bench.config)
            // In between: new people come in, are served, and leave.
            let user = story.users[11]
            try Self.expectSound(bench, users: [story.users.count])
            let late = try bench.file("late-\(UUID().uuidString).csv", "user,item\nlate,\(story.itemsOfFirst[0])\n")
            #expect(try bench.json("ingest", late).integer("accepted") == 1)
            let lists = try bench.json("recommend", "--user", user, "--model", story.model)
            #expect(lists.objects("results").first?.objects("items").isEmpty == false)
            let checked = try bench.run("keys", "check")
            #expect(checked.code == 0, "\(checked.text)")

            let finished = try bench.run("keys", "rotate", "--json")
            #expect(finished.code == 0, "\(finished.error)")
            let report = try finished.json()
            #expect(report.integer("rotated") == story.users.count + 1)
            #expect(report.text("publicKey") == (try story.bench.json("status").text("publicKey")))
            // Who was told that it is done can rely on it: then this was a second one.
            if !killed.output.isEmpty { #expect(report.flag("resumed") == false) }
            let now = try keys(in: bench.config)
            #expect(now.count == 1 && old.count == 1)
            #expect(Set(now.values).isDisjoint(with: old.values))
            #expect(try bench.json("ingest", late).integer("accepted") == 0)
            try Self.expectSound(bench, users: [story.users.count + 1])
            #expect(try bench.run("keys", "check").code == 0)
            #expect(try bench.json("status").members["due"] as? [String] == [])
        })

    /// The contents of all files in the folder of keys.
    private static func keys(in config: String) throws -> [String: Data] {
        let folder = config + "/discreet"
        let names = try FileManager.default.contentsOfDirectory(atPath: folder)
        return Dictionary(
            uniqueKeysWithValues: names.map { ($0, FileManager.default.contents(atPath: folder + "/" + $0) ?? Data()) })
    }

    /// The files are at the old schema or the new one, the next command brings them to the new one, and no copy stays.
    static let migrate = CrashDrill(
        name: "migrate",
        start: { story in
            let bench = try story.copy()
            for (file, sql) in Self.downgrades { try Self.change("\(bench.data)/\(file)", sql) }
            return bench
        },
        command: { _ in ["status"] },
        check: { story, _, bench in
            try Self.expectSound(bench, users: [story.users.count])
            for (file, _) in Self.downgrades {
                let version = try Self.version("\(bench.data)/\(file)")
                #expect(try version == Self.version("\(story.bench.data)/\(file)") && version > 1)
            }
            let files = try FileManager.default.contentsOfDirectory(atPath: bench.data)
            #expect(!files.contains { $0.contains(".before-") }, "\(files)")
            #expect(try bench.run("users", "limit", "--user", story.users[3], "--epsilon", "2").code == 0)
            #expect(try bench.run("keys", "check").code == 0)
            let erased = try bench.run("erase", "--user", story.users[3])
            #expect(erased.code == 0, "\(erased.error)")
            try Self.expectSound(bench, users: [story.users.count - 1])
        })

    /// What makes files of older schemas of today's; the ledger's own suite has its migrations.
    static let downgrades = [
        (
            "vault.sqlite",
            """
            ALTER TABLE preferences DROP COLUMN evidence; ALTER TABLE preferences DROP COLUMN mac;
            ALTER TABLE vault DROP COLUMN words; DROP TABLE stream_parts; DROP TABLE streams; DROP TABLE kept;
            DROP TABLE pending; ALTER TABLE vault DROP COLUMN settled; ALTER TABLE vault DROP COLUMN discovered;
            PRAGMA user_version = 1
            """
        ),
        ("keys.sqlite", "DROP TABLE master; PRAGMA user_version = 1"),
    ]

    private static func version(_ path: String) throws -> Int {
        let queue = try DatabaseQueue(path: path)
        defer { try? queue.close() }
        return try queue.read { try Int.fetchOne($0, sql: "PRAGMA user_version") } ?? 0
    }

    private static func change(_ path: String, _ sql: String) throws {
        let queue = try DatabaseQueue(path: path)
        try queue.write { try $0.execute(sql: sql) }
        try queue.close()
    }
}
