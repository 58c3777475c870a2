// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import Discreet

struct SplitCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "split",
        abstract: "Split public events into what to train on and what to test with.",
        discussion: worked(
            "last-item holds each user's latest item back, random a part of each user's items, strong whole users, who "
                + "are folded in from the rest of theirs. Reads the catalogue, stores nothing.",
            example: "discreet split events.csv --by random --fraction 0.2 --seed 7 -o split"))

    @Argument(help: ArgumentHelp("Public events, as for ingest.", valueName: "file"), completion: .file())
    var file: String
    @Option(help: "last-item, random or strong.") var by = SplitArgument.random
    @Option(help: "The part of a user's items that is tested.") var fraction = 0.2
    @Option(help: "The part of users that strong holds out.") var users = 0.1
    @Option(help: "The seed of the coins.") var seed: UInt64 = 1
    @Option(name: .shortAndLong, help: ArgumentHelp("The folder to make.", valueName: "dir"), completion: .directory)
    var output: String
    @OptionGroup var global: GlobalOptions

    func run() async throws {
        let folder = try global.outside(output, what: "A split", isNewFolder: true)
        let report = try await global.openEngine().split(
            SplitRequest(file: file, way: by.way, fraction: fraction, users: users, seed: seed), to: folder)
        try global.output.show(report) { page in
            page.line(
                "\(Numbers.counted(report.users, "user")): \(Numbers.grouped(report.train)) events to train on, "
                    + "\(Numbers.grouped(report.test)) items to test with"
                    + (report.foldIn.map { ", \(Numbers.grouped($0)) events to fold in from." } ?? "."))
        }
    }
}

/// A way to split, as typed.
enum SplitArgument: String, CaseIterable, ExpressibleByArgument {
    case lastItem = "last-item"
    case random, strong

    var way: SplitRequest.Way {
        switch self {
        case .lastItem: .lastItem
        case .random: .random
        case .strong: .strong
        }
    }
}
