// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import Discreet

struct KeysCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "keys",
        abstract: "The master key and the users' keys under it.",
        discussion: worked(example: "discreet keys check"),
        subcommands: [Check.self, Rotate.self])

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

    struct Rotate: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "rotate", abstract: "Replace the master key and destroy the old one. (Operator-only.)",
            discussion: worked(
                "Other processes go on meanwhile. Cut short, it is finished by the next keys rotate; until then every command works. "
                    + "The new key takes the old file's place; copies of the directory made before are noise afterwards: make "
                    + "a new backup, of the key too.",
                example: "discreet keys rotate"))

        @Option(
            name: .long,
            help: ArgumentHelp("A file with the passphrase that takes the old one's place.", valueName: "file"),
            completion: .file())
        var newPassphraseFile: String?

        @OptionGroup var global: GlobalOptions

        func run() async throws {
            let report = try await global.openEngine().rotateKeys(newPassphraseFile: newPassphraseFile)
            try global.output.show(report) { $0.show(report) }
        }
    }
}
