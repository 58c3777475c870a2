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

/// Charges by composed losses, and charges from before there were any.
struct LossChargeTests {
    private static let delta = DeltaAmount(units: 1_000_000_000_000)
    private static let plan = RunPlan.training(steps: 30, noise: 1, sampling: 0.1)

    /// One run by composed losses: entries 0 and 1.
    private func fixture() throws -> LedgerFixture {
        let fixture = try LedgerFixture()
        try fixture.run(1, plan: Self.plan, policy: .lifetime("6"), members: users(0..<3))
        return fixture
    }

    @Test("a sampled run is charged by composed losses, and an untouched ledger has no differences")
    func charged() throws {
        let fixture = try fixture()
        let report = try fixture.ledger.verifyCharges()
        #expect(report.isOK && report.notes.isEmpty && report.charges == 1, "\(report.differences)")
        let price = PlanPrice(of: Self.plan, delta: Self.delta)
        #expect(price.accountant == .pld)
        let charge = try fixture.ledger.statement(of: users(0..<1)[0], policy: .lifetime("6")).charges[0]
        #expect(charge.epsilon == price.epsilon && charge.delta == price.delta)
        // The orders' filters hold the curve of the same events.
        let orders = PlanPrice(of: Self.plan, delta: Self.delta, by: [.rdp])
        let sums = try #require(try fixture.value("SELECT sums FROM account WHERE users = 3"))
        #expect(try SumsText.decode(sums) == AccountSums.zero + price)
        #expect(price.renyi == orders.renyi && price.epsilon < orders.epsilon)
    }

    /// Everywhere in the log and the reservations, as a careful hand would.
    private func replace(_ old: String, by new: String, in fixture: LedgerFixture) throws {
        #expect(try fixture.value("SELECT count(*) FROM log WHERE instr(CAST(entry AS TEXT), '\(old)')") != "0")
        try fixture.edit(
            """
            UPDATE log SET entry = CAST(replace(CAST(entry AS TEXT), '\(old)', '\(new)') AS BLOB);
            UPDATE run SET planned = replace(planned, '\(old)', '\(new)'), charged = replace(charged, '\(old)', '\(new)');
            """)
    }

