// SPDX-License-Identifier: Apache-2.0

import DPAccounting
import Foundation
import GRDB
public import Interactions
public import Policies

extension BudgetLedger {
    /// What a user has spent. One who was never charged, or never was, has spent nothing.
    public func statement(of user: UserPseudonym, policy: Policy) throws(LedgerError) -> AccountStatement {
        try reading { try self.statement(ofAccount: try Membership.account(of: user, $0), policy, $0) }
    }

    /// What an erased user had spent, by the hash under which it lies.
    public func statement(ofTombstone hash: [UInt8], policy: Policy) throws(LedgerError) -> AccountStatement {
        try reading { try self.statement(ofAccount: try Tombstone.account(of: hash, $0), policy, $0) }
    }

    /// The classes of users who were ever charged, the largest first.
    public func classes(policy: Policy) throws(LedgerError) -> [AccountClass] {
        try reading { db in
            let limit = policy.isPublicData ? nil : try policy.accountLimit()
            return try Row.fetchAll(db, sql: "SELECT users, sums FROM account WHERE users > 0 ORDER BY users DESC, id")
                .map { row in
                    let spent = Self.spent(try JSONText.decode(row["sums"]), limit: limit)
                    return AccountClass(
                        users: row["users"], spentEpsilon: spent.epsilon, spentDelta: spent.delta, limit: limit)
                }
        }
    }

    private func statement(ofAccount id: Int64?, _ policy: Policy, _ db: Database) throws -> AccountStatement {
        let limit = policy.isPublicData ? nil : try policy.accountLimit()
        let spent = Self.spent(try id.map { try Account.find($0, db).sums } ?? .zero, limit: limit)
        let runs = try id.map { try RunRow.charged(to: $0, db) } ?? []
        return AccountStatement(
            spentEpsilon: spent.epsilon, spentDelta: spent.delta, limit: limit,
            remaining: limit.map {
                AccountLimit(
                    epsilon: $0.epsilon.remaining(after: spent.epsilon), delta: $0.delta.remaining(after: spent.delta))
            },
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
