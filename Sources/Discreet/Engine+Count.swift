// SPDX-License-Identifier: Apache-2.0

import BudgetLedger
import DPAccounting
import DPMechanisms
import Interactions
import Policies
import Records
import Vault

extension Engine {
    /// Releases noisy item counts. The cost is durable in the ledger before a count exists.
    /// - Throws: `.refused` if the cost exceeds what the policy lets any user spend.
    public func countItems(_ request: CountRequest) async throws(DiscreetError) -> CountReport {
        try facade {
            let policy = try policyForRun()
            let catalogue = try vault.catalogue()
            guard catalogue.count > 0 else {
                throw DiscreetError(
                    .badData, "The catalogue is empty (vault.sqlite)",
                    hint: "Import it with `discreet catalogue import`.")
            }
            let local = try localModel()
            let run = try countRun(request, items: catalogue.count, local: local, under: policy)
            if let kept = try keptCounts(of: run, request, under: policy) { return kept }
            try refuseUnaffordable([run], under: policy)
            let certified = run.certified()
            let certificate = try sign(
                Certificate(
                    isPublicData: policy.policy.isPublicData, kind: "count items", model: run.request.run.hex,
                    runs: [certified], cost: certified.cost, notes: local.map { [$0.note] } ?? [],
                    policyHash: policy.hash, codeVersion: Self.version))
            let steps = try spend(run, purpose: .statistics, items: catalogue.count, under: policy) { grant, cohort in
                var grant: RunGrant = grant
                guard let step = grant.next() else { throw LedgerGap.noStep }
                let release = try PrivateSum.release(
                    local?.histogram ?? .itemCounts, of: cohort, spending: step, maxUsers: policy.policy.maxUsers)
                let counts = local?.estimates(release) ?? release.steps
                // Kept before anything is settled or shown: what was paid for is not lost with a closed pipe.
                try ledger.store(
                    release: .object([
                        "counts": .array(counts.map { .string(String($0)) }),
                        "certificate": certificate.document,
                    ]),
                    key: "counts/\(run.request.run)", run: run.request.run)
                try grant.finish()
                return counts
            }
            _ = try ledger.appendLog(
                type: "certificate",
                content: .object([
                    "run": .string(run.request.run.hex), "certificate": .string(certificate.contentHash),
                ]))
            let counts = zip(catalogue.items, steps).map { CountReport.Entry(item: $0.id, count: $1) }
            return CountReport(
                mechanism: request.mechanism.rawValue, privacy: certified.cost,
                scale: Self.scale(of: run.request.plan.event(at: 0)),
                counts: counts, certificate: certificate.document)
        }
    }

    /// - Parameter local: A report of the local model is one coordinate of a histogram, whatever the catalogue.
    private func countRun(
        _ request: CountRequest, items: Int, local: LocalModel?, under policy: PolicyInForce
    ) throws -> PlannedRun {
        let items = local?.randomizer.indexCount ?? items
        let epsilon = request.epsilon ?? policy.defaultEpsilon
        guard !epsilon.isInfinite, epsilon > .zero else {
            throw DiscreetError(
                .usage, "Counts need a finite, positive ε (--epsilon)", hint: "For example --epsilon 0.5.")
        }
        let most = policy.policy.bounds.maxItemsPerUser
        let maxItems = local == nil ? request.maxItemsPerUser ?? min(Self.defaultItemsPerCount, most) : 1
        guard (1...most).contains(maxItems) else {
            throw DiscreetError(
                .usage, "A user may count for 1 to \(most) items (--max-items-per-user)", hint: "The policy says so.")
        }
        let bound = ItemBound(maxItemsPerUser: maxItems, maxValuePerItem: 1)
        let plan: RunPlan
        let delta: DeltaAmount
        switch request.mechanism {
        case .laplace:
            guard (request.delta ?? .zero) == .zero else {
                throw DiscreetError(
                    .usage, "Laplace noise has no δ (--delta)", hint: "Leave it out, or take --mechanism gaussian.")
            }
            delta = .zero
            let scale = try Calibration.discreteLaplaceScale(epsilon: epsilon, l1: bound.l1Sensitivity)
            plan = RunPlan(.discreteLaplace(DiscreteLaplaceEvent(scale: scale, bound: bound, dimension: items)))
        case .gaussian:
            delta = request.delta ?? policy.defaultDelta
            let variance = try Calibration.discreteGaussianVariance(epsilon: epsilon, delta: delta, bound: bound)
            plan = RunPlan(
                .discreteGaussian(DiscreteGaussianEvent(variance: variance, bound: bound, dimension: items)))
        }
        return PlannedRun(
            kind: "count items", purpose: .statistics, plan: plan, epsilon: epsilon, delta: delta,
            run: try runID(ofReference: request.reference))
    }

    /// Without `--max-items-per-user`: a compromise between what is cut off and what the noise costs.
    static let defaultItemsPerCount = 16

    /// b of the Laplace, σ of the Gaussian.
    static func scale(of event: PrivacyEvent) -> Double {
        switch event {
        case .discreteLaplace(let event): event.scale.value
        case .discreteGaussian(let event): event.variance.value.squareRoot()
        case .gaussianSum(let event): event.standardDeviation
        default: .nan  // no count is made with another
        }
    }
}
