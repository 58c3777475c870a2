// SPDX-License-Identifier: Apache-2.0

import BudgetLedger
import DPAccounting
import DPMechanisms
import Interactions
import Policies
import Records
import Vault

extension Engine {
    /// Releases which unknown items many users have pending events of, puts them into the catalogue, and the events into the histories.
    ///
    /// Partition selection (`PrivateSelection.keys`). The cost is durable in the ledger before an item is chosen; the items, before
    /// anything else happens with them. Cut short after that, the next open or catalogue command goes on.
    /// - Throws: `.refused` if the cost exceeds what the policy lets any user spend, and in a directory of the local model.
    public func discoverItems(_ request: DiscoverRequest) async throws(DiscreetError) -> DiscoverReport {
        try facade {
            try refuseLocalModel("Nothing is pending")
            let report = try selectItems(request)
            try Self.finishDiscovery(vault, ledger)
            return report
        }
    }

    /// Up to the release. What it found is in no catalogue yet.
    func selectItems(_ request: DiscoverRequest) throws -> DiscoverReport {
        let policy = try policyForRun()
        try Self.finishDiscovery(vault, ledger)
        let run = try discoverRun(request, under: policy)
        if let kept = try keptDiscovery(of: run, request, under: policy) { return kept }
        try refuseUnaffordable([run], under: policy)
        let certified = run.certified()
        let certificate = try sign(
            Certificate(
                isPublicData: policy.policy.isPublicData, kind: "discover items", model: run.request.run.hex,
                runs: [certified], cost: certified.cost, notes: [Self.discoveryNote], policyHash: policy.hash,
                codeVersion: Self.version))
        let items = try spend(run, purpose: .statistics, items: 0, under: policy) { grant, cohort in
            var grant: RunGrant = grant
            let pending = try vault.pendingItems(
                of: cohort.users, for: .statistics, requiringConsent: policy.needsConsent(for: .statistics),
                under: grant)
            guard let step = grant.next() else { throw LedgerGap.noStep }
            let items = try PrivateSelection.keys(of: cohort, spending: step) { pending[$0] ?? [] }
            // Kept before anything is settled or shown, as counts are.
            try ledger.store(
                release: .object([
                    "items": .array(items.map { .string($0.text) }), "certificate": certificate.document,
                ]),
                key: Self.discoveryKeys + run.request.run.hex, run: run.request.run)
            try grant.finish()
            return items
        }
        _ = try ledger.appendLog(
            type: "certificate",
            content: .object([
                "run": .string(run.request.run.hex), "certificate": .string(certificate.contentHash),
            ]))
        return DiscoverReport(
            privacy: certified.cost, items: items.map(\.text), certificate: certificate.document)
    }

    /// Puts what the newest discovery found into the catalogue, if that was cut short, and pending events into the histories.
    ///
    /// Only behind the catalogue that the log knows: over an older `vault.sqlite` that was put back, positions would not be what they
    /// were. The log comes first, so that a catalogue is never ahead of it.
    static func finishDiscovery(_ vault: Vault, _ ledger: BudgetLedger) throws {
        if let run = try ledger.newestRun(releasedUnder: discoveryKeys), try vault.discoveredRun() != run,
            let kept = try ledger.keptRelease(discoveryKeys + run.hex), try ledger.isLogged(kept),
            let found = discovered(in: kept.document)
        {
            let items = try vault.catalogue().items
            let known = Set(items.compactMap { ItemID($0.id) })
            let fresh = found.filter { !known.contains($0) }
            let logged = try loggedCatalogue(ledger)
            let next = try hash(of: items + fresh.map { CatalogueItem(id: $0.text) })
            if !fresh.isEmpty, logged != next {
                guard try logged == nil ? items.isEmpty : logged == hash(of: items) else { return }
                _ = try ledger.appendLog(
                    type: "catalogue", content: .object(["hash": .string(next), "run": .string(run.hex)]))
            }
            try vault.addDiscovered(found, by: run)
        }
        try vault.settlePending()
    }

    static let discoveryKeys = "items/"

    /// The items of a kept discovery; nil for another release.
    static func discovered(in document: JSONValue) -> [ItemID]? {
        guard let texts = document["items"]?.arrayValue else { return nil }
        let items = texts.compactMap { $0.stringValue.flatMap { ItemID($0) } }
        return items.count == texts.count ? items : nil
    }

    private static let discoveryNote = """
        Partition selection: an item of which too few users have events is not named, but with probability δ; which items are \
        pending, and how many, is not released.
        """

    private func discoverRun(_ request: DiscoverRequest, under policy: PolicyInForce) throws -> PlannedRun {
        let epsilon = request.epsilon ?? policy.defaultEpsilon
        let most = policy.policy.bounds.maxItemsPerUser
        let maxItems = request.maxItemsPerUser ?? min(DiscoverRequest.defaultItemsPerUser, most)
        guard (1...most).contains(maxItems) else {
            throw DiscreetError(
                .usage, "A user may count for 1 to \(most) items (--max-items-per-user)", hint: "The policy says so.")
        }
        // A hundredth: a selection's δ counts in every later sum of its members, which basic composition alone then carries.
        let delta = request.delta ?? DeltaAmount(units: policy.defaultDelta.units / 100)
        // All keys together fail with a billionth less than δ: at δ itself the moment integral, by which `budget verify` looks for a
        // cost from below, could find their failure larger than δ by its rounding, and the cost infinite.
        let failure = delta.isInfinite ? 0 : max(0, delta.units - max(1, delta.units >> 30))
        let event = PartitionSelectionEvent(
            epsilon: EpsilonAmount(units: epsilon.units / Int64(maxItems)),
            delta: DeltaAmount(units: failure / Int64(maxItems)), maxPartitions: maxItems)
        guard !epsilon.isInfinite, event.epsilon > .zero, !delta.isInfinite, event.delta > .zero else {
            throw DiscreetError(
                .usage, "A discovery needs a finite, positive ε and δ (--epsilon, --delta)",
                hint: "For example --epsilon 1 --delta 1e-8.")
        }
        return PlannedRun(
            kind: "discover items", purpose: .statistics, plan: RunPlan(.partitionSelection(event)), epsilon: epsilon,
            delta: delta, run: try runID(ofReference: request.reference))
    }

    /// What this very run found, if it was made before: a retry reads what was paid for.
    private func keptDiscovery(
        of run: PlannedRun, _ request: DiscoverRequest, under policy: PolicyInForce
    ) throws -> DiscoverReport? {
        guard request.reference != nil, try ledger.isReserved(run.request, policyHash: policy.hash) else { return nil }
        guard let kept = try ledger.keptRelease(Self.discoveryKeys + run.request.run.hex),
            let items = Self.discovered(in: kept.document), let certificate = kept.document["certificate"]
        else { throw LedgerError.alreadyReserved(run.request.run) }
        try refuseUnlogged(kept)
        return DiscoverReport(
            privacy: run.certified().cost, items: items.map(\.text), certificate: certificate)
    }
}
