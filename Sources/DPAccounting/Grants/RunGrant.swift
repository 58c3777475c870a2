// SPDX-License-Identifier: Apache-2.0

/// The right to one release. The run hands it out; the door consumes it and takes every parameter from `event`.
public struct StepGrant: ~Copyable, Sendable {
    /// What is paid for: sampling probability, clipping norm, noise, shape. Public.
    public let event: PrivacyEvent
    /// The cohort that pays. The door refuses any other.
    public let cohort: CohortDigest
    /// The period of a stream of counts that this step closes, from 1 on; nil for a release of its own. The event of a stream pays
    /// for all its periods together: nothing else may be released for it.
    public let period: Int?
    /// Whether the ledger charges whoever was not in the period before anew: only then may a stream forget who has left.
    package let returnersPay: Bool
    private let known: KnownCohort

    fileprivate init(
        event: PrivacyEvent, cohort: CohortDigest, period: Int?, returnersPay: Bool, known: KnownCohort
    ) {
        (self.event, self.cohort, self.period, self.known) = (event, cohort, period, known)
        self.returnersPay = returnersPay
    }

    /// Whether the people who pay are these.
    /// - Parameters:
    ///   - people: stands for them and cannot change: compared once in a run by the digest, from then on by identity.
    ///   - digest: of them.
    package func pays(for people: any AnyObject & Sendable, digest: () -> CohortDigest) -> Bool {
        if known.isKnown(people) { return true }
        guard cohort == digest() else { return false }
        known.remember(people)
        return true
    }
}

/// A run whose whole plan is durable and charged. A ledger makes it; nobody else may.
///
/// `deinit` does no I/O: a grant that is dropped stays charged in full until its owner or an orphan check settles it.
public struct RunGrant: ~Copyable, Sendable {
    /// The run that was reserved.
    public let run: RunID
    /// The ledger that made this grant.
    public let ledger: LedgerID
    /// The members who were charged. Fixed at the reservation; a ledger of millions takes the digest when it is first asked for.
    public var cohort: CohortDigest { members.digest }
    private let members: CohortBinding
    /// The policy in force at the reservation.
    public let policy: PolicyHash
    /// What the run was reserved for, as the ledger's entry says; the vault opens a cohort for nothing else.
    public let purpose: String
    /// Everything that was reserved.
    public let plan: RunPlan
    /// How many steps were handed out so far; each is charged.
    public private(set) var stepsHandedOut = 0
    /// The period of a stream that the run pays for or goes on with; nil for every other run.
    public let period: Int?
    private let returnersPay: Bool
    private let known = KnownCohort()
    private let settle: @Sendable (_ stepsHandedOut: Int) throws -> Void

    /// Only the two ledgers call this (a test reads the sources and says so).
    /// - Parameter returnersPay: Of a stream: whoever was not in the period before was charged anew, as a newcomer is.
    package init(
        run: RunID, ledger: LedgerID, cohort: CohortBinding, policy: PolicyHash, purpose: String, plan: RunPlan,
        period: Int? = nil, returnersPay: Bool = false,
        settle: @escaping @Sendable (_ stepsHandedOut: Int) throws -> Void
    ) {
        (self.run, self.ledger, self.members, self.policy) = (run, ledger, cohort, policy)
        (self.purpose, self.plan, self.period, self.returnersPay) = (purpose, plan, period, returnersPay)
        self.settle = settle
    }

    /// The same where the digest is at hand.
    package init(
        run: RunID, ledger: LedgerID, cohort: CohortDigest, policy: PolicyHash, purpose: String, plan: RunPlan,
        period: Int? = nil, returnersPay: Bool = false,
        settle: @escaping @Sendable (_ stepsHandedOut: Int) throws -> Void
    ) {
        self.init(
            run: run, ledger: ledger, cohort: CohortBinding(cohort), policy: policy, purpose: purpose, plan: plan,
            period: period, returnersPay: returnersPay, settle: settle)
    }

    /// The next planned step, nil after the last. From here on it is charged, whatever becomes of it.
    public mutating func next() -> StepGrant? {
        guard stepsHandedOut < plan.stepCount else { return nil }
        let event = plan.event(at: stepsHandedOut)
        stepsHandedOut += 1
        return StepGrant(
            event: event, cohort: cohort, period: period, returnersPay: returnersPay, known: known)
    }

    /// Charges the steps handed out and returns the others.
    /// - Throws: The ledger's error. The whole plan then stays charged.
    public consuming func finish() throws { try settle(stepsHandedOut) }
}
