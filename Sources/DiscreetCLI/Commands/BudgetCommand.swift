// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import Discreet
import Foundation

struct BudgetCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "budget",
        abstract: "What was spent, for whom, and whether the books are right.",
        discussion: worked(example: "discreet budget verify"),
        subcommands: [Show.self, List.self, Plan.self, Verify.self, Head.self])

    struct Show: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "show",
            abstract: "One user's spending, by run. (Operator-only.)",
            discussion: worked(
                "spent is bookkeeping: the smallest ε of the account's sums at the policy's δ. The guarantee, whatever "
                    + "was run after seeing what, is limit. For an erased user it is read from the tombstone.",
                example: "discreet budget show --user alice"))

        @Option(help: "The user's id.") var user: String
        @OptionGroup var global: GlobalOptions

        func run() async throws {
            let report = try await global.openEngine().budget(of: user)
            try global.output.show(report) { $0.show(report) }
        }
    }

    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "list", abstract: "Account classes: users with the same spending. (Operator-only.)",
            discussion: worked(example: "discreet budget list"))

        @OptionGroup var global: GlobalOptions

        func run() async throws {
            let classes = try await global.openEngine().budgetClasses()
            try global.output.show(["classes": classes]) { $0.show(classes) }
        }
    }

    struct Verify: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "verify",
            abstract: "Recompute every charge from the logged events.",
            discussion: worked(
                "Exit code 1 if one differs. A ledger that was put back whole, from yesterday, is consistent by itself: "
                    + "only a head that was kept elsewhere tells (`discreet budget head`).",
                example: "discreet budget verify --head head.json"))

        @Option(help: ArgumentHelp("A signed head of the log, kept elsewhere.", valueName: "file"), completion: .file())
        var head: String?
        @OptionGroup var global: GlobalOptions

        func run() async throws {
            let report = try await global.openEngine().verifyBudget(
                head: head.map { URL(fileURLWithPath: $0) })
            try global.output.show(report) { $0.show(report) }
            if !report.ok { throw ExitCode(DiscreetError.Code.verificationFailed.exitCode) }
        }
    }
}
