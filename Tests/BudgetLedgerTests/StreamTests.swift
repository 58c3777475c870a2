// SPDX-License-Identifier: Apache-2.0

import BudgetLedger
import Cryptography
import DPAccounting
import Interactions
import Policies
import Records
import TestSupport
import Testing

/// Who pays for a stream of counts, and when.
struct StreamTests {
    private let policy = Policy.lifetime("3")
    private let one = EpsilonAmount(1, rounding: .up)

    /// Closes a period as the engine does.
    /// - Returns: The period's cohort.
    @discardableResult
    private func close(
        _ period: Int, _ ledger: BudgetLedger, continuing: [UserPseudonym] = [], _ all: [UserPseudonym],
        of opening: RunRequest = .stream(7), isReleased: Bool = true
    ) throws -> [UserPseudonym] {
        var members = all
        var grant = try ledger.reserve(
            period: period, of: opening, policy: policy, policyHash: .test, continuing: continuing,
            members: &members, present: { _ in all })
        #expect(grant.period == period)
        #expect(grant.cohort.hex == Hex.encode(BLAKE2b.hash(members.packedBytes)))
        guard let step = grant.next() else { return [] }
        #expect(step.period == period)
        _ = consume step
        if isReleased {
            try ledger.store(release: .object([:]), key: "stream/s", run: grant.run)
            try grant.finish()
        }
        return members
    }

    private func spent(_ user: UserPseudonym, _ ledger: BudgetLedger) throws -> EpsilonAmount {
        try ledger.statement(of: user, policy: policy).spentEpsilon
    }

    @Test("everyone pays once: at the opening, or when they come")
    func everyonePaysOnce() throws {
        let fixture = try LedgerFixture()
        let first = try close(1, fixture.ledger, users(0..<3))
        #expect(first == users(0..<3))
        let second = try close(2, fixture.ledger, continuing: first, users(0..<5))
        let third = try close(3, fixture.ledger, continuing: second, users(0..<5))
        #expect(second == users(0..<5) && third == users(0..<5))
        for user in users(0..<5) { #expect(try spent(user, fixture.ledger) == one) }
        #expect(try fixture.ledger.verifyCharges().differences == [])
        // The log has an entry a period, also where nobody came: it does not tell whether somebody did.
        #expect(try fixture.ledger.entries().filter { $0.type == "reserve" }.count == 3)
    }

    @Test("who has not paid is in no period, whatever the vault says of members")
    func nobodyIsInWithoutPaying() throws {
        let fixture = try LedgerFixture()
        try close(1, fixture.ledger, users(0..<3))
        // User 8 has an account, by another run; user 9 has none. A forged state calls both members.
        try fixture.run(1, members: users(8..<9))
        let cohort = try close(2, fixture.ledger, continuing: users(0..<3) + users(8..<10), users(0..<10))
        #expect(cohort == users(0..<8))
        #expect(try spent(users(9..<10)[0], fixture.ledger) == .zero)
    }

    @Test("who cannot afford it sits it out; who left and comes back pays again")
    func whoComesBackPaysAgain() throws {
        let fixture = try LedgerFixture()
        try fixture.run(1, plan: .pure(5, 2), members: users(0..<1))
        #expect(try close(1, fixture.ledger, users(0..<3)) == users(1..<3))
        #expect(try close(2, fixture.ledger, continuing: users(1..<2), users(1..<2)) == users(1..<2))
        #expect(try close(3, fixture.ledger, continuing: users(1..<2), users(1..<3)) == users(1..<3))
        #expect(try spent(users(2..<3)[0], fixture.ledger) == EpsilonAmount(2, rounding: .up))
        #expect(try spent(users(1..<2)[0], fixture.ledger) == one)
    }

    @Test("a period that was cut short is granted again to who paid for it, and charges nobody")
    func aCutPeriodIsGrantedAgain() throws {
        let fixture = try LedgerFixture()
        try close(1, fixture.ledger, users(0..<2))
        let cut = try close(2, fixture.ledger, continuing: users(0..<2), users(0..<4), isReleased: false)
        #expect(cut == users(0..<4))
        // Its process died: settled in full at the next opening. Users 4 and 5 came too late for this period.
        let ledger = try fixture.reopened()
        #expect(try close(2, ledger, continuing: users(0..<2), users(0..<6)) == users(0..<4))
        for user in users(0..<4) { #expect(try spent(user, ledger) == one) }
        #expect(try spent(users(4..<5)[0], ledger) == .zero)
        #expect(try close(3, ledger, continuing: users(0..<4), users(0..<6)) == users(0..<6))
        #expect(try ledger.verifyCharges().differences == [])
    }

    @Test("no period is granted after its release, nor out of order, nor twice at once")
    func periodsAreGrantedInOrder() throws {
        let fixture = try LedgerFixture()
        #expect(throws: LedgerError.unknownRun(RunRequest.stream(7).run)) {
            try close(2, fixture.ledger, users(0..<2))
        }
        try close(1, fixture.ledger, users(0..<2))
        #expect(throws: LedgerError.self) { try close(1, fixture.ledger, users(0..<2)) }
        try close(2, fixture.ledger, continuing: users(0..<2), users(0..<2))
        #expect(throws: LedgerError.self) { try close(1, fixture.ledger, users(0..<2)) }
        #expect(throws: LedgerError.self) { try close(4, fixture.ledger, users(0..<2)) }
        var members = users(0..<2)
        let live = try fixture.ledger.reserve(
            period: 3, of: .stream(7), policy: policy, policyHash: .test,
            continuing: members, members: &members)
        #expect(throws: LedgerError.busy) { try close(3, fixture.ledger, continuing: users(0..<2), users(0..<2)) }
        try live.finish()
    }

    @Test("a period of a stream with another plan is another run")
    func theStreamKeepsItsPlan() throws {
        let fixture = try LedgerFixture()
        try close(1, fixture.ledger, users(0..<2))
        #expect(throws: LedgerError.runConflict(RunRequest.stream(7).run)) {
            try close(2, fixture.ledger, continuing: users(0..<2), users(0..<2), of: .stream(7, plan: .pure(1, 2)))
        }
    }

