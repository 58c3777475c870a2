// SPDX-License-Identifier: Apache-2.0

import Foundation

/// What each value may be, said once: for the reader of YAML, for the decoder, and for messages.
enum PolicyRules {
    static let maxUsers = 1...10_000_000_000
    static let maxItemsPerUser = 1...65_536
    static let periodDays = 1...3_650
    static let mostTiers = 64
    static let tiers = "1 to \(mostTiers) named budgets of private data, beside the lifetime of everyone else"
    static let period = "a budget of private data, no more than the largest lifetime's epsilon and delta"
    static let tombstoneYears = 1...100
    static let rotateDays = 1...3_650
    static let defaultMaxUsers = 4_194_304
    static let defaultMaxItemsPerUser = 512
    static let defaultRunEpsilon = ExactDecimal(checked: "1", 1)
    static let defaultRunDelta = ExactDecimal(checked: "1e-6", 1e-6)

    /// (0, 100]: above it a promise is none.
    static func isLifetimeEpsilon(_ value: Double) -> Bool { value > 0 && value <= 100 }
    static let lifetimeEpsilon = "a decimal number above 0 and at most 100"
    /// [1e-12, 1e-3]: below it the ledger's units are too coarse, above it whole people leak.
    static func isDelta(_ value: Double) -> Bool { value >= 1e-12 && value <= 1e-3 }
    static let delta = "a decimal number from 1e-12 to 1e-3"
    static let name = "1 to 64 lower-case letters, digits and hyphens"

    static func isName(_ text: String) -> Bool {
        (1...64).contains(text.utf8.count)
            && text.utf8.allSatisfy { (97...122).contains($0) || (48...57).contains($0) || $0 == 45 }
    }

    /// How many columns may be kept.
    static let keptColumns = 1...16
    static let keepColumns =
        "a list of 1 to 16 different names of columns, `- NAME` in a line each, of 1 to 64 bytes, none of which is a role"

    static func isColumn(_ text: String) -> Bool {
        (1...64).contains(text.utf8.count) && !["user", "item", "value", "time"].contains(text)
            && !text.unicodeScalars.contains { $0.properties.generalCategory == .control }
    }

    static func integers(_ range: ClosedRange<Int>) -> String {
        "a whole number from \(range.lowerBound) to \(range.upperBound)"
    }

    struct Fault {
        let key: String
        let allowed: String
    }

