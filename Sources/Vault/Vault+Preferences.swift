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
                let key: StatementArguments = [Data(user.bytes), purpose.rawValue]
                try database.execute(
                    sql: "DELETE FROM preferences WHERE pseudonym = ? AND purpose = ?", arguments: key)
                try Marks.countChange(database)
                guard let preference, try !Marks(database).contains(tombstone: tombstone(of: user)) else { return }
                try database.execute(
                    sql: "INSERT INTO preferences (pseudonym, purpose, preference) VALUES (?, ?, ?)",
                    arguments: key + [preference.rawValue])
            }
        }
    }

    /// What the user has said so far.
    public func preferences(of user: UserPseudonym) throws -> [Purpose: Preference] {
        try VaultError.wrapping(VaultSchema.vaultFile) {
            try vaultFile.read { database in
                let sql = "SELECT purpose, preference FROM preferences WHERE pseudonym = ?"
                var preferences: [Purpose: Preference] = [:]
                for row in try Row.fetchAll(database, sql: sql, arguments: [Data(user.bytes)]) {
                    guard let purpose = Purpose(rawValue: row[0]) else { continue }
                    // A word that this program does not know forbids.
                    preferences[purpose] = Preference(rawValue: row[1]) ?? .restrict
                }
                return preferences
            }
        }
    }
}

/// Everybody's word on one purpose.
struct Permissions {
    private var words: [UserPseudonym: Preference] = [:]

    init(_ database: Database, purpose: Purpose) throws {
        let rows = try Row.fetchCursor(
            database, sql: "SELECT pseudonym, preference FROM preferences WHERE purpose = ?",
            arguments: [purpose.rawValue])
        while let row = try rows.next() {
            guard let user = UserPseudonym(bytes: row[0] as Data) else { continue }
            words[user] = Preference(rawValue: row[1]) ?? .restrict
        }
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
