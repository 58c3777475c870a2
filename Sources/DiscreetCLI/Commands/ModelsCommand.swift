// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import Discreet

struct ModelsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "models",
        abstract: "The models in the data directory.",
        discussion: worked(example: "discreet models list"),
        subcommands: [List.self, Show.self, Export.self, Remove.self])

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

    struct Export: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "export", abstract: "Copy a model out, with the certificate that a stranger can check.",
            discussion: worked(
                "Makes a new folder of certificate.json, model.json and tensors.bin. Logged.",
                example: "discreet models export spectral-0a1b2c3d4e5f -o model --recipient partner"))

        @Argument(help: "The model's id.") var id: String
        @Option(
            name: .shortAndLong, help: ArgumentHelp("The folder to make.", valueName: "dir"), completion: .directory)
        var output: String
        @Option(help: "Who gets it; logged.") var recipient: String?
        @Option(help: "What it is for; logged.") var purpose: String?
        @OptionGroup var global: GlobalOptions

        func run() async throws {
            let folder = try global.outside(output, what: "An export", isNewFolder: true)
            let model = try await global.openEngine().exportModel(
                id, to: folder, recipient: recipient, purpose: purpose)
            try global.output.show(model) { [output] in
                $0.line("Exported \(DisplayText.escaped(model.name)) to \(DisplayText.escaped(output)).")
            }
        }
    }

    struct Remove: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "remove", abstract: "Remove a model. What it cost stays spent.",
            discussion: worked(example: "discreet models remove mf-0a1b2c3d4e5f"))

        @Argument(help: "The model's id.") var id: String
        @OptionGroup var global: GlobalOptions

        func run() async throws {
            let removed = try await global.openEngine().removeModel(id)
            try global.output.show(removed) { $0.line("Removed \(removed.removed).") }
        }
    }
}
