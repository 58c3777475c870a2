// SPDX-License-Identifier: Apache-2.0

import Foundation
import GRDB
import TestSupport
import Testing

/// Permissions, keys, clocks and readers that are not as they should be: a clear word, the right code, nothing lost.
@Suite("faults")
struct FaultTests {
    static let commands = [["status"], ["count", "items", "--epsilon", "0.1"], ["erase", "--user", "a"], ["verify"]]

    @Test(
        "a wrong key, another directory's key and a file that is no key are 78, and change nothing", arguments: commands
    )
    func wrongKey(command: [String]) throws {
        let story = try Story.told()
        let bench = try story.copy()
        let other = try CommandBench()
        let key = try #require(try other.json("init").text("keyFile"))
        let random = try bench.file("random-\(UUID().uuidString).key", String(repeating: "5e", count: 32) + "\n")
        let noKey = try bench.file("no-\(UUID().uuidString).key", "this is no key\n")
        for file in [random, noKey] {
            try FileManager.default.setAttributes([.posixPermissions: 0o600], ofItemAtPath: file)
        }
        let before = try contents(bench)
        for file in [key, random, noKey] {
            let outcome = try bench.run(command + ["--key-file", file, "--json"])
            #expect(outcome.code == 78, "\(outcome.error)")
            #expect(outcome.error.hasPrefix("discreet: error: "))
            #expect(!outcome.error.contains("5e5e"))
        }
        #expect(try contents(bench) == before)
        try CrashDrill.expectSound(bench, users: [story.users.count])
    }

    @Test(
        "a directory that may not be written is 74 and stays as it is",
        .enabled(if: Machine.nobodyRunsTheCommand, Machine.nobodyIsLockedOut),
        arguments: [
            ["count", "items", "--epsilon", "0.1"], ["erase", "--user", "a"], ["ingest", "-"],
            ["users", "object", "--user", "a"],
        ])
    func readOnly(command: [String]) throws {
        let (bench, users) = try ownedByNobody()
        try permissions(of: bench.data, folders: 0o500, files: 0o400)
        defer { try? permissions(of: bench.data, folders: 0o700, files: 0o600) }
        let before = try contents(bench)
        let outcome = try bench.start(command + ["--json"], under: Machine.asNobody).outcome()
        #expect(outcome.code == 74, "\(outcome.error)")
        #expect(outcome.error.hasPrefix("discreet: error: "))
        #expect(try contents(bench) == before)
        try permissions(of: bench.data, folders: 0o700, files: 0o600)
        try CrashDrill.expectSound(bench, users: [users])
    }

    @Test(
        "somebody else's directory is told by its permissions, not as missing",
        .enabled(if: Machine.isRoot && Machine.nobodyRunsTheCommand, Machine.nobodyIsLockedOut))
    func wrongOwner() throws {
        let (bench, users) = try ownedByNobody()
        #expect(Machine.tool("chown", "-R", "0:0", bench.data))
        for command in Self.commands {
            let outcome = try bench.start(command, under: Machine.asNobody).outcome()
            #expect(outcome.code == 74, "\(outcome.error)")
            #expect(outcome.error.hasPrefix("discreet: error: "))
        }
        try CrashDrill.expectSound(bench, users: [users])
    }

    @Test(
        "root at work in somebody's directory leaves nothing there that its owner cannot use",
        .enabled(if: Machine.isRoot && Machine.nobodyRunsTheCommand, Machine.nobodyIsLockedOut))
    func rootLeavesTheOwnerIn() throws {
        let (bench, users) = try ownedByNobody()
        // A reader keeps the write-ahead log alive, so that it is there when the owner comes.
        let reader = try HeldReader(bench.data + "/ledger.sqlite")
        #expect(try bench.run("count", "items", "--epsilon", "0.1").code == 0)
        let outcome = try bench.start(["status", "--json"], under: Machine.asNobody).outcome()
        #expect(outcome.code == 0, "\(outcome.error)")
        let next = try bench.start(["count", "items", "--epsilon", "0.1"], under: Machine.asNobody).outcome()
        #expect(next.code == 0, "\(next.error)")
        try reader.release()
        try CrashDrill.expectSound(bench, users: [users])
    }

