// SPDX-License-Identifier: Apache-2.0

public import BudgetLedger
import Cryptography
import Foundation
import Interactions
public import Records
public import Vault

/// Erases people: a small state machine over three files, the same for an id that was never known.
public struct Eraser: Sendable {
    private let vault: Vault
    private let ledger: BudgetLedger
    /// What the receipt says remains.
    private let remains: Receipt.Remainder

    /// - Parameter remains: The tombstone's term and lawful basis, from the policy.
    public init(vault: Vault, ledger: BudgetLedger, remains: Receipt.Remainder) {
        (self.vault, self.ledger, self.remains) = (vault, ledger, remains)
    }

    /// What became of the erasures asked for.
    public struct Outcome: Sendable {
        /// Signed, one for each user that is erased, in the order asked.
        public internal(set) var receipts: [SignedDocument] = []
        /// How many wait for another process to let go of a write-ahead log. Their keys are destroyed already.
        public internal(set) var pending = 0
    }

    /// Erases these users.
    ///
    /// Every intent is durable before the first key is destroyed. When this returns, the users without `pending` are gone down to the bytes.
    /// - Throws: The errors of vault and ledger. What was begun is taken up by `resume`, at every open.
    public func erase(_ userIDs: [String]) throws -> Outcome {
        for _ in 0..<50 {
            let outcome = try ledger.whileErasing {
                try carryOut(try vault.beginErasures(of: userIDs), through: .truncateLogs)
            }
            if let outcome { return outcome }
            usleep(100_000)
        }
        throw LedgerError.busy
    }

    /// Takes up what was cut short.
    @discardableResult
    public func resume() throws -> Outcome {
        // Who holds the lock is about to end them.
        try ledger.whileErasing {
            let pending = try vault.pendingErasures()
            return pending.isEmpty ? Outcome() : try carryOut(pending, through: .truncateLogs)
        } ?? Outcome()
    }

    /// The steps up to `last`; tests stop early to see that `resume` finishes.
    package func carryOut(_ intents: [ErasureIntent], through last: ErasureStep) throws -> Outcome {
        var receipts: [SignedDocument] = []
        for step in ErasureStep.allCases where step.rawValue <= last.rawValue {
            switch step {
            case .destroyKey: try vault.destroyKeys(intents)
            case .deleteRows: try vault.deleteRows(intents)
            case .moveSpending: receipts = try moveSpending(intents)
            case .markErased: try vault.markErased(intents)
            case .truncateLogs:
                guard try truncateLogs() else { return Outcome(receipts: [], pending: intents.count) }
            }
        }
        return Outcome(receipts: receipts, pending: 0)
    }

    /// - Returns: A receipt for each, but for intents of which only the logs are left to empty.
    private func moveSpending(_ intents: [ErasureIntent]) throws -> [SignedDocument] {
        let moves = intents.compactMap { intent in
            intent.pseudonym.map { (user: $0, tombstone: intent.tombstone) }
        }
        let entries = try ledger.moveToTombstones(moves) {
            // What people allow has changed with the rows: the entries say how far, for nobody as for somebody. Looked at in the
            // transaction, so that the entries of several processes stand in the order of their numbers.
            let words = try vault.wordsState()
            return .object([
                "preferences": .object(["sequence": .integer(words.sequence), "state": .string(words.state)])
            ])
        }
        return try zip(moves, entries).map { move, entry in
            let receipt = Receipt(
                day: entry.day, userTombstone: Hex.encode(move.tombstone), remains: remains, logIndex: entry.index,
                logHead: try entry.hash())
            return try vault.withSigningKey { try SignedDocument(signing: receipt, with: $0) }
        }
    }

    /// False while another process reads.
    private func truncateLogs() throws -> Bool {
        do {
            try ledger.truncateLogs(largestRewritten: vault.largestRewritten)
            try vault.truncateLogs()  // last: it ends the pending state
            return true
        } catch VaultError.busy {
            return false
        } catch LedgerError.busy {
            return false
        }
    }
}
