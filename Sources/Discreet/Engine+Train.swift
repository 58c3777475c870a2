// SPDX-License-Identifier: Apache-2.0

import BudgetLedger
import DPAccounting
import DPTraining
import Foundation
import Interactions
import Policies
import Recommenders
import Records
import Vault

extension Engine {
    /// Trains a model and stores it with its signed certificate.
    ///
    /// The whole plan is durable in the ledger before the first step. When the task is cancelled the run ends at the next quarter of
    /// its plan: the steps made are charged and are a model, the others are returned.
    /// - Throws: `.refused` if the cost exceeds what the policy lets any user spend; `.usage` for an unknown model or setting.
    public func train(
        _ request: TrainRequest, onProgress: @escaping @Sendable (TrainProgress) -> Void = { _ in }
    ) async throws(DiscreetError) -> TrainReport {
        try facade {
            let clock = ContinuousClock()
            let begin = clock.now
            let policy = try policyForRun()
            try refuseLocalModel("No model is trained")
            try checkName(request.name)
            let epsilon = request.epsilon ?? policy.defaultEpsilon
            let delta = request.delta ?? policy.defaultDelta
            let reference = try runID(ofReference: request.reference)
            let subject = try ModelSubject(request, in: vault)
            if try subject.isFree { return try trainFree(subject, request, since: begin, under: policy) }
            if let reference {
                let kept = try keptModel(of: reference, kind: request.kind, epsilon: epsilon, under: policy) {
                    try subject.job(users: $0, epsilon: $1, delta: delta, under: policy)
                        .run(epsilon: $1, delta: delta, id: reference)
                }
                if let kept {
                    return TrainReport(
                        model: kept.name, stoppedAt: kept.certificate.stoppedAt, certificate: kept.document.document,
                        seconds: (clock.now - begin) / .seconds(1))
                }
            }
            let (populationPlan, rest) = try planPopulation(epsilon: epsilon, under: policy)
            func job(users: Int) throws -> TrainingJob {
                try subject.job(users: users, epsilon: rest, delta: delta, under: policy)
            }
            // Every plan is calibrated to what is left of ε, whatever N turns out to be. So a refusal, and a bad setting, come before
            // the count: a small and the largest N stand for all.
            if case .count(let count) = populationPlan {
                for users in [1000, policy.policy.maxUsers] {
                    try refuseUnaffordable([count, job(users: users).run(epsilon: rest, delta: delta)], under: policy)
                }
                onProgress(TrainProgress(phase: "counting users", step: 0, steps: 1))
            }
            let population = try population(populationPlan, under: policy)
            let training = try job(users: population.users)
            let run = training.run(epsilon: rest, delta: delta, id: reference)
            try refuseUnaffordable([run], under: policy)
            let hook = betweenSteps(under: policy, onProgress)
            let fitted = try spend(run, purpose: .train, items: subject.itemCount, under: policy) { grant, cohort in
                try training.fit(&cohort, spending: grant, maxUsers: policy.policy.maxUsers, between: hook)
            }
            if fitted.stoppedAt == 0 {
                throw DiscreetError(
                    .io, "Interrupted",
                    hint:
                        "Before the first step: there is no model, and the training was not charged (a count of users was, once)."
                )
            }
            let report = try store(fitted, of: run, population, request, under: policy)
            return TrainReport(
                model: report.name, stoppedAt: fitted.stoppedAt, certificate: report.document.document,
                seconds: (clock.now - begin) / .seconds(1))
        }
    }

    /// A name stands in the certificate: short, and nothing that a terminal obeys.
    func checkName(_ name: String?) throws {
        guard let name else { return }
        let isPrintable = name.unicodeScalars.allSatisfy { $0.properties.generalCategory != .control }
        guard isPrintable, (1...64).contains(name.utf8.count) else {
            throw DiscreetError(
                .usage, "A model's name has 1 to 64 bytes without control characters (--name)", hint: "Choose another.")
        }
    }

