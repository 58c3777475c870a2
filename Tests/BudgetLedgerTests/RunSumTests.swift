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

    @Test("entries of an earlier program say nothing of them, and verify; after one that does, none may be silent")
    func earlier() throws {
        let fixture = try LedgerFixture()
        func silent() throws {
            try fixture.ledger.transaction { db in
                _ = try fixture.ledger.append("readmit", ["tombstone": "00"], db)
            }
        }
        try silent()
        #expect(try fixture.ledger.verifyCharges().differences == [])
        // The first entry of ours speaks.
        try fixture.run(3, plan: .pure(1, 4), members: users(0..<4))
        #expect(try fixture.ledger.verifyCharges().differences == [])
        try silent()
        let silence = "entry 3 of the log does not say what the runs keep of their members, and entry 1 does"
        #expect(try fixture.ledger.verifyCharges().differences == [silence])
        // Nor does the silence hide a change.
        try forget(users(2..<3)[0], fixture.ledger)
        #expect(try fixture.ledger.verifyCharges().differences.count == 2)
    }

    @Test("what a run keeps that cannot be read stops nobody's erasure but its members', and no run; it is named")
    func unreadable() throws {
        let fixture = try story()
        try fixture.run(3, plan: .pure(1, 4), members: users(20..<24))
        try fixture.edit("UPDATE run SET names = x'0102' WHERE number = 3")
        let ledger = try fixture.reopened()
        for (index, user) in [users(0..<1)[0], users(99..<100)[0]].enumerated() {
            try ledger.moveToTombstone(user, tombstone: [UInt8](repeating: UInt8(40 + index), count: 32))
        }
        #expect(throws: LedgerError.self) {
            try ledger.moveToTombstone(users(20..<21)[0], tombstone: [UInt8](repeating: 50, count: 32))
        }
        var members = users(1..<4)
        var grant = try ledger.reserve(
            .numbered(4, plan: .pure(1, 4)), policy: .lifetime("3"), policyHash: .test, members: &members)
        while let step = grant.next() { _ = consume step }
        try grant.finish()
        #expect(
            try ledger.verifyCharges().differences == [
                "run \(RunID.numbered(3).hex): a sum of names has not 16 bytes",
                "run \(RunID.numbered(3).hex): those who have it in their account are not those who were charged",
                "what the runs keep of their members was not written with this directory's key",
            ])
    }
}
