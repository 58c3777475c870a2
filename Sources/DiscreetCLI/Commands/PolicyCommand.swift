// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import Discreet
import Foundation

struct PolicyCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "policy",
        abstract: "What the operator decided: budgets, purposes, bounds.",
        discussion: worked(example: "discreet policy show"),
        subcommands: [Show.self, Check.self, Apply.self])

    struct Show: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "show", abstract: "The policy in force and its hash.",
            discussion: worked(example: "discreet policy show --json"))

        @OptionGroup var global: GlobalOptions

        func run() async throws {
            let report = try await global.openEngine().policyInForce()
            try global.output.show(report) { $0.show(report, title: "The policy in force") }
        }
    }

    struct Check: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "check", abstract: "Read a policy and say its hash; change nothing.",
            discussion: worked(
                "A key that is unknown, comes twice or is out of range is told by name and line (exit code 78). Where there is a data directory, it also says what would "
                    + "change for whom.",
                example: "discreet policy check policies/strict.yaml"))

        @Argument(help: "A policy file, or the name of a shipped policy.", completion: .file()) var file: String
        @OptionGroup var global: GlobalOptions

        func run() async throws {
            let isDirectoryHere = FileManager.default.fileExists(atPath: global.location.directory.path)
            let report =
                isDirectoryHere
                ? try await global.openEngine().comparePolicy(file) : try Engine.checkPolicy(file)
            try global.output.show(report) { $0.show(report, title: "The policy is well formed") }
        }
    }

    struct Apply: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "apply", abstract: "Put a policy in force.",
            discussion: worked(
                "The change is logged, and the policy's hash is in every certificate from then on. A directory never "
                    + "changes sides between private and public data.",
                example: "discreet policy apply policies/research.yaml"))

        @Argument(help: "A policy file, or the name of a shipped policy.", completion: .file()) var file: String
        @OptionGroup var global: GlobalOptions

        func run() async throws {
            let report = try await global.openEngine().applyPolicy(file)
            try global.output.show(report) { $0.show(report, title: "In force from now on") }
        }
    }
}
