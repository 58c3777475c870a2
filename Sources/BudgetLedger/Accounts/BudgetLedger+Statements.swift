// SPDX-License-Identifier: Apache-2.0

import DPAccounting
import Foundation
import GRDB
public import Interactions
public import Policies
import Records

extension BudgetLedger {
    /// What a user has spent. One who was never charged, or never was, has spent nothing.
    public func statement(of user: UserPseudonym, policy: Policy) throws(LedgerError) -> AccountStatement {
        try reading {
            try self.statement(ofAccount: try Membership.account(of: user, $0), Rule.of(user, self, $0), policy, $0)
        }
    }

    /// What an erased user had spent, by the hash under which it lies.
    public func statement(ofTombstone hash: [UInt8], policy: Policy) throws(LedgerError) -> AccountStatement {
        try reading {
            try self.statement(
                ofAccount: try Tombstone.account(of: hash, $0), Rule.of(tombstone: hash, self, $0), policy, $0)
        }
    }

    /// The classes of users who were ever charged, the largest first; users of one class whose limits differ are apart.
    public func classes(policy: Policy) throws(LedgerError) -> [AccountClass] {
        try reading { db in
            let limits = try SpendingLimits(policy)
            var exceptions: [Int64: [(rule: Rule, users: Int)]] = [:]
            for row in try Rule.counts(self, db) { exceptions[row.account, default: []].append((row.rule, row.users)) }
            var classes: [AccountClass] = []
            var known = SumsMemo<AccountClass>()
            let rows = try Row.fetchCursor(db, sql: "SELECT id, users, sums FROM account WHERE users > 0 ORDER BY id")
            while let row = try rows.next() {
                let (text, all): (String, Int) = (try row.get(2), try row.get(1))
                guard let others = try exceptions.isEmpty ? nil : exceptions[row.get(0)] else {
                    let one = try known.value(of: text) { Self.accountClass(of: 1, $0, limits.limit(of: .common)) }
                    classes.append(one.holding(all))
                    continue
                }
                let sums = try SumsText.decode(text)
                let common = (rule: Rule.common, users: all &- others.reduce(0) { $0 + $1.users })
                for (rule, users) in [common] + others where users > 0 {
                    classes.append(Self.accountClass(of: users, sums, limits.limit(of: rule)))
                }
            }
            return classes.sorted { $0.users > $1.users }
        }
    }

    private static func accountClass(of users: Int, _ sums: AccountSums, _ limit: AccountLimit?) -> AccountClass {
        let spent = spent(sums, limit: limit)
        return AccountClass(users: users, spentEpsilon: spent.epsilon, spentDelta: spent.delta, limit: limit)
    }

    private func statement(
        ofAccount id: Int64?, _ rule: Rule, _ policy: Policy, _ db: Database
    ) throws -> AccountStatement {
        let limits = try SpendingLimits(policy)
        let limit = limits.limit(of: rule)
        let spent = Self.spent(try id.map { try Account.find($0, db).sums } ?? .zero, limit: limit)
        let runs = try id.map { try RunRow.charged(to: $0, db) } ?? []
        return AccountStatement(
            spentEpsilon: spent.epsilon, spentDelta: spent.delta, limit: limit,
            remaining: limit.map {
                AccountLimit(
                    epsilon: $0.epsilon.remaining(after: spent.epsilon), delta: $0.delta.remaining(after: spent.delta))
            },
            tier: rule.tier, period: try limits.statement(of: runs, today: today(), db),
            charges: runs.map { run in
                AccountStatement.Charge(
                    run: run.id, day: run.day, kind: run.kind,
                    plan: run.steps.map { run.plan.prefix($0) } ?? run.plan, epsilon: run.charged.epsilon,
                    delta: run.charged.delta, isSettled: run.settledAt != nil)
            })
    }

    /// ε at the policy's δ, for public data, where nothing is promised, Σε; and Σδ.
    private static func spent(
        _ sums: AccountSums, limit: AccountLimit?
    ) -> (epsilon: EpsilonAmount, delta: DeltaAmount) {
        (limit.map { sums.spent(atDelta: $0.delta) } ?? sums.epsilon, sums.delta)
    }
}

extension SpendingLimits {
    /// What the period that ends today holds of these runs; nil where the policy has no period.
    fileprivate func statement(of runs: [RunRow], today: Day, _ db: Database) throws -> AccountStatement.Period? {
        guard let period else { return nil }
        let sums = try recent(of: runs, today: today, db).reduce(AccountSums.zero) { $0 + $1.charged }
        return AccountStatement.Period(
            days: periodDays, spentEpsilon: sums.spent(atDelta: period.delta), spentDelta: sums.delta, limit: period)
    }
}
