// SPDX-License-Identifier: Apache-2.0

import BudgetLedger
import DPAccounting
import Foundation
import GRDB
import Interactions
import Policies
import TestSupport
import Testing

/// Operations at scale, printed. Not in every run: DISCREET_LEDGER_SCALE=10000000 says how many users, beside it
/// DISCREET_LEDGER_CLASSES how many classes (default 3).
struct ScaleTests {
    private static let environment = ProcessInfo.processInfo.environment
    private static let people = environment["DISCREET_LEDGER_SCALE"].flatMap { Int($0) }
    private static let classes = environment["DISCREET_LEDGER_CLASSES"].flatMap { Int($0) } ?? 3

    @Test("ledger operations that are about one user, a few, or the classes", .enabled(if: people != nil))
    func operations() throws {
        let classes = Self.classes
        // Every class has as many.
        let count = try #require(Self.people) / classes * classes
        let fixture = try LedgerFixture()
        try fixture.run(1, plan: .pure(1, 100), members: users(0..<1))
        let numbers = "WITH RECURSIVE c(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM c WHERE i < ?)"
        try fixture.edit(
            "\(numbers) INSERT INTO account (id, users, sums) SELECT i + 1, ? / ?, (SELECT sums FROM account WHERE id = 1) FROM c",
            [classes, count, classes])
        try fixture.edit("\(numbers) INSERT INTO history SELECT i + 1, 1 FROM c", [classes])
        try fixture.edit(
            "\(numbers) INSERT INTO member SELECT CAST(printf('%016d', i) AS BLOB), 2 + i % ? FROM c", [count, classes])
        let someone = try #require(UserPseudonym(bytes: Array("0000000000000042".utf8)))
        let policy = Policy.lifetime("3")
        func measure(_ what: String, _ body: () throws -> Void) throws {
            let time = try ContinuousClock().measure { try body() }
            print("ledger of \(count) users in \(classes) classes: \(what) \(time)")
        }
        let ledger = try fixture.reopened()
        try measure("statement") { _ = try ledger.statement(of: someone, policy: policy) }
        if classes <= 1_000_000 {
            try measure("classes") { _ = try ledger.classes(policy: policy) }
        }
        try measure("verify head") {
            let head = try ledger.head()
            let report = try ledger.verifyChain(kept: [head])
            #expect(report.isOK)
        }
        try measure("lower a limit") { try ledger.limit(someone, to: EpsilonAmount(units: 1), policy: policy) }
        try measure("reservation and settlement, ten users") {
            let few = (100..<110).compactMap { UserPseudonym(bytes: Array(String(format: "%016d", $0).utf8)) }
            let charged = try fixture.run(2, plan: .pure(1, 100), members: few)
            #expect(charged.count == 10)
        }
        let file = fixture.directory.file("ledger.sqlite").path
        let size = try FileManager.default.attributesOfItem(atPath: file)[.size] as? Int
        print("ledger of \(count) users in \(classes) classes: \(size ?? 0) bytes on disk")
        if count <= 1_000_000 {
            let all = (1...count).compactMap { UserPseudonym(bytes: Array(String(format: "%016d", $0).utf8)) }
            try measure("reservation and settlement, everyone") {
                let charged = try fixture.run(3, plan: .pure(1, 100), members: all)
                #expect(charged.count >= count - 1)
            }
        }
    }
}
