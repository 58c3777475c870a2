// SPDX-License-Identifier: Apache-2.0

import Cryptography
public import DPAccounting
import Foundation
import GRDB
public import Interactions
public import Policies
import Records

// A stream of counts is paid for once in a life: by those who are in at its opening then, by each newcomer when they come. Every
// period is a run of its own with the stream's whole plan, charged to the newcomers of that period alone, also where there are none:
// the log says a period was closed, not whether anybody came. Its grant is bound to all who may be counted, each of whom was charged
// by one of the stream's runs: this file finds that in the accounts' histories, within the transaction that makes the grant.

extension BudgetLedger {
    /// The kind of all runs of streams, and of no other: a period of a policy knows by it what still releases.
    public static let streamKind = "count items continually"

    /// The run of a stream's period: the opening itself, and names made from it. A period that was cut short is the same run again.
    public static func run(ofPeriod period: Int, of opening: RunID) -> RunID {
        if period == 1 { return opening }
        let text = "discreet stream/\(opening.hex)/\(period)"
        return RunID(hex: Hex.encode(Array(BLAKE2b.hash(Array(text.utf8)).prefix(16))))
    }

    /// Grants a period of a stream to all who have paid for the stream, after charging those who are new.
    ///
    /// Spend before release: when this returns, the charge of the newcomers is durable. A period that was granted before and not
    /// released (its process died) is granted again without a charge, to whoever paid then.
    /// - Parameters:
    ///   - period: 1 opens the stream.
    ///   - opening: Public. The stream's opening run; every period has its kind, purpose, plan and δ.
    ///   - continuing: Private. The stream's members who are there, ascending. Who cannot be shown to have paid is left out.
    ///   - members: Private. Others who may take part. Afterwards all of the period's cohort, ascending.
    ///   - present: As for `reserve`.
    /// - Throws: As `reserve`, by public numbers only; `.invalidPlan` where the opening is not of `streamKind`; `.runConflict` where the opening is another run than the ledger's,
    ///   `.unknownRun` where the period before was never granted, `.alreadySettled` where this one was released.
    public func reserve(
        period: Int, of opening: RunRequest, policy: Policy, policyHash: PolicyHash,
        continuing: [UserPseudonym], members: inout [UserPseudonym],
        present: ([UserPseudonym]) throws -> [UserPseudonym] = { $0 }
    ) throws(LedgerError) -> RunGrant {
        let run = Self.run(ofPeriod: period, of: opening.run)
        let request = RunRequest(
            run: run, kind: opening.kind, purpose: opening.purpose, plan: opening.plan, epsilon: opening.epsilon,
            delta: opening.delta, notPrivate: opening.notPrivate)
        guard opening.kind == Self.streamKind, opening.plan.stepCount == 1, period >= 1 else { throw .invalidPlan }
        let price = try admit(request, policy: policy)
        guard let lock = try RunLock.take(lockPath(run)) else { throw .busy }
        let candidates = members
        let cohort: [UserPseudonym]
        do {
            cohort = try transaction { db in
                try self.refuseUnsound(policy, policyHash, db)
                let stream = try Stream(opening, period: period, db)
                if try self.isReleased(run, db) { throw LedgerError.alreadySettled(run) }
                let there = Set(try present(continuing + candidates))
                let known = Set(continuing)
                let paid = try stream.paid(among: continuing.filter(there.contains), by: stream.runs, db)
                let newcomers = candidates.filter { there.contains($0) && !known.contains($0) }
                if let number = stream.numberOfPeriod {
                    return try (paid + stream.paid(among: newcomers.ascendingUnique(), by: [number], db)).sorted()
                }
                let charged = try self.charge(newcomers, for: request, price, policy: policy, policyHash, db)
                return (paid + charged).sorted()
            }
        } catch {
            lock.remove()
            throw error
        }
        members = cohort
        return RunGrant(
            run: run, ledger: .directory(directoryID),
            cohort: CohortDigest(hex: Hex.encode(BLAKE2b.hash(cohort.packedBytes))), policy: policyHash,
            purpose: opening.purpose, plan: opening.plan, period: period,
            returnersPay: true,
            settle: { [self] _ in
                // In full, whatever was handed out: that a run is in a member's history is what later periods go by. One that
                // its process left behind was settled so at the next opening of the ledger.
                do { try self.settle(run, steps: request.plan.stepCount) } catch LedgerError.alreadySettled {}
                lock.remove()
            })
    }
}

/// A stream as the ledger has it: the runs whose charge has paid for it.
private struct Stream {
    /// Their numbers.
    let runs: Set<Int64>
    /// The number of the period's own run, where it was granted before.
    let numberOfPeriod: Int64?

    init(_ opening: RunRequest, period: Int, _ db: Database) throws {
        var runs: Set<Int64> = []
        var own: Int64?
        var number = 1
        while number <= period {
            let run = BudgetLedger.run(ofPeriod: number, of: opening.run)
            guard let row = try RunRow.find(run, db) else {
                if number < period { throw LedgerError.unknownRun(run) }
                break
            }
            guard row.plan == opening.plan, row.kind == opening.kind, row.purpose == opening.purpose,
                row.delta == opening.delta
            else { throw LedgerError.runConflict(run) }
            runs.insert(row.number)
            if number == period { own = row.number }
            number += 1
        }
        if try RunRow.find(BudgetLedger.run(ofPeriod: period + 1, of: opening.run), db) != nil {
            throw LedgerError.alreadySettled(BudgetLedger.run(ofPeriod: period, of: opening.run))
        }
        (self.runs, numberOfPeriod) = (runs, own)
    }

    /// Those of `users` (ascending) whose account was charged by one of these runs. One answer an account.
    func paid(among users: [UserPseudonym], by runs: Set<Int64>, _ db: Database) throws -> [UserPseudonym] {
        var answers: [Int64: Bool] = [Membership.nobody: false]
        var paid: [UserPseudonym] = []
        try Membership.forEach(of: users, db) { user, account in
            if answers[account] == nil { answers[account] = try !Account.runs(account, db).isDisjoint(with: runs) }
            if answers[account] == true { paid.append(user) }
        }
        return paid
    }
}
