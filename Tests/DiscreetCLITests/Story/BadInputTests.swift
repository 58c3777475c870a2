// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing

@Suite("bad input")
struct BadInputTests {
    private func bench() throws -> CommandBench {
        let bench = try CommandBench()
        try bench.run("init")
        try bench.run("catalogue", "import", bench.file("items.csv", "item,title\nknown,A title\nother,Another\n"))
        return bench
    }

    @Test("a bad row is told by place, field and reason, never by its value, and the rest goes in")
    func badRowIsTold() throws {
        let bench = try bench()
        let file = try bench.file(
            "events.csv", "user,item,value,time\nu,known,1,10\nu,secret-item,1,11\nv,other,1,12\n")
        let answer = try bench.run("ingest", file, "--json")
        #expect(answer.code == 0)
        let report = try answer.json()
        #expect(report.integer("accepted") == 2)
        #expect(report.integer("rejected") == 1)
        #expect(report.integer("rejectedBy", "unknown-item") == 1)
        #expect(answer.error.contains("events.csv:3"))
        #expect(answer.error.contains("item") && answer.error.contains("unknown-item"))
        #expect(!(answer.error + answer.text).contains("secret-item"))
    }

    @Test("--strict stops with 65 and takes nothing in")
    func strictIs65() throws {
        let bench = try bench()
        let file = try bench.file("events.csv", "user,item\nu,known\nu,unknown\n")
        let answer = try bench.run("ingest", file, "--strict", "--json")
        #expect(answer.code == 65)
        #expect(try answer.json().text("error", "code") == "bad-data")
        #expect(try bench.run("status", "--json").json().integer("users") == 0)
    }

    @Test("--rejects is private, names places and reasons, and may not lie in the data directory")
    func rejectsArePrivate() throws {
        let bench = try bench()
        let file = try bench.file("events.csv", "user,item\nu,secret-item\n")
        let rejects = bench.place("rejects.csv").path
        #expect(try bench.run("ingest", file, "--rejects", rejects).code == 0)
        let text = try String(contentsOfFile: rejects, encoding: .utf8)
        #expect(text.contains("unknown-item") && !text.contains("secret-item"))
        #expect(try FileManager.default.attributesOfItem(atPath: rejects)[.posixPermissions] as? Int == 0o600)
        let inside = try bench.run("ingest", file, "--rejects", bench.data + "/rejects.csv")
        #expect(inside.code != 0)
        #expect(!FileManager.default.fileExists(atPath: bench.data + "/rejects.csv"))
    }

    @Test("a file that is missing is 66", arguments: [["ingest"], ["catalogue", "import"]])
    func missingFileIs66(command: [String]) throws {
        let answer = try bench().run(command + ["/nosuch/file.csv", "--json"])
        #expect(answer.code == 66)
        #expect(try answer.json().text("error", "code") == "not-found")
    }

    @Test("ids with terminal escapes are kept byte for byte and shown harmless")
    func escapesAreNeutralised() throws {
        let bench = try bench()
        let item = "evil\u{1B}[31m\u{9B}0m\u{7F}"
        let file = try bench.file(
            "more.csv", "item,title\n\(item),\u{1B}]0;owned\u{07}title\nknown,A title\nother,Another\n")
        #expect(try bench.run("catalogue", "import", file).code == 0)
        let table = try bench.run("count", "items", "--epsilon", "0.1")
        #expect(table.code == 0)
        #expect(table.text.contains("evil\\x1B[31m"))
        #expect(!table.text.unicodeScalars.contains { $0.properties.generalCategory == .control && $0 != "\n" })
        let counts = try bench.run("count", "items", "--epsilon", "0.1", "--json").json().objects("counts")
        #expect(counts.contains { Array(($0.text("item") ?? "").utf8) == Array(item.utf8) })
    }

    @Test("a list of ids that is not UTF-8 is 65, one that is missing is 66")
    func badListOfIds() throws {
        let bench = try bench()
        let url = bench.place("ids.txt")
        try Data([0x61, 0x0A, 0xFF, 0xFE]).write(to: url)
        let answer = try bench.run("erase", "--users", url.path)
        #expect(answer.code == 65)
        #expect(answer.error.contains("ids.txt:2"))
        #expect(try bench.run("erase", "--users", "/nosuch/ids.txt").code == 66)
    }

    @Test("what cannot be written is 74, also on a full standard output")
    func fullOutputIs74() throws {
        let bench = try bench()
        let shell = Process()
        shell.executableURL = URL(fileURLWithPath: "/bin/sh")
        shell.arguments = ["-c", "'\(try RunningCommand.binary().path)' status --json >/dev/full 2>/dev/null"]
        shell.environment = bench.environment
        try shell.run()
        shell.waitUntilExit()
        #expect(shell.terminationStatus == 74)
    }
}
