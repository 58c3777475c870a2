// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing

@Suite("help and version")
struct HelpTests {
    static let commands = [
        [], ["init"], ["catalogue"], ["catalogue", "import"], ["catalogue", "discover"], ["ingest"], ["count"],
        ["count", "items"], ["train"],
        ["train", "spectral"], ["train", "graph"], ["train", "content"], ["train", "mf"], ["train", "als"],
        ["train", "ease"],
        ["train", "item-knn"], ["train", "nmf"], ["train", "pure-svd"], ["train", "popularity"], ["models"],
        ["models", "list"], ["models", "show"], ["models", "derive"], ["models", "export"], ["models", "remove"],
        ["recommend"],
        ["budget"], ["budget", "show"], ["budget", "list"], ["budget", "verify"], ["budget", "plan"],
        ["budget", "head"], ["releases"], ["releases", "list"], ["releases", "show"], ["erase"], ["verify"],
        ["evaluate"], ["compare"], ["split"],
        ["users"], ["users", "show"], ["users", "object"], ["users", "restrict"], ["users", "consent"],
        ["users", "readmit"],
        ["users", "limit"],
        ["users", "tier"],
        ["policy"], ["policy", "show"], ["policy", "check"], ["policy", "apply"], ["sample"], ["status"],
        ["completions"], ["keys"], ["keys", "check"], ["keys", "rotate"], ["forensics"], ["forensics", "snapshot"],
        ["forensics", "search"], ["account"], ["account", "epsilon"], ["account", "delta"], ["account", "noise"],
        ["account", "steps"], ["account", "profile"], ["restored"],
    ]

    @Test("every command shows a worked example and exits 0", arguments: commands)
    func everyCommandShowsAWorkedExample(command: [String]) throws {
        let answer = try CommandBench().run(command + ["--help"])
        #expect(answer.code == 0)
        #expect(answer.text.contains("EXAMPLE:\n  $ discreet \(command.joined(separator: " "))"))
        #expect(answer.error.isEmpty)
    }

    @Test("the list above misses no command")
    func theListMissesNoCommand() throws {
        let bench = try CommandBench()
        var found: [[String]] = []
        var open: [[String]] = [[]]
        while let path = open.popLast() {
            found.append(path)
            open += Self.subcommands(in: try bench.run(path + ["--help"]).text).map { path + [$0] }
        }
        // `forensics` is for drills and not listed.
        let listed = Self.commands.filter { $0.first != "forensics" }
        #expect(Set(found) == Set(listed))
    }

    @Test("--version prints one line")
    func versionPrintsOneLine() throws {
        let answer = try CommandBench().run("--version")
        #expect(answer.code == 0)
        #expect(answer.text.wholeMatch(of: /discreet \d+\.\d+\.\d+\S*\n/) != nil)
    }

    @Test("--version returns within 50 ms")
    func versionReturnsWithin50Milliseconds() throws {
        let bench = try CommandBench()
        // The best of twenty, since the machine does other work: a start-up that takes longer by itself never passes.
        let best = try (0..<20).map { _ in
            try ContinuousClock().measure { _ = try bench.run("--version") }
        }.min()
        #expect(try #require(best) < .milliseconds(50))
    }

    @Test("completions are printed for each shell", arguments: ["bash", "zsh", "fish"])
    func completionsArePrinted(shell: String) throws {
        let answer = try CommandBench().run("completions", shell)
        #expect(answer.code == 0)
        #expect(answer.text.contains("discreet") && answer.text.contains("recommend"))
    }

    /// The names in a help text's last section: two spaces, then the name.
    private static func subcommands(in help: String) -> [String] {
        guard let section = help.range(of: "SUBCOMMANDS:\n") else { return [] }
        return help[section.upperBound...].split(separator: "\n").compactMap { line in
            line.firstMatch(of: /^  ([a-z-]+)(\s|$)/).map { String($0.1) }
        }
    }
}
