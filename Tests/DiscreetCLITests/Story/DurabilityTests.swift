// SPDX-License-Identifier: Apache-2.0

import Cryptography
import Foundation
import GRDB
import TestSupport
import Testing

/// What `kill -9` cannot show: that bytes are on the disk, not in the kernel's memory, when a promise depends on it.
@Suite("durability", .enabled(if: SystemCalls.areSeen, SystemCalls.missing))
struct DurabilityTests {
    private static let trace = "fsync,fdatasync,write"

    @Test("a charge is on the disk before a count is printed: this many synchronisations, no fewer")
    func chargeBeforeCounts() throws {
        let story = try Story.told()
        let (outcome, calls) = try SystemCalls.of(
            ["count", "items", "--epsilon", "0.25"], in: story.copy(), trace: Self.trace)
        #expect(outcome.code == 0)
        let printed = try #require(calls.firstIndex { $0.name == "write" && $0.file == "stdout" })
        // The log's header and its entry in the folder, then one each for: the charge, the release that is kept, its
        // certificate, the settlement. (What follows the print is the tidying of the log at the end of the process.)
        let log = SystemCalls.Call(name: "fdatasync", file: "ledger.sqlite-wal")
        let folder = SystemCalls.Call(name: "fdatasync", file: ".")
        #expect(calls[..<printed].filter(\.isSync) == [log, folder, log, log, log, log])
    }

    @Test("a run that is refused pays for nothing and writes nothing")
    func refusalCostsNothing() throws {
        let story = try Story.told()
        let (outcome, calls) = try SystemCalls.of(
            ["count", "items", "--epsilon", "99"], in: story.copy(), trace: Self.trace)
        #expect(outcome.code == 77)
        #expect(calls.filter(\.isSync).isEmpty)
    }

    @Test("erasing somebody and erasing nobody: the same words, code, entries and synchronisations")
    func erasureIsNoOracle() throws {
        let story = try Story.told()
        let seen = try [story.users[11], "nobody-\(UUID().uuidString)"].map { try erasure(of: $0, from: story.copy()) }
        #expect(seen[0].outcome.code == 0 && seen[1].outcome.code == 0)
        #expect(seen[0].outcome.text == seen[1].outcome.text)
        #expect(seen[0].outcome.error == seen[1].outcome.error)
        #expect(seen[0].syncs == seen[1].syncs)
        #expect(seen[0].syncs.contains(where: \.isSync) && seen[0].syncs.contains { $0.name == "ftruncate" })
        #expect(seen[0].entries == seen[1].entries)
        // Vault and keys have a row less, as they had one more before: how many users there are shows in them always
        // (SECURITY.md, what a thief of the directory reads without the key). Everything else has the same size.
        #expect(seen[0].sizes == seen[1].sizes)
    }

    @Test("so it is where a file is too large to be rewritten and holds remains of rows that were moved")
    func erasureFromLargeFileIsNoOracle() throws {
        let story = try Story.told()
        let remains = SystemRandom.bytes(72)
        let start = try story.copy()
        let keys = URL(fileURLWithPath: start.data).appending(path: "keys.sqlite")
        let file = try DatabaseQueue(path: keys.path)
        try file.write { database in
            let insert = try database.makeStatement(sql: "INSERT INTO keys VALUES (?, ?)")
            for _ in 0..<12_000 {
                try insert.execute(arguments: [Data(SystemRandom.bytes(16)), Data(SystemRandom.bytes(72))])
            }
        }
        _ = try file.writeWithoutTransaction { try $0.checkpoint(.truncate) }
        try file.close()
        #expect(try SQLitePages.plant(remains, in: keys))
        let seen = try [story.users[11], "nobody-\(UUID().uuidString)"].map { user in
            let bench = try start.copy()
            let seen = try erasure(of: user, from: bench)
            let copy = URL(fileURLWithPath: bench.data).appending(path: "keys.sqlite")
            let bytes = try Data(contentsOf: copy)
            #expect(bytes.count > 1 << 20 && bytes.range(of: Data(remains)) == nil)
            return seen
        }
        #expect(seen[0].outcome.code == 0 && seen[1].outcome.code == 0)
        #expect(seen[0].outcome.text == seen[1].outcome.text && seen[0].outcome.error == seen[1].outcome.error)
        #expect(seen[0].syncs == seen[1].syncs)
        #expect(seen[0].syncs.contains { $0.isSync && $0.file == "keys.sqlite" })
        #expect(seen[0].entries == seen[1].entries && seen[0].sizes == seen[1].sizes)
    }

    @Test("a consent of somebody erased and of nobody: the same words, code, entries and synchronisations, also again")
    func consentIsNoOracle() throws {
        let story = try Story.told()
        let erased = story.users[11]
        let start = try story.copy()
        #expect(try start.run("erase", "--user", erased).code == 0)
        let file = "fsync,fdatasync,ftruncate,?rename,?renameat,?unlink,?unlinkat"
        var seen: [[String]] = []
        for user in [erased, "nobody-\(UUID().uuidString)"] {
            let bench = try start.copy()
            var facts: [String] = []
            for granted in ["true", "true", "false"] {
                let time = granted == "true" ? "2024-02-01" : "2024-03-01"
                let path = try bench.file(
                    "\(UUID().uuidString).csv", "user,purpose,granted,time,proof\n\(user),train,\(granted),\(time),p\n")
                let entries = try logLength(bench)
                let (outcome, calls) = try SystemCalls.of(
                    ["ingest", "--consent", path, "--json"], in: bench, trace: file)
                #expect(outcome.code == 0, "\(outcome.error)")
                // The same but for the time that it took.
                let text = outcome.text.replacing(/"seconds":[0-9.e-]+/, with: "")
                facts += [text, outcome.error, "\(calls)", "\(try logLength(bench) - entries)"]
            }
            seen.append(facts)
        }
        #expect(seen[0] == seen[1])
    }

    private func erasure(
        of user: String, from bench: CommandBench
    ) throws -> (outcome: Outcome, syncs: [SystemCalls.Call], entries: Int, sizes: [String: Int]) {
        let entries = try logLength(bench)
        let (outcome, calls) = try SystemCalls.of(
            ["erase", "--user", user], in: bench, trace: "fsync,fdatasync,ftruncate,?rename,?renameat,?unlink,?unlinkat"
        )
        let added = try logLength(bench) - entries
        var sizes: [String: Int] = [:]
        for file in try bench.json("status").objects("files") {
            guard let name = file.text("name"), !["vault.sqlite", "keys.sqlite"].contains(name) else { continue }
            sizes[name] = file.integer("bytes")
        }
        // Everything that was asked for: what makes durable, cuts off, renames, removes, in its order.
        return (outcome, calls, added, sizes)
    }

    private func logLength(_ bench: CommandBench) throws -> Int {
        try #require(try bench.json("status").integer("logHead", "count"))
    }
}
