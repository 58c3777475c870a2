// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import Discreet

struct InitCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "init",
        abstract: "Make a data directory and its master key.",
        discussion: worked(
            "Refuses a directory that is one already. Keep the key apart from the data, and keep a copy: "
                + "without it nobody reads the data again.",
            example: "discreet init --policy gdpr"))

    @Option(help: ArgumentHelp("gdpr (the default), ccpa, research, benchmark, or a file.", valueName: "policy"))
    var policy: String?

    @OptionGroup var global: GlobalOptions

    func run() async throws {
        let report = try Engine.create(at: global.location, policy: policy)
        try global.output.show(report) { $0.show(report) }
    }
}
