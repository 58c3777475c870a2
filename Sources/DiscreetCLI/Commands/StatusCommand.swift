// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import Discreet

struct StatusCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "status",
        abstract: "What is here, how large, and what is due. (Operator-only.)",
        discussion: worked(example: "discreet status"))

    @OptionGroup var global: GlobalOptions

    func run() async throws {
        let report = try await global.openEngine().status()
        try global.output.show(report) { $0.show(report) }
    }
}
