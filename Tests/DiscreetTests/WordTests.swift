// SPDX-License-Identifier: Apache-2.0

import BudgetLedger
import Cryptography
import DPAccounting
import Discreet
import Foundation
import GRDB
import Interactions
import Records
import TestSupport
import Testing

/// What people allow, between vault and log.
struct WordTests {
    private static let half = EpsilonAmount(decimal: "0.5", rounding: .up)

    private func preferenceEntries(_ demo: DemoDirectory) async throws -> [LogEntry] {
        try BudgetLedger(
            opening: demo.location.directory, directoryID: try await demo.engine.status().directoryId, key: HashKey()
        ).entries(ofType: "preference")
    }

    @Test("each change has an entry that says neither whose word it is nor which; known and unknown alike")
    func entries() async throws {
        let demo = try await DemoDirectory()
        _ = try await demo.engine.record(.object, for: [.train], of: try demo.someUser)
        _ = try await demo.engine.record(.object, for: [.train], of: "never was")
        _ = try await demo.engine.record(.consent, for: [.train, .serve], of: try demo.someUser)
        let entries = try await preferenceEntries(demo)
        #expect(entries.count == 3)
        for entry in entries {
            guard case .object(let members) = entry.content else { Issue.record("no object"); return }
            #expect(members.keys.sorted() == ["sequence", "state"])
        }
        #expect(try await demo.engine.verify().checks.filter { !$0.ok }.map(\.name) == [])
    }

    @Test("what is answered tells an erased person from nobody else, whatever was said before")
    func answersAlike() async throws {
        let demo = try await DemoDirectory()
        let erased = try demo.someUser
        _ = try await demo.engine.erase([erased])
        var answers: [[[String: String]]] = []
        for user in [erased, "never was"] {
            answers.append([
                try await demo.engine.record(.object, for: [.train], of: user).purposes,
                try await demo.engine.record(.consent, for: [.serve], of: user).purposes,
                try await demo.engine.record(.restrict, for: [.serve, .attributes, .serve], of: user).purposes,
            ])
        }
        #expect(answers[0] == answers[1])
        #expect(
            answers[0] == [["train": "object"], ["serve": "consent"], ["serve": "restrict", "attributes": "restrict"]])
    }

    @Test("a dropped objection is named by verify, and no run goes on")
    func droppedObjection() async throws {
        let demo = try await DemoDirectory()
        _ = try await demo.engine.record(.object, for: [.train], of: try demo.someUser)
        try edit(demo, "DELETE FROM preferences")
        let report = try await demo.engine.verify()
        #expect(report.checks.filter { !$0.ok }.map(\.name) == ["vault preferences"])
        await #expect { _ = try await demo.engine.countItems(CountRequest(epsilon: Self.half)) } throws: {
            ($0 as? DiscreetError)?.code == .verificationFailed
        }
    }

    @Test("yesterday's words put back whole are named by verify, and no run goes on")
    func rolledBack() async throws {
        let demo = try await DemoDirectory()
        let user = try demo.someUser
        _ = try await demo.engine.record(.consent, for: [.train], of: user)
        try edit(demo, "CREATE TABLE old AS SELECT * FROM preferences")
        try edit(demo, "CREATE TABLE seal AS SELECT words FROM vault")
        _ = try await demo.engine.record(.object, for: [.train], of: user)
        try edit(demo, "DELETE FROM preferences")
        try edit(demo, "INSERT INTO preferences SELECT * FROM old")
        try edit(demo, "UPDATE vault SET words = (SELECT words FROM seal)")
        #expect(try await demo.engine.verify().checks.filter { !$0.ok }.map(\.name) == ["preferences"])
        await #expect { _ = try await demo.engine.countItems(CountRequest(epsilon: Self.half)) } throws: {
            ($0 as? DiscreetError)?.code == .verificationFailed
        }
        // Nor does the next word make it good.
        _ = try await demo.engine.record(.consent, for: [.serve], of: user)
        #expect(try await demo.engine.verify().checks.filter { !$0.ok }.map(\.name) == ["preferences"])
        await #expect { _ = try await demo.engine.countItems(CountRequest(epsilon: Self.half)) } throws: {
            ($0 as? DiscreetError)?.code == .verificationFailed
        }
    }

    @Test("a word whose entry a crash left out gets it at the next open")
    func crashBetweenTheFiles() async throws {
        let demo = try await DemoDirectory()
        _ = try await demo.engine.record(.object, for: [.train], of: try demo.someUser)
        let ledger = demo.location.directory.appendingPathComponent("ledger.sqlite")
        let saved = demo.home.appendingPathComponent("saved.sqlite")
        try DatabaseQueue(path: ledger.path).backup(to: DatabaseQueue(path: saved.path))
        _ = try await demo.engine.record(.object, for: [.serve], of: try demo.someUser)
        // The ledger as it was between the two writes.
        try DatabaseQueue(path: saved.path).backup(to: DatabaseQueue(path: ledger.path))
        let reopened = try Engine(opening: demo.location)
        #expect(try await preferenceEntries(demo).count == 2)
        #expect(try await reopened.verify().checks.filter { !$0.ok }.map(\.name) == [])
    }

    private func edit(_ demo: DemoDirectory, _ sql: String) throws {
        let queue = try DatabaseQueue(path: demo.location.directory.appendingPathComponent("vault.sqlite").path)
        try queue.write { try $0.execute(sql: sql) }
        try queue.close()
    }
}
