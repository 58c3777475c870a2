// SPDX-License-Identifier: Apache-2.0

import BudgetLedger
import DPAccounting
import Foundation
import Records
import Synchronization
import TestSupport
import Testing

/// A clock that is set back, or was wrong and is set right.
struct ClockTests {
    @Test("a clock that goes backwards gives nobody budget back, breaks no chain and hides no charge")
    func clockGoesBackwards() throws {
        let folder = try TemporaryDirectory()
        let day = Mutex(20_000)
        try BudgetLedger.create(in: folder.url, directoryID: LedgerFixture.id)
        func open() throws -> BudgetLedger {
            let number = day.withLock { $0 }
            return try BudgetLedger(
                opening: folder.url, directoryID: LedgerFixture.id, key: LedgerFixture.key(),
                today: { Day(number: number) })
        }
        // Forwards, ten years ahead by mistake, back again, and before everything.
        for (run, number) in [20_000, 20_001, 23_650, 20_002, 0].enumerated() {
            day.withLock { $0 = number }
            let ledger = try open()
            // Told while the newest entry lies ahead of the clock.
            #expect(try ledger.dayAheadOfClock()?.number == [nil, nil, nil, 23_650, 20_002][run])
            var members = users(0..<3)
            let before = try ledger.statement(of: users(0..<1)[0], policy: .lifetime("6")).spentEpsilon
            var grant = try ledger.reserve(
                .numbered(run, plan: .pure(1)), policy: .lifetime("6"), policyHash: .test, members: &members)
            #expect(members.count == 3)
            while let step = grant.next() { _ = consume step }
            try grant.finish()
            let statement = try ledger.statement(of: users(0..<1)[0], policy: .lifetime("6"))
            #expect(statement.charges.count == run + 1)
            #expect(statement.spentEpsilon > before)
            #expect(try ledger.verifyChain().isOK && ledger.verifyCharges().isOK)
        }
        let ledger = try open()
        // The order of the log is that of its chain, not that of its days.
        #expect(try ledger.entries().map(\.index) == Array(0..<ledger.entries().count))
        // Five of six are spent: what is left does not grow with the calendar.
        for number in [0, 20_000, 40_000] {
            day.withLock { $0 = number }
            var members = users(0..<3)
            let grant = try open().reserve(
                .numbered(100 + number, plan: .pure(2)), policy: .lifetime("6"), policyHash: .test, members: &members)
            #expect(members.isEmpty)
            try grant.finish()
        }
    }
}
