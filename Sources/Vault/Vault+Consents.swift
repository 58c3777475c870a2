// SPDX-License-Identifier: Apache-2.0

import Cryptography
import Foundation
import GRDB
public import Interactions

extension Vault {
    /// A consent that was given or withdrawn, with its time and what proves it.
    public struct ConsentWord: Sendable {
        public var userID: String
        public var purpose: Purpose
        public var isGranted: Bool
        /// Unix seconds.
        public var time: Int64
        /// A text of the caller's: where the proof is, or the proof. Only a keyed hash of it is kept.
        public var proof: String

        public init(userID: String, purpose: Purpose, isGranted: Bool, time: Int64, proof: String) {
            (self.userID, self.purpose, self.isGranted, self.time, self.proof) =
                (userID, purpose, isGranted, time, proof)
        }
    }

    /// What became of consents. Operator-only.
    public struct RecordedConsents: Equatable, Sendable {
        /// How many changed something. Not to be shown: of an erased person nothing is kept, which would show.
        public var recorded = 0
        /// How many words on one purpose there were, of the erased too, but for `damaged`. Says nothing of what was there before.
        public var taken = 0
        /// How many could not be kept, since no key opens the user's record: `checkIntegrity` names the damage.
        public var damaged = 0
    }

    private enum Outcome { case changed, same, damaged }

    /// Records consents: all or, if it throws, none. Durable when it returns; the same ones again change nobody's word.
    ///
    /// Whoever they are about, and whether or not anything changes, the same files are written and the words count as changed:
    /// nobody learns from it who was erased.
    /// The latest time wins for each user and purpose; at one time, the withdrawal. A withdrawal is kept as an objection. A word
    /// given by hand has no time: the stricter of it and a consent stays. Time and the proof's hash are sealed under the user's
    /// own key, so that they go with it. Nothing is kept of an erased user. Where the record is damaged and no key opens, a withdrawal
    /// is kept as a word given by hand is, and a consent is not. A stored consent that lies ahead of the clock outlasts no withdrawal.
    public func recordConsents(_ words: [ConsentWord]) throws -> RecordedConsents {
        let latest = try Consent.latest(of: words) { self.pseudonym(of: $0) }
        if latest.isEmpty { return RecordedConsents() }
        let now = Int64(Date().timeIntervalSince1970)
        return try VaultError.wrapping(VaultSchema.vaultFile) {
            try vaultFile.write { database in
                let marks = try Marks(database)
                let present = try latest.filter { try !marks.contains(tombstone: tombstone(of: $0.user)) }
                var outcome = RecordedConsents()
                outcome.taken = latest.count
                // The rows are read inside, so that the key they are under stays in hand.
                try master.whileOpen {
                    let keys = try self.wrappedKeys(of: present.map(\.user), in: database)
                    for consent in present {
                        switch try record(consent, keys[consent.user], now: now, database) {
                        case .changed: outcome.recorded += 1
                        case .same: break
                        case .damaged: outcome.damaged += 1
                        }
                    }
                }
                outcome.taken -= outcome.damaged
                // The number in the log grows by as many words as there are, however many changed something.
                for _ in outcome.recorded..<latest.count { try Words(vault: self, database: database).countChange() }
                try Marks.countChange(database)
                return outcome
            }
        }
    }

    /// The keys of these users, made and durable where there were none; none for a damaged record.
    private func wrappedKeys(of users: [UserPseudonym], in database: Database) throws -> [UserPseudonym: [UInt8]] {
        let store = try RecordStore(vault: database)
        return try VaultError.wrapping(VaultSchema.keysFile) {
            try writeKeys { file in
                let keys = KeyStore(keys: file)
                // Also where nobody is new, and for the erased, who get none.
                try keys.writeInVain()
                var wrapped: [UserPseudonym: [UInt8]] = [:]
                for user in users where wrapped[user] == nil {
                    if let key = try keys.wrappedKey(of: user) {
                        wrapped[user] = key
                    } else if try store.rows(of: user).isBlank {
                        let key = master.wrap(DataKey(), of: user)
                        try keys.insert(key, of: user)
                        wrapped[user] = key
                    }
                }
                return wrapped
            }
        }
    }

