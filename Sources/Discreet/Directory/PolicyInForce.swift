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

    /// BLAKE2b-256 of the canonical JSON of the policy: comments and layout of the file do not count.
    static func hash(of policy: Policy) throws -> PolicyHash {
        PolicyHash(hex: Hex.encode(BLAKE2b.hash(try CanonicalJSON.bytes(JSONValue(encoding: policy)))))
    }

    /// Puts `policy` in force, from this entry of the log on.
    static func record(_ policy: Policy, in ledger: BudgetLedger) throws {
        let content = JSONValue.object([
            "hash": .string(try hash(of: policy).hex), "policy": try JSONValue(encoding: policy),
        ])
        _ = try ledger.appendLog(type: "policy", content: content)
    }

    /// The policy of the newest log entry that set one: what holds, whatever the file says.
    static func recorded(in ledger: BudgetLedger) throws -> PolicyInForce {
        guard let entry = try ledger.entries().last(where: { $0.type == "policy" }), let json = entry.content["policy"]
        else {
            throw DiscreetError(
                .badConfiguration, "The log names no policy (ledger.sqlite)", hint: "Restore the ledger from a backup.")
        }
        let policy = try json.decode(Policy.self)
        return PolicyInForce(policy: policy, hash: try hash(of: policy))
    }

    /// The recorded policy, if the file in the directory still says the same.
    /// - Throws: `.badConfiguration` for a file that was edited by hand.
    static func checked(in ledger: BudgetLedger, at location: DataLocation) throws -> PolicyInForce {
        let recorded = try recorded(in: ledger)
        let file = location.path("policy.yaml")
        guard let yaml = try? String(contentsOf: file, encoding: .utf8),
            try hash(of: Policy(yaml: yaml, file: file.path)) == recorded.hash
        else {
            throw DiscreetError(
                .badConfiguration, "The policy file was edited by hand (\(file.path))",
                hint: "Put it in force with `discreet policy apply \(file.path)`, or restore the one that holds.")
        }
        return recorded
    }
}

extension Engine {
    /// What governs a run: refused while `policy.yaml` differs from the log.
    func policyForRun() throws -> PolicyInForce { try PolicyInForce.checked(in: ledger, at: location) }

    /// The policy in force, with its hash.
    public func policyInForce() throws(DiscreetError) -> PolicyReport {
        try facade {
            let recorded = try PolicyInForce.recorded(in: ledger)
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
            let file = try Self.policyText(nameOrPath)
            guard file.policy.isPublicData == vault.isPublicData else {
                throw DiscreetError(
                    .refused, "A directory never changes sides between private and public data (\(nameOrPath))",
                    hint: "Make another directory with `discreet init`.")
            }
            try PolicyInForce.record(file.policy, in: ledger)
            try DurableFile.write(file.yaml, to: location.path("policy.yaml"))
            return PolicyReport(
                policy: try JSONValue(encoding: file.policy), hash: try PolicyInForce.hash(of: file.policy).hex)
        }
    }
}
