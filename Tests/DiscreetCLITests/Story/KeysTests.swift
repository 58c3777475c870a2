// SPDX-License-Identifier: Apache-2.0

import Foundation
import GRDB
import TestSupport
import Testing

/// `keys check` and `keys rotate` as an operator meets them, with keys and rows that are not as they should be.
@Suite("keys")
struct KeysTests {
    /// A copy of the story with its own key file, and that file.
    private func bench() throws -> (CommandBench, key: String) {
        let bench = try Story.told().copy().copyWithKey()
        let id = try #require(try bench.json("status").text("directoryId"))
        return (bench, bench.config + "/discreet/\(id).key")
    }

    private func check(_ bench: CommandBench, _ arguments: String...) throws -> Outcome {
        try bench.run(["keys", "check", "--json"] + arguments)
    }

    private func mode(_ mode: Int, of path: String) throws {
        try FileManager.default.setAttributes([.posixPermissions: mode], ofItemAtPath: path)
    }

    @Test("all is well: 0, and no count of anybody")
    func allIsWell() throws {
        let (bench, _) = try bench()
        let outcome = try check(bench)
        #expect(outcome.code == 0)
        #expect(try outcome.json().objects("checks").count == 4)
        // As a number: the digits may stand inside a fingerprint by chance.
        let number = try Regex("\\b\(Story.told().users.count)\\b")
        #expect(outcome.text.firstMatch(of: number) == nil)
    }

    @Test("a row that does not open, and a record without its key, are 1, and named as such")
    func rows() throws {
        let story = try Story.told()
        for (sql, name) in [
            ("UPDATE keys SET wrapped = zeroblob(72) WHERE pseudonym = (SELECT min(pseudonym) FROM keys)", "key rows"),
            ("DELETE FROM keys WHERE pseudonym = (SELECT min(pseudonym) FROM keys)", "records"),
        ] {
            let (bench, _) = try bench()
            let queue = try DatabaseQueue(path: bench.data + "/keys.sqlite")
            try queue.write { try $0.execute(sql: sql) }
            try queue.close()
            let outcome = try check(bench)
            #expect(outcome.code == 1)
            let failed = try outcome.json().objects("checks").filter { $0.flag("ok") == false }
            #expect(failed.map { $0.text("name") } == [name])
            // A rotation mends nothing and makes nothing worse.
            #expect(try bench.run("keys", "rotate").code == 0)
            #expect(try check(bench).code == 1)
            #expect(try bench.json("status").integer("users") == story.users.count)
        }
    }

    @Test("a fingerprint of another key is 78; a row of master that is missing is written anew")
    func master() throws {
        let (bench, _) = try bench()
        let queue = try DatabaseQueue(path: bench.data + "/keys.sqlite")
        let row = try queue.read { try Data.fetchOne($0, sql: "SELECT current FROM master") }
        try queue.write { try $0.execute(sql: "UPDATE master SET current = zeroblob(16)") }
        let outcome = try check(bench)
        #expect(outcome.code == 78)
        #expect(try outcome.json().text("error", "code") == "bad-configuration")
        try queue.write { try $0.execute(sql: "DELETE FROM master") }
        #expect(try check(bench).code == 0)
        #expect(try queue.read { try Data.fetchOne($0, sql: "SELECT current FROM master") } == row)
        try queue.close()
    }

    @Test("a key file that others may read is 78, one inside the directory 64, none 66, for every command")
    func keyFile() throws {
        let (bench, key) = try bench()
        for command in [["keys", "check"], ["keys", "rotate"], ["status"]] {
            try mode(0o640, of: key)
            #expect(try bench.run(command).code == 78)
            try mode(0o600, of: key)
            let inside = bench.data + "/inside.key"
            try FileManager.default.copyItem(atPath: key, toPath: inside)
            #expect(try bench.run(command + ["--key-file", inside]).code == 64)
            try FileManager.default.removeItem(atPath: inside)
            #expect(try bench.run(command + ["--key-file", key + ".none"]).code == 66)
        }
        // A key that is copied into the directory under another name is found by verify.
        try FileManager.default.copyItem(atPath: key, toPath: bench.data + "/notes.txt")
        #expect(try check(bench).code == 0)
        #expect(try bench.run("verify").code == 1)
    }

    @Test("while another process rotates, a second one is 75, and nothing has happened")
    func busy() throws {
        let (bench, key) = try bench()
        let before = try Data(contentsOf: URL(fileURLWithPath: key))
        let descriptor = open(bench.data + "/locks/rotation", O_RDWR | O_CREAT, 0o600)
        #expect(flock(descriptor, LOCK_EX | LOCK_NB) == 0)
        let outcome = try bench.run("keys", "rotate", "--json")
        #expect(outcome.code == 75)
        #expect(try Data(contentsOf: URL(fileURLWithPath: key)) == before)
        close(descriptor)
        let report = try bench.json("keys", "rotate")
        #expect(report.integer("rotated") == (try Story.told().users.count))
        #expect(report.flag("resumed") == false)
    }

