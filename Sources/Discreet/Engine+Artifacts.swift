// SPDX-License-Identifier: Apache-2.0

import BudgetLedger
public import Foundation
import Recommenders
import Records
import Vault

extension Engine {
    /// Copies a model out: `certificate.json`, `model.json`, `tensors.bin`, which a stranger can check with the public key.
    ///
    /// What was released is nobody's secret; that it left, to whom and for what is in the log.
    /// - Throws: `.notFound`; `.verificationFailed` for an artifact that is not the one logged; `.exists` for a folder that is there.
    public func exportModel(
        _ id: String, to folder: URL, recipient: String? = nil, purpose: String? = nil
    ) async throws(DiscreetError) -> ModelSummary {
        try facade {
            let stored = try storedModel(id)
            guard !FileManager.default.fileExists(atPath: folder.path) else {
                throw DiscreetError(
                    .exists, "The folder exists (\(folder.path))", hint: "Name another; nothing is overwritten.")
            }
            _ = try ledger.appendLog(
                type: "export",
                content: .object([
                    "what": .string("model"), "model": .string(stored.id),
                    "recipient": .string(recipient ?? "operator"), "purpose": .string(purpose ?? "serve"),
                ]))
            try Artifact.write(
                ArtifactContent(
                    certificate: stored.document, model: stored.content.model, tensors: stored.content.tensors),
                to: folder)
            return stored.summary
        }
    }

    /// Removes a model from the directory, damaged or not. What it cost stays spent: what was released cannot be taken back.
    /// - Throws: `.notFound` for an id that the log does not name or whose folder is gone.
    public func removeModel(_ id: String) async throws(DiscreetError) -> RemovedModel {
        try facade {
            guard try modelIDs().contains(id) else {
                throw DiscreetError(
                    .notFound, "There is no such model (\(id))",
                    hint: "`discreet models list` names those that are there.")
            }
            // The entry first: interrupted, the folder is there and can be removed again.
            _ = try ledger.appendLog(type: "removal", content: .object(["model": .string(id)]))
            do {
                try FileManager.default.removeItem(at: modelFolder(id))
            } catch {
                throw DiscreetError(
                    .io, "Cannot remove (\(modelFolder(id).path))", hint: "Check the folder's permissions.")
            }
            return RemovedModel(removed: id)
        }
    }
}

public struct RemovedModel: Encodable, Sendable {
    /// The id.
    public let removed: String
}
