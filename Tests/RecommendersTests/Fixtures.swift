// SPDX-License-Identifier: Apache-2.0

import DPAccounting
import DPMechanisms
import Foundation
import Interactions
import LinearAlgebra
import Records
import Synchronization
import TestSupport

@testable import Recommenders

/// Data whose answer is known: two kinds of users, two kinds of items; each user takes items of their kind alone.
struct Checkerboard {
    let itemCount = 40
    let histories: [History]

    /// - Parameter users: Even ones take even items, odd ones odd items; 12 of 20 each.
    init(users: Int = 120, seed: UInt64 = 3) {
        var generator = SeededGenerator(seed: seed)
        histories = (0..<users).map { user in
            let own = (0..<20).map { UInt32(2 * $0 + user % 2) }.shuffled(using: &generator).prefix(12)
            return History(own.enumerated().map { Interaction(item: $1, time: Int64($0)) })
        }
    }

    var cohort: Cohort { makeCohort(histories, itemCount: itemCount) }

    /// The share of the eight best unseen items that are of the user's own kind; 1 is perfect, 1/2 is chance.
    func accuracy(of model: some Recommender) -> Double {
        var hits = 0
        for (user, history) in histories.enumerated() {
            hits += model.recommend(history, k: 8).count { Int($0.item) % 2 == user % 2 }
        }
        return Double(hits) / Double(8 * histories.count)
    }
}

func makeCohort(_ histories: [History], itemCount: Int) -> Cohort {
    let members = histories.enumerated().compactMap { index, history in
        UserPseudonym(bytes: (0..<16).map { UInt8(truncatingIfNeeded: index >> (8 * (15 - $0))) })
            .map { (user: $0, history: history) }
    }
    return Cohort(itemCount: itemCount, members: members)
}

/// How often a grant was settled and for how many steps.
final class Settlement: Sendable {
    private let state = Mutex<[Int]>([])
    var steps: [Int] { state.withLock { $0 } }
    func settle(_ steps: Int) { state.withLock { $0.append(steps) } }
}

/// A grant without a ledger behind it, for plans without noise, which no ledger sells.
func freeGrant(_ plan: RunPlan, for cohort: Cohort, settlement: Settlement = Settlement()) -> RunGrant {
    RunGrant(
        run: RunID(hex: "00"), ledger: .memory("test"), cohort: PrivateSum.digest(of: cohort),
        policy: PolicyHash(hex: ""), purpose: "train", plan: plan,
        settle: settlement.settle)
}

func numbers(
    items: Int, users: Int, epsilon: String? = nil, delta: String = "1e-6", maxItemsPerUser: Int = 1000
) -> PlanningNumbers {
    PlanningNumbers(
        itemCount: items, nominalUsers: users, maxItemsPerUser: maxItemsPerUser,
        epsilon: epsilon.flatMap { EpsilonAmount(decimal: $0, rounding: .down) } ?? .infinity,
        delta: DeltaAmount(decimal: delta, rounding: .down) ?? .zero)
}

/// `mf` trained without noise on `histories`.
func trained(_ histories: [History], itemCount: Int, settings: [String: String] = [:]) throws -> MatrixFactorization {
    let plan = try MatrixFactorization.plan(
        numbers(items: itemCount, users: max(histories.count, 1)), settings: settings)
    var cohort = makeCohort(histories, itemCount: itemCount)
    return try MatrixFactorization.fit(
        &cohort, spending: freeGrant(plan.plan, for: cohort), as: plan, maxUsers: 1 << 22
    ).model
}
