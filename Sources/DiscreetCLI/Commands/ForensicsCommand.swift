// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import Discreet
import Foundation

struct ForensicsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "forensics",
        abstract: "Drills: search a data directory for what an erasure should have destroyed.",
        discussion: worked(example: "discreet forensics search alice.snapshot"),
        shouldDisplay: false,
        subcommands: [Snapshot.self, Search.self])

    struct Snapshot: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "snapshot",
            abstract: "Keep a user's id, history and key in a file, for a drill. (Operator-only.)",
            discussion: worked(
                "The file undoes what an erasure promises: keep it outside the data directory and destroy it after "
                    + "the drill.",
                example: "discreet forensics snapshot --user alice -o alice.snapshot"))

        @Option(help: "The user's id.") var user: String

        @Option(
            name: .shortAndLong, help: ArgumentHelp("Where to keep it, 0600.", valueName: "file"), completion: .file())
        var output: String

        @OptionGroup var global: GlobalOptions

        func run() async throws {
            let target = try global.outside(output, what: "A snapshot")
            let snapshot = try await global.openEngine().forensicSnapshot(of: user)
            try snapshot.write(to: target)
            try global.output.show(["snapshot": output]) { page in
                page.line("Kept for a drill in \(DisplayText.escaped(output)). Destroy it afterwards.")
            }
        }
    }

    struct Search: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "search",
            abstract: "Search every byte of the data directory for what a snapshot holds.",
            discussion: worked(
                "The id, the history in clear, the key, and anything that the key opens. Exit code 1 if any is found.",
                example: "discreet forensics search alice.snapshot"))

        @Argument(help: "A file made by `forensics snapshot`.", completion: .file()) var file: String
        @OptionGroup var global: GlobalOptions

        func run() async throws {
            let snapshot = try ForensicSnapshot(contentsOf: URL(fileURLWithPath: file))
            let report = try await global.openEngine().forensicSearch(snapshot)
            try global.output.show(report) { $0.show(report) }
            if report.found > 0 { throw ExitCode(DiscreetError.Code.verificationFailed.exitCode) }
        }
    }
}
