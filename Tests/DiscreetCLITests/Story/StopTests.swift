// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing

@Suite("signals")
struct StopTests {
    /// A run of many steps, so that a signal meets it in the middle.
    private static let longRun = [
        "train", "mf", "--epsilon", "1", "--set", "steps=10000", "--name", "stopped", "--json",
    ]

    @Test(
        "the first signal ends training at the next quarter of its plan: a model, charged; 130 or 143",
        arguments: [2, 15])
    func firstSignalEndsCleanly(signal: Int) throws {
        let story = try Story.told()
        let bench = try story.copy()
        let before = try spent(bench, story)
        let run = try bench.start(Self.longRun)
        try waitForCharge(bench, story, above: before)
        usleep(300_000)  // past the first of the steps, which take less than a millisecond each
        run.send(Int32(signal))
        let answer = try run.outcome()
        #expect(!answer.wasKilled)
        #expect(answer.code == 128 + Int32(signal))
        let report = try answer.json()
        let stoppedAt = try #require(report.integer("stoppedAt"))
        // A quarter of the plan, popularity and 10 000 steps: how far a run comes by the clock tells nobody anything.
        #expect([2501, 5001, 7501].contains(stoppedAt))
        #expect(report.integer("certificate", "stoppedAt") == stoppedAt)
        #expect(try spent(bench, story) > before)
        #expect(try bench.run("budget", "verify").code == 0)
        let id = try #require(report.text("model", "id"))
        #expect(try bench.run("recommend", "--user", story.users[0], "--model", id).code == 0)
    }

    @Test("the second signal ends it at once, and the whole plan stays charged")
    func secondSignalKills() throws {
        let story = try Story.told()
        let bench = try story.copy()
        let before = try spent(bench, story)
        let run = try bench.start(Self.longRun)
        try waitForCharge(bench, story, above: before)
        for _ in 0..<200 where run.isRunning {
            run.send(2)
            usleep(1000)
        }
        _ = try run.outcome()
        #expect(try spent(bench, story) > before)
        #expect(try bench.run("budget", "verify").code == 0)
        #expect(try bench.run("verify").code == 0)
    }

    @Test(
        "a signal ends a command that waits for its input",
        arguments: [["ingest", "-"], ["recommend", "--users", "-"], ["erase", "--users", "-"]])
    func signalEndsWaiting(command: [String]) throws {
        let bench = try Story.told().copy()
        let silence = Pipe()
        let run = try bench.start(command + ["--json"], input: .silence(silence))
        // Long enough for a loaded machine to start it; were it not ready yet, SIGTERM would kill it and the test fail.
        usleep(1_500_000)
        run.send(SIGTERM)
        let answer = try run.outcome()
        withExtendedLifetime(silence) {}
        #expect(!answer.wasKilled)
        #expect(answer.code == 143)
        #expect(try answer.json().text("error", "code") == "stopped")
    }

    private func spent(_ bench: CommandBench, _ story: Story) throws -> Double {
        let report = try bench.run("budget", "show", "--user", story.users[0], "--json").json()
        return try #require(report.number("spent", "epsilon"))
    }

    /// Returns when the run is charged, hence under way. Each look is a process of its own.
    private func waitForCharge(_ bench: CommandBench, _ story: Story, above before: Double) throws {
        for _ in 0..<600 {
            if try spent(bench, story) > before { return }
            usleep(50_000)
        }
        Issue.record("the run was not charged within half a minute")
    }
}
