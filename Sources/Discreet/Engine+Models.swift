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
        try artifactEntries().map(\.id).filter { FileManager.default.fileExists(atPath: modelFolder($0).path) }
    }

    /// The artifacts that the log names, with the hash of each one's certificate.
    func artifactEntries() throws -> [(id: String, certificate: String)] {
        try ledger.entries(ofType: "artifact").compactMap { entry in
            guard let id = entry.content["model"]?.stringValue, let hash = entry.content["certificate"]?.stringValue,
                Self.isModelID(id)
            else { return nil }
            return (id, hash)
        }
    }

    /// A kind, a hyphen, hexadecimal digits: never a path.
    static func isModelID(_ id: String) -> Bool {
        !id.isEmpty && id.utf8.allSatisfy { (97...122).contains($0) || (48...57).contains($0) || $0 == 45 }
    }

    func modelFolder(_ id: String) -> URL { location.path("models").appendingPathComponent(id, isDirectory: true) }

    /// Reads an artifact and checks it: sizes, hashes, the signature of this directory.
    /// - Parameter wanted: An id, or a name, of which the newest counts; nil: the newest of all.
    func storedModel(_ wanted: String?) throws -> StoredModel {
        let ids = try modelIDs()
        if let wanted, !ids.contains(wanted) {
            return try named(wanted, among: ids)
        }
        guard let id = wanted ?? ids.last else {
            throw DiscreetError(
                .notFound, "There is no model yet (\(location.path("models").path))",
                hint: "Train one, for example `discreet train --epsilon 3`.")
        }
        let artifact = try Artifact.read(modelFolder(id))
        guard artifact.certificate.isValid(publicKey: vault.publicKey),
            try artifactEntries().contains(where: { $0.id == id && $0.certificate == artifact.certificate.contentHash })
        else {
            throw DiscreetError(
                .verificationFailed,
                "The certificate is not the one that this directory signed and logged (models/\(id)/certificate.json)",
                hint: "Remove the folder, and train the model again.")
        }
        return StoredModel(
            id: id, certificate: try artifact.certificate.body.decode(Certificate.self),
            document: artifact.certificate, content: ModelContent(model: artifact.model, tensors: artifact.tensors))
    }

    /// Only ids of the log become paths: what comes from outside is compared with names, and never leaves the folder.
    private func named(_ name: String, among ids: [String]) throws -> StoredModel {
        for id in ids.reversed() {
            let stored = try storedModel(id)
            if stored.certificate.model == name { return stored }
        }
        throw DiscreetError(
            .notFound, "There is no such model (\(name))", hint: "`discreet models list` names those that are there.")
    }
}
