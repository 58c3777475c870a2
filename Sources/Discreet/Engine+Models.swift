// SPDX-License-Identifier: Apache-2.0

import BudgetLedger
import DPAccounting
import Foundation
import Recommenders
import Records
import Vault

/// A model as it lies in `models/`.
struct StoredModel {
    let id: String
    let certificate: Certificate
    let document: SignedDocument
    let content: ModelContent

    var name: ModelName { ModelName(id: id, name: certificate.model, kind: certificate.kind) }

    var summary: ModelSummary {
        ModelSummary(
            id: id, name: certificate.model, kind: certificate.kind, created: certificate.created.description,
            privacy: certificate.cost)
    }
}

extension Engine {
    /// The models of this directory, oldest first.
    public func models() throws(DiscreetError) -> [ModelSummary] {
        try facade { try modelIDs().map { try storedModel($0).summary } }
    }

    /// One model with its certificate.
    public func model(_ id: String) throws(DiscreetError) -> ModelDetail {
        try facade {
            let stored = try storedModel(id)
            return ModelDetail(
                model: stored.summary, certificate: stored.document.document, parameters: stored.content.model)
        }
    }

    /// Ids in the order in which the log names their artifacts.
    func modelIDs() throws -> [String] {
        try ledger.entries().filter { $0.type == "artifact" }.compactMap { $0.content["model"]?.stringValue }
            .filter { FileManager.default.fileExists(atPath: modelFolder($0).path) }
    }

    func modelFolder(_ id: String) -> URL { location.path("models").appendingPathComponent(id, isDirectory: true) }

    /// Reads an artifact and checks it: sizes, hashes, the signature of this directory.
    /// - Parameter id: nil: the newest.
    func storedModel(_ id: String?) throws -> StoredModel {
        let ids = try modelIDs()
        guard let id = id ?? ids.last else {
            throw DiscreetError(
                .notFound, "There is no model yet (\(location.path("models").path))",
                hint: "Train one, for example `discreet train mf --epsilon 3`.")
        }
        // Only names of the log become paths: an id from outside never leaves the folder.
        guard ids.contains(id) else {
            throw DiscreetError(
                .notFound, "There is no such model (\(id))", hint: "`discreet models list` names those that are there.")
        }
        let artifact = try Artifact.read(modelFolder(id))
        guard artifact.certificate.isValid(publicKey: vault.publicKey) else {
            throw DiscreetError(
                .verificationFailed, "The certificate is not signed by this directory (models/\(id)/certificate.json)",
                hint: "Remove the folder, and train the model again.")
        }
        return StoredModel(
            id: id, certificate: try artifact.certificate.body.decode(Certificate.self),
            document: artifact.certificate, content: ModelContent(model: artifact.model, tensors: artifact.tensors))
    }
}
