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
                    + "most K items. Laplace noise has no δ; Gaussian takes it from the policy. With --continual the counts are "
                    + "one period of a stream: the first call opens it, each later one closes a period, and everybody counted pays "
                    + "once for all of them; --reference reads the latest period again, no earlier one.",
                example: "discreet count items --epsilon 0.5 -o counts.csv"))

        @Option(help: "The ε to spend.") var epsilon: EpsilonArgument?
        @Option(help: "The δ to spend (gaussian).") var delta: DeltaArgument?
        @Option(help: "laplace (the default) or gaussian.") var mechanism: NoiseArgument?
        @Option(help: ArgumentHelp("At most so many items of one user.", valueName: "k")) var maxItemsPerUser: Int?

        @Option(
            name: .shortAndLong, help: ArgumentHelp("Write the counts as CSV.", valueName: "file"), completion: .file())
        var output: String?

        @Option(help: ArgumentHelp("Your own word for this run: given again, the paid counts are read for free."))
        var reference: String?

        @Flag(help: "Close the next period of a stream of counts; the first call opens it.") var continual = false
        @Option(help: ArgumentHelp("The stream's name.", valueName: "name")) var stream: String?
        @Option(help: ArgumentHelp("How many periods the stream will have (64).", valueName: "t")) var periods: Int?
        @Flag(help: "End the stream: what it knew of its members is deleted.") var end = false

        @OptionGroup var global: GlobalOptions

        func validate() throws {
            if !continual && (stream != nil || periods != nil || end) {
                throw ValidationError("--stream, --periods and --end belong to --continual")
            }
            if let maxItemsPerUser, maxItemsPerUser < 1 { throw ValidationError("--max-items-per-user is at least 1") }
            if !continual, mechanism != .gaussian, let delta, !delta.isZero {
                throw ValidationError("laplace noise has no δ: leave --delta out or take --mechanism gaussian")
            }
        }

        func run() async throws {
            if let output { _ = try global.outside(output, what: "An export") }
            let engine = try global.openEngine()
            if end { return try await endStream(engine) }
            let report = continual ? try await closePeriod(engine) : try await count(engine)
            if let output { try FileOutput.write(report.csv, to: output) }
            try global.output.show(report) { $0.show(report, file: output) }
        }

        private func count(_ engine: Engine) async throws -> CountReport {
            try await engine.countItems(
                CountRequest(
                    mechanism: mechanism?.mechanism ?? .laplace, epsilon: epsilon?.amount, delta: delta?.amount,
                    maxItemsPerUser: maxItemsPerUser, reference: reference))
        }

        private func closePeriod(_ engine: Engine) async throws -> CountReport {
            try await engine.countContinually(
                StreamRequest(
                    name: stream ?? "items", mechanism: mechanism?.mechanism, epsilon: epsilon?.amount,
                    delta: delta?.amount, maxItemsPerUser: maxItemsPerUser, periods: periods, reference: reference))
        }

        private func endStream(_ engine: Engine) async throws {
            let name = stream ?? "items"
            try await engine.endStream(named: name)
            let report = EndedStream(stream: name, ended: true)
            try global.output.show(report) { $0.line("The stream \(DisplayText.escaped(name)) has ended.") }
        }
    }
}

/// What `--end` says.
private struct EndedStream: Encodable, Sendable {
    let stream: String
    let ended: Bool
}
