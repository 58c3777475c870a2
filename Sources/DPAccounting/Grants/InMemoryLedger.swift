// SPDX-License-Identifier: Apache-2.0

import Synchronization

/// A ledger without a disk, for stand-alone users of `DPMechanisms`: one account, which every run charges in full.
///
/// It enforces a lifetime limit with the filters of `AccountSums`, as the durable ledger does for each user, and returns
/// what a run that ended early did not take. What it does not do: survive the process, or know who took part; every run is
/// charged as if all users were in it. Its grants open no vault (`LedgerID.memory`).
///
///     let ledger = InMemoryLedger(name: "counts", limit: AccountLimit(epsilon: six, delta: tenMillionth))
///     var grant = try ledger.reserve(plan, delta: .zero, run: RunID(hex: "01"), cohort: digest)
///     while let step = grant.next() { … }
///     try grant.finish()
public final class InMemoryLedger: Sendable {
    /// `.memory` with the name given.
    public let id: LedgerID
    /// What may be spent in all.
    public let limit: AccountLimit

    private struct State {
        var settled = AccountSums.zero
        var open: [RunID: PlanPrice] = [:]
        var known: Set<RunID> = []
        /// The plan of each stream, and the last period that was granted.
        var streams: [RunID: (plan: RunPlan, period: Int)] = [:]

        var total: AccountSums { open.values.reduce(settled) { $0 + $1 } }
    }
    private let state = Mutex(State())

    public init(name: String, limit: AccountLimit) {
        id = .memory(name)
        self.limit = limit
    }

    /// What is spent, open reservations in full.
    public var sums: AccountSums { state.withLock { $0.total } }

    /// ε spent at the limit's δ; bookkeeping, the guarantee is the limit.
    public var spent: EpsilonAmount { sums.spent(atDelta: limit.delta) }

    /// Reserves a run at δ and makes its grant. The price is computed from the plan alone and counts from now on.
    ///
    /// - Parameters:
    ///   - run: A name that was not used before in this ledger.
    ///   - cohort: The digest of the members, as the door will compare it.
    /// - Throws: `.refused` with the arithmetic, `.emptyPlan`, `.knownRun`.
    public func reserve(
        _ plan: RunPlan, delta: DeltaAmount, run: RunID, cohort: CohortDigest, policy: PolicyHash = PolicyHash(hex: "")
    ) throws(ReservationError) -> RunGrant {
        guard !plan.stretches.isEmpty else { throw .emptyPlan }
        let price = PlanPrice(of: plan, delta: delta)
        let limit = limit
        let refusal: ReservationError? = state.withLock { state in
            guard !state.known.contains(run) else { return .knownRun(run) }
            let total = state.total
            guard total.admits(adding: price, limit: limit) else {
                return .refused(Admission(of: price, to: total, limit: limit))
            }
            state.known.insert(run)
            state.open[run] = price
            return nil
        }
        if let refusal { throw refusal }
        return RunGrant(run: run, ledger: id, cohort: cohort, policy: policy, purpose: "", plan: plan) {
            [weak self] steps in
            self?.settle(run, plan, delta: delta, steps: steps)
        }
    }

    /// Reserves a stream of counts and grants its first period; `nextPeriod` grants the others, which cost nothing more.
    /// - Throws: As `reserve`.
    public func reserveStream(
        _ event: PrivacyEvent, delta: DeltaAmount, run: RunID, cohort: CohortDigest
    ) throws(ReservationError) -> RunGrant {
        let plan = RunPlan(event)
        _ = try reserve(plan, delta: delta, run: run, cohort: cohort)
        state.withLock { $0.streams[run] = (plan, 1) }
        return grant(period: 1, of: run, plan, cohort)
    }

    /// A grant for the next period of a stream, whose whole life was paid for at its reservation.
    ///
    /// Whoever left and comes back is not charged again, hence the stream remembers what they counted for.
    /// - Parameter cohort: The digest of those who are there now: all users of this ledger share one account, so each has paid.
    /// - Returns: Nil for a run that is no stream.
    public func nextPeriod(of run: RunID, cohort: CohortDigest) -> RunGrant? {
        let next: (plan: RunPlan, period: Int)? = state.withLock { state in
            guard let stream = state.streams[run] else { return nil }
            state.streams[run] = (stream.plan, stream.period + 1)
            return (stream.plan, stream.period + 1)
        }
        guard let next else { return nil }
        return grant(period: next.period, of: run, next.plan, cohort)
    }

    /// Settles nothing: a stream stays charged in full.
    private func grant(period: Int, of run: RunID, _ plan: RunPlan, _ cohort: CohortDigest) -> RunGrant {
        RunGrant(
            run: run, ledger: id, cohort: cohort, policy: PolicyHash(hex: ""), purpose: "", plan: plan, period: period,
            settle: { _ in })
    }

    private func settle(_ run: RunID, _ plan: RunPlan, delta: DeltaAmount, steps: Int) {
        state.withLock { state in
            guard let planned = state.open.removeValue(forKey: run) else { return }
            state.settled += planned.ended(plan, delta: delta, after: steps)
        }
    }
}

/// Why a run was not reserved. Public numbers only.
public enum ReservationError: Error, Equatable, Sendable, CustomStringConvertible {
    /// No filter of the account admits the run.
    case refused(Admission)
    /// A plan without a release.
    case emptyPlan
    /// The run was reserved before.
    case knownRun(RunID)

    public var description: String {
        switch self {
        case .refused(let admission): "refused: \(admission)"
        case .emptyPlan: "the plan has no release"
        case .knownRun(let run): "run \(run) was reserved before: take a fresh name"
        }
    }
}
