// SPDX-License-Identifier: Apache-2.0

import BudgetLedger
import Foundation
public import Interactions
import Policies
import Records
import Vault

/// What a person says about a purpose.
public enum PersonsWord: String, CaseIterable, Sendable {
    /// They allow it.
    case consent
    /// They do not want it.
    case object
    /// Their data are kept and not used (GDPR article 18).
    case restrict
}

extension Engine {
    /// Records what a person says about these purposes. Live runs notice at their next step. For the operator alone.
    public func record(_ word: PersonsWord, for purposes: [Purpose], of userID: String) throws(DiscreetError)
        -> UserReport
    {
        try facade {
            if word == .consent { try refuseWhileRunning() }
            try Self.noteOlderWords(vault, ledger)
            let user = vault.pseudonym(of: userID)
            for purpose in purposes { try vault.setPreference(of: user, purpose: purpose, Preference(word)) }
            try Self.logWords(vault, ledger)
            // What was asked, and nothing of what was said before: of an erased person no word is kept, and the answer tells nobody apart.
            let asked = Set(purposes).map { ($0.rawValue, word.rawValue) }
            return UserReport(user: userID, purposes: Dictionary(uniqueKeysWithValues: asked))
        }
    }

    /// Lets an erased person return: a new key, the old spending. Logged. For the operator alone.
    /// - Throws: `.busy` while the erasure is pending.
    public func readmit(_ userID: String) throws(DiscreetError) -> UserReport {
        try facade {
            try refuseWhileRunning()
            let user = vault.pseudonym(of: userID)
            let tombstone = vault.tombstone(of: user)
            guard try !vault.pendingErasures().contains(where: { $0.tombstone == tombstone }) else {
                throw VaultError.erasurePending
            }
            // The ledger first: cut short here, the person is still erased, and the command can be given again.
            try ledger.readmit(user, tombstone: tombstone)
            try vault.readmit(userID: userID)
            return try userReport(userID)
        }
    }

    /// Everything stored of a person, to answer their request for it. Logged, not of whom. For the operator alone.
    ///
    /// Of who is not known, of the erased and of who has nothing the answer is the same.
    public func access(_ userID: String) throws(DiscreetError) -> AccessReport {
        try facade {
            let stored = try vault.storedEvents(of: vault.pseudonym(of: userID))
            let items = try vault.catalogue().items
            let words = try userReport(userID)
            _ = try ledger.appendLog(type: "access", content: [:])
            return AccessReport(
                user: userID, purposes: words.purposes,
                events: Set(stored.history.interactions).union(stored.columns.keys).sorted().map { event in
                    AccessReport.Event(
                        item: Int(event.item) < items.count ? items[Int(event.item)].id : "", value: event.value,
                        time: event.time, kept: stored.columns[event] ?? [:])
                }
                    + stored.pending.map {
                        AccessReport.Event(
                            item: $0.item.text, value: $0.value, time: $0.time, kept: [:], pending: true)
                    }, damaged: stored.isDamaged)
        }
    }

    /// A run that is alive asks between steps who has left. Whoever left and came back in the meantime would be taken for one
    /// who never left, with the history that was opened before.
    func refuseWhileRunning() throws {
        try refuseUnfinished()
        try ledger.settleOrphans()  // a run whose process died is under way no more
        guard try ledger.runsUnderWay().isEmpty else {
            throw DiscreetError(.busy, "A run is under way", hint: "Try again when it has ended.")
        }
    }

    private func userReport(_ userID: String) throws -> UserReport {
        let words = try vault.preferences(of: vault.pseudonym(of: userID))
        let purposes = Purpose.allCases.map { ($0.rawValue, words[$0]?.rawValue ?? "policy") }
        return UserReport(user: userID, purposes: Dictionary(uniqueKeysWithValues: purposes))
    }
}

extension Preference {
    fileprivate init(_ word: PersonsWord) {
        switch word {
        case .consent: self = .consent
        case .object: self = .object
        case .restrict: self = .restrict
        }
    }
}
