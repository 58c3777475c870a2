// SPDX-License-Identifier: Apache-2.0

import BudgetLedger
import DPAccounting
import Discreet
import Foundation
import Ingestion
import Interactions
import Policies
import TestSupport
import Testing

/// What must wait while a run is alive.
struct RunningTests {
    @Test("nobody is readmitted or consents anew while a run is alive: it would use the history that it opened before")
    func returnsWait() async throws {
        let demo = try await DemoDirectory()
        let user = try demo.someUser
        _ = try await demo.engine.erase([user])
        let ledger = try BudgetLedger(
            opening: demo.location.directory, directoryID: try await demo.engine.status().directoryId,
            key: demo.ledgerKey())
        let policy = try Policy(yaml: try #require(Policy.shipped("gdpr")), file: "gdpr.yaml")
        let hash = PolicyHash(hex: try await demo.engine.policyInForce().hash)
        var members: [UserPseudonym] = []
        let event = DiscreteLaplaceEvent(
            scale: try #require(Rational(10, 1)), bound: ItemBound(maxItemsPerUser: 1, maxValuePerItem: 1), dimension: 1
        )
        let grant = try ledger.reserve(
            RunRequest(
                run: RunID(hex: "0a"), kind: "count users", purpose: "train", plan: RunPlan(.discreteLaplace(event)),
                epsilon: EpsilonAmount(0.1, rounding: .up), delta: .zero),
            policy: policy, policyHash: hash, members: &members)
        await #expect { _ = try await demo.engine.readmit(user) } throws: { ($0 as? DiscreetError)?.code == .busy }
        await #expect { _ = try await demo.engine.record(.consent, for: [.train], of: user) } throws: {
            ($0 as? DiscreetError)?.code == .busy
        }
        // By a file it is the same; a withdrawal does not wait.
        let file = demo.home.appendingPathComponent("consents.csv")
        func record(_ granted: String) async throws -> Int {
            try Data("user,purpose,granted,time,proof\nalice,train,\(granted),5,p\n".utf8).write(to: file)
            return try await demo.engine.recordConsents(from: file.path).recorded
        }
        await #expect { _ = try await record("true") } throws: { ($0 as? DiscreetError)?.code == .busy }
        #expect(try await record("false") == 1)
        try grant.finish()
        _ = try await demo.engine.readmit(user)
    }
}
