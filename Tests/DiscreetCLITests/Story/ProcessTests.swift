// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing

@Suite("processes at once")
struct ProcessTests {
    /// Everything that a command on `first` half of the events has put in: the users are all there already.
    private struct World {
        let bench: CommandBench
        let story: Story
        let halves: [String]

        init() throws {
            story = try Story.told()
            bench = try story.copy()
            // New events of users who are there already, so that whoever trains at whatever moment charges the same people.
            let items = try String(contentsOf: story.bench.place("sample/items.csv"), encoding: .utf8)
                .split(separator: "\n").dropFirst().map { $0.split(separator: ",")[0] }
            let (bench, users) = (bench, story.users)
            halves = try (0..<2).map { half in
                let rows = users.indices.flatMap { user in
                    (0..<8).map {
                        "\(users[user]),\(items[(user + 5 * $0 + half) % items.count]),1,\(2_000_000_000 + 10 * $0 + half)"
                    }
                }
                return try bench.file(
                    "half-\(half).csv", "user,item,value,time\n" + rows.joined(separator: "\n") + "\n")
            }
        }
    }

    private static let erased = 3
    private static func training(_ name: String) -> [String] {
        ["train", "mf", "--epsilon", "0.5", "--set", "steps=200", "--name", name]
    }

    @Test("two ingest, one trains, then one erases: the same end state as one after the other")
    func sameEndState() throws {
        let world = try World()
        let (inTurn, atOnce) = (world.bench, try world.bench.copy())
        let erase = ["erase", "--user", world.story.users[Self.erased]]
        let ingests = world.halves.map { ["ingest", $0] }

        for command in ingests + [Self.training("both")] + [erase] { #expect(try inTurn.run(command).code == 0) }

        let running = try (ingests + [Self.training("both")]).map { try atOnce.start($0) }
        let erasing = try atOnce.start(erase)
        let outcomes = try (running + [erasing]).map { try $0.outcome() }
        // Busy is an answer; then it is tried again.
        for (command, outcome) in zip(ingests + [Self.training("both"), erase], outcomes) where outcome.code != 0 {
            #expect(outcome.code == 75, "\(command[0]): \(outcome.error)")
            #expect(try atOnce.run(command).code == 0)
        }

        let states = try [inTurn, atOnce].map { try state(of: $0, world.story) }
        #expect(states[0] == states[1])
        for bench in [inTurn, atOnce] {
            // Nothing lost, nothing doubled, nobody brought back.
            for half in world.halves {
                let again = try bench.json("ingest", half)
                #expect(again.integer("accepted") == 0)
                #expect(again.integer("duplicates") == again.integer("read"))
            }
            #expect(try bench.run("verify").code == 0)
            #expect(try bench.run("budget", "verify").code == 0)
        }
    }

    /// All that does not depend on drawn noise: every history (through the lists that the story's model makes of it),
    /// what everyone has spent, who is there.
    private func state(of bench: CommandBench, _ story: Story) throws -> [String] {
        let ids = try bench.file("all-\(UUID().uuidString).txt", story.users.joined(separator: "\n") + "\n")
        let lists = try bench.run("recommend", "--users", ids, "-k", "5", "--model", story.model)
        #expect(lists.code == 0)
        // (Not the erased user's: whether the erasure or the reservation came first is for the two processes to settle.)
        let spent = try [0, 1, 9].map { index in
            let report = try bench.json("budget", "show", "--user", story.users[index])
            return "\(report.number("spent", "epsilon") ?? -1) in \(report.objects("charges").count)"
        }
        let status = try bench.json("status")
        let models = status.objects("models").compactMap { $0.text("name") }.sorted()
        return [lists.text, "\(status.integer("users") ?? -1) users", "\(models)", "\(status.objects("due").count)"]
            + spent
    }
}
