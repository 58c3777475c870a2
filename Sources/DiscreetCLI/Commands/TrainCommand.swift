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
        subcommands: [
            Spectral.self, Graph.self, Content.self, MatrixFactorization.self, LeastSquares.self, Ease.self,
            ItemNeighbours.self,
            NonnegativeFactors.self, PureSVD.self, Popularity.self,
        ],
        defaultSubcommand: Spectral.self)

    struct Spectral: TrainsModel {
        static let configuration = of(
            "spectral", "Noisy subspace iteration beside popularity and public features: the default.")
        @OptionGroup var options: TrainOptions
    }

    struct Graph: TrainsModel {
        static let configuration = of(
            "graph", "A graph of items whose edges are released: spectral proposes them, one more sum weighs them.",
            settings: " --set recency=10")
        @OptionGroup var options: TrainOptions
    }

    struct Content: TrainsModel {
        static let configuration = of(
            "content", "Public features alone, which costs nobody anything; popularity on request.", epsilon: nil)
        @OptionGroup var options: TrainOptions
    }

    struct MatrixFactorization: TrainsModel {
        static let configuration = of(
            "mf", "Matrix factorization by user-level DP-SGD.", settings: " --set rank=32")
        @OptionGroup var options: TrainOptions
    }

    struct LeastSquares: TrainsModel {
        static let configuration = of("als", "Weighted alternating least squares: a step of it under a budget.")
        @OptionGroup var options: TrainOptions
    }

    struct Ease: TrainsModel {
        static let configuration = of("ease", "Each item predicted from all others, on the releases of spectral.")
        @OptionGroup var options: TrainOptions
    }

    struct ItemNeighbours: TrainsModel {
        static let configuration = of("item-knn", "The items most like each item, on the releases of spectral.")
        @OptionGroup var options: TrainOptions
    }

    struct NonnegativeFactors: TrainsModel {
        static let configuration = of("nmf", "Groups of items, without negative weights, on the releases of spectral.")
        @OptionGroup var options: TrainOptions
    }

    struct PureSVD: TrainsModel {
        static let configuration = of("pure-svd", "The first singular vectors, on the releases of spectral.")
        @OptionGroup var options: TrainOptions
    }

    struct Popularity: TrainsModel {
        static let configuration = of(
            "popularity", "The same ranking for everyone, from noisy counts.", epsilon: "0.5")
        @OptionGroup var options: TrainOptions
    }
}

/// A command that trains models of one kind, which is its name.
protocol TrainsModel: AsyncParsableCommand {
    var options: TrainOptions { get }
}

extension TrainsModel {
    /// - Parameters: For the worked example: an ε, and what follows it.
    static func of(
        _ kind: String, _ abstract: String, epsilon: String? = "3", settings: String = ""
    ) -> CommandConfiguration {
        CommandConfiguration(
            commandName: kind, abstract: abstract,
            discussion: worked(
                HyperParameterText.list(kind: kind),
                example: "discreet train \(kind)" + (epsilon.map { " --epsilon \($0)" } ?? "") + settings))
    }

    func run() async throws { try await options.train(Self.configuration.commandName ?? "") }
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