    /// `.same` if what is there is later, stricter or the same.
    private func record(
        _ consent: Consent, _ wrapped: [UInt8]?, now: Int64, _ database: Database
    ) throws -> Outcome {
        let select = try database.cachedStatement(
            sql: "SELECT preference, evidence FROM preferences WHERE pseudonym = ? AND purpose = ?")
        let row = try Row.fetchOne(select, arguments: [Data(consent.user.bytes), consent.purpose.rawValue])
        guard let wrapped, let key = try? master.unwrap(wrapped, of: consent.user) else {
            if consent.isGranted { return .damaged }
            if let row, Preference(rawValue: row[0]) != .consent { return .same }
            try Words(vault: self, database: database).write(.object, of: consent.user, purpose: consent.purpose)
            return .changed
        }
        let place = AssociatedData.evidence(of: consent.user, purpose: consent.purpose)
        if let row {
            let isConsent = Preference(rawValue: row[0]) == .consent
            let evidence = (row[1] as Data?).flatMap { try? key.open($0, associatedData: place) }
            if let time = evidence.flatMap(Consent.time(of:)) {
                // At one time the withdrawal wins, and over a consent from the future always; the same word again is no change.
                let isWithdrawn = isConsent && !consent.isGranted && (consent.time == time || time > now)
                guard consent.time > time || isWithdrawn else { return .same }
            } else if !isConsent {
                return .same  // by hand, and at least as strict
            }
        }
        let hash = secrets.pseudonyms.hash(consent.provenBytes, length: 32)
        let sealed = key.seal(consent.timeBytes + hash, associatedData: place)
        try Words(vault: self, database: database).write(
            consent.isGranted ? .consent : .object, evidence: Data(sealed), of: consent.user, purpose: consent.purpose)
        return .changed
    }

    /// Whether this is the word that counts, given with this proof at this time: for an audit.
    public func isRecorded(_ word: ConsentWord) throws -> Bool {
        let consent = Consent(word, user: pseudonym(of: word.userID))
        let word = (consent.isGranted ? Preference.consent : .object).rawValue
        let stored = try VaultError.wrapping(VaultSchema.vaultFile) {
            try vaultFile.read { database -> [UInt8]? in
                let row = try Row.fetchOne(
                    database, sql: "SELECT preference, evidence FROM preferences WHERE pseudonym = ? AND purpose = ?",
                    arguments: [Data(consent.user.bytes), consent.purpose.rawValue])
                guard let row, row[0] == word, let evidence = row[1] as Data? else { return nil }
                return try self.evidence([UInt8](evidence), of: consent)
            }
        }
        guard let stored else { return false }
        return ConstantTime.areEqual(
            stored, consent.timeBytes + secrets.pseudonyms.hash(consent.provenBytes, length: 32))
    }

    /// Evidence in clear; nil if it or its key does not open.
    private func evidence(_ sealed: [UInt8], of consent: Consent) throws -> [UInt8]? {
        try master.whileOpen {
            let wrapped = try readKeys { try KeyStore(keys: $0).wrappedKey(of: consent.user) }
            guard let wrapped, let key = try? master.unwrap(wrapped, of: consent.user) else { return nil }
            return try? key.open(
                sealed, associatedData: AssociatedData.evidence(of: consent.user, purpose: consent.purpose))
        }
    }
}

/// A word with its user's pseudonym.
private struct Consent {
    let user: UserPseudonym
    let purpose: Purpose
    let isGranted: Bool
    let time: Int64
    let proof: String

    init(_ word: Vault.ConsentWord, user: UserPseudonym) {
        self.user = user
        (purpose, isGranted, time, proof) = (word.purpose, word.isGranted, word.time, word.proof)
    }

    private struct Place: Hashable {
        let user: UserPseudonym
        let purpose: Purpose
    }

    /// One a user and purpose: the latest; at one time, the withdrawal. Ascending by pseudonym.
    static func latest(of words: [Vault.ConsentWord], pseudonym: (String) -> UserPseudonym) throws -> [Consent] {
        var latest: [Place: Consent] = [:]
        for word in words {
            guard (1...Vault.maximumUserIDLength).contains(word.userID.utf8.count) else {
                throw VaultError.unusableUserID(limit: Vault.maximumUserIDLength)
            }
            let consent = Consent(word, user: pseudonym(word.userID))
            let place = Place(user: consent.user, purpose: consent.purpose)
            if let other = latest[place],
                (other.time, other.isGranted ? 0 : 1) >= (consent.time, consent.isGranted ? 0 : 1)
            {
                continue
            }
            latest[place] = consent
        }
        return latest.values.sorted { ($0.user, $0.purpose.rawValue) < ($1.user, $1.purpose.rawValue) }
    }

    /// Eight bytes, the most significant first.
    var timeBytes: [UInt8] {
        stride(from: Int64(56), through: 0, by: -8).map { UInt8(truncatingIfNeeded: time >> $0) }
    }

    static func time(of evidence: [UInt8]) -> Int64? {
        guard evidence.count == 40 else { return nil }
        return evidence.prefix(8).reduce(0) { $0 << 8 | Int64($1) }
    }

    /// What the proof's hash is taken of.
    var provenBytes: [UInt8] {
        Array("discreet.proof\u{0}".utf8) + user.bytes + Array(purpose.rawValue.utf8) + [0, isGranted ? 1 : 0]
            + timeBytes + Array(proof.utf8)
    }
}