    @Test(
        "a price that a hand made lower or higher is found, wherever else it was written too",
        arguments: [0.5, 0.99, 0.999_999, 1.000_001, 1.01, 2])
    func edited(factor: Double) throws {
        let fixture = try fixture()
        let epsilon = PlanPrice(of: Self.plan, delta: Self.delta).epsilon
        let other = EpsilonAmount(epsilon.value * factor, rounding: .up)
        try replace("\"epsilon\":\"\(epsilon)\"", by: "\"epsilon\":\"\(other)\"", in: fixture)
        let report = try fixture.ledger.verifyCharges()
        #expect(report.differences.contains { $0.contains("is not what its events cost") }, "\(report.differences)")
        #expect(
            report.differences.contains { $0.contains("is below an independent accountant's lower bound") }
                == (factor < 0.9999), "\(report.differences)")
    }

    @Test("a price in another accountant's name is found")
    func renamed() throws {
        for name in ["rdp", "gdp", "zcdp", "exact", "none", "pure"] {
            let fixture = try fixture()
            try replace("\"accountant\":\"pld\"", by: "\"accountant\":\"\(name)\"", in: fixture)
            let report = try fixture.ledger.verifyCharges()
            #expect(report.differences.contains { $0.contains("is not what its events cost") }, "\(name)")
        }
    }

    @Test("the larger figure of another accountant, in its own name, is found by the smaller beside it")
    func largerOfTwo() throws {
        let fixture = try fixture()
        let price = PlanPrice(of: Self.plan, delta: Self.delta)
        let orders = PlanPrice(of: Self.plan, delta: Self.delta, by: [.rdp])
        try replace("\"accountant\":\"pld\"", by: "\"accountant\":\"rdp\"", in: fixture)
        try replace("\"epsilon\":\"\(price.epsilon)\"", by: "\"epsilon\":\"\(orders.epsilon)\"", in: fixture)
        let report = try fixture.ledger.verifyCharges()
        #expect(!report.differences.contains { $0.contains("is not what its events cost") })
        #expect(report.differences.contains { $0.contains("not the smallest") }, "\(report.differences)")
    }

    @Test("a bound of the moment integral stops a price that its own accountant would let through")
    func referee() {
        let price = PlanPrice(of: Self.plan, delta: Self.delta)
        var bounds = ChargeBounds()
        let none = bounds.fault(of: price, plan: Self.plan, delta: Self.delta)
        #expect(none == nil)
        // As a mistake in composing losses would: the figure of a plan of one step less.
        let less = PlanPrice(of: Self.plan.prefix(29), delta: Self.delta, by: [.pld])
        let fault = bounds.fault(of: less, plan: Self.plan, delta: Self.delta)
        #expect(fault?.contains("below an independent accountant's lower bound") == true)
    }

    @Test("what has no independent lower bound is named, with the check that was made instead, and is no fault")
    func notes() throws {
        let fixture = try LedgerFixture()
        let event = PrivacyEvent.exponentialMechanism(
            ExponentialMechanismEvent(epsilon: EpsilonAmount(units: 500_000_000_000)))
        try fixture.run(1, plan: RunPlan(event), policy: .lifetime("6"), members: users(0..<2))
        let report = try fixture.ledger.verifyCharges()
        #expect(report.isOK, "\(report.differences)")
        #expect(report.notes.count == 1 && report.notes[0].contains("the accountant that it names"))
    }

    /// The largest sampling probability at which one step at noise 4 costs nothing at this δ: q·(2Φ(1/8) − 1) = 10⁻⁶.
    private static let free = 1e-6 / erf(0.125 / 2.0.squareRoot())

    @Test("a charge of which the independent accountant finds no cost from below is named")
    func withoutFloor() throws {
        let fixture = try LedgerFixture()
        var floorless: [Int] = []
        for (number, sampling) in [0.1, Self.free * (1 + 1e-9), Self.free * (1 - 1e-7)].enumerated() {
            let plan = RunPlan.training(steps: 1, noise: 4, sampling: sampling)
            let price = PlanPrice(of: plan, delta: Self.delta)
            if price.epsilon > .zero, IndependentCheck.floor(of: plan, delta: Self.delta) <= 0 {
                floorless.append(number)
            }
            try fixture.run(number, plan: plan, policy: .lifetime("6"), members: users(0..<2))
        }
        let report = try fixture.ledger.verifyCharges()
        #expect(report.isOK, "\(report.differences)")
        // Barely not free: the smallest amount. The third is free, and needs no lower end.
        #expect(floorless == [1])
        #expect(
            report.notes
                == floorless.map {
                    "run \(RunID.numbered($0).hex): the independent accountant finds no cost from below: "
                        + "recomputed by the accountant that it names alone"
                })
    }

    /// `Tests/Vectors/ledger-of-orders.sqlite`: written by 0.1.0 before composed losses gave prices. Runs 1 to 5 finished (`rdp`, `gdp`,
    /// `pure`, `zcdp`, `basic`), 6 ended after 40 of 300 steps, 7 open when its process ended.
    private func ledgerOfOrders() throws -> (LedgerFixture, BudgetLedger) {
        let fixture = try LedgerFixture()
        let file = fixture.directory.file("ledger.sqlite")
        for suffix in ["", "-wal", "-shm"] {
            try? FileManager.default.removeItem(at: fixture.directory.file("ledger.sqlite" + suffix))
        }
        let vector = PackageRoot.url.appending(path: "Tests/Vectors/ledger-of-orders.sqlite")
        try Data(contentsOf: vector).write(to: file)
        return (fixture, try fixture.reopened())
    }

    @Test("a ledger whose prices are from before composed losses verifies as it did, and goes on")
    func oldLedger() throws {
        let (fixture, ledger) = try ledgerOfOrders()
        defer { withExtendedLifetime(fixture) {} }  // its folder goes with it
        let policy = Policy.lifetime("18")
        let before = try ledger.statement(of: users(2..<3)[0], policy: policy).charges
        #expect(
            before.map(\.epsilon.description) == [
                "3.304017001258", "2.641143952115", "0.5", "1.793630451758", "2.854867671904", "1.176410369854",
            ])
        let report = try ledger.verifyCharges()
        #expect(report.isOK && report.charges == 7, "\(report.differences)")
        #expect(try ledger.verifyChain().isOK)
        // The orphan is settled at the price it was reserved for.
        try ledger.settleOrphans()
        #expect(try ledger.verifyCharges().isOK)
        var members = users(0..<3)
        var grant = try ledger.reserve(
            .numbered(9, plan: Self.plan), policy: policy, policyHash: .test, members: &members)
        if let step = grant.next() { _ = consume step }
        try grant.finish()
        let after = try ledger.verifyCharges()
        #expect(after.isOK && after.charges == 8, "\(after.differences)")
    }

    @Test(
        "an edit of an old price is found as before",
        arguments: [
            "0.429941468837", "1.176410369854", "1.793630451758", "2.641143952115", "2.854867671904", "3.304017001258",
        ])
    func oldLedgerEdited(price: String) throws {
        let old = try #require(EpsilonAmount(decimal: price, rounding: .up))
        for factor in [0.5, 0.97, 1.5] {
            let (fixture, ledger) = try ledgerOfOrders()
            let new = EpsilonAmount(old.value * factor, rounding: .up)
            try replace("\"epsilon\":\"\(price)\"", by: "\"epsilon\":\"\(new)\"", in: fixture)
            #expect(try !ledger.verifyCharges().isOK, "\(price) as \(new)")
        }
    }
}
