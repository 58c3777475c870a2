// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import Discreet

struct ModelsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "models",
        abstract: "The models in the data directory.",
        discussion: worked(example: "discreet models list"),
        subcommands: [List.self, Show.self])

    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "list", abstract: "All models, newest last.",
            discussion: worked(example: "discreet models list --json"))

        @OptionGroup var global: GlobalOptions

        func run() async throws {
            let models = try await global.openEngine().models()
            try global.output.show(["models": models]) { $0.show(models) }
        }
    }

    struct Show: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "show", abstract: "One model, its parameters and its certificate.",
            discussion: worked(example: "discreet models show mf-0a1b2c3d4e5f"))

        @Argument(help: "The model's id.") var id: String
        @OptionGroup var global: GlobalOptions

        func run() async throws {
            let detail = try await global.openEngine().model(id)
            try global.output.show(detail) { $0.show(detail) }
        }
    }
}
