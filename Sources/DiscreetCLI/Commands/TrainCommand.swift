// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import Discreet

struct TrainCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "train",
        abstract: "Train a model under a privacy budget.",
        discussion: worked(
            "The whole plan is charged before the first step. Ctrl-C keeps the steps released so far as a model, "
                + "charges those and returns the others. Without a model it is spectral.",
            example: "discreet train spectral --epsilon 3 --delta 1e-6 --name nightly"),
        subcommands: [Spectral.self, Graph.self, Content.self, MatrixFactorization.self, Popularity.self],
        defaultSubcommand: Spectral.self)

    struct Spectral: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "spectral",
            abstract: "Noisy subspace iteration beside popularity and public features: the default.",
            discussion: worked(
                HyperParameterText.list(kind: "spectral"), example: "discreet train spectral --epsilon 3"))

        @OptionGroup var options: TrainOptions
        func run() async throws { try await options.train("spectral") }
    }

    struct Graph: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "graph",
            abstract: "A graph of items whose edges are released: spectral proposes them, one more sum weighs them.",
            discussion: worked(
                HyperParameterText.list(kind: "graph"), example: "discreet train graph --epsilon 3 --set recency=10"))

        @OptionGroup var options: TrainOptions
        func run() async throws { try await options.train("graph") }
    }

    struct Content: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "content",
            abstract: "Public features alone, which costs nobody anything; popularity on request.",
            discussion: worked(
                HyperParameterText.list(kind: "content"), example: "discreet train content"))

        @OptionGroup var options: TrainOptions
        func run() async throws { try await options.train("content") }
    }

    struct MatrixFactorization: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "mf",
            abstract: "Matrix factorization by user-level DP-SGD.",
            discussion: worked(
                HyperParameterText.list(kind: "mf"), example: "discreet train mf --epsilon 3 --set rank=32"))

        @OptionGroup var options: TrainOptions
        func run() async throws { try await options.train("mf") }
    }

    struct Popularity: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "popularity",
            abstract: "The same ranking for everyone, from noisy counts.",
            discussion: worked(
                HyperParameterText.list(kind: "popularity"), example: "discreet train popularity --epsilon 0.5"))

        @OptionGroup var options: TrainOptions
        func run() async throws { try await options.train("popularity") }
    }
}

/// What every model is trained with.
struct TrainOptions: ParsableArguments {
    @Option(help: "The ε to spend; infinity only on public data.")
    var epsilon: EpsilonArgument?

    @Option(help: "The δ to spend; the policy's for a run if left out.") var delta: DeltaArgument?
    @Option(help: "What to call the model.") var name: String?

    @Option(name: .customLong("set"), help: ArgumentHelp("A hyper-parameter.", valueName: "key=value"))
    var settings: [String] = []

    @Flag(help: "No noise: ε = ∞, in a directory of public data only.") var notPrivate = false

    @Option(help: ArgumentHelp("Your own word for this run: given again, the stored model is the answer."))
    var reference: String?

    @OptionGroup var global: GlobalOptions

    func validate() throws {
        _ = try Pairs.parse(settings, option: "--set")
        if notPrivate, let epsilon, !epsilon.isInfinite {
            throw ValidationError("--not-private is --epsilon infinity: leave one of them out")
        }
    }

    func train(_ kind: String) async throws {
        let engine = try global.openEngine()
        let progress = ProgressLine()
        defer { progress.clear() }
        let request = TrainRequest(
            kind: kind, epsilon: (notPrivate ? .infinity : epsilon)?.amount, delta: delta?.amount, name: name,
            settings: try Pairs.parse(settings, option: "--set"), reference: reference)
        let report = try await engine.train(request) { step in
            progress.update { TrainText.progress(step, elapsed: $0) }
        }
        progress.clear()
        try global.output.show(report) { $0.show(report) }
    }
}
