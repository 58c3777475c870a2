// SPDX-License-Identifier: Apache-2.0

import Foundation
import TestSupport
import Testing

@Suite("making and finding a data directory")
struct DirectoryTests {
    static let commands = [
        ["status"], ["models", "list"], ["budget", "list"], ["budget", "show", "--user", "a"], ["verify"],
        ["erase", "--user", "a"], ["recommend", "--user", "a"], ["train", "mf"], ["count", "items"],
        ["policy", "show"],
    ]

    @Test("a directory that is missing is 66 for every command", arguments: commands)
    func missingDirectoryIs66(command: [String]) throws {
        let bench = try CommandBench()
        let plain = try bench.run(command)
        #expect(plain.code == 66)
        #expect(plain.output.isEmpty)
        let json = try bench.run(command + ["--json"])
        #expect(json.code == 66)
        #expect(try json.json().text("error", "code") == "not-found")
        // Asking must not make anything.
        #expect(!FileManager.default.fileExists(atPath: bench.data))
    }

    @Test("init makes a private directory and puts the key outside it")
    func initMakesAPrivateDirectory() throws {
        let bench = try CommandBench()
        let report = try bench.run("init", "--json").json()
        let key = try #require(report.text("keyFile"))
        #expect(report.text("data") == bench.data)
        #expect(report.text("policy") == "gdpr")
        #expect(report.text("publicKey")?.wholeMatch(of: /[0-9a-f]{64}/) != nil)
        #expect(report.text("directoryId")?.isEmpty == false)
        #expect(!key.hasPrefix(bench.data + "/"))
        #expect(try mode(key) == 0o600)
        #expect(try mode(bench.data) == 0o700)
        for file in try FileManager.default.subpathsOfDirectory(atPath: bench.data) {
            #expect(try mode("\(bench.data)/\(file)") & 0o077 == 0, "\(file) is open to others")
        }
    }

    @Test("init refuses an existing directory with 73 and leaves it alone")
    func initTwiceIs73() throws {
        let bench = try CommandBench()
        let first = try bench.run("init", "--json").json()
        let second = try bench.run("init", "--json")
        #expect(second.code == 73)
        #expect(try second.json().text("error", "code") == "exists")
        #expect(try bench.run("status", "--json").json().text("directoryId") == first.text("directoryId"))
    }

    @Test("a key inside the data directory is refused")
    func keyInsideIsRefused() throws {
        let bench = try CommandBench()
        let answer = try bench.run("init", "--key-file", bench.data + "/master.key")
        #expect(answer.code != 0)
        #expect(!FileManager.default.fileExists(atPath: bench.data + "/master.key"))
    }

    @Test("an unknown policy key is refused by name and line with 78")
    func unknownPolicyKeyIs78() throws {
        let bench = try CommandBench()
        let good = try String(
            contentsOf: PackageRoot.url.appendingPathComponent("policies/gdpr.yaml"), encoding: .utf8)
        let policy = try bench.file("bad.yaml", good + "\nlifetme: 3\n")
        let answer = try bench.run("init", "--policy", policy)
        #expect(answer.code == 78)
        #expect(answer.error.contains("lifetme"))
        let line = good.split(separator: "\n", omittingEmptySubsequences: false).count + 1
        #expect(answer.error.contains(":\(line)"))
        #expect(!FileManager.default.fileExists(atPath: bench.data))
    }

    private func mode(_ path: String) throws -> Int {
        let attributes = try FileManager.default.attributesOfItem(atPath: path)
        return try #require(attributes[.posixPermissions] as? NSNumber).intValue
    }
}
