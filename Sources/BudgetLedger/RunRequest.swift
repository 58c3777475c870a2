// SPDX-License-Identifier: Apache-2.0

public import DPAccounting

/// What someone wants to release. Public, every field.
public struct RunRequest: Hashable, Sendable {
    /// 16 random bytes in hexadecimal, made by the caller; a retry of the same request bears the same id.
    public let run: RunID
    /// What it is, for people: "count items", "train mf".
    public let kind: String
    /// The purpose that the cohort is opened for, as `Purpose.rawValue`.
    public let purpose: String
    /// Every release, in order.
    public let plan: RunPlan
    /// The most it may cost. The price is computed from the plan; this is only compared.
    public let epsilon: EpsilonAmount
    /// The δ at which the price's ε is stated; 0 for pure ε.
    public let delta: DeltaAmount
    /// ε = ∞ was asked for in so many words; only a directory of public data admits it.
    public let notPrivate: Bool

    public init(
        run: RunID, kind: String, purpose: String, plan: RunPlan, epsilon: EpsilonAmount, delta: DeltaAmount,
        notPrivate: Bool = false
    ) {
        (self.run, self.kind, self.purpose, self.plan) = (run, kind, purpose, plan)
        (self.epsilon, self.delta, self.notPrivate) = (epsilon, delta, notPrivate)
    }
}
