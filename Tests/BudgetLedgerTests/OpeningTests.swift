// SPDX-License-Identifier: Apache-2.0

import DPAccounting
import Foundation
import GRDB
import Interactions
import Policies
import Records
import TestSupport
import Testing

@testable import BudgetLedger

struct OpeningTests {
    @Test(
        "every setting that the promises rest on is on, read back from the open ledger",
        arguments: [
            ("synchronous", "2"), ("journal_mode", "wal"), ("secure_delete", "1"), ("temp_store", "2"),
            ("trusted_schema", "0"), ("user_version", "3"), ("application_id", "1148412748"),
        ])
    func pragmas(name: String, expected: String) throws {
        let fixture = try LedgerFixture()
        try fixture.run(1, members: users(0..<2))
        #expect(try fixture.ledger.queue.read { try String.fetchOne($0, sql: "PRAGMA \(name)") } == expected)
    }

    @Test("files are the owner's alone")
    func modes() throws {
        let fixture = try LedgerFixture()
        var members = users(0..<2)
        let grant = try fixture.ledger.reserve(
            .numbered(1), policy: .lifetime("3"), policyHash: .test, members: &members)
        func mode(_ name: String) throws -> Int? {
            try FileManager.default.attributesOfItem(atPath: fixture.directory.file(name).path)[.posixPermissions]
                as? Int
        }
        #expect(try mode("ledger.sqlite") == 0o600)
        #expect(try mode("ledger.sqlite-wal") == 0o600)
        #expect(try mode("locks") == 0o700)
        #expect(try mode("locks/" + RunID.numbered(1).hex) == 0o600)
        try grant.finish()
    }

    @Test("what is no ledger of this directory is refused and named")
    func refusals() throws {
        let fixture = try LedgerFixture()
        #expect(throws: LedgerError.exists("ledger.sqlite")) {
            try BudgetLedger.create(in: fixture.directory.url, directoryID: "x")
        }
        #expect(throws: LedgerError.notThisLedger("ledger.sqlite")) {
            try BudgetLedger(opening: fixture.directory.url, directoryID: "another", key: LedgerFixture.key())
        }
        let empty = try TemporaryDirectory()
        #expect(throws: LedgerError.notFound("ledger.sqlite")) {
            try BudgetLedger(opening: empty.url, directoryID: "x", key: LedgerFixture.key())
        }
        try Data("not a database, but long enough to look at".utf8).write(to: empty.file("ledger.sqlite"))
        #expect(throws: LedgerError.self) {
            try BudgetLedger(opening: empty.url, directoryID: "x", key: LedgerFixture.key())
        }
        try fixture.edit("PRAGMA user_version = 99")
        #expect(throws: LedgerError.newerSchema(found: 99, known: 3)) { try fixture.reopened() }
    }

    @Test(
        "rows that another hand made unreadable are reported as damage, never a trap",
        arguments: [
            "UPDATE run SET plan = '{}'", "UPDATE run SET charged = 'x'", "UPDATE run SET day = '2024-13-01'",
            "UPDATE run SET charged = replace(charged, '\"renyi\":[', '\"renyi\":[\"0\",')",
            "UPDATE account SET sums = replace(sums, '\"renyi\":[', '\"renyi\":[\"0\",')",
            "UPDATE account SET sums = replace(sums, '\"version\":1', '\"version\":7')",
            "UPDATE run SET delta = '\"-1\"'", "UPDATE run SET plan = replace(plan, '\"count\":1', '\"count\":0')",
            "UPDATE run SET plan = replace(plan, '\"type\":', '\"typo\":')",
        ])
    func damage(sql: String) throws {
        let fixture = try LedgerFixture()
        try fixture.run(1, members: users(0..<2))
        try fixture.edit(sql)
        let error = #expect(throws: LedgerError.self) {
            try fixture.ledger.statement(of: users(0..<1)[0], policy: .lifetime("3"))
        }
        guard case .damaged = error else { Issue.record("\(String(describing: error))"); return }
    }

    @Test("two instances on one file charge side by side: nothing lost, nothing doubled, one chain")
    func twoInstances() async throws {
        let fixture = try LedgerFixture()
        let ledgers = [fixture.ledger, try fixture.reopened()]
        try await withThrowingTaskGroup(of: Void.self) { group in
            for (side, ledger) in ledgers.enumerated() {
                group.addTask {
                    for number in 0..<15 {
                        var members = users(0..<20)
                        var grant = try ledger.reserve(
                            .numbered(side * 100 + number, plan: .pure(1, 10)), policy: .lifetime("3"),
                            policyHash: .test, members: &members)
                        if number % 3 > 0, let step = grant.next() { _ = consume step }
                        try grant.finish()
                    }
                }
            }
            try await group.waitForAll()
        }
        let statement = try fixture.ledger.statement(of: users(3..<4)[0], policy: .lifetime("3"))
        #expect(statement.charges.count == 30)
        // Two of three runs released something; the others were returned.
        #expect(statement.charges.filter { $0.epsilon > .zero }.count == 20)
        #expect(statement.spentEpsilon <= EpsilonAmount(units: 2_000_000_000_000))
        #expect(try fixture.ledger.entries().count == 60)
        #expect(try fixture.ledger.verifyChain().differences == [])
        #expect(try fixture.ledger.verifyCharges().differences == [])
    }

    @Test("a settlement that cannot be written leaves the whole plan charged, and the next open settles it so")
    func failedSettlement() throws {
        let fixture = try LedgerFixture()
        var members = users(0..<2)
        var grant = try fixture.ledger.reserve(
            .numbered(1, plan: .training(steps: 9)), policy: .lifetime("3"), policyHash: .test, members: &members)
        if let step = grant.next() { _ = consume step }
        try fixture.ledger.queue.writeWithoutTransaction { try $0.execute(sql: "PRAGMA busy_timeout = 50") }
        var configuration = Configuration()
        configuration.allowsUnsafeTransactions = true
        let other = try DatabaseQueue(
            path: fixture.directory.file("ledger.sqlite").path, configuration: configuration)
        try other.writeWithoutTransaction { try $0.execute(sql: "BEGIN IMMEDIATE") }
        do {
            try grant.finish()
            Issue.record("must be busy")
        } catch { #expect(error as? LedgerError == .busy) }
        try other.writeWithoutTransaction { try $0.execute(sql: "ROLLBACK") }
        let statement = try fixture.ledger.statement(of: members[0], policy: .lifetime("3"))
        #expect(statement.charges.map(\.plan) == [.training(steps: 9)])
        #expect(statement.charges.map(\.isSettled) == [false])
        #expect(try fixture.reopened().entries().last?.content["steps"]?.integerValue == 9)
    }

    @Test("while another holds the write lock the ledger says busy, and nothing is half done")
    func busy() throws {
        let fixture = try LedgerFixture()
        try fixture.ledger.queue.writeWithoutTransaction { try $0.execute(sql: "PRAGMA busy_timeout = 50") }
        let other = try DatabaseQueue(path: fixture.directory.file("ledger.sqlite").path)
        try other.writeWithoutTransaction { db in
            try db.inTransaction(.immediate) {
                var members = users(0..<2)
                #expect(throws: LedgerError.busy) {
                    try fixture.ledger.reserve(
                        .numbered(1), policy: .lifetime("3"), policyHash: .test, members: &members
                    ).finish()
                }
                return .rollback
            }
        }
        #expect(!fixture.lockExists(1))
        #expect(try fixture.run(1, members: users(0..<2)).count == 2)
    }
}
