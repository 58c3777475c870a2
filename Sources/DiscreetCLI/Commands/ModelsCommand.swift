// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import Discreet

struct ModelsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "models",
        abstract: "The models in the data directory.",
        discussion: worked(example: "discreet models list"),
        subcommands: [List.self, Show.self, Derive.self, Export.self, Remove.self])

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

    struct Derive: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "derive", abstract: "Make another model of what one released. Costs nobody anything.",
            discussion: worked(
                "Of a spectral or a content model. The kinds are " + DeriveRequest.kinds.joined(separator: ", ") + ".\n"
                    + HyperParameterText.list(derivedAs: DeriveRequest.kinds),
                example: "discreet models derive spectral-0a1b2c3d4e5f --as ease"))

        @Argument(help: "The model's id or name.") var id: String
        @Option(name: .customLong("as"), help: ArgumentHelp("The kind of the new model.", valueName: "kind"))
        var kind: String
        @Option(help: "What to call it; the kind if left out.") var name: String?
        @Option(name: .customLong("set"), help: ArgumentHelp("A hyper-parameter.", valueName: "key=value"))
        var settings: [String] = []
        @OptionGroup var global: GlobalOptions

        func validate() throws { _ = try Pairs.parse(settings, option: "--set") }

        func run() async throws {
            let report = try await global.openEngine().derive(
                DeriveRequest(model: id, kind: kind, name: name, settings: try Pairs.parse(settings, option: "--set")))
            try global.output.show(report) { $0.show(report) }
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
