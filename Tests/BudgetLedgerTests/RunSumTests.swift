// SPDX-License-Identifier: Apache-2.0

import DPAccounting
import Interactions
import Policies
import Records
import TestSupport
import Testing

@testable import BudgetLedger

/// What runs keep of their members is bound by the log: who holds the key, too, changes it by an entry or is found.
struct RunSumTests {
    private static let tombstone = [UInt8](repeating: 5, count: 32)

    /// Three runs; one member is erased, and another one readmitted.
    private func story() throws -> LedgerFixture {
        let fixture = try LedgerFixture()
        try fixture.run(1, plan: .pure(1, 4), members: users(0..<10))
        try fixture.run(2, plan: .pure(1, 4), members: users(5..<12))
        try fixture.ledger.moveToTombstone(users(9..<10)[0], tombstone: Self.tombstone)
        try fixture.ledger.moveToTombstone(users(8..<9)[0], tombstone: Self.tombstone.map { $0 + 1 })
        try fixture.ledger.readmit(users(9..<10)[0], tombstone: Self.tombstone)
        return fixture
    }

    /// Takes one user's spending away everywhere, with the key: every keyed hash is made anew, and no entry speaks of it.
    private func forget(_ user: UserPseudonym, _ ledger: BudgetLedger) throws {
        try ledger.transaction { db in
            let account = try #require(try Membership.remove(user, db))
            let lost = Crowd.nobody - Crowd(user)
            let runs = try Account.runs(account, db)
            try Account.add(lost, to: account, db)
            try Account.deleteIfEmpty(account, db)
            try RunRow.adjust(Dictionary(uniqueKeysWithValues: runs.map { ($0, lost) }), ledger, db)
        }
    }

    @Test("each entry that changes them names them, and an erasure in bulk what it leaves behind")
    func named() throws {
        let fixture = try story()
        let moves = users(0..<3).enumerated().map { index, user in
            (user: user, tombstone: [UInt8](repeating: UInt8(20 + index), count: 32))
        }
        _ = try fixture.ledger.moveToTombstones(moves)
        #expect(try fixture.ledger.verifyCharges().differences == [])
        try fixture.run(3, plan: .pure(1, 4), members: users(3..<20))
        #expect(try fixture.ledger.verifyCharges().differences == [])
        let entries = try fixture.ledger.entries().filter { ["reserve", "erase", "readmit"].contains($0.type) }
        let words = entries.compactMap { $0.content["cohorts"]?.stringValue }
        // Nobody can tell from two words whether the sums are the same.
        #expect(words.count == 9 && Set(words).count == 9 && words.allSatisfy { $0.count == 64 })
    }

    @Test("sums that were edited with the key, the log untouched, are found", arguments: [0, 6, 9, 11])
    func edited(user: Int) throws {
        let fixture = try story()
        try forget(users(user..<user + 1)[0], fixture.ledger)
        // Everything agrees with everything, but the log.
        #expect(try fixture.ledger.verifyChain().differences == [])
        #expect(
            try fixture.ledger.verifyCharges().differences == [
                "what the runs keep of their members is not what entry 6 of the log left, the newest that changes it"
            ])
    }

    @Test("entries of an earlier program say nothing of them, and verify")
    func earlier() throws {
        let fixture = try story()
        try fixture.ledger.transaction { db in
            _ = try fixture.ledger.append("readmit", ["tombstone": "00"], db)
        }
        try forget(users(6..<7)[0], fixture.ledger)
        #expect(try fixture.ledger.verifyCharges().differences == [])
        // The next entry of ours speaks again.
        try fixture.run(3, plan: .pure(1, 4), members: users(0..<4))
        #expect(try fixture.ledger.verifyCharges().differences == [])
        try forget(users(5..<6)[0], fixture.ledger)
        #expect(try fixture.ledger.verifyCharges().differences.count == 1)
    }
}
