// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import Discreet

struct EvaluateCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "evaluate",
        abstract: "Ranking metrics on public data, beside popularity.",
        discussion: worked(
            "--public-data states that the test file and the histories are public. Without --fold-in it ranks stored "
                + "histories, which only a directory of public data allows.",
            example: "discreet evaluate --public-data test.csv --fold-in events.csv -k 20"))

    @Option(help: ArgumentHelp("The model; the newest if left out.", valueName: "id")) var model: String?

    @Option(help: ArgumentHelp("Public test pairs: user,item.", valueName: "test.csv"), completion: .file())
    var publicData: String

    @Option(help: ArgumentHelp("The same users' public histories.", valueName: "file"), completion: .file())
    var foldIn: String?

    @Option(help: ArgumentHelp("Rank these items alone, one a line.", valueName: "file"), completion: .file())
    var candidates: String?

    @Option(name: .customShort("k"), help: ArgumentHelp("The length of a list.", valueName: "n")) var count = 20

    @OptionGroup var global: GlobalOptions

    func validate() throws {
        if count < 1 { throw ValidationError("-k is at least 1") }
    }

    func run() async throws {
        let report = try await global.openEngine().evaluate(
            EvaluateRequest(
                model: model, testFile: publicData, foldInFile: foldIn, candidatesFile: candidates, count: count))
        try global.output.show(report) { $0.show(report) }
    }
}
