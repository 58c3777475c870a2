// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import Discreet

struct RecommendCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "recommend",
        abstract: "Recommend items. (Operator-only.)",
        discussion: worked(
            "One user or history gives a table; --users and --histories give CSV: user,rank,item,score. A user "
                + "nobody knows is a user with an empty history. Items seen are left out.",
            example: """
                discreet recommend --user alice -k 5 --explain
                discreet recommend --users everyone.txt -o lists.csv --recipient newsletter --purpose weekly
                """))

    @Option(help: "A user's id.") var user: String?

    @Option(
        help: ArgumentHelp("A file of user ids, one a line; - is standard input.", valueName: "file"),
        completion: .file())
    var users: String?

    @Option(help: ArgumentHelp("Item ids of a history that is not stored.", valueName: "i1,i2,…")) var history: String?

    @Option(
        help: ArgumentHelp("A CSV file of histories that are not stored, as for ingest.", valueName: "file"),
        completion: .file())
    var histories: String?

    @Option(name: .customShort("k"), help: ArgumentHelp("How many items.", valueName: "n")) var count = 10
    @Option(help: ArgumentHelp("The model; the newest if left out.", valueName: "id")) var model: String?
    @Flag(help: "Items of the user's own history may come back.") var includeSeen = false
    @Flag(help: "Look at nobody's history: rank by what was released of popularity, items seen included.")
    var noProfile = false
    @Flag(help: "Say which of the user's own items count most.") var explain = false

    @Option(name: .shortAndLong, help: ArgumentHelp("Write CSV to a file.", valueName: "file"), completion: .file())
    var output: String?

    @Option(help: "Who gets the lists; logged.") var recipient: String?
    @Option(help: "What the lists are for; logged.") var purpose: String?

    @OptionGroup var global: GlobalOptions

    func validate() throws {
        let given = [user, users, history, histories].compactMap { $0 }
        if given.count != 1 { throw ValidationError("give one of --user, --users, --history, --histories") }
        if count < 1 { throw ValidationError("-k is at least 1") }
    }

    func run() async throws {
        if let output { _ = try global.outside(output, what: "An export") }
        let engine = try global.openEngine()
        let report = try await engine.recommend(
            RecommendRequest(
                audience: audience(), count: count, model: model, includeSeen: includeSeen, explain: explain,
                withoutProfile: noProfile, recipient: recipient, purpose: purpose))
        if let output { try FileOutput.write(report.csv, to: output) }
        let isForMany = users != nil || histories != nil
        if !global.output.json && isForMany && output == nil {
            return try StandardOutput.write(Terminal.outputIsTerminal ? report.displayCSV : report.csv)
        }
        try global.output.show(report) { $0.show(report, file: output) }
    }

    private func audience() throws -> RecommendRequest.Audience {
        if let user { return .users([user]) }
        if let users { return .users(try IdentifierList.read(users)) }
        if let histories { return .histories(file: histories) }
        return .history((history ?? "").split(separator: ",").map(String.init))
    }
}