    @Test(
        "while another process reads, an erasure is pending and says so with 75; the next command completes it",
        arguments: ["vault", "keys", "ledger"])
    func readerHoldsTheLog(file: String) throws {
        let story = try Story.told()
        let bench = try story.copy()
        let user = story.users[13]
        let snapshot = bench.place("\(UUID().uuidString).snapshot").path
        #expect(try bench.run("forensics", "snapshot", "--user", user, "-o", snapshot).code == 0)
        let reader = try HeldReader("\(bench.data)/\(file).sqlite")
        let erased = try bench.run("erase", "--user", user, "--json")
        #expect(erased.code == 75, "\(erased.error)")
        let report = try erased.json()
        #expect(report.integer("pending") == 1 && report.integer("erased") == 0)
        if file == "vault" {  // once: each look waits for the reader for some seconds
            // Still pending for whoever looks, and gone for whoever asks.
            #expect(try due(bench).count == 1)
            let lists = try bench.run("recommend", "--user", user, "--model", story.model, "--explain", "--json")
            let items = try lists.json().objects("results").flatMap { $0.objects("items") }
            #expect(!items.isEmpty && items.allSatisfy { $0.objects("because").isEmpty })
        }
        try reader.release()
        #expect(try due(bench).isEmpty)
        #expect(try bench.json("status").integer("users") == story.users.count - 1)
        #expect(try bench.run("forensics", "search", snapshot).code == 0)
        #expect(try bench.run("verify").code == 0)
    }

    private func due(_ bench: CommandBench) throws -> [String] {
        try #require(try bench.json("status").members["due"] as? [String])
    }

    /// A small directory in a folder that belongs, key and all, to one who is not root.
    private func ownedByNobody() throws -> (CommandBench, users: Int) {
        let bench = try CommandBench()
        try bench.run("init")
        try bench.run("catalogue", "import", bench.file("items.csv", "item\none\ntwo\n"))
        let events = try bench.file("events.csv", "user,item\na,one\nb,two\nb,one\n")
        #expect(try bench.json("ingest", events).integer("accepted") == 3)
        if Machine.isRoot { #expect(Machine.tool("chown", "-R", "65534:65534", bench.folder.path)) }
        return (bench, 2)
    }

    private func permissions(of folder: String, folders: Int, files: Int) throws {
        let manager = FileManager.default
        for name in try manager.subpathsOfDirectory(atPath: folder) + ["."] {
            var isFolder: ObjCBool = false
            _ = manager.fileExists(atPath: folder + "/" + name, isDirectory: &isFolder)
            try manager.setAttributes(
                [.posixPermissions: isFolder.boolValue ? folders : files], ofItemAtPath: folder + "/" + name)
        }
    }

    /// Every file and its bytes; shared memory and empty logs come and go with readers.
    private func contents(_ bench: CommandBench) throws -> [String: Data] {
        var contents: [String: Data] = [:]
        for name in try FileManager.default.subpathsOfDirectory(atPath: bench.data) where !name.hasSuffix("-shm") {
            guard let data = FileManager.default.contents(atPath: bench.data + "/" + name), !data.isEmpty else {
                continue
            }
            contents[name] = data
        }
        return contents
    }
}

/// A transaction that reads and does not end, as another process's would.
final class HeldReader {
    private let queue: DatabaseQueue

    init(_ path: String) throws {
        var configuration = Configuration()
        configuration.allowsUnsafeTransactions = true
        queue = try DatabaseQueue(path: path, configuration: configuration)
        try queue.writeWithoutTransaction { database in
            try database.execute(sql: "BEGIN")
            _ = try Row.fetchOne(database, sql: "SELECT count(*) FROM sqlite_schema")
        }
    }

    func release() throws {
        try queue.writeWithoutTransaction { try $0.execute(sql: "COMMIT") }
        try queue.close()
    }
}
