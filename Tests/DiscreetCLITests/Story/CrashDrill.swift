// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing

/// A command that is killed again and again, each time on a fresh copy of one directory.
///
/// A new command that must survive `kill -9` is one more value in `all`.
struct CrashDrill: Sendable, CustomTestStringConvertible {
    let name: String
    /// The directory as it is before each kill.
    let start: @Sendable (Story) throws -> CommandBench
    let command: @Sendable (Story) -> [String]
    /// What has to hold afterwards, whenever the kill came. `killed` holds what the command printed before it died.
    let check: @Sendable (_ story: Story, _ killed: Outcome, _ bench: CommandBench) throws -> Void

    var testDescription: String { name }

    static let all: [CrashDrill] = [ingest, keep, train, count, discover, stream, erase, eraseLarge, rotate, migrate]

    /// Nothing lost and nothing doubled: what is missing is taken at the second try, and then nothing more.
    static let ingest = CrashDrill(
        name: "ingest",
        start: { story in
            let bench = try CommandBench()
            try bench.run("init")
            try bench.run("catalogue", "import", story.bench.place("sample/items.csv").path)
            return bench
        },
        command: { ["ingest", $0.events] },
        check: { story, _, bench in
            let rows = try #require(story.json("ingest").integer("read"))
            let again = try bench.run("ingest", story.events, "--json")
            #expect(again.code == 0, "\(again.error)")
            let report = try again.json()
            #expect((report.integer("accepted") ?? 0) + (report.integer("duplicates") ?? 0) == rows)
            let third = try bench.run("ingest", story.events, "--json").json()
            #expect(third.integer("accepted") == 0)
            #expect(third.integer("duplicates") == rows)
            try Self.expectSound(bench, users: [story.users.count])
        })

    /// All of the plan is charged or nothing, and all of it where there is a model.
    static let train = CrashDrill(
        name: "train",
        start: { try $0.copy() },
        command: { _ in ["train", "mf", "--epsilon", "1", "--set", "steps=40", "--name", "crashed"] },
        check: { story, _, bench in
            let new = try Self.charges(of: "train mf", bench, story).dropFirst(1)
            // The number of users was counted before, in the story's own training: ε = 1 is the run's.
            #expect(new.isEmpty || new.count == 1 && (0.9...1).contains(new.first ?? 0))
            let models = try Self.expectSound(bench, users: [story.users.count]).objects("models")
            if models.contains(where: { $0.text("name") == "crashed" }) { #expect(new.count == 1) }
            let next = try bench.run("train", "popularity", "--epsilon", "0.1")
            #expect(next.code == 0, "\(next.error)")
        })

    /// Whoever saw a single byte of the counts has paid for them.
    static let count = CrashDrill(
        name: "count",
        start: { try $0.copy() },
        command: { _ in ["count", "items", "--epsilon", "0.25"] },
        check: { story, killed, bench in
            let before = try story.bench.json("budget", "show", "--user", story.users[0]).objects("charges").count
            let new = try bench.json("budget", "show", "--user", story.users[0]).objects("charges").dropFirst(before)
            #expect(new.count <= 1)
            if !killed.output.isEmpty { #expect(new.first?.number("epsilon") == 0.25) }
            try Self.expectSound(bench, users: [story.users.count])
            let next = try bench.run("count", "items", "--epsilon", "0.1")
            #expect(next.code == 0, "\(next.error)")
        })

    /// The next command finishes what was begun; what was not begun has not happened.
    static let erase = CrashDrill(
        name: "erase",
        start: { try $0.copy() },
        command: { ["erase", "--user", $0.users[7]] },
        check: { story, killed, bench in
            try Self.expectErased(story.users[7], of: story.users.count, story, killed, bench)
        })

    /// The same where files are too large to be rewritten, and hold remains of rows that were moved.
    static let eraseLarge = CrashDrill(
        name: "erase-large",
        start: { _ in
            let bench = try LargeFiles.start()
            try LargeFiles.plant(in: bench)
            return bench
        },
        command: { ["erase", "--user", $0.users[7]] },
        check: { story, killed, bench in
            try Self.expectErased(story.users[7], of: story.users.count + LargeFiles.people, story, killed, bench)
            #expect(try LargeFiles.planted(in: bench) == 0)
        })

    private static func expectErased(
        _ user: String, of all: Int, _ story: Story, _ killed: Outcome, _ bench: CommandBench
    ) throws {
        // Who was told that it is done can rely on it.
        try expectSound(bench, users: killed.output.isEmpty ? [all - 1, all] : [all - 1])
        #expect(try bench.run("erase", "--user", user).code == 0)
        #expect(try bench.json("status").integer("users") == all - 1)
        #expect(try bench.run("forensics", "search", snapshot.get()).code == 0)
        let spent = try story.bench.json("budget", "show", "--user", user).number("spent", "epsilon")
        #expect(try bench.json("budget", "show", "--user", user).number("spent", "epsilon") == spent)
        #expect(try bench.run("verify").code == 0)
    }

    /// What there is of the user who is erased, to search for. Taken once, on a copy: it leaves an entry in the log.
    private static let snapshot = Result {
        let story = try Story.told()
        let bench = try story.copy()
        let path = bench.place("\(UUID().uuidString).snapshot").path
        let taken = try bench.run("forensics", "snapshot", "--user", story.users[7], "-o", path)
        guard taken.code == 0 else { throw StoryBroke(step: "snapshot", code: taken.code, error: taken.error) }
        return path
    }

    /// The next command works, and both checks find nothing.
    /// - Returns: What `status` says.
    @discardableResult
    static func expectSound(_ bench: CommandBench, users: Set<Int>) throws -> JSONObject {
        let status = try bench.json("status")
        #expect(users.contains(status.integer("users") ?? -1))
        #expect(try bench.run("budget", "verify").code == 0)
        let verified = try bench.run("verify")
        #expect(verified.code == 0, "\(verified.text)")
        return status
    }

    /// The ε of each run of this kind that the first user paid for.
    static func charges(of kind: String, _ bench: CommandBench, _ story: Story) throws -> [Double] {
        try bench.json("budget", "show", "--user", story.users[0]).objects("charges")
            .filter { $0.text("kind") == kind }.compactMap { $0.number("epsilon") }
    }
}
