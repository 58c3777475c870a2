// SPDX-License-Identifier: Apache-2.0

import DPAccounting
import Foundation
import GRDB
import Interactions

/// What was declared of one user's budget. Private: who has which. Whoever has no row has the policy's lifetime.
struct Rule: Hashable {
    /// Nil: no tier, the policy's lifetime.
    var tier: String?
    /// The person's own lower limit. It only goes down.
    var epsilon: EpsilonAmount?

    static let common = Rule()

    private init(tier: String? = nil, epsilon: EpsilonAmount? = nil) { (self.tier, self.epsilon) = (tier, epsilon) }

    private init(_ row: Row) throws {
        tier = row["tier"]
        epsilon = try (row["epsilon"] as String?).map { text in
            guard let amount = EpsilonAmount(decimal: text, rounding: .down) else {
                throw LedgerError.damaged("a person's limit is no number")
            }
            return amount
        }
    }

    static func of(_ user: UserPseudonym, _ db: Database) throws -> Rule {
        try Row.fetchOne(db, sql: "SELECT tier, epsilon FROM rule WHERE user = ?", arguments: [Data(user.bytes)])
            .map(Rule.init) ?? .common
    }

    static func of(tombstone hash: [UInt8], _ db: Database) throws -> Rule {
        try Row.fetchOne(
            db, sql: "SELECT tier, epsilon FROM tombstone_rule WHERE hash = ?", arguments: [Data(hash)]
        ).map(Rule.init) ?? .common
    }

    /// Of everyone who has one.
    static func all(_ db: Database) throws -> [UserPseudonym: Rule] {
        var rules: [UserPseudonym: Rule] = [:]
        let rows = try Row.fetchCursor(db, sql: "SELECT user, tier, epsilon FROM rule")
        while let row = try rows.next() {
            guard let user = UserPseudonym(bytes: Array(row["user"] as Data)) else {
                throw LedgerError.damaged("a rule's name has not 16 bytes")
            }
            rules[user] = try Rule(row)
        }
        return rules
    }

    /// How many users of each account have which rule; those without a row are not counted.
    static func counts(_ db: Database) throws -> [(account: Int64, rule: Rule, users: Int)] {
        try Row.fetchAll(
            db,
            sql: """
                SELECT member.account AS account, tier, epsilon, COUNT(*) AS users FROM rule JOIN member USING (user)
                GROUP BY account, tier, epsilon ORDER BY account, users DESC, tier, epsilon
                """
        ).map { ($0["account"], try Rule($0), $0["users"]) }
    }

    func write(of user: UserPseudonym, _ db: Database) throws {
        if self == .common {
            try db.execute(sql: "DELETE FROM rule WHERE user = ?", arguments: [Data(user.bytes)])
        } else {
            try db.execute(
                sql: "INSERT OR REPLACE INTO rule VALUES (?, ?, ?)",
                arguments: [Data(user.bytes), tier, epsilon?.description])
        }
    }

    /// Takes a user's rule to their tombstone: a promise outlives an erasure as the spending does.
    static func bury(_ user: UserPseudonym, under hash: [UInt8], _ db: Database) throws {
        let rule = try of(user, db).joined(with: of(tombstone: hash, db))
        try db.execute(sql: "DELETE FROM rule WHERE user = ?", arguments: [Data(user.bytes)])
        if rule == .common { return }
        try db.execute(
            sql: "INSERT OR REPLACE INTO tombstone_rule VALUES (?, ?, ?)",
            arguments: [Data(hash), rule.tier, rule.epsilon?.description])
    }

    /// Gives it back.
    static func restore(_ user: UserPseudonym, from hash: [UInt8], _ db: Database) throws {
        let rule = try of(user, db).joined(with: of(tombstone: hash, db))
        try db.execute(sql: "DELETE FROM tombstone_rule WHERE hash = ?", arguments: [Data(hash)])
        try rule.write(of: user, db)
    }

    /// The newer tier, the lower limit.
    private func joined(with older: Rule) -> Rule {
        let limits = [epsilon, older.epsilon].compactMap { $0 }
        return Rule(tier: tier ?? older.tier, epsilon: limits.min())
    }
}
