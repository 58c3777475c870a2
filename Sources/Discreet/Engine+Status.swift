// SPDX-License-Identifier: Apache-2.0

import BudgetLedger
import Cryptography
import DPAccounting
import Foundation
import Interactions
import Policies
import Records
import Vault

extension Engine {
    /// The version of this program, as certificates name it.
    public static let version = "0.1.0"

    /// What is here. Exact figures: for the operator alone.
    public func status() throws(DiscreetError) -> StatusReport {
        try facade {
            let policy = try PolicyInForce.recorded(in: ledger, vault)
            var due: [String] = []
            let pending = try vault.pendingErasures().count
            if pending > 0 { due.append("\(pending) erasures are pending: they are taken up at every start") }
            if (try? policyForRun()) == nil {
                due.append("policy.yaml differs from the policy in force: `discreet policy apply`")
            }
            due += try keysDue(policy.policy)
            if let day = try ledger.dayAheadOfClock() {
                due.append("the newest entry of the log is of \(day), later than this machine's clock: set the clock")
            }
            return StatusReport(
                version: Self.version, data: location.directory.path, directoryId: configuration.directoryID,
                publicKey: Hex.encode(vault.publicKey), policy: policy.policy.name, policyHash: policy.hash.hex,
                publicData: vault.isPublicData, items: try vault.catalogue().count,
                users: try vault.userCount(), models: try modelIDs().map { try storedModel($0).summary },
                logHead: try signedHead().document, files: files(), due: due)
        }
    }

    /// The head of the log, signed: who keeps it can tell later whether the log was cut or rewritten.
    func signedHead() throws -> SignedDocument {
        let head = try ledger.head()
        return try vault.withSigningKey { try SignedDocument(signing: head, with: $0) }
    }

    private func files() -> [StatusReport.File] {
        let names = FileManager.default.enumerator(atPath: location.directory.path)?.compactMap { $0 as? String } ?? []
        return names.sorted().compactMap { name in
            guard let facts = try? FileManager.default.attributesOfItem(atPath: location.path(name).path),
                facts[.type] as? FileAttributeType == .typeRegular
            else { return nil }
            return StatusReport.File(name: name, bytes: facts[.size] as? Int ?? 0)
        }
    }
}
