// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import Discreet

struct CatalogueCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "catalogue",
        abstract: "The items and their public features.",
        discussion: worked(example: "discreet catalogue import items.csv"),
        subcommands: [Import.self, Discover.self])

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

    struct Discover: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "discover",
            abstract: "Find unknown items that many users have, paid for before they are named.",
            discussion: worked(
                "Under a policy with unknownItems: pending, events of items that the catalogue does not have wait in their "
                    + "users' own records. This names those items that enough users have (partition selection), puts them into "
                    + "the catalogue and their events into the histories; of the others nothing is said. An item of one user "
                    + "is named with probability \u{3B4} at most. Of each user at most K items count (4), drawn at random. Afterwards "
                    + "accounts are carried by basic composition alone: the \u{3B4} of later runs add up.",
                example: "discreet catalogue discover --epsilon 1 --delta 1e-8"))

        @Option(help: "The \u{3B5} to spend; the policy's for a run if left out.") var epsilon: EpsilonArgument?
        @Option(help: "The \u{3B4} to spend; a hundredth of the policy's for a run if left out.") var delta:
            DeltaArgument?
        @Option(help: ArgumentHelp("At most so many items of one user.", valueName: "k")) var maxItemsPerUser: Int?
        @Option(help: ArgumentHelp("Your own word for this run: given again, what it found is read for free."))
        var reference: String?

        @OptionGroup var global: GlobalOptions

        func validate() throws {
            if let maxItemsPerUser, maxItemsPerUser < 1 { throw ValidationError("--max-items-per-user is at least 1") }
        }

        func run() async throws {
            let report = try await global.openEngine().discoverItems(
                DiscoverRequest(
                    epsilon: epsilon?.amount, delta: delta?.amount, maxItemsPerUser: maxItemsPerUser,
                    reference: reference))
            try global.output.show(report) { $0.show(report) }
        }
    }
}