    /// What is wrong with the values taken together, or one by one. Nil for a valid policy.
    static func fault(of policy: Policy) -> Fault? {
        if !isName(policy.name) { return Fault(key: "name", allowed: name) }
        if policy.isPublicData != (policy.lifetime == nil) {
            return Fault(key: "lifetime", allowed: "a lifetime for private data, none for public data")
        }
        if let lifetime = policy.lifetime {
            if !isLifetimeEpsilon(lifetime.epsilon.value) {
                return Fault(key: "lifetime.epsilon", allowed: lifetimeEpsilon)
            }
            if !isDelta(lifetime.delta.value) { return Fault(key: "lifetime.delta", allowed: delta) }
            if !leavesRoomForSamplers(lifetime) { return Fault(key: "lifetime", allowed: room) }
        }
        if policy.tiers.count > mostTiers || policy.isPublicData && !policy.tiers.isEmpty {
            return Fault(key: "tiers", allowed: tiers)
        }
        for (tier, budget) in policy.tiers {
            if !isName(tier) { return Fault(key: "tiers", allowed: name) }
            if !isLifetimeEpsilon(budget.epsilon.value) { return Fault(key: "tiers.epsilon", allowed: lifetimeEpsilon) }
            if !isDelta(budget.delta.value) { return Fault(key: "tiers.delta", allowed: delta) }
            if !leavesRoomForSamplers(budget) { return Fault(key: "tiers", allowed: room) }
        }
        if !areNested(Array(policy.tiers.values) + (policy.lifetime.map { [$0] } ?? [])) {
            return Fault(key: "tiers", allowed: nested)
        }
        if let period = policy.period {
            if !periodDays.contains(period.days) { return Fault(key: "period.days", allowed: integers(periodDays)) }
            if !isLifetimeEpsilon(period.epsilon.value) || !isDelta(period.delta.value)
                || !isPeriod(period, lifetime: policy.lifetime, tiers: policy.tiers)
            {
                return Fault(key: "period", allowed: self.period)
            }
        }
        if Set(policy.bases.keys) != Set(PolicyPurpose.allCases.map(\.rawValue)) {
            return Fault(
                key: "bases", allowed: "exactly " + PolicyPurpose.allCases.map(\.rawValue).joined(separator: ", "))
        }
        if !maxUsers.contains(policy.maxUsers) { return Fault(key: "maxUsers", allowed: integers(maxUsers)) }
        if let users = policy.nominalUsers, !(1...policy.maxUsers).contains(users) {
            return Fault(key: "nominalUsers", allowed: integers(1...policy.maxUsers))
        }
        if !maxItemsPerUser.contains(policy.bounds.maxItemsPerUser) {
            return Fault(key: "bounds.maxItemsPerUser", allowed: integers(maxItemsPerUser))
        }
        if !tombstoneYears.contains(policy.tombstone.years) {
            return Fault(key: "tombstone.years", allowed: integers(tombstoneYears))
        }
        if policy.keepColumns.count > keptColumns.upperBound || !policy.keepColumns.allSatisfy(isColumn)
            || zip(policy.keepColumns, policy.keepColumns.dropFirst()).contains(where: { $0 >= $1 })
        {
            return Fault(key: "keepColumns", allowed: keepColumns + ", ascending")
        }
        if let keys = policy.keys, !rotateDays.contains(keys.rotateDays) {
            return Fault(key: "keys.rotateDays", allowed: integers(rotateDays))
        }
        if !isLifetimeEpsilon(policy.runs.epsilon.value) { return Fault(key: "runs.epsilon", allowed: lifetimeEpsilon) }
        if !isRunDelta(policy.runs.delta.value, lifetime: policy.lifetime) {
            return Fault(key: "runs.delta", allowed: runDelta)
        }
        return nil
    }

    /// A hundredth of δ, over 1 + e^ε, pays for the samplers' distance from their ideal (DESIGN section 6); below 10⁻¹⁵ no run
    /// of any size would fit.
    static func leavesRoomForSamplers(_ lifetime: Policy.Lifetime) -> Bool {
        lifetime.delta.value / 100 / (1 + exp(lifetime.epsilon.value)) >= 1e-15
    }
    static let room = "an epsilon and delta with delta / (1 + e^epsilon) of at least 1e-13, such as 18 and 1e-5"

    /// Who has the larger ε has no smaller δ. So whoever is moved between budgets stays within the largest of them: nothing
    /// else is proved (SpendingLimits).
    static func areNested(_ budgets: [Policy.Lifetime]) -> Bool {
        let sorted = budgets.sorted { ($0.epsilon.value, $0.delta.value) < ($1.epsilon.value, $1.delta.value) }
        return zip(sorted, sorted.dropFirst()).allSatisfy { $0.delta.value <= $1.delta.value }
    }
    static let nested = "budgets that are nested, the lifetime among them: the larger epsilon has no smaller delta"

    static func isPeriod(
        _ period: Policy.Period, lifetime: Policy.Lifetime?, tiers: [String: Policy.Lifetime]
    ) -> Bool {
        let budgets = (lifetime.map { [$0] } ?? []) + tiers.values
        return budgets.contains { period.epsilon.value <= $0.epsilon.value }
            && budgets.contains { period.delta.value <= $0.delta.value }
    }

    static func isRunDelta(_ value: Double, lifetime: Policy.Lifetime?) -> Bool {
        isDelta(value) && value <= lifetime?.delta.value ?? 1
    }
    static let runDelta = delta + ", and no more than the lifetime's"
}
