// SPDX-License-Identifier: Apache-2.0

import Cryptography
import Foundation
import GRDB
import Interactions

/// Everybody's words (table `preferences`), so written that no other hand can change one unnoticed.
///
/// Each row has a keyed hash over itself. Their sum, a number that grows with each change, and a keyed hash over both stand in
/// `vault.words`: a row that is edited, added, taken away or put back does not fit. The log names number and sum, keyed, of
/// the newest change (`WordsState`): the whole table put back from yesterday does not fit either.
struct Words {
    let vault: Vault
    let database: Database

    struct Row {
        let user: UserPseudonym
        let purpose: String
        let preference: Preference
    }

    /// All of them.
    /// - Throws: `.notAuthentic` if another hand was here.
    func all() throws -> [Row] {
        var words: [Row] = []
        var sum = MultisetHash.empty
        let rows = try GRDB.Row.fetchCursor(
            database, sql: "SELECT pseudonym, purpose, preference, evidence, mac FROM preferences")
        while let row = try rows.next() {
            guard let user = UserPseudonym(bytes: row[0] as Data), let stamp = ownStamp(row, of: user) else {
                throw VaultError.notAuthentic
            }
            sum.add(stamp)
            // A word that this program does not know forbids.
            words.append(Row(user: user, purpose: row[1], preference: Preference(rawValue: row[2]) ?? .restrict))
        }
        let seal = try Seal.read(vault, database)
        guard seal.isAuthentic, seal.sum == sum else { throw VaultError.notAuthentic }
        return words
    }

    /// One person's; a row that is not ours forbids.
    func words(of user: UserPseudonym) throws -> [Purpose: Preference] {
        var words: [Purpose: Preference] = [:]
        let sql = "SELECT pseudonym, purpose, preference, evidence, mac FROM preferences WHERE pseudonym = ?"
        for row in try GRDB.Row.fetchAll(database, sql: sql, arguments: [Data(user.bytes)]) {
            guard let purpose = Purpose(rawValue: row[1]) else { continue }
            let isOurs = ownStamp(row, of: user) != nil
            words[purpose] = isOurs ? Preference(rawValue: row[2]) ?? .restrict : .restrict
        }
        return words
    }

    /// Puts a word in its place, or with nil takes it away, and keeps the sum.
    func write(
        _ preference: Preference?, evidence: Data? = nil, of user: UserPseudonym, purpose: Purpose
    ) throws {
        try change { seal in
            try remove("pseudonym = ? AND purpose = ?", [Data(user.bytes), purpose.rawValue], &seal)
            guard let preference else { return }
            let stamp = stamp(user, purpose.rawValue, preference.rawValue, evidence)
            seal.add(stamp)
            try database.cachedStatement(
                sql: "INSERT INTO preferences (pseudonym, purpose, preference, evidence, mac) VALUES (?, ?, ?, ?, ?)"
            ).execute(
                arguments: [Data(user.bytes), purpose.rawValue, preference.rawValue, evidence, Data(stamp)])
        }
    }

    /// Takes away all words of these users. Counts as a change also where there was none: erasing nobody does the same.
    func removeAll(of users: [UserPseudonym]) throws {
        try change { seal in
            for user in users { try remove("pseudonym = ?", [Data(user.bytes)], &seal) }
        }
    }

    /// A change by which no word changed: taking in what an erased person says does what taking in anybody's does.
    func countChange() throws { try change { _ in } }

    /// Once, for a file of an older schema: what is there gets its keyed hashes. A row that is nobody's goes: it could never be authentic.
    func stampAll() throws {
        try database.execute(
            sql: "DELETE FROM preferences WHERE length(pseudonym) <> ?", arguments: [UserPseudonym.byteCount])
        var sum = MultisetHash.empty
        for row in try GRDB.Row.fetchAll(
            database, sql: "SELECT pseudonym, purpose, preference, evidence FROM preferences")
        {
            guard let user = UserPseudonym(bytes: row[0] as Data) else { continue }
            let stamp = stamp(user, row[1], row[2], row[3])
            sum.add(stamp)
            try database.execute(
                sql: "UPDATE preferences SET mac = ? WHERE pseudonym = ? AND purpose = ?",
                arguments: [Data(stamp), row[0] as Data, row[1] as String])
        }
        try Seal(sum: sum, sequence: sum == .empty ? 0 : 1).write(vault, database)
    }

    private func change(_ body: (inout MultisetHash) throws -> Void) throws {
        // A seal that is not ours is not made good: the next look finds it.
        var seal = try Seal.read(vault, database)
        try body(&seal.sum)
        seal.sequence += 1
        try seal.write(vault, database)
    }

    private func remove(_ condition: String, _ arguments: StatementArguments, _ sum: inout MultisetHash) throws {
        let sql = "SELECT mac FROM preferences WHERE \(condition)"
        for mac in try Data?.fetchAll(database.cachedStatement(sql: sql), arguments: arguments) {
            if let mac, mac.count == 32 { sum.remove(Array(mac)) }
        }
        try database.cachedStatement(sql: "DELETE FROM preferences WHERE \(condition)").execute(arguments: arguments)
    }

