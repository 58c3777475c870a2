// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import Discreet

struct SampleCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "sample",
        abstract: "Make a synthetic data set with structure.",
        discussion: worked(
            "Writes items.csv, events.csv and test.csv; the same seed gives the same files.",
            example: "discreet sample --users 2000 --items 500 --seed 1 -o sample"))

    @Option(help: "How many users.") var users = 2_000
    @Option(help: "How many items.") var items = 500
    @Option(help: "The seed.") var seed: UInt64 = 1

    @Option(
        name: .shortAndLong, help: ArgumentHelp("The folder to write to.", valueName: "dir"), completion: .directory)
    var output: String

    @OptionGroup var answer: OutputOptions

    func validate() throws {
        if users < 1 || items < 1 { throw ValidationError("--users and --items are at least 1") }
    }

    func run() async throws {
        let report = try Sample.write(users: users, items: items, seed: seed, to: output)
        try answer.show(report) { $0.show(report, folder: output) }
    }
}
