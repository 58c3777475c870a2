// SPDX-License-Identifier: Apache-2.0

import BudgetLedger
import DPAccounting
import DPMechanisms
import Interactions
import Policies
import Records
import Vault

extension Engine {
    /// Reserves a run for whoever may take part and can afford it, and opens their histories.
    ///
    /// From here on whatever throws leaves the run charged: the grant is dropped, and the ledger keeps the whole plan.
    /// - Parameters:
    ///   - items: The catalogue that the run was planned for. Items imported meanwhile are left out.
    ///   - body: Consumes the grant.
    func spend<Value>(
        _ run: PlannedRun, purpose: Purpose, items: Int, under policy: PolicyInForce,
        _ body: (consuming RunGrant, inout Cohort) throws -> Value
    ) throws -> Value {
        try refuseUnfinished()
        try refuseForeignWords()
        let needsConsent = policy.needsConsent(for: purpose)
        var members = try vault.members(for: purpose, requiringConsent: needsConsent)
        let grant = try ledger.reserve(
            run.request, policy: policy.policy, policyHash: policy.hash, members: &members,
            present: { [vault] _ in try vault.members(for: purpose, requiringConsent: needsConsent) })
        var cohort = try vault.openCohort(
            of: members, for: purpose, requiringConsent: needsConsent, itemCount: items, under: grant)
        return try body(grant, &cohort)
    }

    /// Refuses runs that together cost more than the policy lets anybody spend, before the first of them.
    /// Nor is anything paid for that the door could not release.
    func refuseUnaffordable(_ runs: [PlannedRun], under policy: PolicyInForce) throws {
        let items = try vault.itemCount()
        for run in runs {
            for stretch in run.request.plan.stretches { try Self.refuseUnreleasable(stretch.event, itemCount: items) }
        }
        try ledger.checkAffordable(runs.map(\.price), policy: policy.policy)
    }

    /// Each event has its door: sums have one, choices another.
    private static func refuseUnreleasable(_ event: PrivacyEvent, itemCount: Int) throws {
        switch event {
        case .exponentialMechanism, .reportNoisyMax, .partitionSelection, .approximate:
            try PrivateSelection.check(event)
        default: try PrivateSum.check(event, itemCount: itemCount)
        }
    }

    /// A certificate of this directory, signed.
    func sign(_ certificate: Certificate) throws -> SignedDocument {
        try vault.withSigningKey { try SignedDocument(signing: certificate, with: $0) }
    }
}

/// The public number of users that rules and normalisers use, and where it is from.
struct Population {
    let users: Int
    /// "policy", "count" or "public data".
    let source: String
    /// The runs that paid for it, as the certificate names them.
    let paid: [CertifiedRun]
}
