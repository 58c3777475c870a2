// SPDX-License-Identifier: Apache-2.0

import BudgetLedger
import Compliance
import Cryptography
public import Foundation
import Records
import Vault

/// What the log now says of files that were put back from a backup. Operator-only.
public struct RestoreReport: Encodable, Sendable {
    /// The entry `restore` of the log.
    public let logIndex: Int
    /// Whether what people allow was older than the log says: words since the backup are lost, and have to be given again.
    public let wordsAreOlder: Bool
    /// The largest number of a change of what people allow, in the log and in the vault.
    public let loggedWords: Int64
    public let foundWords: Int64
    /// Whether the catalogue is one that the log had replaced.
    public let catalogueIsOlder: Bool
    /// How many receipts of erasures were given: those that the log does not hold were carried out again, the others are done, also
    /// where the person has returned since.
    public let receipts: Int
    /// Whether the directory holds noised reports: to ingest again whose report was lost is a second report of them.
    public let isLocalModel: Bool
}

extension Engine {
    /// Says in the log that files of this directory were put back from a backup, and what differs, so that `verify` measures what comes
    /// after by what is there now. Whoever was erased in the meantime is erased again first.
    ///
    /// Marks and keys of people whom `ledger.sqlite` knows to be erased are dealt with at every open. Where it was put back too, it has
    /// forgotten who was erased since the backup: only the receipts know, and each one given that the log does not hold is carried out.
    /// What people said since the backup is lost, and nobody can tell whose word it was.
    /// - Parameter receipts: Files as `erase --receipt` wrote them, of this directory.
    /// - Throws: `.verificationFailed` over a log or words that another hand wrote, and for receipts that this directory did not
    ///   sign; `.busy` while a run or an erasure is under way.
    public func acknowledgeRestore(receipts: [URL] = []) async throws(DiscreetError) -> RestoreReport {
        try facade {
            try refuseWhileRunning()
            let log = try ledger.verifyChain()
            guard log.isOK else { throw notOurs("the log is not as we left it") }
            let given = try receipts.flatMap { try receiptsOurs(in: $0) }
            try Self.noteOlderWords(vault, ledger)
            try eraseAgain(lostErasures(given))
            let logged = try Self.highestLoggedNumber(ledger)
            let found = try vault.wordsState()
            guard found.isAuthentic else { throw notOurs("what people allow was not written with the vault's key") }
            let areOlder = try Self.areOlder(found, ledger)
            let catalogue = try catalogueHash()
            let isOlder = try loggedCatalogue().map { $0 != catalogue } ?? false
            // The log first: cut short here, the vault's words stay behind it, which verify finds, and the command is given again.
            let next = try vault.wordsState(numbered: max(logged, found.sequence) + 1)
            let entry = try ledger.appendLog(
                type: "restore",
                content: .object([
                    "preferences": Self.content(of: next), "olderPreferences": .bool(areOlder),
                    "found": .integer(found.sequence),
                    "logged": .integer(logged), "catalogue": .string(catalogue), "olderCatalogue": .bool(isOlder),
                ]))
            try vault.renumberWords(to: next, from: found)
            return RestoreReport(
                logIndex: entry.index, wordsAreOlder: areOlder, loggedWords: logged, foundWords: found.sequence,
                catalogueIsOlder: isOlder,
                receipts: given.count, isLocalModel: try localModel() != nil)
        }
    }

    /// Carries out once more the erasures of people of whom an older vault or ledger has data, or no mark.
    private func eraseAgain(_ tombstones: [[UInt8]]) throws {
        let lost = try vault.unmarked(among: tombstones)
        if !lost.isEmpty { try vault.restoreMarks(lost) }
        guard try Self.eraser(vault: vault, ledger: ledger).resume().pending == 0,
            try vault.pendingErasures().isEmpty
        else {
            throw DiscreetError(
                .busy, "An erasure waits for another process", hint: "Run the command again when it has ended.")
        }
    }

    /// Who is in these receipts and has to be erased again: the log knows nothing of the erasure. Of one that it holds, nothing is
    /// lost: whoever came back since was readmitted, and stays.
    private func lostErasures(_ receipts: [Receipt]) throws -> [[UInt8]] {
        if receipts.isEmpty { return [] }
        let hashes = try ledger.entries(ofType: "erase").map { ($0.index, try $0.hash()) }
        let known = Dictionary(hashes, uniquingKeysWith: { first, _ in first })
        return try receipts.compactMap { receipt in
            guard let tombstone = Hex.decode(receipt.userTombstone), tombstone.count == 32 else { return nil }
            // Also who is erased still: of them the vault may have lost the mark.
            let isDone = known[receipt.logIndex] == receipt.logHead
            return try isDone && !ledger.hasTombstone(tombstone) ? nil : tombstone
        }
    }

    private func receiptsOurs(in file: URL) throws -> [Receipt] {
        do {
            return try DocumentCheck.receipts(DocumentCheck.bytes(of: file), vault.publicKey)
        } catch let error as DiscreetError {
            throw error
        } catch {
            throw DiscreetError(
                .verificationFailed, "These are no receipts that this directory signed (\(file.path))",
                hint: "Give files that `discreet erase --receipt` wrote here.")
        }
    }

    private func notOurs(_ what: String) -> DiscreetError {
        DiscreetError(
            .verificationFailed, "Nothing is acknowledged: \(what) (\(location.directory.path))",
            hint: "`discreet verify` says more: a backup that nobody changed passes.")
    }

    /// The catalogue that counts: of the newest import, or as it was found after a restore.
    func loggedCatalogue() throws -> String? { try Self.loggedCatalogue(ledger) }

    static func loggedCatalogue(_ ledger: BudgetLedger) throws -> String? {
        let newest = [
            try ledger.entries(ofType: "catalogue").last.map { ($0.index, $0.content["hash"]?.stringValue) },
            try ledger.entries(ofType: "restore").last.map { ($0.index, $0.content["catalogue"]?.stringValue) },
        ]
        return newest.compactMap { $0 }.max { $0.0 < $1.0 }?.1
    }

    /// Restores that the log speaks of, for whoever wonders why it looks as it does; nil for none.
    func loggedRestores() throws -> String? {
        let entries = try ledger.entries(ofType: "restore").map { "entry \($0.index) of \($0.day)" }
        if entries.isEmpty { return nil }
        return "files of this directory were put back from a backup, says the log: " + entries.joined(separator: ", ")
    }
}
