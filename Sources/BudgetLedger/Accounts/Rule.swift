// SPDX-License-Identifier: Apache-2.0

import Cryptography
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

    /// - Parameter row: `tier`, `epsilon`.
    private init(_ row: Row) throws {
        tier = try row.get("tier")
        epsilon = try (row.get("epsilon") as String?).map { text in
            guard let amount = EpsilonAmount(decimal: text, rounding: .down) else {
                throw LedgerError.damaged("a person's limit is no number")
            }
            return amount
        }
    }

    /// The rule of a row with its subject and keyed hash, if that is ours.
    private static func read(_ row: Row, of subject: [UInt8], _ ledger: BudgetLedger) throws -> (Rule, stamp: [UInt8]) {
        let rule = try Rule(row)
        let stamp = ledger.stamp(of: rule, subject: subject)
        guard try (row.get("mac") as Data?).map({ ConstantTime.areEqual(Array($0), stamp) }) == true else {
            throw LedgerError.notAuthentic("a limit or a tier")
        }
        return (rule, stamp)
    }

    static func of(_ user: UserPseudonym, _ ledger: BudgetLedger, _ db: Database) throws -> Rule {
        try find(.user(user), ledger, db)?.rule ?? .common
    }

    static func of(tombstone hash: [UInt8], _ ledger: BudgetLedger, _ db: Database) throws -> Rule {
        try find(.tombstone(hash), ledger, db)?.rule ?? .common
    }

    /// Of everyone who has one. Refuses if any row was edited, added, taken away or put back by another hand.
    static func all(_ ledger: BudgetLedger, _ db: Database) throws -> [UserPseudonym: Rule] {
        var rules: [UserPseudonym: Rule] = [:]
        var sum = MultisetHash.empty
        for place in Place.tables {
            let rows = try Row.fetchCursor(
                db, sql: "SELECT \(place.key) AS subject, tier, epsilon, mac FROM \(place.table)")
            while let row = try rows.next() {
                let subject = Array(try row.get("subject") as Data)
                let (rule, stamp) = try read(row, of: subject, ledger)
                sum.add(stamp)
                if place.table == "rule" {
                    guard let user = UserPseudonym(bytes: subject) else {
                        throw LedgerError.damaged("a rule's name has not 16 bytes")
                    }
                    rules[user] = rule
                }
            }
        }
        guard try sum == SealedSum.rules.read(db) else {
            throw LedgerError.notAuthentic("a limit or a tier is missing")
        }
        return rules
    }

    /// How many users of each account have which rule, the largest groups of an account first; those without one are not
    /// counted.
    static func counts(
        _ ledger: BudgetLedger, _ db: Database
    ) throws -> [(account: Int64, rule: Rule, users: Int)] {
        struct Group: Hashable {
            let account: Int64
            let rule: Rule
        }
        let rules = try all(ledger, db)
        var groups: [Group: Int] = [:]
        try Membership.forEach(of: rules.keys.sorted(), db) { user, account in
            if account == Membership.nobody { return }
            groups[Group(account: account, rule: rules[user] ?? .common), default: 0] += 1
        }
        return groups.map { ($0.key.account, $0.key.rule, $0.value) }.sorted {
            ($0.account, -$0.users, $0.rule.tier ?? "", $0.rule.epsilon ?? .zero)
                < ($1.account, -$1.users, $1.rule.tier ?? "", $1.rule.epsilon ?? .zero)
        }
    }

    /// Changes a user's rule where it stands: with their tombstone, if they were erased. Nothing that is said of an erased person
    /// brings their pseudonym back.
    static func change(
        _ user: UserPseudonym, or hash: [UInt8]?, _ ledger: BudgetLedger, _ db: Database,
        _ body: (inout Rule) throws -> Void
    ) throws {
        var place = Place.user(user)
        if let hash, try Tombstone.account(of: hash, db) != nil {
            place = .tombstone(hash)
            // What an earlier program wrote back.
            if try find(.user(user), ledger, db) != nil { try bury(user, under: hash, ledger, db) }
        }
        var rule = try find(place, ledger, db)?.rule ?? .common
        try body(&rule)
        try rule.write(place, ledger, db)
    }

    /// The users who have a rule, none of them looked at.
    static func users(_ db: Database) throws -> [UserPseudonym] {
        try Data.fetchAll(db, sql: "SELECT user FROM rule ORDER BY user").compactMap { UserPseudonym(bytes: $0) }
    }

    /// Takes a user's rule to their tombstone: a promise outlives an erasure as the spending does.
    static func bury(
        _ user: UserPseudonym, under hash: [UInt8], _ ledger: BudgetLedger, _ db: Database
    ) throws {
        let rule = try of(user, ledger, db).joined(with: of(tombstone: hash, ledger, db))
        try common.write(.user(user), ledger, db)
        try rule.write(.tombstone(hash), ledger, db)
    }

    /// Gives it back.
    static func restore(
        _ user: UserPseudonym, from hash: [UInt8], _ ledger: BudgetLedger, _ db: Database
    ) throws {
        let rule = try of(user, ledger, db).joined(with: of(tombstone: hash, ledger, db))
        try common.write(.tombstone(hash), ledger, db)
        try rule.write(.user(user), ledger, db)
    }

    /// The newer tier, the lower limit.
    private func joined(with older: Rule) -> Rule {
        let limits = [epsilon, older.epsilon].compactMap { $0 }
        return Rule(tier: tier ?? older.tier, epsilon: limits.min())
    }

    /// Where a rule stands.
    private enum Place {
        case user(UserPseudonym)
        case tombstone([UInt8])

        static let tables = [(table: "rule", key: "user"), (table: "tombstone_rule", key: "hash")]
        var table: String { if case .user = self { "rule" } else { "tombstone_rule" } }
        var key: String { if case .user = self { "user" } else { "hash" } }
        var subject: [UInt8] {
            switch self {
            case .user(let user): user.bytes
            case .tombstone(let hash): hash
            }
        }
    }

    private static func find(
        _ place: Place, _ ledger: BudgetLedger, _ db: Database
    ) throws -> (rule: Rule, stamp: [UInt8])? {
        let statement = try db.cachedStatement(
            sql: "SELECT tier, epsilon, mac FROM \(place.table) WHERE \(place.key) = ?")
        guard let row = try Row.fetchOne(statement, arguments: [Data(place.subject)]) else { return nil }
        let (rule, stamp) = try read(row, of: place.subject, ledger)
        return (rule, stamp)
    }

    /// Puts the rule in a place (`common`: no row), and keeps the sum. An entry that says so belongs into the transaction.
    private func write(_ place: Place, _ ledger: BudgetLedger, _ db: Database) throws {
        let old = try Self.find(place, ledger, db)
        if old == nil, self == .common { return }
        let stamp = ledger.stamp(of: self, subject: place.subject)
        try SealedSum.rules.change(db) { sum in
            if let old { sum.remove(old.stamp) }
            if self != .common { sum.add(stamp) }
        }
        if self == .common {
            try db.cachedStatement(sql: "DELETE FROM \(place.table) WHERE \(place.key) = ?")
                .execute(arguments: [Data(place.subject)])
        } else {
            try db.cachedStatement(
                sql: "INSERT OR REPLACE INTO \(place.table) (\(place.key), tier, epsilon, mac) VALUES (?, ?, ?, ?)"
            ).execute(arguments: [Data(place.subject), tier, epsilon?.description, Data(stamp)])
        }
    }

    /// What is wrong with the rows: edited ones, and a sum that is not theirs. None when all is well.
    static func faults(_ ledger: BudgetLedger, _ db: Database) throws -> [String] {
        var faults: [String] = []
        var sum = MultisetHash.empty
        for place in Place.tables {
            let rows = try Row.fetchCursor(
                db, sql: "SELECT \(place.key) AS subject, tier, epsilon, mac FROM \(place.table)")
            var edited = false
            while let row = try rows.next() {
                if let read = try? read(row, of: Array(row.get("subject") as Data), ledger) {
                    sum.add(read.stamp)
                } else {
                    edited = true
                }
            }
            if edited { faults.append("a row of \(place.table) was not written with this directory's key") }
        }
        if faults.isEmpty, try sum != SealedSum.rules.read(db) {
            faults.append(
                "the limits and tiers are not all those that this directory wrote: one is missing or was put back")
        }
        return faults
    }

    /// Gives every row its keyed hash: once, at the migration of a ledger that had none.
    static func stampAll(_ ledger: BudgetLedger, _ db: Database) throws {
        var sum = MultisetHash.empty
        for place in Place.tables {
            for row in try Row.fetchAll(db, sql: "SELECT \(place.key) AS subject, tier, epsilon FROM \(place.table)") {
                let subject: Data = try row.get("subject")
                let stamp = ledger.stamp(of: try Rule(row), subject: Array(subject))
                sum.add(stamp)
                try db.cachedStatement(sql: "UPDATE \(place.table) SET mac = ? WHERE \(place.key) = ?")
                    .execute(arguments: [Data(stamp), subject])
            }
        }
        try SealedSum.rules.write(sum, db)
    }
}
