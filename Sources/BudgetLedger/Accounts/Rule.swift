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

    init(tier: String? = nil, epsilon: EpsilonAmount? = nil) { (self.tier, self.epsilon) = (tier, epsilon) }

    /// - Parameter row: `tier`, `epsilon`.
    init(_ row: Row) throws {
        tier = try row.get("tier")
        epsilon = try (row.get("epsilon") as String?).map { text in
            guard let amount = EpsilonAmount(decimal: text, rounding: .down) else {
                throw LedgerError.damaged("a person's limit is no number")
            }
            return amount
        }
    }

    /// The rule of a row with its subject and keyed hash, if that is ours.
    static func read(_ row: Row, of subject: [UInt8], _ ledger: BudgetLedger) throws -> (Rule, stamp: [UInt8]) {
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

    /// The users who have a rule, none of them looked at.
    static func users(_ db: Database) throws -> [UserPseudonym] {
        try Data.fetchAll(db, sql: "SELECT user FROM rule ORDER BY user").compactMap { UserPseudonym(bytes: $0) }
    }
}
