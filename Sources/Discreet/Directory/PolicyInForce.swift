// SPDX-License-Identifier: Apache-2.0

import BudgetLedger
import Cryptography
import DPAccounting
import Foundation
import Interactions
import Policies
import Records
import Vault

/// The policy that the log says is in force, and `policy.yaml`, which must say the same.
struct PolicyInForce {
    let policy: Policy
    let hash: PolicyHash

    /// Whether only those may take part who said so.
    func needsConsent(for purpose: Purpose) -> Bool {
        PolicyPurpose(rawValue: purpose.rawValue).map(policy.basis(for:)) == .consent
    }

    /// ε of a run that does not say its own.
    var defaultEpsilon: EpsilonAmount { EpsilonAmount(decimal: policy.runs.epsilon.text, rounding: .down) ?? .zero }
    /// δ of a run that does not say its own.
    var defaultDelta: DeltaAmount { DeltaAmount(decimal: policy.runs.delta.text, rounding: .down) ?? .zero }

    /// BLAKE2b-256 of the canonical JSON of the policy: comments and layout of the file do not count.
    static func hash(of policy: Policy) throws -> PolicyHash {
        PolicyHash(hex: Hex.encode(BLAKE2b.hash(try CanonicalJSON.bytes(JSONValue(encoding: policy)))))
    }

    /// Puts `policy` in force, from this entry of the log on. The entry is signed: without the key nobody writes one.
    static func record(_ policy: Policy, in ledger: BudgetLedger, _ vault: Vault) throws {
        let hash = try hash(of: policy).hex
        let json = try JSONValue(encoding: policy)
        try ledger.appendLog(type: "policy") { index in
            let content = JSONValue.object([
                "hash": .string(hash), "policy": json, "directory": .string(vault.directoryID),
                "index": .integer(Int64(index)),
                // Signed, so that nobody passes the ledger off as one of a schema without seals (`Migration3`).
                "ledger": .integer(3),
            ])
            return try vault.withSigningKey { try SignedDocument(signing: content, with: $0) }.document
        }
    }

    /// The policy of a log entry; nil unless it is signed by this directory, for this very place in the log.
    static func signed(_ entry: LogEntry, _ vault: Vault) -> Policy? {
        guard let signed = try? SignedDocument(parsing: CanonicalJSON.bytes(entry.content)),
            signed.isValid(publicKey: vault.publicKey), signed.body["directory"]?.stringValue == vault.directoryID,
            signed.body["index"]?.integerValue == Int64(entry.index)
        else { return nil }
        return try? signed.body["policy"]?.decode(Policy.self)
    }

    /// The policy of the newest log entry that set one: what holds, whatever the file says.
    ///
    /// It must be signed by this directory, and on the side that the vault was made for.
    static func recorded(in ledger: BudgetLedger, _ vault: Vault) throws -> PolicyInForce {
        guard let entry = try ledger.newestEntry(ofType: "policy"),
            let policy = signed(entry, vault)
        else {
            throw DiscreetError(
                .badConfiguration, "The log names no policy that this directory signed (ledger.sqlite)",
                hint: "Restore the ledger from a backup.")
        }
        let hash = try hash(of: policy)
        guard policy.isPublicData == vault.isPublicData, entry.content["hash"]?.stringValue == hash.hex else {
            throw DiscreetError(
                .badConfiguration, "The policy in the log is not one of this directory (ledger.sqlite)",
                hint: "Restore the ledger from a backup.")
        }
        return PolicyInForce(policy: policy, hash: hash)
    }

    /// The recorded policy, if the file in the directory still says the same.
    /// - Throws: `.badConfiguration` for a file that was edited by hand.
    static func checked(in ledger: BudgetLedger, _ vault: Vault, at location: DataLocation) throws -> PolicyInForce {
        let recorded = try recorded(in: ledger, vault)
        let file = location.path("policy.yaml")
        guard let yaml = try? String(contentsOf: file, encoding: .utf8),
            try hash(of: Policy(yaml: yaml, file: file.path)) == recorded.hash
        else {
            throw DiscreetError(
                .badConfiguration, "The policy file is not the policy in force, \(recorded.policy.name) (\(file.path))",
                hint: "`discreet policy show` prints what is in force; `discreet policy apply FILE` changes it.")
        }
        return recorded
    }
}

extension Engine {
    /// What governs a run: refused while `policy.yaml` differs from the log.
    func policyForRun() throws -> PolicyInForce { try PolicyInForce.checked(in: ledger, vault, at: location) }

    /// The policy in force, with its hash.
    public func policyInForce() throws(DiscreetError) -> PolicyReport {
        try facade {
            let recorded = try PolicyInForce.recorded(in: ledger, vault)
            return PolicyReport(policy: try JSONValue(encoding: recorded.policy), hash: recorded.hash.hex)
        }
    }

    /// Reads a policy and says its hash, without putting it in force.
    public static func checkPolicy(_ nameOrPath: String) throws(DiscreetError) -> PolicyReport {
        try facade {
            let policy = try policyText(nameOrPath).policy
            return PolicyReport(policy: try JSONValue(encoding: policy), hash: try PolicyInForce.hash(of: policy).hex)
        }
    }

    /// Puts a policy in force: logged, its hash in every certificate from now on.
    /// - Throws: `.refused` if it would turn private data public or the reverse.
    public func applyPolicy(_ nameOrPath: String) throws(DiscreetError) -> PolicyReport {
        try facade {
            try refuseUnfinished()
            let file = try Self.policyText(nameOrPath)
            guard file.policy.isPublicData == vault.isPublicData else {
                throw DiscreetError(
                    .refused, "A directory never changes sides between private and public data (\(nameOrPath))",
                    hint: "Make another directory with `discreet init`.")
            }
            let before = try PolicyInForce.recorded(in: ledger, vault).policy
            // The file first: cut short here, runs are refused until the command is given again.
            try DurableFile.write(file.yaml, to: location.path("policy.yaml"))
            try PolicyInForce.record(file.policy, in: ledger, vault)
            return PolicyReport(
                policy: try JSONValue(encoding: file.policy), hash: try PolicyInForce.hash(of: file.policy).hex,
                changes: before.changes(to: file.policy).map { PolicyReport.Change(who: $0.who, what: $0.what) })
        }
    }
}
