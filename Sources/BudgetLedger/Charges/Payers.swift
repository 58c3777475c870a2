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

    private let price: PlanPrice
    private let limits: SpendingLimits
    /// Of the runs that the policy's period holds; nil where it has none.
    private let recent: RunPrices?
    private let rules: [UserPseudonym: Rule]
    /// For the many who have no rule of their own, by account.
    private var commonAnswers: [Int64: Bool] = [:]
    private var answers: [Key: Bool] = [:]

    init(of price: PlanPrice, policy: Policy, _ ledger: BudgetLedger, _ db: Database) throws {
        self.price = price
        limits = try SpendingLimits(policy)
        recent =
            limits.period == nil
            ? nil : RunPrices(of: try limits.recent(of: RunRow.all(db), today: ledger.today(), db))
        rules = policy.isPublicData ? [:] : try Rule.all(ledger, db)
    }

    mutating func pays(_ user: UserPseudonym, from account: Int64, _ db: Database) throws -> Bool {
        if !rules.isEmpty, let rule = rules[user] {
            let key = Key(account: account, rule: rule)
            if let known = answers[key] { return known }
            let answer = try pays(account, under: rule, sums(account, db), db)
            answers[key] = answer
            return answer
        }
        if let known = commonAnswers[account] { return known }
        let answer = try pays(account, under: .common, sums(account, db), db)
        commonAnswers[account] = answer
        return answer
    }

    /// Whether these are all who have accounts, and every account can pay, and everybody who has a rule of their own. Reads
    /// classes and those few users.
    mutating func areEveryoneAndPay(_ crowd: Crowd, _ db: Database) throws -> Bool {
        // A count takes no look at names: most often it tells already.
        let count = "SELECT CAST(TOTAL(users) AS INTEGER) FROM account WHERE users > 0"
        guard try Int.fetchOne(db, sql: count) == crowd.users else { return false }
        var answer = true
        try Membership.forEach(of: rules.keys.sorted(), db) { user, account in
            if answer, account != Membership.nobody { answer = try pays(user, from: account, db) }
        }
        guard answer else { return false }
        var everyone = Crowd.nobody
        var known = SumsMemo<Bool>()
        let rows = try Row.fetchCursor(
            db, sql: "SELECT id, users, names, sums FROM account WHERE users > 0 ORDER BY id")
        while let row = try rows.next() {
            everyone += try Crowd(users: row.get(1), namesData: row.get(2))
            let sums: String = try row.get(3)
            let account: Int64 = try row.get(0)
            // What a period holds of them depends on the account's days, not on its sums alone.
            let answer =
                limits.period == nil
                ? try known.value(of: sums) { try pays(account, under: .common, $0, db) }
                : try pays(account, under: .common, SumsText.decode(sums), db)
            guard answer else { return false }
        }
        return everyone == crowd
    }

    private func sums(_ account: Int64, _ db: Database) throws -> AccountSums {
        account == Membership.nobody ? .zero : try Account.find(account, db).sums
    }

    private func pays(_ account: Int64, under rule: Rule, _ spent: AccountSums, _ db: Database) throws -> Bool {
        if let limit = limits.limit(of: rule), !spent.admits(adding: price, limit: limit) { return false }
        guard limits.admitsSamplers(of: spent + price) else { return false }
        guard let period = limits.period, let recent else { return true }
        return try recent.sum(of: account, db).admits(adding: price, limit: period)
    }
}
