// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import Discreet

struct CatalogueCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "catalogue",
        abstract: "The items and their public features.",
        discussion: worked(example: "discreet catalogue import items.csv"),
        subcommands: [Import.self])

    struct Import: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "import",
            abstract: "Read items from a file.",
            discussion: worked(
                "A column named item holds the id, title the name; each other column is a public feature, and cells "
                    + "separated by | are lists. The same import again changes nothing.",
                example: "discreet catalogue import products.csv --columns item=sku,title=name"))

        @Argument(help: ArgumentHelp("The file; - is standard input."), completion: .file())
        var file: String

        @Option(help: "csv, tsv, jsonl or movielens; by the file's name if left out.")
        var format: String?

        @Option(help: ArgumentHelp("Header names of columns.", valueName: "item=…,title=…"))
        var columns: String?

        @OptionGroup var global: GlobalOptions

        func validate() throws {
            _ = try Pairs.columns(columns)
            _ = try format.map(IngestText.format)
        }

        func run() async throws {
            let engine = try global.openEngine()
            let report = try await engine.importCatalogue(from: file, format: format, columns: Pairs.columns(columns))
            try global.output.show(report) { $0.show(report) }
        }
    }
}
