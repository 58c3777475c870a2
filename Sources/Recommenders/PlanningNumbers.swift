// SPDX-License-Identifier: Apache-2.0

public import DPAccounting

/// What a run is planned from: public numbers, nothing else.
public struct PlanningNumbers: Hashable, Sendable {
    /// How many items the catalogue has.
    public var itemCount: Int
    /// N: the policy's `nominalUsers`, or a paid and rounded count. Never the cohort's size.
    public var nominalUsers: Int
    /// The policy's bound on the items of one user that are looked at.
    public var maxItemsPerUser: Int
    /// ε asked; infinite for a run without privacy (public data only).
    public var epsilon: EpsilonAmount
    /// δ asked.
    public var delta: DeltaAmount

    public init(
        itemCount: Int, nominalUsers: Int, maxItemsPerUser: Int, epsilon: EpsilonAmount, delta: DeltaAmount
    ) {
        (self.itemCount, self.nominalUsers, self.maxItemsPerUser) = (itemCount, nominalUsers, maxItemsPerUser)
        (self.epsilon, self.delta) = (epsilon, delta)
    }

    /// μ of Gaussian DP that (ε, δ) allows; infinite without privacy. A size for rules of thumb, no price.
    var mu: Double {
        epsilon.isInfinite ? .infinity : GaussianDP.mu(epsilon: epsilon.value, delta: delta.value)
    }

    /// - Throws: `invalidPlan`, naming the number that is out of range.
    func check() throws(RecommenderError) {
        if itemCount < 1 { throw .invalidPlan("the catalogue has no items") }
        if itemCount > 1 << 24 { throw .invalidPlan("the catalogue has more than \(1 << 24) items") }
        if nominalUsers < 1 { throw .invalidPlan("the nominal number of users must be at least 1") }
        if maxItemsPerUser < 1 { throw .invalidPlan("a user's history must be allowed at least one item") }
        if epsilon.isInfinite { return }
        if epsilon == .zero { throw .invalidPlan("ε must be positive") }
        if delta == .zero || delta.value >= 1 { throw .invalidPlan("δ must be between 0 and 1, for Gaussian noise") }
    }
}
