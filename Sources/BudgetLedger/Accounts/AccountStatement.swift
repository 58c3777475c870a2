// SPDX-License-Identifier: Apache-2.0

public import DPAccounting
public import Records

/// What one account has spent, on what, and what is left. Operator-only: it is about one person.
public struct AccountStatement: Hashable, Sendable {
    /// The smallest ε of the account's sums at the policy's δ; Σε where the data are public. Bookkeeping: the guarantee,
    /// whatever was run after seeing what, is `limit`.
    public let spentEpsilon: EpsilonAmount
    /// Σδ of the runs.
    public let spentDelta: DeltaAmount
    /// The policy's lifetime; nil for public data.
    public let limit: AccountLimit?
    /// Limit less spent; nil for public data.
    public let remaining: AccountLimit?
    /// The declared tier; nil: none.
    public let tier: String?
    /// Nil where the policy has no period.
    public let period: Period?
    /// In order of reservation.
    public let charges: [Charge]

    /// What the days up to today hold, as many as the policy's period has.
    public struct Period: Hashable, Sendable {
        public let days: Int
        public let spentEpsilon: EpsilonAmount
        public let spentDelta: DeltaAmount
        public let limit: AccountLimit
    }

    /// One run that the account was charged for.
    public struct Charge: Hashable, Sendable {
        public let run: RunID
        /// When it was reserved.
        public let day: Day
        public let kind: String
        /// The releases that are charged: the whole plan, or the steps handed out.
        public let plan: RunPlan
        /// The run's own (ε, δ). They need not add up to what is spent.
        public let epsilon: EpsilonAmount
        public let delta: DeltaAmount
        /// Whether the run is settled; one that is not counts in full.
        public let isSettled: Bool

        /// The one event, or `{"type": "composed", "version": 1, "parts": [{count, event}…]}`.
        public var event: JSONValue {
            get throws {
                let parts = try plan.stretches.map { (try JSONValue(encoding: $0.event), $0.count) }
                if parts.count == 1, parts[0].1 == 1 { return parts[0].0 }
                return .object([
                    "type": .string("composed"), "version": .integer(1),
                    "parts": .array(parts.map { .object(["event": $0.0, "count": .integer(Int64($0.1))]) }),
                ])
            }
        }
    }
}

/// Users with the same history of charges. Operator-only: the count is exact.
public struct AccountClass: Hashable, Sendable {
    public let users: Int
    public let spentEpsilon: EpsilonAmount
    public let spentDelta: DeltaAmount
    /// Nil for public data.
    public let limit: AccountLimit?

    /// The same with other users.
    func holding(_ users: Int) -> AccountClass {
        AccountClass(users: users, spentEpsilon: spentEpsilon, spentDelta: spentDelta, limit: limit)
    }
}
