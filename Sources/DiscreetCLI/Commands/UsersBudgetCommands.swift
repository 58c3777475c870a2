// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import DPAccounting
import Discreet

extension UsersCommand {
    struct Limit: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "limit", abstract: "Lower what a person's account may ever spend, as they asked. For good.",
            discussion: worked(
                "It may lower what the policy allows, never raise it, and is never raised again (77).",
                example: "discreet users limit --user alice --epsilon 2"))

        @Option(help: "The user's id.") var user: String
        @Option(help: "The most that their account may ever spend.") var epsilon: EpsilonArgument
        @OptionGroup var global: GlobalOptions

        func run() async throws {
            let report = try await global.openEngine().limit(user, to: epsilon.amount)
            try global.output.show(report) { $0.show(report) }
        }
    }

    struct Tier: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "tier", abstract: "Declare the tier of a person: one of the policy's budgets.",
            discussion: worked(
                "Whoever is in none has the policy's lifetime; without --tier the person is put there.",
                example: "discreet users tier --user alice --user bob --tier volunteers"))

        @Option(help: "A user's id; may be given several times.") var user: [String]
        @Option(help: "A tier of the policy in force.") var tier: String?
        @OptionGroup var global: GlobalOptions

        func run() async throws {
            let report = try await global.openEngine().assign(user, toTier: tier)
            try global.output.show(report) { page in
                page.line("\(Numbers.grouped(report.users)) put into \(report.tier.map { "tier \($0)" } ?? "no tier").")
            }
        }
    }
}
