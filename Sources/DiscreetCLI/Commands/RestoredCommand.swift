// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import Discreet
import Foundation

struct RestoredCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "restored",
        abstract: "Say in the log that files were put back from a backup. (Operator-only.)",
        discussion: worked(
            "Put vault.sqlite and keys.sqlite back and keep ledger.sqlite if you can: it knows who was erased and what was spent. "
                + "Where it was put back too, give the receipts of all erasures since the backup: those that the log does not hold are carried out again. "
                + "What people said since the backup has to be given again, and events ingested; then `verify` is well.",
            example: "discreet restored --receipt alice-receipt.json"))

    @Option(
        help: ArgumentHelp("Receipts of erasures since the backup; may be given several times.", valueName: "file"),
        completion: .file())
    var receipt: [String] = []

    @OptionGroup var global: GlobalOptions

    func run() async throws {
        let report = try await global.openEngine().acknowledgeRestore(
            receipts: receipt.map { URL(fileURLWithPath: $0) })
        try global.output.show(report) { $0.show(report) }
    }
}

extension Page {
    fileprivate mutating func show(_ report: RestoreReport) {
        line("Entry \(report.logIndex) of the log says that files were put back from a backup.")
        if report.receipts > 0 {
            line(
                "Everybody in \(Numbers.counted(report.receipts, "receipt")) is erased, but for those whom the log knows to be readmitted since."
            )
        }
        if report.wordsAreOlder {
            line(
                "What people said since the backup is lost. Give it again before the next run: `discreet users`, `ingest --consent`."
            )
        }
        if report.catalogueIsOlder { line("The catalogue is an older one. Import the newest again.") }
        if report.isLocalModel {
            line(
                "Local model: whoever was reported since the backup and is ingested again makes a second report, at twice the local \u{3B5}."
            )
        }
        line("Ingest again what came in since the backup.")
    }
}
