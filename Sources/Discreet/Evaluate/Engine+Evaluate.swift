// SPDX-License-Identifier: Apache-2.0

import Evaluation
import Foundation
import Ingestion
import Interactions
import Recommenders
import Vault

extension Engine {
    /// Measures a model on test pairs that the caller states to be public, with popularity beside it.
    ///
    /// Without a fold-in file the stored histories are ranked, which only a directory of public data allows.
    /// - Throws: `.refused` for stored histories of real people.
    public func evaluate(_ request: EvaluateRequest) async throws(DiscreetError) -> EvaluateReport {
        try facade {
            let trial = try publicTrial(request)
            let stored = try storedModel(request.model)
            let figures = trial.measure(try ModelLoader.load(stored.content))
            let baseline = trial.measure(trial.popularity)
            return EvaluateReport(
                model: stored.name, users: figures.metrics.users, metrics: figures.metrics.named,
                intervals: figures.metrics.intervals().mapValues { [$0.lowerBound, $0.upperBound] },
                beyond: figures.beyond,
                baseline: .init(
                    name: "popularity of the same histories, without noise", metrics: baseline.metrics.named,
                    beyond: baseline.beyond))
        }
    }

    /// Reads what `request` names.
    func publicTrial(_ request: EvaluateRequest) throws -> PublicTrial {
        guard (1...10_000).contains(request.count) else {
            throw DiscreetError(
                .usage, "The length of a list must be 1 to 10000 (-k)", hint: "Choose a smaller one.")
        }
        let catalogue = try vault.catalogue()
        let histories = try publicHistories(request, catalogue: catalogue)
        let test = try HistoryTable(
            InputSource(argument: request.testFile), options: IngestOptions(strict: true), catalogue: catalogue)
        let candidates = try request.candidatesFile.map {
            try IDList.readCandidates(InputSource(argument: $0), catalogue: catalogue)
        }
        return PublicTrial(
            histories: histories, test: test, candidates: candidates, catalogue: catalogue, count: request.count)
    }

    private func publicHistories(_ request: EvaluateRequest, catalogue: Catalogue) throws -> [String: History] {
        if let file = request.foldInFile {
            let table = try HistoryTable(
                InputSource(argument: file), options: IngestOptions(strict: true), catalogue: catalogue)
            return Dictionary(table.users.map { ($0.userID, $0.history) }, uniquingKeysWith: { $0.merged(with: $1) })
        }
        guard vault.isPublicData else {
            throw DiscreetError(
                .refused, "Stored histories are private: exact metrics of them would leave unpaid (--fold-in)",
                hint: "Give public histories with --fold-in, or evaluate in a directory made with --policy benchmark.")
        }
        return Dictionary(
            try vault.publicHistories().map { ($0.userID, $0.history) }, uniquingKeysWith: { $0.merged(with: $1) })
    }
}
