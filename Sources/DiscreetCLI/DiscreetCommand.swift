// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import Foundation

/// `discreet`: parse, call the facade, print. It computes nothing of its own.
@main
struct DiscreetCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "discreet",
        abstract: "A recommender that keeps its users' secrets.",
        discussion: worked(
            "Every release of private data is paid for from a privacy budget before it is made. The data directory is "
                + "--data DIR, else $DISCREET_HOME, else ./discreet-data; the master key lies outside it.",
            example: """
                discreet init
                discreet catalogue import items.csv
                discreet ingest events.csv
                discreet train mf --epsilon 3
                discreet recommend --user alice --explain
                """),
        version: "discreet \(CommandLineVersion.text)",
        subcommands: [
            InitCommand.self, AccountCommand.self, CatalogueCommand.self, IngestCommand.self, CountCommand.self,
            TrainCommand.self,
            ModelsCommand.self, RecommendCommand.self, BudgetCommand.self, EraseCommand.self, VerifyCommand.self,
            EvaluateCommand.self, CompareCommand.self, SplitCommand.self, UsersCommand.self, PolicyCommand.self,
            SampleCommand.self, StatusCommand.self,
            CompletionsCommand.self, ForensicsCommand.self, ReleasesCommand.self, KeysCommand.self,
            RestoredCommand.self,
        ])

    /// Parses and runs in a task that the first SIGINT or SIGTERM cancels; exits as CONTRACT says.
    static func main() async {
        // Whatever this program writes is for its owner alone.
        umask(0o077)
        let arguments = Array(CommandLine.arguments.dropFirst())
        StopSignals.prepare()
        let work = Task { await CommandRun.exitCode(of: arguments) }
        StopSignals.onFirst { signal in
            Terminal.note("stopping at the next quarter of the plan (\(signal.name)); once more to stop at once")
            work.cancel()
        }
        let code = await work.value
        Foundation.exit(StopSignals.exitCode(insteadOf: code))
    }
}