    /// Between two steps: show progress, let go of users who left meanwhile, hear a cancellation. Nothing private decides.
    private func betweenSteps(
        under policy: PolicyInForce, _ onProgress: @escaping @Sendable (TrainProgress) -> Void
    ) -> BetweenSteps {
        let vault = vault
        let needsConsent = policy.needsConsent(for: .train)
        var changes: Int64 = -1
        return { report, cohort in
            cohort.withdraw(
                try vault.withdrawn(
                    among: cohort.users, for: .train, requiringConsent: needsConsent, since: &changes))
            onProgress(TrainProgress(phase: "training", step: report.step, steps: report.of))
            // At public quarters of the plan alone: a step count that a clock chose would tell how long a step takes.
            let quarters = (0...3).map { (report.of * $0 + 3) / 4 }
            return Task.isCancelled && quarters.contains(report.step) ? .stop : .go
        }
    }

    /// A model that nobody's data went into: no run, no cohort, no cost.
    private func trainFree(
        _ subject: ModelSubject, _ request: TrainRequest, since begin: ContinuousClock.Instant,
        under policy: PolicyInForce
    ) throws -> TrainReport {
        guard request.epsilon.map(\.isInfinite) ?? true, request.delta == nil else {
            throw DiscreetError(
                .usage, "This model costs nothing (--epsilon)",
                hint: "Leave --epsilon and --delta out, or add the popularity of items: --set popularity=true.")
        }
        let reference = try runID(ofReference: request.reference)
        let job = try subject.job(users: 1, epsilon: .infinity, delta: .zero, under: policy)
        let run = job.run(epsilon: .zero, delta: .zero, id: reference)
        guard let fitted = job.freeModel else { throw LedgerError.invalidPlan }
        let id = "\(request.kind)-\(run.request.run.hex.prefix(12))"
        let stored: StoredModel
        if let reference, try modelIDs().contains(id) {
            stored = try storedModel(id)
            // The settings stand in the model; what follows from the catalogue may have changed since.
            let (was, now) = (stored.content.model["configuration"], fitted.model.content.model["configuration"])
            guard was?["popularity"] == now?["popularity"], was?["titleWords"] == now?["titleWords"] else {
                throw LedgerError.runConflict(reference)
            }
        } else {
            if let reference, try ledger.recordedRun(reference) != nil { throw LedgerError.runConflict(reference) }
            stored = try store(fitted, of: run, nil, request, under: policy)
        }
        return TrainReport(
            model: stored.name, stoppedAt: nil, certificate: stored.document.document,
            seconds: (ContinuousClock.now - begin) / .seconds(1))
    }

    /// Signs and writes the artifact. Its entry is in the log first, so that no artifact is without one.
    private func store(
        _ fitted: FittedModel, of run: PlannedRun, _ population: Population?, _ request: TrainRequest,
        under policy: PolicyInForce
    ) throws -> StoredModel {
        let id = "\(request.kind)-\(run.request.run.hex.prefix(12))"
        let content = fitted.model.content
        let runs = population.map { $0.paid + [run.certified(afterSteps: fitted.stoppedAt)] } ?? []
        let certificate = Certificate(
            isPublicData: policy.policy.isPublicData, kind: request.kind, model: request.name ?? request.kind,
            runs: runs, cost: .sum(of: runs), nominalUsers: population?.users, nominalUsersSource: population?.source,
            notes: fitted.notes, policyHash: policy.hash, codeVersion: Self.version, stoppedAt: fitted.stoppedAt,
            hashes: try Artifact.hashes(model: content.model, tensors: content.tensors),
            notCharged: Certificate.alwaysNotCharged
                + (fitted.stoppedAt == nil ? [] : ["That the operator stopped the run at this quarter of its plan."]))
        return try store(certificate, content, id: id, run: run.request.run.hex)
    }

    /// - Parameter run: The last run that the model rests on; where it rests on none, the id of what it was made of.
    func store(_ certificate: Certificate, _ content: ModelContent, id: String, run: String) throws -> StoredModel {
        let document = try sign(certificate)
        _ = try ledger.appendLog(
            type: "artifact",
            content: .object([
                "model": .string(id), "kind": .string(certificate.kind), "run": .string(run),
                "certificate": .string(document.contentHash),
            ]))
        try Artifact.write(
            ArtifactContent(certificate: document, model: content.model, tensors: content.tensors),
            to: modelFolder(id))
        return StoredModel(id: id, certificate: certificate, document: document, content: content)
    }
}
