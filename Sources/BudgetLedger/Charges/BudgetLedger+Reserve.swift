// SPDX-License-Identifier: Apache-2.0

import Cryptography
public import DPAccounting
import Foundation
import GRDB
public import Interactions
public import Policies
import Records

extension BudgetLedger {
    /// Charges a run to everyone who can afford it and grants its releases. Spend before release: when this returns, the
    /// whole plan is durable and counts as spent in every view.
    ///
    /// One transaction holds the run, the accounts and the log's entry. The lock `locks/<run>` is held until the grant is
    /// finished, dropped, or its process ends.
    /// - Parameters:
    ///   - request: Public. The price is computed from its plan alone.
    ///   - policy: In force now; `policyHash` is its hash.
    ///   - members: Private. Whoever may be in the cohort, in any order. Afterwards those who were charged, ascending:
    ///     who cannot afford the run sits it out, and nobody learns who. May be empty; the run goes on as pure noise.
    ///   - present: Private. Called inside the transaction with the members; what it leaves out is not charged. The place
    ///     to re-check erasure marks, so that an erased user is never charged again.
    /// - Throws: `LedgerError`, by public numbers only: `.refused` if a fresh account could not afford it, `.planCostsMore`
    ///   than asked, `.infiniteCost` outside public data, `.alreadyReserved`, `.runConflict`, `.changedSides`, `.busy`…
    public func reserve(
        _ request: RunRequest, policy: Policy, policyHash: PolicyHash, members: inout [UserPseudonym],
        present: ([UserPseudonym]) throws -> [UserPseudonym] = { $0 }
    ) throws(LedgerError) -> RunGrant {
        let price = try admit(request, policy: policy)
        let lock = try lock(request, policyHash)
        let candidates = members
        let charged: [UserPseudonym]
        do {
            charged = try transaction { db in
                try RunRow.refuseReuse(of: request, policy: policyHash, db)
                try self.refuseUnsound(policy, policyHash, db)
                return try self.charge(
                    try present(candidates), for: request, price, policy: policy, policyHash, db)
            }
        } catch {
            lock.remove()
            throw error
        }
        members = charged
        let cohort = CohortBinding(takenLater: { CohortDigest(hex: Hex.encode(BLAKE2b.hash(charged.packedBytes))) })
        return RunGrant(
            run: request.run, ledger: .directory(directoryID), cohort: cohort, policy: policyHash,
            purpose: request.purpose, plan: request.plan,
            settle: { [self] steps in
                try self.settle(request.run, steps: steps)
                lock.remove()
            })
    }

    /// Within a reservation: nothing is charged over a ledger that another hand wrote, or under a policy that is not in force.
    func refuseUnsound(_ policy: Policy, _ policyHash: PolicyHash, _ db: Database) throws {
        guard try isAuthentic(db) else { throw LedgerError.notAuthentic("its head") }
        try Side.assert(policy, db)
        // A policy that was replaced since the caller read it admits nothing any more.
        if let inForce = try Self.policyInForce(db), inForce != policyHash.hex { throw LedgerError.policyChanged }
    }

    /// Writes a run, its entry and its charge to whoever of `candidates` can pay.
    /// - Returns: Those who were charged, ascending.
    func charge(
        _ candidates: [UserPseudonym], for request: RunRequest, _ price: PlanPrice, policy: Policy,
        _ policyHash: PolicyHash, _ db: Database
    ) throws -> [UserPseudonym] {
        var payers = try Payers(of: price, policy: policy, self, db)
        let charge = try Charge(of: candidates.ascendingUnique(), payers: &payers, db)
        // The sums of runs are those with this one when the entry binds them.
        let stamp = stamp(ofRun: request.run.hex, charge.crowd)
        try SealedSum.cohorts.change(db) { $0.add(stamp) }
        let content = try ReserveEntry(request, price: price, policy: policyHash).json()
        let entry = try append("reserve", withCohorts(content, db), db)
        let run = try RunRow.insert(
            request, price: price, policy: policyHash, crowd: charge.crowd, entry: entry, db)
        try charge.apply(run: run, price: price, db)
        return charge.members
    }

    /// What a plan costs, and whether a fresh account may pay it. By public numbers alone; nothing is charged.
    /// - Throws: As `reserve` does for the same request.
    public func checkAffordable(_ prices: [PlanPrice], policy: Policy) throws(LedgerError) {
        guard !policy.isPublicData else { return }
        let limits = try SpendingLimits(policy)
        var before = AccountSums.zero
        for price in prices {
            if let problem = price.problem { throw .infiniteCost(problem) }
            // Refused only where no user whom the policy may know, in whatever tier, could pay.
            let admissions = limits.all.map { Admission(of: price, to: before, limit: $0) }
            if let first = admissions.first,
                !admissions.contains(where: \.isAdmitted) || !limits.admitsSamplers(of: before + price)
            {
                throw .refused(first)
            }
            if let period = limits.period {
                let admission = Admission(of: price, to: before, limit: period)
                guard admission.isAdmitted else { throw .refusedByPeriod(admission, days: limits.periodDays) }
            }
            before += price
        }
    }

    /// The price of a request, after everything that can be refused without looking at an account.
    func admit(_ request: RunRequest, policy: Policy) throws(LedgerError) -> PlanPrice {
        guard RunLock.isName(request.run.hex) else { throw .badRunID }
        guard request.plan.stepCount >= 1, request.plan.stretches.allSatisfy({ $0.event.isValid }) else {
            throw .invalidPlan
        }
        let price = PlanPrice(of: request.plan, delta: request.delta)
        if policy.isPublicData { return price }
        if request.notPrivate { throw .infiniteCost(.noNoise) }
        if price.epsilon.isInfinite { throw .infiniteCost(price.problem ?? .tooExpensive) }
        guard price.epsilon <= request.epsilon else {
            throw .planCostsMore(epsilon: price.epsilon, asked: request.epsilon)
        }
        try checkAffordable([price], policy: policy)
        return price
    }

    private func lock(_ request: RunRequest, _ policy: PolicyHash) throws(LedgerError) -> RunLock {
        if let lock = try RunLock.take(lockPath(request.run)) { return lock }
        try reading { try RunRow.refuseReuse(of: request, policy: policy, $0) }
        throw .alreadyReserved(request.run)  // another process is about to
    }

    func lockPath(_ run: RunID) -> String { locks.appending(path: run.hex).path }
}

extension Policy {
    /// The lifetime in the ledger's exact units, rounded down. Nothing for public data, where nobody asks.
    func accountLimit() throws(LedgerError) -> AccountLimit {
        guard let lifetime else { return AccountLimit(epsilon: .zero, delta: .zero) }
        return try AccountLimit(epsilon: lifetime.epsilon, delta: lifetime.delta)
    }
}

extension [UserPseudonym] {
    /// Sorted, each once; nothing is done to what is so already.
    func ascendingUnique() -> [UserPseudonym] {
        isAscending ? self : Set(self).sorted()
    }
}
