// SPDX-License-Identifier: Apache-2.0

public import DPAccounting
public import DPMechanisms
public import Interactions
public import LinearAlgebra

/// A run in progress: its grant, its cohort, and the hook between releases. One release after the other, and at the end
/// the steps handed out are charged and the others returned.
public struct TrainingSession: ~Copyable {
    private var grant: RunGrant
    private var cohort: Cohort
    private let maxUsers: Int
    private let between: BetweenSteps
    private let stepCount: Int
    private var stepsTaken = 0
    private var isStopped = false

    /// Runs `body` and settles the grant, whatever becomes of it.
    ///
    /// - Parameters:
    ///   - grant: Consumed. When `body` throws, the steps handed out stay charged and the others are returned.
    ///   - maxUsers: The policy's public bound on members.
    /// - Returns: What `body` returns, and how far the run came.
    /// - Throws: The error of `body`, else the ledger's when it cannot settle: the whole plan is then charged.
    public static func run<Value>(
        spending grant: consuming RunGrant, cohort: inout Cohort, maxUsers: Int, between: @escaping BetweenSteps,
        _ body: (inout TrainingSession) throws -> Value
    ) throws -> (result: Value, outcome: TrainingOutcome) {
        var session = TrainingSession(grant: grant, cohort: cohort, maxUsers: maxUsers, between: between)
        let result: Result<Value, any Error>
        do {
            try session.ask()
            result = .success(try body(&session))
        } catch { result = .failure(error) }
        cohort = session.cohort
        let outcome = TrainingOutcome(stepsTaken: session.stepsTaken, stoppedEarly: session.isStopped)
        switch result {
        case .success(let value):
            try session.finish()
            return (value, outcome)
        case .failure(let error):
            // A ledger that cannot settle keeps the whole plan charged: dearer, never cheaper. The first error is told.
            do { try session.finish() } catch {}
            throw error
        }
    }

    private init(grant: consuming RunGrant, cohort: Cohort, maxUsers: Int, between: @escaping BetweenSteps) {
        stepCount = grant.plan.stepCount
        self.grant = grant
        (self.cohort, self.maxUsers, self.between) = (cohort, maxUsers, between)
    }

    /// How many planned releases are not made yet; 0 once stopped.
    public var stepsLeft: Int { isStopped ? 0 : stepCount - stepsTaken }

    /// Makes the next planned release.
    /// - Returns: nil after the last one, or once the caller has stopped the run.
    public mutating func release(_ contribution: Contribution) throws -> Release? {
        guard !isStopped, let step = grant.next() else { return nil }
        let release = try PrivateSum.release(contribution, of: cohort, spending: step, maxUsers: maxUsers)
        stepsTaken += 1
        try ask()
        return release
    }

    /// The histories as they are, for a planned step without noise: of public data alone (`PrivateSum.unprotected`).
    /// - Returns: nil after the last step, or once the caller has stopped the run.
    public mutating func unprotected(mostItemsPerUser: Int) throws -> SparseRows? {
        guard !isStopped, let step = grant.next() else { return nil }
        let rows = try PrivateSum.unprotected(cohort, mostItemsPerUser: mostItemsPerUser, spending: step)
        stepsTaken += 1
        try ask()
        return rows
    }

    /// Reports, and hears whether to go on.
    private mutating func ask() throws {
        let decision = try between(StepReport(step: stepsTaken, of: stepCount), &cohort)
        if decision == .stop && stepsTaken < stepCount { isStopped = true }
    }

    private consuming func finish() throws { try grant.finish() }
}
