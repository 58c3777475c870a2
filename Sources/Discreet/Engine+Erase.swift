// SPDX-License-Identifier: Apache-2.0

import BudgetLedger
import Compliance
import Policies
import Records
import Vault

extension Engine {
    /// Erases people, down to the bytes on disk. The same words for an id that was never known.
    /// - Returns: A signed receipt for each. Pending ones are taken up again at every start of the program.
    public func erase(_ userIDs: [String]) async throws(DiscreetError) -> EraseReport {
        try facade {
            try refuseUnfinished()
            try Self.noteOlderWords(vault, ledger)
            let outcome = try Self.eraser(vault: vault, ledger: ledger).erase(userIDs)
            let receipts = outcome.receipts.map(\.document)
            let single = userIDs.count == 1 ? receipts.first : nil
            return EraseReport(
                erased: userIDs.count - outcome.pending, pending: outcome.pending, receipt: single ?? .array(receipts))
        }
    }

    /// The policy in the log says what remains: an erasure does not wait for a mended policy file.
    static func eraser(vault: Vault, ledger: BudgetLedger) throws -> Eraser {
        let tombstone = try PolicyInForce.recorded(in: ledger, vault).policy.tombstone
        return Eraser(
            vault: vault, ledger: ledger,
            remains: Receipt.Remainder(basis: tombstone.basis.rawValue, years: tombstone.years))
    }
}
