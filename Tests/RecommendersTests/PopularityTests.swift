// SPDX-License-Identifier: Apache-2.0

import DPAccounting
import DPTraining
import Interactions
import Testing

@testable import Recommenders

struct PopularityTests {
    private let histories = [[0, 1, 2, 3], [3], [3, 2]].map { History($0.map { Interaction(item: UInt32($0)) }) }

    @Test("without noise each user spreads a norm of 1 over their items")
    func weights() throws {
        let plan = try Popularity.plan(numbers(items: 5, users: 3))
        var cohort = makeCohort(histories, itemCount: 5)
        let (model, outcome) = try Popularity.fit(&cohort, spending: freeGrant(plan, for: cohort), maxUsers: 1000)
        let root = Float(0.5).squareRoot()
        // The door's grid is 2⁻⁴⁰ of the norm, and Float has 24 bits.
        for (value, expected) in zip(model.popularity, [0.5, 0.5, 0.5 + root, 1.5 + root, 0]) {
            #expect(abs(value - expected) < 1e-6)
        }
        #expect(outcome == TrainingOutcome(stepsTaken: 1, stoppedEarly: false))
    }

    @Test("stopped before its release all items are alike, and nothing is charged")
    func stopped() throws {
        let plan = try Popularity.plan(numbers(items: 5, users: 3, epsilon: "1"))
        var cohort = makeCohort(histories, itemCount: 5)
        let settlement = Settlement()
        let (model, outcome) = try Popularity.fit(
            &cohort, spending: freeGrant(plan, for: cohort, settlement: settlement), maxUsers: 1000
        ) { _, _ in .stop }
        #expect(model.recommend(.empty, k: 5).map(\.item) == [0, 1, 2, 3, 4])
        #expect(outcome == TrainingOutcome(stepsTaken: 0, stoppedEarly: true))
        #expect(settlement.steps == [0])
    }
}
