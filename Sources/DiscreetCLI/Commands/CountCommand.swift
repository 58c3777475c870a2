// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import Discreet

struct CountCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "count",
        abstract: "Noisy counts, paid for before they are printed.",
        discussion: worked(example: "discreet count items --epsilon 0.5"),
        subcommands: [Items.self])

    struct Items: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "items",
            abstract: "How many users have each item, with noise.",
            discussion: worked(
                "Every catalogue item is listed, in catalogue order; a count may be negative. Each user counts for at "
                    + "most K items. Laplace noise has no δ; Gaussian takes it from the policy.",
                example: "discreet count items --epsilon 0.5 -o counts.csv"))

        @Option(help: "The ε to spend.") var epsilon: EpsilonArgument?
        @Option(help: "The δ to spend (gaussian).") var delta: DeltaArgument?
        @Option(help: "laplace or gaussian.") var mechanism: NoiseArgument = .laplace
        @Option(help: ArgumentHelp("At most so many items of one user.", valueName: "k")) var maxItemsPerUser: Int?

        @Option(
            name: .shortAndLong, help: ArgumentHelp("Write the counts as CSV.", valueName: "file"), completion: .file())
        var output: String?

        @Option(help: ArgumentHelp("Your own word for this run: given again, the paid counts are read for free."))
        var reference: String?

        @OptionGroup var global: GlobalOptions

        func validate() throws {
            if let maxItemsPerUser, maxItemsPerUser < 1 { throw ValidationError("--max-items-per-user is at least 1") }
            if mechanism == .laplace, let delta, !delta.isZero {
                throw ValidationError("laplace noise has no δ: leave --delta out or take --mechanism gaussian")
            }
        }

        func run() async throws {
            if let output { _ = try global.outside(output, what: "An export") }
            let engine = try global.openEngine()
            let report = try await engine.countItems(
                CountRequest(
                    mechanism: mechanism.mechanism, epsilon: epsilon?.amount, delta: delta?.amount,
                    maxItemsPerUser: maxItemsPerUser, reference: reference))
            if let output { try FileOutput.write(report.csv, to: output) }
            try global.output.show(report) { $0.show(report, file: output) }
        }
    }
}
