// SPDX-License-Identifier: Apache-2.0

import DPAccounting
import Records

/// What the log says of a reservation: public, and enough to compute the charge again. No cohort, no count.
struct ReserveEntry: Codable {
    let run: RunID
    let kind: String
    let purpose: String
    let plan: RunPlan
    /// The most that was asked for, and the δ of the price.
    let askedEpsilon: EpsilonAmount
    let askedDelta: DeltaAmount
    let price: PlanPrice
    let policy: PolicyHash
    let notPrivate: Bool

    init(_ request: RunRequest, price: PlanPrice, policy: PolicyHash) {
        (run, kind, purpose, plan) = (request.run, request.kind, request.purpose, request.plan)
        (askedEpsilon, askedDelta, notPrivate) = (request.epsilon, request.delta, request.notPrivate)
        (self.price, self.policy) = (price, policy)
    }

    func json() throws -> JSONValue { try JSONValue(encoding: self) }
}

/// What the log says of a settlement: how many of the planned steps were handed out and stay charged.
struct SettleEntry: Codable {
    let run: RunID
    let steps: Int
    let planned: Int
    /// The process died, so all of it is charged.
    let isOrphan: Bool
    let price: PlanPrice

    func json() throws -> JSONValue { try JSONValue(encoding: self) }
}

extension ReserveEntry {
    /// The price as sums; nothing that could be paid if the entry has another number of orders than ours.
    var sums: AccountSums { price.sums }
}

extension SettleEntry {
    var sums: AccountSums { price.sums }
}

extension PlanPrice {
    /// Read from a file it may have any number of orders; `AccountSums` takes exactly ours.
    fileprivate var sums: AccountSums {
        let orders = AccountFormat.renyiOrders.count
        let costs = renyi.count == orders ? renyi : Array(repeating: .infinity, count: orders)
        return AccountSums(
            epsilon: epsilon, delta: delta, renyi: costs, muSquared: muSquared, totalVariation: totalVariation)
    }
}
