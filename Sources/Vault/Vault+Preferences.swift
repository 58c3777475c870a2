// SPDX-License-Identifier: Apache-2.0

import Foundation
import GRDB
public import Interactions

/// What a person has said about one purpose. Without a word, the policy's lawful basis decides.
public enum Preference: String, CaseIterable, Codable, Sendable {
    /// They gave consent.
    case consent
    /// They object: their data are not used for it.
    case object
    /// Processing is restricted (GDPR article 18): their data are kept and not used for it.
    case restrict
}

extension Vault {
    /// Records what a user says about a purpose; nil takes the word back. Durable on return; also for a user not seen yet.
    ///
    /// Live runs notice an objection or a restriction at their next step. An erased user's word is not kept.
    public func setPreference(of user: UserPseudonym, purpose: Purpose, _ preference: Preference?) throws {
        try VaultError.wrapping(VaultSchema.vaultFile) {
            try vaultFile.write { database in
                try Marks.countChange(database)
                let isErased = try Marks(database).contains(tombstone: tombstone(of: user))
                try Words(vault: self, database: database).write(
                    isErased ? nil : preference, of: user, purpose: purpose)
            }
        }
    }

    /// What the user has said so far. A row that another hand wrote counts as `restrict`.
    public func preferences(of user: UserPseudonym) throws -> [Purpose: Preference] {
        try VaultError.wrapping(VaultSchema.vaultFile) {
            try vaultFile.read { database in
                try Words(vault: self, database: database).words(of: user)
            }
        }
    }
}

/// Everybody's word on one purpose.
struct Permissions {
    private var words: [UserPseudonym: Preference] = [:]

    /// - Throws: `.notAuthentic` if another hand changed anybody's word: then nobody's data are used.
    init(_ words: Words, purpose: Purpose) throws {
        for word in try words.all() where word.purpose == purpose.rawValue { self.words[word.user] = word.preference }
    }

    var isEmpty: Bool { words.isEmpty }

    /// Whether the purpose may use the user's data: by consent, or else unless they objected or are restricted.
    func allow(_ user: UserPseudonym, requiringConsent: Bool) -> Bool {
        switch words[user] {
        case .consent: true
        case .object, .restrict: false
        case nil: !requiringConsent
        }
    }
}
