// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import Discreet

struct InitCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "init",
        abstract: "Make a data directory and its master key.",
        discussion: worked(
            "Refuses a directory that is one already. Keep the key apart from the data, and keep a copy: "
                + "without it nobody reads the data again. With --key-command a KMS holds the wrapping key; docs/formats.md has "
                + "the protocol.",
            example: "discreet init --policy gdpr"))

    @Option(help: ArgumentHelp("gdpr (the default), ccpa, research, benchmark, or a file.", valueName: "policy"))
    var policy: String?

    @Option(
        help: ArgumentHelp(
            "A program with its arguments, by absolute path, that wraps and unwraps the master key (a KMS).",
            valueName: "cmd"))
    var keyCommand: String?

    @OptionGroup var global: GlobalOptions

    func validate() throws {
        if keyCommand != nil && (global.keyFile != nil || global.passphraseFile != nil) {
            throw ValidationError("--key-command excludes --key-file and --passphrase-file")
        }
    }

    func run() async throws {
        let report = try Engine.create(at: global.location(keyCommand: keyCommand), policy: policy)
        try global.output.show(report) { $0.show(report) }
    }
}