    @Test(
        "a folder of keys that may not be written is 74, before anything is begun",
        .enabled(if: Machine.isRoot && Machine.nobodyRunsTheCommand, Machine.nobodyIsLockedOut))
    func keysFolderIsReadOnly() throws {
        let bench = try CommandBench()
        try bench.run("init")
        #expect(Machine.tool("chown", "-R", "65534:65534", bench.folder.path))
        try mode(0o500, of: bench.config + "/discreet")
        let outcome = try bench.start(["keys", "rotate", "--json"], under: Machine.asNobody).outcome()
        #expect(outcome.code == 74, "\(outcome.error)")
        let status = try bench.start(["status", "--json"], under: Machine.asNobody).outcome()
        #expect(try status.json().members["due"] as? [String] == [])
        try mode(0o700, of: bench.config + "/discreet")
        #expect(try bench.start(["keys", "rotate"], under: Machine.asNobody).outcome().code == 0)
    }

    @Test("a reader of another process makes the end of a rotation wait: 75; the old key is gone by then")
    func readerHoldsTheLog() throws {
        let (bench, key) = try bench()
        let before = try Data(contentsOf: URL(fileURLWithPath: key))
        let reader = try HeldReader(bench.data + "/keys.sqlite")
        let outcome = try bench.run("keys", "rotate", "--json")
        #expect(outcome.code == 75, "\(outcome.error)")
        #expect(try Data(contentsOf: URL(fileURLWithPath: key)) != before)
        #expect(!FileManager.default.fileExists(atPath: key + ".old"))
        #expect((try bench.json("status").members["due"] as? [String])?.count == 1)
        #expect(try check(bench).code == 0)
        try reader.release()
        #expect(try bench.json("keys", "rotate").flag("resumed") == true)
        #expect(try bench.json("status").members["due"] as? [String] == [])
    }

    @Test("ingestion and training that began before a rotation end well after it")
    func othersGoOn() throws {
        let (bench, _) = try bench()
        let story = try Story.told()
        let train = try bench.start(["train", "mf", "--epsilon", "1", "--json"])
        let rows = (0..<40_000).map { "new-\($0 % 4000),\(story.itemsOfFirst[$0 % story.itemsOfFirst.count]),1,\($0)" }
        let file = try bench.file(
            "many-\(UUID().uuidString).csv", "user,item,value,time\n" + rows.joined(separator: "\n"))
        let ingest = try bench.start(["ingest", file, "--json"])
        var rotations = 0
        while ingest.isRunning || rotations < 3 {
            let rotated = try bench.run("keys", "rotate")
            #expect(rotated.code == 0 || rotated.code == 75, "\(rotated.error)")
            rotations += 1
        }
        let (trained, ingested) = (try train.outcome(), try ingest.outcome())
        #expect(trained.code == 0, "\(trained.error)")
        #expect(ingested.code == 0, "\(ingested.error)")
        #expect(try ingested.json().integer("accepted") == 40_000)
        #expect(try bench.run("keys", "rotate").code == 0)
        #expect(try check(bench).code == 0)
        try CrashDrill.expectSound(bench, users: [story.users.count + 4000])
    }

    @Test("a KMS in a script: init with --key-command, then nothing but the directory has to be named")
    func command() throws {
        let bench = try CommandBench()
        let script = try bench.file(
            "kms",
            """
            #!/bin/sh
            read -r line
            digits=$(printf %s "$line" | sed 's/.*"\\(key\\|wrapped\\)":"\\([0-9a-f]*\\)".*/\\2/' | tr 0123456789abcdef fedcba9876543210)
            case "$line" in
            *'"operation":"wrap"'*) printf '{"wrapped":"%s"}' "$digits" ;;
            *) printf '{"key":"%s"}' "$digits" ;;
            esac
            """)
        try mode(0o700, of: script)
        #expect(try bench.run("init", "--key-command", script, "--key-file", "x").code == 64)
        #expect(try bench.run("init", "--key-command", "kms").code == 64)
        let made = try bench.json("init", "--key-command", script)
        #expect(try bench.json("status").text("publicKey") == made.text("publicKey"))
        #expect(try bench.json("keys", "rotate").text("publicKey") == made.text("publicKey"))
        #expect(try check(bench).code == 0)
        try mode(0o600, of: script)
        #expect(try bench.run("status").code == 78)
    }
}
