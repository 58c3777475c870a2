// SPDX-License-Identifier: Apache-2.0

import BudgetLedger
import Compliance
import Cryptography
import DPAccounting
import Foundation
import Interactions
import Policies
import Records
import Vault

/// One data directory, open: the facade that a backend embeds and that the command line speaks to.
///
/// Every method that releases something asks the ledger first. Long methods observe the cancellation of their task: a run
/// then ends at the next quarter of its plan; what was released is charged and is a model.
public actor Engine {
    let location: DataLocation
    let configuration: DirectoryConfiguration
    let vault: Vault
    let ledger: BudgetLedger
    /// Why the erasures that were cut short could not be taken up: over a damaged ledger. Nothing is written while it is so, but the
    /// directory can be looked at and verified.
    private let unfinished: DiscreetError?

    /// Opens the directory, settles runs whose process died, and resumes erasures that were cut short.
    /// - Throws: `DiscreetError`.
    public init(opening location: DataLocation) throws(DiscreetError) {
        ProcessHardening.apply()
        let (configuration, vault, ledger) = try facade {
            let configuration = try location.readConfiguration()
            let id = configuration.directoryID
            let place = try location.masterKeyPlace(configuration)
            let vault = try Vault(
                opening: location.directory, directoryID: id, master: try place.current(), reloading: place.source)
            let ledger = try BudgetLedger(
                opening: location.directory, directoryID: id, key: vault.ledgerKey())
            return (configuration, vault, ledger)
        }
        let unfinished: DiscreetError? = try facade {
            guard Hex.encode(vault.publicKey) == configuration.publicKey else {
                throw DiscreetError(
                    .badConfiguration, "The public key is not the vault's (\(location.path("discreet.yaml").path))",
                    hint: "Restore the file; documents are checked with the vault's key.")
            }
            do {
                // First of all: what follows raises the vault's number.
                try Self.noteOlderWords(vault, ledger)
                // Erased stays erased, also when somebody puts an older vault file back: the ledger's tombstones tell.
                let lost = try vault.unmarked(among: ledger.tombstones())
                if !lost.isEmpty { try vault.restoreMarks(lost) }
                if try !vault.pendingErasures().isEmpty { try Self.eraser(vault: vault, ledger: ledger).resume() }
                try ledger.buryRules { vault.tombstone(of: $0) }
                try Self.logForgottenWords(vault, ledger)
                try Self.finishDiscovery(vault, ledger)
            } catch let error as LedgerError {
                switch error {
                case .damaged, .notAuthentic: return DiscreetError(wrapping: error)
                default: throw error
                }
            }
            return nil
        }
        self.location = location
        (self.configuration, self.vault, self.ledger, self.unfinished) = (configuration, vault, ledger, unfinished)
    }

    /// Refuses to write while erasures wait that a damaged ledger keeps from being ended.
    func refuseUnfinished() throws {
        if let unfinished { throw unfinished }
    }
}

extension DataLocation {
    func readConfiguration() throws -> DirectoryConfiguration {
        let file = path("discreet.yaml")
        guard FileManager.default.fileExists(atPath: directory.path) else {
            throw DiscreetError(
                .notFound, "There is no data directory (\(directory.path))",
                hint: "Make one with `discreet init`, or name another with --data or DISCREET_HOME.")
        }
        guard access(file.path, R_OK) == 0 || errno != EACCES else {
            throw DiscreetError(
                .io, "This data directory may not be read (\(directory.path))",
                hint: "Run the command as the owner of the directory, and check its permissions.")
        }
        guard let text = try? String(contentsOf: file, encoding: .utf8) else {
            throw DiscreetError(
                .notFound, "This folder is no data directory, it has no discreet.yaml (\(directory.path))",
                hint: "Make one with `discreet init`, or name another with --data or DISCREET_HOME.")
        }
        return try DirectoryConfiguration(yaml: text, file: file.path)
    }
}
