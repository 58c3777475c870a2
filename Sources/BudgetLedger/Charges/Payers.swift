// SPDX-License-Identifier: Apache-2.0

import DPAccounting
import GRDB
import Interactions
import Policies
import Records

/// Decides within a reservation who can pay. One answer an account and rule, since all who share both are alike.
struct Payers {
    private struct Key: Hashable {
        let account: Int64
        let rule: Rule
    }
    private struct Spent {
        let lifetime: AccountSums
        let period: AccountSums
    }

    private let price: PlanPrice
    private let limits: SpendingLimits
    private let firstDay: Day
    private let rules: [UserPseudonym: Rule]
    private var spent: [Int64: Spent] = [:]
    private var answers: [Key: Bool] = [:]
    /// The accounts from which somebody pays, with what they have spent in their lifetime.
    private(set) var accounts: [Int64: AccountSums] = [:]

    init(of price: PlanPrice, policy: Policy, today: Day, _ db: Database) throws {
        self.price = price
        limits = try SpendingLimits(policy)
        firstDay = limits.firstDay(with: today)
        rules = policy.isPublicData ? [:] : try Rule.all(db)
    }

    mutating func pays(_ user: UserPseudonym, from account: Int64, _ db: Database) throws -> Bool {
        let key = Key(account: account, rule: rules.isEmpty ? .common : rules[user] ?? .common)
        if let known = answers[key] { return known }
        let before = try spent(account, db)
        var answer = true
        if let limit = limits.limit(of: key.rule), !before.lifetime.admits(adding: price, limit: limit) {
            answer = false
        }
        if let period = limits.period, !before.period.admits(adding: price, limit: period) { answer = false }
        answers[key] = answer
        if answer { accounts[account] = before.lifetime }
        return answer
    }

    private mutating func spent(_ account: Int64, _ db: Database) throws -> Spent {
        if let known = spent[account] { return known }
        var found = Spent(lifetime: .zero, period: .zero)
        if account != Membership.nobody {
            found = Spent(
                lifetime: try Account.find(account, db).sums,
                period: limits.period == nil ? .zero : try Account.sums(account, since: firstDay, db))
        }
        spent[account] = found
        return found
    }
}

extension Account {
    /// What an account was charged for the runs of this day and later.
    static func sums(_ id: Int64, since day: Day, _ db: Database) throws -> AccountSums {
        try RunRow.charged(to: id, db).filter { $0.day.number >= day.number }
            .reduce(.zero) { $0 + $1.charged }
    }
}
