// SPDX-License-Identifier: Apache-2.0

import BudgetLedger
import Cryptography
import DPAccounting
import Discreet
import Foundation
import GRDB
import Records
import TestSupport
import Testing
import Vault

/// Retries, releases and limits of the erased, through the facade.
struct FindingTests {
    private static func amount(_ text: String) throws -> EpsilonAmount {
        try #require(EpsilonAmount(decimal: text, rounding: .up))
    }

    private func edit(_ demo: DemoDirectory, _ sql: String) throws {
        let queue = try DatabaseQueue(
            path: demo.location.directory.appendingPathComponent("ledger.sqlite").path)
        try queue.write { try $0.execute(sql: sql) }
        try queue.close()
    }

    private func value(_ demo: DemoDirectory, _ sql: String) throws -> String? {
        let queue = try DatabaseQueue(
            path: demo.location.directory.appendingPathComponent("ledger.sqlite").path)
        return try queue.read { try String.fetchOne($0, sql: sql) }
    }

    @Test("a limit of an erased person leaves no pseudonym, and no other words than for one who never was")
    func limitOfErased() async throws {
        let demo = try await DemoDirectory()
        let user = try demo.someUser
        _ = try await demo.engine.erase([user])
        let two = try Self.amount("2")
        let erased = try await demo.engine.limit(user, to: two)
        let unknown = try await demo.engine.limit("nobody", to: two)
        #expect(erased.limit.epsilon == unknown.limit.epsilon && erased.spent.epsilon == unknown.spent.epsilon)
        #expect(try value(demo, "SELECT COUNT(*) FROM rule") == "1")
        for id in [user, "nobody"] {
            let error = await #expect(throws: DiscreetError.self) {
                try await demo.engine.limit(id, to: Self.amount("3"))
            }
            #expect(error?.code == .refused)
        }
        #expect(try await demo.engine.verify().ok)
    }

    @Test("a training given again with its reference counts nobody again, also where a count would be due")
    func retry() async throws {
        let demo = try await DemoDirectory()
        let request = TrainRequest(kind: "popularity", epsilon: try Self.amount("1"), reference: "nightly")
        let first = try await demo.engine.train(request)
        let spent = try await demo.engine.budget(of: demo.someUser).spent.epsilon
        try edit(demo, "DELETE FROM release")
        let again = try await demo.engine.train(request)
        #expect(again.model.id == first.model.id)
        #expect(try await demo.engine.budget(of: demo.someUser).spent.epsilon == spent)
        for other in [
            TrainRequest(kind: "popularity", epsilon: try Self.amount("0.5"), reference: "nightly"),
            TrainRequest(kind: "mf", epsilon: try Self.amount("1"), reference: "nightly"),
        ] {
            let error = await #expect(throws: DiscreetError.self) { try await demo.engine.train(other) }
            #expect(error?.code == .exists)
        }
        #expect(try await demo.engine.budget(of: demo.someUser).spent.epsilon == spent)
    }

    @Test("a free model's reference is not another's")
    func freeReference() async throws {
        let demo = try await DemoDirectory(ingest: false)
        let request = TrainRequest(kind: "content", reference: "free")
        let first = try await demo.engine.train(request)
        #expect(try await demo.engine.train(request).model.id == first.model.id)
        let other = TrainRequest(kind: "content", settings: ["title-words": "true"], reference: "free")
        let error = await #expect(throws: DiscreetError.self) { try await demo.engine.train(other) }
        #expect(error?.code == .exists)
    }

    @Test("a release that an entry without our key names is not shown")
    func forgedRelease() async throws {
        let demo = try await DemoDirectory()
        _ = try await demo.engine.countItems(CountRequest(epsilon: try Self.amount("0.5")))
        let key = try #require(try value(demo, "SELECT key FROM release"))
        _ = try await demo.engine.release(key)
        try edit(demo, "UPDATE log SET mac = zeroblob(32) WHERE instr(entry, CAST('\"type\":\"release\"' AS BLOB)) > 0")
        let error = await #expect(throws: DiscreetError.self) { try await demo.engine.release(key) }
        #expect(error?.code == .verificationFailed)
    }

    @Test("a damaged ledger under a pending erasure opens for the checks, and takes no command that writes")
    func damageWhilePending() async throws {
        let demo = try await DemoDirectory()
        let user = try demo.someUser
        _ = try await demo.engine.countItems(CountRequest(epsilon: try Self.amount("0.5")))
        // Cut short after its intent.
        let id = try await demo.engine.status().directoryId
        let key = demo.home.appendingPathComponent("config/discreet/\(id).key")
        let vault = try Vault(opening: demo.location.directory, directoryID: id, master: MasterKey(contentsOf: key))
        _ = try vault.beginErasures(of: [user])
        try edit(demo, "CREATE TABLE copy AS SELECT * FROM account")
        try edit(demo, "DROP TABLE account")
        try edit(demo, "ALTER TABLE copy RENAME TO account")
        try edit(demo, "UPDATE account SET users = NULL, sums = NULL")
        let reopened = try Engine(opening: demo.location)
        #expect(try await reopened.verifyBudget().ok == false)
        #expect(try await reopened.verify().ok == false)
        #expect(try await !reopened.status().due.isEmpty)
        let refused = await #expect(throws: DiscreetError.self) {
            try await reopened.countItems(CountRequest(epsilon: Self.amount("0.5")))
        }
        #expect(refused?.code == .verificationFailed)
        let erasure = await #expect(throws: DiscreetError.self) { try await reopened.erase(["somebody"]) }
        #expect(erasure?.code == .verificationFailed)
    }
}
