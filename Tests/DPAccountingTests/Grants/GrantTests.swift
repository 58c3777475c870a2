// SPDX-License-Identifier: Apache-2.0

import DPAccounting
import Testing

struct GrantTests {
    let limit = AccountLimit(
        epsilon: EpsilonAmount(decimal: "6", rounding: .down)!, delta: DeltaAmount(decimal: "1e-5", rounding: .down)!)
    let cohort = CohortDigest(hex: "c0")
    let plan = RunPlan([
        RunPlan.Stretch(event: Plans.laplaceEvent(Rational(4, 1)!), count: 2),
        RunPlan.Stretch(event: Plans.laplaceEvent(Rational(2, 1)!), count: 1),
    ])

    @Test("steps come in the plan's order, for the cohort that pays, and end")
    func stepsInOrder() throws {
        let ledger = InMemoryLedger(name: "t", limit: limit)
        var grant = try ledger.reserve(plan, delta: .zero, run: RunID(hex: "01"), cohort: cohort)
        #expect(grant.ledger == .memory("t"))
        for index in 0..<3 {
            guard let step = grant.next() else { Issue.record("no step \(index)"); return }
            #expect(step.event == plan.event(at: index))
            #expect(step.cohort == cohort)
        }
        if grant.next() != nil { Issue.record("a step after the last") }
        #expect(grant.stepsHandedOut == 3)
        try grant.finish()
        #expect(ledger.spent.description == "1")
    }

    @Test("finish returns the steps that were never handed out")
    func finishEarly() throws {
        let ledger = InMemoryLedger(name: "t", limit: limit)
        var grant = try ledger.reserve(plan, delta: .zero, run: RunID(hex: "01"), cohort: cohort)
        #expect(ledger.spent.description == "1")
        _ = grant.next()
        try grant.finish()
        #expect(ledger.spent.description == "0.25")
    }

    @Test("a grant that is dropped stays charged in full")
    func dropped() throws {
        let ledger = InMemoryLedger(name: "t", limit: limit)
        do {
            var grant = try ledger.reserve(plan, delta: .zero, run: RunID(hex: "01"), cohort: cohort)
            _ = grant.next()
        }
        #expect(ledger.spent.description == "1")
    }

    @Test("open reservations count, and what no filter admits is refused with the arithmetic")
    func refusal() throws {
        let ledger = InMemoryLedger(name: "t", limit: limit)
        var made = 0
        for index in 0..<6 {
            _ = try ledger.reserve(plan, delta: .zero, run: RunID(hex: "\(index)"), cohort: cohort)
            made += 1
        }
        #expect(made == 6)
        #expect(throws: ReservationError.self) {
            _ = try ledger.reserve(plan, delta: .zero, run: RunID(hex: "7"), cohort: cohort)
        }
    }

    @Test("a run's name is used once, and an empty plan is no run")
    func names() throws {
        let ledger = InMemoryLedger(name: "t", limit: limit)
        let grant = try ledger.reserve(plan, delta: .zero, run: RunID(hex: "01"), cohort: cohort)
        try grant.finish()
        #expect(throws: ReservationError.knownRun(RunID(hex: "01"))) {
            _ = try ledger.reserve(plan, delta: .zero, run: RunID(hex: "01"), cohort: cohort)
        }
        #expect(throws: ReservationError.emptyPlan) {
            _ = try ledger.reserve(RunPlan([]), delta: .zero, run: RunID(hex: "02"), cohort: cohort)
        }
        #expect(ledger.spent == .zero)
    }
}
