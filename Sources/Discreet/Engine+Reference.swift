// SPDX-License-Identifier: Apache-2.0

import BudgetLedger
import Cryptography
import Foundation
public import Ingestion
import Vault

extension Engine {
    /// Ingests under a name of the caller's: the same name with the same content again is nothing to do, and said.
    ///
    /// Interrupted, the same call goes on; so it does where rows were left out since their users' records are damaged. Rows that were
    /// rejected (an item that is not in the catalogue, no basis) are done with: where that changes, send them under another name.
    /// Content is what the files unpack to, with format and columns; the log keeps a keyed hash of it.
    /// - Parameter reference: Public, in the log: 1 to 128 of `A-Z a-z 0-9 . _ : / -`. Nil is `ingest` without one.
    /// - Throws: `.exists` where the name was used for other content; `.badData` where the files changed meanwhile; `.usage` for a name that is none, and for streams,
    ///   which cannot be read twice.
    public func ingest(
        _ paths: [String], reference: String?, options: IngestOptions = IngestOptions(),
        onProgress: @escaping @Sendable (IngestProgress) -> Void = { _ in },
        onReject: @escaping @Sendable (RejectedRow) -> Void = { _ in }
    ) async throws(DiscreetError) -> IngestReport {
        try facade {
            guard let reference else {
                return try take(paths, options: options, onProgress: onProgress, onReject: onReject)
            }
            let content = try checkedContent(paths, reference, options)
            var report = IngestReport()
            switch try ledger.begin(reference: reference, content: content) {
            case .done: report.alreadyIngested = true
            case .open:
                report = try take(paths, options: options, onProgress: onProgress, onReject: onReject)
                guard try checkedContent(paths, reference, options) == content else {
                    throw DiscreetError(
                        .badData, "The files changed while they were read (\(reference))",
                        hint: "What was read is stored. Send them under another reference when nobody writes to them.")
                }
                if report.damaged == 0 { try ledger.finish(reference: reference, content: content) }
                report.alreadyIngested = false
            case .other:
                throw DiscreetError(
                    .exists, "The reference was used before with other content (\(reference))",
                    hint: "Give this run a reference of its own, or send what the reference stood for.")
            }
            report.reference = reference
            return report
        }
    }

    /// Records the consents of a file, all or none: the latest wins for each person and purpose. For the operator alone.
    /// - Throws: `.busy` while a run is under way, if anybody consents.
    public func recordConsents(from path: String) async throws(DiscreetError) -> ConsentReport {
        try facade {
            let words = try ConsentReader.read(InputSource(argument: path))
            if words.contains(where: \.isGranted) { try refuseWhileRunning() }
            try Self.noteOlderWords(vault, ledger)
            let outcome = try vault.recordConsents(words)
            try Self.logWords(vault, ledger)
            return ConsentReport(read: words.count, recorded: outcome.taken, damaged: outcome.damaged)
        }
    }

    /// The keyed hash of what would be taken in.
    private func checkedContent(_ paths: [String], _ reference: String, _ options: IngestOptions) throws -> String {
        let isName = (1...128).contains(reference.utf8.count) && reference.utf8.allSatisfy(Self.isReferenceByte)
        guard isName else {
            throw DiscreetError(
                .usage, "This is no reference", hint: "Use 1 to 128 letters, digits and . _ : / - of ASCII.")
        }
        var all = BLAKE2b.Hasher()
        let layout = options.columns.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }
        for text in [options.format?.rawValue ?? ""] + layout { all.update(Array(text.utf8) + [0]) }
        for path in paths {
            let source = InputSource(argument: path)
            // What is not there is told by opening it.
            guard source.isRepeatable || (path != "-" && !FileManager.default.fileExists(atPath: path)) else {
                throw DiscreetError(
                    .usage, "A stream cannot be ingested under a reference, since it cannot be read twice",
                    hint: "Write it to a file first, or leave --reference out.")
            }
            var one = BLAKE2b.Hasher()
            try source.forEachBlock { one.update($0) }
            all.update(one.finalize())
        }
        return Hex.encode(vault.fingerprint(ofContent: all.finalize()))
    }

    private static func isReferenceByte(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"), 0x2D...0x3A, 0x5F: true
        default: false
        }
    }
}