    /// The keyed hash of a row (pseudonym, purpose, preference, evidence, mac), if it is the one beside it.
    private func ownStamp(_ row: GRDB.Row, of user: UserPseudonym) -> [UInt8]? {
        let stamp = stamp(user, row[1], row[2], row[3])
        return (row[4] as Data?).map { ConstantTime.areEqual(Array($0), stamp) } == true ? stamp : nil
    }

    private func stamp(_ user: UserPseudonym, _ purpose: String, _ preference: String, _ evidence: Data?) -> [UInt8] {
        vault.secrets.pseudonyms.hash(
            Array("discreet.word\u{0}".utf8) + user.bytes + Array("\(purpose)\u{0}\(preference)\u{0}".utf8)
                + (evidence.map { Array($0) } ?? []), length: 32)
    }

    /// The column `vault.words`: sum (32) ‖ sequence (8, big-endian) ‖ keyed hash (32).
    struct Seal {
        var sum: MultisetHash
        /// Grows with each change.
        var sequence: Int64
        /// Whether the keyed hash was ours when it was read.
        var isAuthentic = true

        init(sum: MultisetHash, sequence: Int64) { (self.sum, self.sequence) = (sum, sequence) }

        static func read(_ vault: Vault, _ database: Database) throws -> Seal {
            let bytes =
                try Data.fetchOne(database, sql: "SELECT words FROM vault WHERE id = 1").map { [UInt8]($0) } ?? []
            guard bytes.count == 72, let sum = MultisetHash(bytes: Array(bytes[..<32])) else {
                var none = Seal(sum: .empty, sequence: 0)
                none.isAuthentic = false
                return none
            }
            var seal = Seal(sum: sum, sequence: bytes[32..<40].reduce(0) { $0 << 8 | Int64($1) })
            seal.isAuthentic = ConstantTime.areEqual(Array(bytes[40...]), seal.hash(vault, "discreet.words"))
            return seal
        }

        func write(_ vault: Vault, _ database: Database) throws {
            let hash = isAuthentic ? hash(vault, "discreet.words") : [UInt8](repeating: 0, count: 32)
            try database.execute(
                sql: "UPDATE vault SET words = ? WHERE id = 1", arguments: [Data(sum.bytes + sequenceBytes + hash)])
        }

        func hash(_ vault: Vault, _ label: String) -> [UInt8] {
            vault.secrets.pseudonyms.hash(Array("\(label)\u{0}".utf8) + sum.bytes + sequenceBytes, length: 32)
        }

        private var sequenceBytes: [UInt8] {
            stride(from: Int64(56), through: 0, by: -8).map { UInt8(truncatingIfNeeded: sequence >> $0) }
        }
    }
}

/// What the log says of everybody's words after a change: a number, and a keyed hash that tells nothing to who lacks the key.
public struct WordsState: Hashable, Sendable {
    /// Grows with each change.
    public let sequence: Int64
    /// 64 hexadecimal digits.
    public let state: String
    /// Whether what stands in the vault was written with its key.
    public let isAuthentic: Bool
}

extension Vault {
    /// The words as they are now.
    public func wordsState() throws -> WordsState {
        try VaultError.wrapping(VaultSchema.vaultFile) {
            try vaultFile.read { database in
                let seal = try Words.Seal.read(self, database)
                return WordsState(
                    sequence: seal.sequence, state: Hex.encode(seal.hash(self, "discreet.words.state")),
                    isAuthentic: seal.isAuthentic)
            }
        }
    }

    /// What the state will be when the words as they are now bear another number.
    /// - Throws: `.notAuthentic` if another hand changed them.
    public func wordsState(numbered sequence: Int64) throws -> WordsState {
        try VaultError.wrapping(VaultSchema.vaultFile) {
            try vaultFile.read { database in
                _ = try Words(vault: self, database: database).all()
                var seal = try Words.Seal.read(self, database)
                seal.sequence = sequence
                return WordsState(
                    sequence: sequence, state: Hex.encode(seal.hash(self, "discreet.words.state")),
                    isAuthentic: seal.isAuthentic)
            }
        }
    }

    /// Gives the words as they are another number: after a restore one above all that the log knows, so that no older or other file
    /// is taken for a newer one.
    /// - Throws: `.busy` if they have changed since they were `found`; `.notAuthentic` if another hand changed them.
    public func renumberWords(to next: WordsState, from found: WordsState) throws {
        try VaultError.wrapping(VaultSchema.vaultFile) {
            try vaultFile.write { database in
                _ = try Words(vault: self, database: database).all()
                var seal = try Words.Seal.read(self, database)
                guard seal.sequence == found.sequence,
                    Hex.encode(seal.hash(self, "discreet.words.state")) == found.state
                else { throw VaultError.busy(file: VaultSchema.vaultFile) }
                seal.sequence = next.sequence
                try seal.write(self, database)
                try Marks.countChange(database)
            }
        }
    }

    /// Gives a file of an older schema its keyed hashes: it is taken at its word, once. The log then tells later.
    func sealWordsIfNeeded() throws {
        try VaultError.wrapping(VaultSchema.vaultFile) {
            let sql = "SELECT words IS NULL FROM vault WHERE id = 1"
            guard try vaultFile.read({ try Bool.fetchOne($0, sql: sql) }) == true else { return }
            try vaultFile.write { database in
                guard try Bool.fetchOne(database, sql: sql) == true else { return }
                try Words(vault: self, database: database).stampAll()
            }
        }
    }
}
