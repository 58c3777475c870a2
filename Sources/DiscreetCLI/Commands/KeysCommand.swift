// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import Discreet

struct KeysCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "keys",
        abstract: "The master key and the users' keys under it.",
        discussion: worked(example: "discreet keys check"),
        subcommands: [Check.self])

    struct Check: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "check", abstract: "Check that the master key opens every key.",
            discussion: worked(
                "Reads every row of keys.sqlite and opens no history. Exit code 1 if a check fails.",
                example: "discreet keys check --json"))

        @OptionGroup var global: GlobalOptions

        func run() async throws {
            let report = try await global.openEngine().checkKeys()
            try global.output.show(report) { $0.show(report) }
            if !report.ok { throw ExitCode(DiscreetError.Code.verificationFailed.exitCode) }
        }
    }
}
