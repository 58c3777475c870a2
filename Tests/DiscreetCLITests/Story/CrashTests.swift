// SPDX-License-Identifier: Apache-2.0

import Foundation
import TestSupport
import Testing

/// `kill -9` at random instants: nothing lost, nothing doubled, charged at least what was released, and the next command works.
@Suite("crashes")
struct CrashTests {
    /// How often each is tried; `DISCREET_CRASHES=1000` for a long soak.
    static let rounds = Int(ProcessInfo.processInfo.environment["DISCREET_CRASHES"] ?? "") ?? 4

    @Test("in the middle of an ingest")
    func crashInIngest() throws {
        let story = try Story.told()
        var generator = SeededGenerator(seed: 1)
        let rows = try story.json("ingest").integer("read")
        let whole = try duration { _ = try self.empty(story).run("ingest", story.events) }
        for _ in 0..<Self.rounds {
            let bench = try empty(story)
            try crash(bench, ["ingest", story.events], within: whole, &generator)
            let again = try bench.run("ingest", story.events, "--json")
            #expect(again.code == 0, "\(again.error)")
            let third = try bench.run("ingest", story.events, "--json").json()
            #expect(third.integer("accepted") == 0)
            #expect(third.integer("duplicates") == rows)
            #expect(try bench.run("status", "--json").json().integer("users") == story.users.count)
            #expect(try bench.run("verify").code == 0)
        }
    }

    @Test("in the middle of training")
    func crashInTraining() throws {
        let story = try Story.told()
        var generator = SeededGenerator(seed: 2)
        let command = ["train", "mf", "--epsilon", "1", "--name", "crashed"]
        let whole = try duration { _ = try story.bench.copy().run(command) }
        for _ in 0..<Self.rounds {
            let bench = try story.bench.copy()
            let before = try trainings(bench, story)
            try crash(bench, command, within: whole, &generator)
            let new = try trainings(bench, story).dropFirst(before.count)
            let models = try bench.run("models", "list", "--json").json().objects("models")
            // All of the plan is charged or nothing, and all of it if there is a model: N is known, so ε = 1 is the run's.
            #expect(new.isEmpty || new.count == 1 && (0.9...1).contains(new.first ?? 0))
            if models.contains(where: { $0.text("name") == "crashed" }) { #expect(new.count == 1) }
            #expect(try bench.run("budget", "verify").code == 0)
            #expect(try bench.run("verify").code == 0)
            let next = try bench.run("train", "popularity", "--epsilon", "0.1")
            #expect(next.code == 0, "\(next.error)")
        }
    }

    @Test("in the middle of an erasure")
    func crashInErasure() throws {
        let story = try Story.told()
        var generator = SeededGenerator(seed: 3)
        let user = story.users[7]
        let whole = try duration { _ = try story.bench.copy().run("erase", "--user", user) }
        for _ in 0..<Self.rounds {
            let bench = try story.bench.copy()
            let before = try spent(bench, story, user: user)
            let snapshot = bench.place("\(UUID().uuidString).snapshot").path
            try bench.run("forensics", "snapshot", "--user", user, "-o", snapshot)
            try crash(bench, ["erase", "--user", user], within: whole, &generator)
            // The next command finishes what was begun; what was not begun has not happened.
            let users = try #require(bench.run("status", "--json").json().integer("users"))
            #expect(users == story.users.count || users == story.users.count - 1)
            #expect(try bench.run("erase", "--user", user).code == 0)
            #expect(try bench.run("status", "--json").json().integer("users") == story.users.count - 1)
            #expect(try bench.run("forensics", "search", snapshot).code == 0)
            #expect(try spent(bench, story, user: user) == before)
            #expect(try bench.run("budget", "verify").code == 0)
            #expect(try bench.run("verify").code == 0)
        }
    }

    /// Starts the command and kills it at an instant that is uniform over a little more than its usual time.
    private func crash(
        _ bench: CommandBench, _ command: [String], within seconds: Double, _ generator: inout SeededGenerator
    ) throws {
        let run = try bench.start(command)
        usleep(UInt32(Double.random(in: 0...seconds * 1.05, using: &generator) * 1e6))
        run.send(SIGKILL)
        _ = try run.outcome()
    }

    /// A data directory with the catalogue and no event.
    private func empty(_ story: Story) throws -> CommandBench {
        let bench = try CommandBench()
        try bench.run("init")
        try bench.run("catalogue", "import", story.bench.place("sample/items.csv").path)
        return bench
    }

    private func spent(_ bench: CommandBench, _ story: Story, user: String? = nil) throws -> Double {
        let report = try bench.run("budget", "show", "--user", user ?? story.users[0], "--json").json()
        return try #require(report.number("spent", "epsilon"))
    }

    /// The ε of each training of mf that a user paid for.
    private func trainings(_ bench: CommandBench, _ story: Story) throws -> [Double] {
        try bench.run("budget", "show", "--user", story.users[0], "--json").json().objects("charges")
            .filter { $0.text("kind") == "train mf" }.compactMap { $0.number("epsilon") }
    }

    private func duration(_ work: () throws -> Void) rethrows -> Double {
        let (seconds, attoseconds) = try ContinuousClock().measure(work).components
        return Double(seconds) + Double(attoseconds) * 1e-18
    }
}