    @Test("a period that nothing was taken of is charged all the same: its history is the proof of later ones")
    func aPeriodIsNeverReturned() throws {
        let fixture = try LedgerFixture()
        var members = users(0..<2)
        let grant = try fixture.ledger.reserve(
            period: 1, of: .stream(7), policy: policy, policyHash: .test, continuing: [],
            members: &members)
        try grant.finish()
        #expect(try spent(users(0..<1)[0], fixture.ledger) == one)
    }

    @Test("the erased are in no later period and their spending stays; the readmitted are new")
    func theErasedAreOut() throws {
        let fixture = try LedgerFixture()
        try close(1, fixture.ledger, users(0..<3))
        var members = users(0..<3)
        let grant = try fixture.ledger.reserve(
            period: 2, of: .stream(7), policy: policy, policyHash: .test,
            continuing: members, members: &members, present: { $0.filter { $0 != users(1..<2)[0] } })
        #expect(members == users(0..<1) + users(2..<3))
        try grant.finish()
    }

    @Test("a run that is released twice under one key, or of another kind, is granted no period again")
    func noReleasedPeriodIsGrantedAgain() throws {
        let fixture = try LedgerFixture()
        try close(1, fixture.ledger, users(0..<2))
        // The newest entry of the key is another run's.
        try fixture.run(1, members: users(0..<2))
        try fixture.ledger.store(release: .object([:]), key: "stream/s", run: .numbered(1))
        #expect(throws: LedgerError.alreadySettled(RunRequest.stream(7).run)) {
            try close(1, fixture.ledger, users(0..<2))
        }
        #expect(throws: LedgerError.invalidPlan) { try close(1, fixture.ledger, users(0..<2), of: .numbered(8)) }
    }

    @Test("a stream counts in every period from its opening on: it may release in each")
    func aStreamCountsInEveryPeriod() throws {
        let directory = try TemporaryDirectory()
        try BudgetLedger.create(in: directory.url, directoryID: LedgerFixture.id)
        let policy = try LimitTests.policy(period: "period:\n  days: 30\n  epsilon: 2\n  delta: 1e-6\n")
        func ledger(_ day: Int) throws -> BudgetLedger {
            try BudgetLedger(
                opening: directory.url, directoryID: LedgerFixture.id, key: LedgerFixture.key(),
                today: { Day(number: day) })
        }
        func period(_ number: Int, _ continuing: [UserPseudonym], day: Int) throws -> [UserPseudonym] {
            let ledger = try ledger(day)
            var members = users(0..<3)
            var grant = try ledger.reserve(
                period: number, of: .stream(7, plan: .pure(3, 2)), policy: policy, policyHash: .test,
                continuing: continuing, members: &members)
            if let step = grant.next() { _ = consume step }
            try ledger.store(release: .object([:]), key: "stream/s", run: grant.run)
            try grant.finish()
            return members
        }
        func spend(_ number: Int, _ plan: RunPlan, day: Int) throws -> Int {
            var members = users(0..<3)
            var grant = try ledger(day).reserve(
                .numbered(number, plan: plan), policy: policy, policyHash: .test, members: &members)
            while let step = grant.next() { _ = consume step }
            try grant.finish()
            return members.count
        }
        let first = try period(1, [], day: 20_000)
        #expect(first == users(0..<3))
        // Forty days on the stream goes on, for free: with 1.5 of a period's 2 there is room for a half, and no more.
        #expect(try spend(1, .pure(1), day: 20_040) == 0)
        #expect(try period(2, first, day: 20_040) == first)
        #expect(try spend(2, .pure(1, 2), day: 20_041) == 3)
        let statement = try ledger(20_041).statement(of: users(0..<1)[0], policy: policy).period
        #expect(statement?.spentEpsilon == statement?.limit.epsilon)
        let price = PlanPrice(of: .pure(1, 1_000_000), delta: .zero)
        #expect(try ledger(20_041).outlook([price], policy: policy).veteran.isAffordable == false)
    }

    @Test("a plan's outlook counts a stream once")
    func theOutlookCountsAStreamOnce() throws {
        let fixture = try LedgerFixture()
        var members: [UserPseudonym] = []
        for period in 1...4 { members = try close(period, fixture.ledger, continuing: members, users(0..<3)) }
        let outlook = try fixture.ledger.outlook([PlanPrice(of: .pure(1), delta: .zero)], policy: policy)
        #expect(outlook.veteran.spentBefore == one)
        #expect(outlook.veteran.isAffordable)
    }
}
