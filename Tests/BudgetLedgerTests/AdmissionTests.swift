// SPDX-License-Identifier: Apache-2.0

import BudgetLedger
import DPAccounting
import Interactions
import Policies
import Records
import Testing

struct AdmissionTests {
    @Test("a run of exactly the lifetime is admitted, one unit more is refused with the arithmetic")
    func boundary() throws {
        let fixture = try LedgerFixture()
        #expect(try fixture.run(1, plan: .pure(3), members: users(0..<5)) == users(0..<5))
        // ε = 3.000000000001: one unit of 10⁻¹² above. No Rényi filter carries so little more than basic composition:
        // at order 4 the conversion alone costs ln(1/δ)/3 > 3.
        var members = users(0..<5)
        let error = #expect(throws: LedgerError.self) {
            try fixture.ledger.reserve(
                .numbered(2, plan: .pure(3_000_000_000_001, 1_000_000_000_000)), policy: .lifetime("3"),
                policyHash: .test, members: &members
            ).finish()
        }
        guard case .refused(let admission) = error else { Issue.record("\(String(describing: error))"); return }
        #expect(admission.price.epsilon == EpsilonAmount(units: 3_000_000_000_001))
        #expect(admission.limit.epsilon == EpsilonAmount(units: 3_000_000_000_000))
        #expect(members == users(0..<5))
        #expect(try fixture.ledger.entries().count == 2)
        #expect(!fixture.lockExists(2))
    }

    @Test("a lifetime takes exactly as many runs as fit; then the run goes on with nobody")
    func exhaustion() throws {
        let fixture = try LedgerFixture()
        for number in 1...3 { #expect(try fixture.run(number, members: users(0..<4)) == users(0..<4)) }
        #expect(try fixture.run(4, members: users(0..<4)).isEmpty)
        let statement = try fixture.ledger.statement(of: users(0..<1)[0], policy: .lifetime("3"))
        #expect(statement.charges.map(\.run) == [1, 2, 3].map(RunID.numbered))
        #expect(statement.spentEpsilon.value <= 3)
        #expect(statement.spentDelta == .zero)
        // 1/3 three times is rounded up three times: a unit too much for the last third of a lifetime of 1.
        let thirds = try LedgerFixture()
        for number in 1...2 {
            #expect(try thirds.run(number, plan: .pure(1, 3), policy: .lifetime("1"), members: users(0..<1)).count == 1)
        }
        #expect(try thirds.run(3, plan: .pure(1, 3), policy: .lifetime("1"), members: users(0..<1)).isEmpty)
    }

    @Test("who cannot afford a run sits it out, the others go on; the caller learns nothing else")
    func sittingOut() throws {
        let fixture = try LedgerFixture()
        try fixture.run(1, plan: .pure(5, 2), members: users(2..<5))
        var members = users(0..<8).reversed() as [UserPseudonym]
        let grant = try fixture.ledger.reserve(
            .numbered(2), policy: .lifetime("3"), policyHash: .test, members: &members)
        #expect(members == users(0..<2) + users(5..<8))
        try grant.finish()
    }

    @Test("a refusal depends on public numbers alone: who is asked, and what they have spent, changes nothing")
    func refusalIsPublic() throws {
        let fixture = try LedgerFixture()
        try fixture.run(1, members: users(0..<3))
        let refused = RunRequest.numbered(2, plan: .pure(4))
        var errors: [LedgerError] = []
        for cohort in [[], users(0..<1), users(0..<3), users(0..<50)] {
            var members = cohort
            do throws(LedgerError) {
                let grant = try fixture.ledger.reserve(
                    refused, policy: .lifetime("3"), policyHash: .test, members: &members)
                _ = consume grant
                Issue.record("must be refused")
            } catch { errors.append(error) }
        }
        #expect(errors.count == 4)
        #expect(Set(errors.map(\.description)).count == 1)
        #expect(errors.first?.description.contains("ε = 4") == true)
    }

    @Test("the asked ε is a bound to compare with, never the charge")
    func askedIsABound() throws {
        let fixture = try LedgerFixture()
        var members = users(0..<2)
        let asked = EpsilonAmount(units: 999_999_999_999)
        #expect(throws: LedgerError.planCostsMore(epsilon: EpsilonAmount(units: 1_000_000_000_000), asked: asked)) {
            try fixture.ledger.reserve(
                .numbered(1, epsilon: asked), policy: .lifetime("3"), policyHash: .test, members: &members
            ).finish()
        }
        let grant = try fixture.ledger.reserve(
            .numbered(1, epsilon: EpsilonAmount(units: 2_000_000_000_000)), policy: .lifetime("3"), policyHash: .test,
            members: &members)
        let statement = try fixture.ledger.statement(of: members[0], policy: .lifetime("3"))
        #expect(statement.charges.first?.epsilon == EpsilonAmount(units: 1_000_000_000_000))
        #expect(statement.spentEpsilon == EpsilonAmount(units: 1_000_000_000_000))
        #expect(statement.remaining?.epsilon == EpsilonAmount(units: 2_000_000_000_000))
        try grant.finish()
    }

    @Test("what has no finite price is refused where the data are private")
    func infiniteCost() throws {
        let fixture = try LedgerFixture()
        let cases: [(RunRequest, LedgerError)] = [
            (.numbered(1, plan: .training(steps: 3, noise: 0)), .infiniteCost(.noNoise)),
            (.numbered(1, plan: .training(steps: 3), delta: .zero), .infiniteCost(.needsDelta)),
            (.numbered(1, notPrivate: true), .infiniteCost(.noNoise)),
            (.numbered(1, plan: RunPlan([])), .invalidPlan),
            (.numbered(1, plan: .training(steps: 1, sampling: 2)), .invalidPlan),
        ]
        for (request, expected) in cases {
            var members = users(0..<2)
            #expect(throws: expected) {
                try fixture.ledger.reserve(request, policy: .lifetime("3"), policyHash: .test, members: &members)
                    .finish()
            }
        }
        #expect(try fixture.ledger.entries().isEmpty)
    }

    @Test("where the data are public nothing is refused and sums may be infinite")
    func publicData() throws {
        let fixture = try LedgerFixture()
        for number in 1...3 {
            let charged = try fixture.run(
                number, plan: .training(steps: 3, noise: 0), policy: .publicData, members: users(0..<4))
            #expect(charged == users(0..<4))
        }
        try fixture.run(4, plan: .pure(1000), policy: .publicData, members: users(2..<9))
        let statement = try fixture.ledger.statement(of: users(0..<1)[0], policy: .publicData)
        #expect(statement.spentEpsilon == .infinity)
        #expect(statement.limit == nil && statement.remaining == nil)
        #expect(try fixture.ledger.classes(policy: .publicData).map(\.users).sorted() == [2, 2, 5])
        #expect(try fixture.ledger.verifyCharges().differences == [])
    }

    @Test("a directory never changes sides")
    func sides() throws {
        let fixture = try LedgerFixture()
        try fixture.run(1, members: users(0..<2))
        #expect(throws: LedgerError.changedSides) {
            try fixture.run(2, policy: .publicData, members: users(0..<2))
        }
        #expect(try fixture.ledger.entries().count == 2)
    }

    @Test("runs are admitted together or not at all before the first")
    func sumOfRuns() throws {
        let fixture = try LedgerFixture()
        let price = PlanPrice(of: .pure(3, 2), delta: .zero)
        try fixture.ledger.checkAffordable([price, price], policy: .lifetime("3"))
        #expect(throws: LedgerError.self) {
            try fixture.ledger.checkAffordable([price, price, price], policy: .lifetime("3"))
        }
        try fixture.ledger.checkAffordable([price, price, price], policy: .publicData)
    }

    @Test(
        "a run's id names a file and nothing else",
        arguments: ["", "../../etc/x", "ABC", "a/b", "g", String(repeating: "a", count: 65)])
    func badRunIDs(hex: String) throws {
        let fixture = try LedgerFixture()
        var members = users(0..<1)
        let request = RunRequest(
            run: RunID(hex: hex), kind: "x", purpose: "train", plan: .pure(1), epsilon: .infinity, delta: .zero)
        #expect(throws: LedgerError.badRunID) {
            try fixture.ledger.reserve(request, policy: .lifetime("3"), policyHash: .test, members: &members).finish()
        }
    }

    @Test("the same id twice is refused, alive or settled, and says whether it was the same run")
    func idempotence() throws {
        let fixture = try LedgerFixture()
        var members = users(0..<3)
        let grant = try fixture.ledger.reserve(
            .numbered(1), policy: .lifetime("3"), policyHash: .test, members: &members)
        func again(_ request: RunRequest, _ expected: LedgerError) {
            var members = users(0..<3)
            #expect(throws: expected) {
                try fixture.ledger.reserve(request, policy: .lifetime("3"), policyHash: .test, members: &members)
                    .finish()
            }
        }
        again(.numbered(1), .alreadyReserved(.numbered(1)))
        again(.numbered(1, plan: .pure(2)), .runConflict(.numbered(1)))
        try grant.finish()
        again(.numbered(1), .alreadyReserved(.numbered(1)))
        again(.numbered(1, plan: .pure(2)), .runConflict(.numbered(1)))
        #expect(!fixture.lockExists(1))
        let statement = try fixture.ledger.statement(of: users(0..<1)[0], policy: .lifetime("3"))
        #expect(statement.charges.count == 1)
    }

    @Test("a grant carries run, directory, policy, plan and the digest of exactly those who pay")
    func grantContents() throws {
        let fixture = try LedgerFixture()
        var members: [UserPseudonym] = []
        let grant = try fixture.ledger.reserve(
            .numbered(1), policy: .lifetime("3"), policyHash: .test, members: &members)
        #expect(grant.ledger == .directory(LedgerFixture.id))
        #expect(grant.run == .numbered(1))
        #expect(grant.policy == .test)
        #expect(grant.plan == .pure(1))
        // BLAKE2b-256 of nothing (RFC 7693's function, b2sum -l 256 < /dev/null).
        #expect(grant.cohort.hex == "0e5751c026e543b2e8ab2eb06099daa1d1e5df47778f7787faab45cdf12fe3a8")
        try grant.finish()
    }
}
