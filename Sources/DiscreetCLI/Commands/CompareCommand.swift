// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import DPAccounting
import Discreet
import Foundation

struct CompareCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "compare",
        abstract: "Train several models at several ε on public data, and show who wins where.",
        discussion: worked(
            "In a directory of public data alone: on private data, choosing among models by looking at them would cost "
                + "as much as they do. Interrupted, the same command goes on. -o writes compare.json and one plot a metric.",
            example: """
                discreet compare --models spectral,popularity --epsilons 0.5,1,3,infinity --public-data test.csv -o plots
                """))

    @Option(help: "Kinds of models, with commas.") var models = "spectral,popularity"
    @Option(help: "ε, with commas; infinity is without privacy.") var epsilons = "0.5,1,3,5,10,infinity"
    @Option(help: "The δ of each run; the policy's if left out.") var delta: DeltaArgument?
    @Option(help: ArgumentHelp("Public test pairs: user,item.", valueName: "test.csv"), completion: .file())
    var publicData: String
    @Option(help: ArgumentHelp("Public histories instead of the stored ones.", valueName: "file"), completion: .file())
    var foldIn: String?
    @Option(help: ArgumentHelp("Rank these items alone, one a line.", valueName: "file"), completion: .file())
    var candidates: String?
    @Option(name: .customShort("k"), help: ArgumentHelp("The length of a list.", valueName: "n")) var count = 20
    @Option(help: "Trainings of each model at each ε.") var runs = 3
    @Option(
        name: .shortAndLong, help: ArgumentHelp("The folder for compare.json and plots.", valueName: "dir"),
        completion: .directory)
    var output: String?
    @OptionGroup var global: GlobalOptions

    func run() async throws {
        let kinds = models.split(separator: ",").map(String.init)
        let amounts = try epsilons.split(separator: ",").map { text in
            guard let argument = EpsilonArgument(argument: String(text)) else {
                throw ValidationError("--epsilons: \(DisplayText.escaped(String(text))) is no ε")
            }
            return argument.amount
        }
        let folder = try output.map {
            try global.outside($0 + "/compare.json", what: "A plot", isNewFolder: true).deletingLastPathComponent()
        }
        if let folder {
            try? FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
            try FileOutput.check(folder.appendingPathComponent("compare.json").path)
        }
        let engine = try global.openEngine()
        let progress = ProgressLine()
        defer { progress.clear() }
        let report = try await engine.compare(
            CompareRequest(
                kinds: kinds, epsilons: amounts,
                trial: EvaluateRequest(
                    model: nil, testFile: publicData, foldInFile: foldIn, candidatesFile: candidates, count: count),
                runs: runs, delta: delta?.amount)
        ) { step in
            progress.update { elapsed in
                "\(step.done) of \(step.of): \(step.kind), ε \(step.epsilon)"
                    + ProgressLine.timeLeft(done: Double(step.done) / Double(max(step.of, 1)), elapsed: elapsed)
            }
        }
        progress.clear()
        if let folder { try write(report, to: folder) }
        try global.output.show(report) { $0.show(report) }
    }

    private func write(_ report: CompareReport, to folder: URL) throws {
        let json = String(decoding: try JSONDocument.bytes(of: report), as: UTF8.self)
        try FileOutput.write(json, to: folder.appendingPathComponent("compare.json").path)
        for metric in ["recall", "ndcg"] {
            let plot = ComparisonPlot(report, metric: "\(metric)@\(count)")
            try FileOutput.write(plot.svg, to: folder.appendingPathComponent("\(metric).svg").path)
        }
    }
}

extension Page {
    fileprivate mutating func show(_ report: CompareReport) {
        line("Means of \(Numbers.counted(report.runs, "run")) for \(Numbers.counted(report.users, "user")).")
        let names = Set(report.rows.flatMap(\.metrics.keys)).filter { name in
            ["recall@", "ndcg@"].contains { name.hasPrefix($0) }
        }.sorted()
        var rows = Table(
            [.text("model"), .number("ε")] + names.flatMap { [.number($0), .number("least"), .number("greatest")] })
        for row in report.rows {
            rows.add(
                [row.kind, row.epsilon.isInfinite ? "infinity" : Numbers.brief(row.epsilon.value)]
                    + names.flatMap { name in
                        let figure = row.metrics[name]
                        return [figure?.mean, figure?.least, figure?.greatest].map { value in
                            value.map { Numbers.fixed($0, 4) } ?? "-"
                        }
                    })
        }
        for line in report.lines {
            rows.add(
                [line.name, "any"]
                    + names.flatMap { name in [line.metrics[name].map { Numbers.fixed($0, 4) } ?? "-", "", ""] })
        }
        table(rows)
    }
}
