// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import Discreet
import Records

struct EraseCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "erase",
        abstract: "Erase users for good.",
        discussion: worked(
            "The key is destroyed, the rows deleted, the spending moved to a tombstone, and a signed receipt written. "
                + "The answer is the same for a user who never was. Erased stays erased when an old file is ingested.",
            example: "discreet erase --user alice --receipt alice-receipt.json"))

    @Option(help: "The user's id.") var user: String?

    @Option(
        help: ArgumentHelp("A file of user ids, one a line; - is standard input.", valueName: "file"),
        completion: .file())
    var users: String?

    @Option(help: ArgumentHelp("Write the signed receipt here.", valueName: "file"), completion: .file())
    var receipt: String?

    @OptionGroup var global: GlobalOptions

    func validate() throws {
        if (user == nil) == (users == nil) { throw ValidationError("give one of --user, --users") }
    }

    func run() async throws {
        if let receipt { _ = try global.outside(receipt, what: "A receipt") }
        let ids = try user.map { [$0] } ?? IdentifierList.read(users ?? "-")
        let report = try await global.openEngine().erase(ids)
        // While it is pending there is no receipt, and an earlier file stays as it is.
        if let receipt, report.pending == 0 { try FileOutput.write(report.receiptText, to: receipt) }
        try global.output.show(report) { $0.show(report, receiptFile: receipt) }
        if report.pending > 0 { throw ExitCode(DiscreetError.Code.busy.exitCode) }
    }
}

extension EraseReport {
    /// The receipt as its file has it: canonical JSON, the form that is signed.
    fileprivate var receiptText: String {
        get throws { String(decoding: try CanonicalJSON.bytes(receipt), as: UTF8.self) }
    }
}
