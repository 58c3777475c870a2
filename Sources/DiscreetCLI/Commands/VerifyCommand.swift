// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import Discreet
import Foundation

struct VerifyCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "verify",
        abstract: "Check the log, receipts, certificates and the vault.",
        discussion: worked(
            "Without options the whole directory is checked. The key that signatures are checked with comes from the "
                + "directory or --public-key, never from the document. Exit code 1 if a check fails.",
            example: "discreet verify --receipt alice-receipt.json"))

    @Option(help: ArgumentHelp("An erasure receipt.", valueName: "file"), completion: .file()) var receipt: String?
    @Option(help: ArgumentHelp("A model's certificate.", valueName: "file"), completion: .file()) var certificate:
        String?
    @Option(help: ArgumentHelp("A signed head of the log, kept elsewhere.", valueName: "file"), completion: .file())
    var head: String?
    @Option(
        help: ArgumentHelp("An Ed25519 public key; documents are then checked without a directory.", valueName: "hex"))
    var publicKey: String?
    @OptionGroup var global: GlobalOptions

    func run() async throws {
        let request = VerifyRequest(
            receipt: receipt.map { URL(fileURLWithPath: $0) },
            certificate: certificate.map { URL(fileURLWithPath: $0) },
            head: head.map { URL(fileURLWithPath: $0) }, publicKey: publicKey)
        let report: VerifyReport
        if let publicKey, head == nil, receipt != nil || certificate != nil {
            report = try Engine.verifyDocuments(request, publicKey: publicKey)
        } else {
            report = try await global.openEngine().verify(request)
        }
        try global.output.show(report) { $0.show(report) }
        if !report.ok { throw ExitCode(DiscreetError.Code.verificationFailed.exitCode) }
    }
}
