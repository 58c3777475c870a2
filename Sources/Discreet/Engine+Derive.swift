// SPDX-License-Identifier: Apache-2.0

import BudgetLedger
import Cryptography
import DPAccounting
import Foundation
import Interactions
import Policies
import Recommenders
import Records
import Vault

extension Engine {
    /// Makes another model of what a model's releases say: post-processing. No history is opened, nobody is charged, and the same request
    /// again gives the model that is there.
    ///
    /// What the model protects is what its parent's releases were paid for, so the certificate has the parent's runs and cost, names the
    /// parent, and says that nothing was charged.
    /// - Throws: `.usage` for a kind that cannot be derived, a bad setting, or a parent without statistics; `.notFound`; `.exists` where
    ///   this very model has another name.
    public func derive(_ request: DeriveRequest) async throws(DiscreetError) -> DeriveReport {
        try facade {
            guard Derivation.kinds.contains(request.kind) else {
                throw DiscreetError(
                    .usage, "No model is derived as this kind (\(request.kind))",
                    hint: "The kinds are \(Derivation.kinds.joined(separator: ", ")).")
            }
            try checkName(request.name)
            let policy = try policyForRun()
            let parent = try storedModel(request.model)
            let id = try derivedID(request, of: parent)
            if try modelIDs().contains(id) {
                let stored = try storedModel(id)
                guard request.name.map({ $0 == stored.certificate.model }) ?? true else {
                    throw DiscreetError(
                        .exists, "This model is there under another name (\(id))",
                        hint: "Leave --name out, or remove it first.")
                }
                return DeriveReport(
                    model: stored.name, derivedFrom: parent.name, certificate: stored.document.document)
            }
            let source = try ModelLoader.load(parent.content)
            let items = try vault.catalogue().items.prefix(source.itemCount)
            let titleWords = request.settings["title-words"] == "true"  // the derivation checks the settings
            let features =
                request.kind == ContentBased.kind ? PublicFeatures(Array(items), titleWords: titleWords) : nil
            let model = try Derivation.derive(
                request.kind, from: source, features: features, settings: request.settings)
            let certificate = try Certificate(
                derived: request.kind, name: request.name, from: parent, content: model.content, under: policy,
                codeVersion: Self.version)
            let stored = try store(
                certificate, model.content, id: id, run: certificate.runs.last?.run.hex ?? parent.id)
            return DeriveReport(model: stored.name, derivedFrom: parent.name, certificate: stored.document.document)
        }
    }

    /// The kind, and a hash of what decides the model; where such a model was removed, of a number beside it.
    private func derivedID(_ request: DeriveRequest, of parent: StoredModel) throws -> String {
        let settings = request.settings.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }
        let words = ["derive", parent.document.contentHash, request.kind] + settings
        let logged = Set(try artifactEntries().map(\.id))
        let there = Set(try modelIDs())
        var number = 0
        while true {
            let text = (words + ["\(number)"]).joined(separator: "\u{0}")
            let id = "\(request.kind)-\(Hex.encode(BLAKE2b.hash(Array(text.utf8))).prefix(12))"
            if there.contains(id) || !logged.contains(id) { return id }
            number += 1
        }
    }
}

extension Certificate {
    /// For a model that is post-processing of `parent`'s: what it rests on was paid then.
    fileprivate init(
        derived kind: String, name: String?, from parent: StoredModel, content: ModelContent,
        under policy: PolicyInForce, codeVersion: String
    ) throws {
        let before = parent.certificate
        self.init(
            isPublicData: policy.policy.isPublicData, kind: kind, model: name ?? kind, runs: before.runs,
            cost: before.cost,
            derivedFrom: Derivation(model: parent.id, certificate: parent.document.contentHash),
            nominalUsers: before.nominalUsers, nominalUsersSource: before.nominalUsersSource,
            notes: before.notes
                + [
                    "Computed from the releases of another model alone: nobody was charged again, and epsilon is theirs."
                ],
            policyHash: policy.hash, codeVersion: codeVersion, stoppedAt: before.stoppedAt,
            hashes: try Artifact.hashes(model: content.model, tensors: content.tensors),
            notCharged: before.notCharged)
    }
}
