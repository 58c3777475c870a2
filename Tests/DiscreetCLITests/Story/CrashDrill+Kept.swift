// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing

// The drill of an ingestion whose policy keeps columns.
extension CrashDrill {
    private static let events = "kept-events.csv"

    /// An event and what is kept beside it are stored together or not at all: after the second try each has its own word.
    static let keep = CrashDrill(
        name: "keep",
        start: { story in
            let bench = try CommandBench()
            _ = try story.bench.file(Self.events, Self.withChannels(story).joined(separator: "\n") + "\n")
            try bench.run("init")
            let policy = try String(contentsOfFile: bench.data + "/policy.yaml", encoding: .utf8)
            let applied = try bench.run(
                "policy", "apply", bench.file("keeping.yaml", policy + "\nkeepColumns:\n- channel\n"))
            #expect(applied.code == 0, "\(applied.error)")
            try bench.run("catalogue", "import", story.bench.place("sample/items.csv").path)
            return bench
        },
        command: { ["ingest", $0.bench.place(Self.events).path] },
        check: { story, _, bench in
            let (file, rows) = (story.bench.place(Self.events).path, try Self.withChannels(story).dropFirst())
            // Who is there already has all words of the events that are there.
            for user in Self.asked(of: story) {
                let there = try Self.channels(of: user, in: bench)
                #expect(there.isSubset(of: Self.expected(user, rows)) && !there.contains(""))
            }
            let again = try bench.json("ingest", file)
            #expect((again.integer("accepted") ?? 0) + (again.integer("duplicates") ?? 0) == rows.count)
            let third = try bench.json("ingest", file)
            #expect(third.integer("accepted") == 0 && third.integer("duplicates") == rows.count)
            for user in Self.asked(of: story) {
                let there = try Self.channels(of: user, in: bench)
                #expect(!there.isEmpty && there == Self.expected(user, rows))
            }
            try Self.expectSound(bench, users: [story.users.count])
        })

    private static func asked(of story: Story) -> [String] { [story.users[0], story.users[150], story.users[299]] }

    /// The events, each with a word of its own in a further column.
    private static func withChannels(_ story: Story) throws -> [String] {
        let rows = try String(contentsOfFile: story.events, encoding: .utf8).split(separator: "\n")
        return rows.enumerated().map { $0 == 0 ? "\($1),channel" : "\($1),word-\($0)" }
    }

    private static func expected(_ user: String, _ rows: ArraySlice<String>) -> Set<String> {
        Set(rows.filter { $0.hasPrefix(user + ",") }.compactMap { $0.split(separator: ",").last.map(String.init) })
    }

    private static func channels(of user: String, in bench: CommandBench) throws -> Set<String> {
        let shown = try bench.json("users", "show", "--user", user)
        #expect(shown.flag("damaged") == false)
        return Set(shown.objects("events").map { $0.text("kept", "channel") ?? "" })
    }
}
