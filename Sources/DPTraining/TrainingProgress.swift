// SPDX-License-Identifier: Apache-2.0

public import Interactions

/// How far a run is. Public numbers only.
public struct StepReport: Hashable, Sendable {
    /// Releases made so far.
    public let step: Int
    /// Releases planned.
    public let of: Int

    public init(step: Int, of: Int) { (self.step, self.of) = (step, of) }
}

/// What the caller wants next. Only public things may decide: a signal, a user of the program, never the data.
public enum StepDecision: Hashable, Sendable { case go, stop }

/// What became of a run.
public struct TrainingOutcome: Hashable, Sendable {
    /// Releases made, each charged.
    public let stepsTaken: Int
    /// Whether the caller stopped it before the end of the plan.
    public let stoppedEarly: Bool

    public init(stepsTaken: Int, stoppedEarly: Bool) {
        (self.stepsTaken, self.stoppedEarly) = (stepsTaken, stoppedEarly)
    }
}

/// Called before the first release and after each. Here the caller shows progress, withdraws users who left meanwhile,
/// and may stop: the releases made so far are a model then. After the last release the decision has no effect.
public typealias BetweenSteps = (_ report: StepReport, _ cohort: inout Cohort) throws -> StepDecision
