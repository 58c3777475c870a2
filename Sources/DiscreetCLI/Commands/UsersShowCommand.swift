// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import Discreet
import Foundation

extension UsersCommand {
    struct Show: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "show",
            abstract: "Everything stored of a person, to answer their request for it. (Operator-only.)",
            discussion: worked(
                "Exact private data, in clear: hand it to that person alone. The log says that a request was answered, not "
                    + "whose. Of an unknown or erased user there is nothing, and the answer is that of a user who has nothing.",
                example: "discreet users show --user alice -o alice.csv"))

        @Option(help: "The user's id.") var user: String
        @Option(
            name: .shortAndLong,
            help: ArgumentHelp("Write the events as CSV to a file outside the data directory.", valueName: "file"),
            completion: .file())
        var output: String?
        @OptionGroup var global: GlobalOptions

        func run() async throws {
            if let output { _ = try global.outside(output, what: "The answer") }
            let report = try await global.openEngine().access(user)
            if let output { try FileOutput.write(report.csv, to: output) }
            try global.output.show(report) { $0.show(report, file: output) }
        }
    }
}

extension AccessReport {
    /// The names of all columns that are kept, ascending.
    fileprivate var columns: [String] { Set(events.flatMap(\.kept.keys)).sorted() }

    /// Whether any event is of an unknown item: then a last column says which.
    fileprivate var hasPending: Bool { events.contains(where: \.pending) }

    fileprivate func cells(_ event: Event) -> [String] {
        [event.item, "\(event.value)", "\(event.time)"] + columns.map { event.kept[$0] ?? "" }
            + (hasPending ? [event.pending ? "pending" : ""] : [])
    }

    fileprivate var csv: String {
        CSV.line(["item", "value", "time"] + columns + (hasPending ? ["pending"] : []))
            + events.map { CSV.line(cells($0)) }.joined()
    }
}

extension Page {
    fileprivate mutating func show(_ report: AccessReport, file: String?) {
        heading("Stored of \(DisplayText.escaped(report.user))")
        fields(report.purposes.sorted { $0.key < $1.key }.map { ($0.key, $0.value) })
        if report.damaged {
            line("Some of it does not open and is not shown: `discreet verify` names it.")
        }
        if let file { return line("Events: \(DisplayText.escaped(file))") }
        if report.events.isEmpty { return line("No events.") }
        var table = Table(
            [.text("item"), .number("value"), .number("time")] + report.columns.map { .text(DisplayText.escaped($0)) }
                + (report.hasPending ? [.text("")] : []))
        for event in report.events { table.add(report.cells(event)) }
        self.table(table)
    }
}
