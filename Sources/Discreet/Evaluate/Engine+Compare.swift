// SPDX-License-Identifier: Apache-2.0

import Cryptography
public import DPAccounting
import Evaluation
import Foundation
import Interactions
import Policies
import Recommenders
import Vault

/// Asks for several kinds of models at several ε, each trained several times and measured on public data.
public struct CompareRequest: Sendable {
    public var kinds: [String]
    /// Infinite ones are trained without privacy.
    public var epsilons: [EpsilonAmount]
    /// What is measured, and on what.
    public var trial: EvaluateRequest
    /// Trainings of each kind at each ε, with noise of their own.
    public var runs: Int
    /// nil: the policy's run δ.
    public var delta: DeltaAmount?

    public init(
        kinds: [String], epsilons: [EpsilonAmount], trial: EvaluateRequest, runs: Int = 3, delta: DeltaAmount? = nil
    ) {
        (self.kinds, self.epsilons, self.trial, self.runs, self.delta) = (kinds, epsilons, trial, runs, delta)
    }
}

/// How far a comparison is.
public struct CompareProgress: Sendable {
    public let done: Int
    public let of: Int
    public let kind: String
    public let epsilon: EpsilonAmount
}

extension Engine {
    /// Trains every kind at every ε and measures each training on the same public data.
    ///
    /// Each training is a run of its own in the ledger under a reference that follows from the data, the kind, ε and its number: what a
    /// comparison that was interrupted has done is not done again. The models stay (`removeModel`).
    /// - Throws: `.refused` in a directory of private data: choosing among models by looking at them is a release.
    public func compare(
        _ request: CompareRequest, onProgress: @escaping @Sendable (CompareProgress) -> Void = { _ in }
    ) async throws(DiscreetError) -> CompareReport {
        let (trial, fingerprint, lines) = try facade { try prepare(request) }
        var rows: [CompareReport.Row] = []
        var done = 0
        for kind in request.kinds {
            for epsilon in request.epsilons {
                var figures: [TrialFigures] = []
                // Nothing is random where there is no noise, but for the start of what is learned step by step.
                for run in 0..<request.runs {
                    onProgress(
                        CompareProgress(
                            done: done, of: request.kinds.count * request.epsilons.count * request.runs, kind: kind,
                            epsilon: epsilon))
                    let trained = try await train(
                        TrainRequest(
                            kind: kind, epsilon: epsilon, delta: request.delta,
                            settings: kind == ContentBased.kind ? ["popularity": "true"] : [:],
                            reference:
                                "compare/\(fingerprint)/\(kind)/\(epsilon)/\(request.delta?.description ?? "")/\(run)"))
                    if Task.isCancelled {
                        throw DiscreetError(
                            .io, "Interrupted", hint: "The same command again goes on where this one stopped.")
                    }
                    figures.append(
                        try facade { trial.measure(try ModelLoader.load(try storedModel(trained.model.id).content)) })
                    done += 1
                }
                rows.append(CompareReport.Row(kind: kind, epsilon: epsilon, figures: figures))
            }
        }
        return CompareReport(runs: request.runs, users: lines.first?.users ?? 0, rows: rows, lines: lines.map(\.row))
    }

    /// What is read once: the public data, a name for them, and what models without anybody's data reach on them.
    private func prepare(
        _ request: CompareRequest
    ) throws -> (PublicTrial, fingerprint: String, lines: [(users: Int, row: CompareReport.Line)]) {
        guard vault.isPublicData else {
            throw DiscreetError(
                .refused, "Comparing models on private data would leak what their noise hides (compare)",
                hint: "Compare in a directory made with --policy benchmark, on public data like yours.")
        }
        guard (1...100).contains(request.runs), !request.kinds.isEmpty, !request.epsilons.isEmpty else {
            throw DiscreetError(
                .usage, "A comparison has 1 to 100 runs of at least one model at one ε (--runs)",
                hint: "For example `--models spectral,popularity --epsilons 1,3 --runs 3`.")
        }
        if let unknown = request.kinds.first(where: { !ModelLoader.kinds.contains($0) }) {
            throw DiscreetError(
                .usage, "There is no model of this kind (\(unknown))",
                hint: "The models are \(ModelLoader.kinds.joined(separator: ", ")).")
        }
        let trial = try publicTrial(request.trial)
        let events = try vault.publicHistories()
        var hasher = BLAKE2b.Hasher()
        hasher.update(Array("\(try catalogueHash())/\(try policyForRun().hash.hex)/\(Self.version)".utf8))
        hasher.update(Array("/\(events.count)/\(events.reduce(0) { $0 + $1.history.count })".utf8))
        var lines = [("popularity, counted without noise", trial.measure(trial.popularity))]
        if let features = PublicFeatures(try vault.catalogue().items) {
            let numbers = PlanningNumbers(
                itemCount: try vault.itemCount(), nominalUsers: 1,
                maxItemsPerUser: try policyForRun().policy.bounds.maxItemsPerUser, epsilon: .infinity, delta: .zero)
            let content = ContentBased(free: try ContentBased.plan(numbers, features: features))
            lines.append(("content, without anybody's data", trial.measure(content)))
        }
        return (
            trial, String(Hex.encode(hasher.finalize()).prefix(16)),
            lines.map { name, figures in
                (
                    figures.metrics.users,
                    CompareReport.Line(name: name, metrics: figures.metrics.named, beyond: figures.beyond)
                )
            }
        )
    }
}
