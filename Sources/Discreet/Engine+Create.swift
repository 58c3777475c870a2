// SPDX-License-Identifier: Apache-2.0

import BudgetLedger
import Cryptography
import DPAccounting
import Foundation
import Policies
import Records
import Vault

extension Engine {
    /// Makes a data directory (0700) with its master key outside it (0600), under a policy.
    /// - Parameter policy: The name of a shipped policy, or the path of a policy file; nil for `gdpr`.
    /// - Throws: `DiscreetError`: `.exists` if the directory or the key is there already. Nothing half-made stays.
    public static func create(at location: DataLocation, policy: String? = nil) throws(DiscreetError) -> InitReport {
        ProcessHardening.apply()
        return try facade {
            let text = try policyText(policy ?? "gdpr")
            guard !FileManager.default.fileExists(atPath: location.directory.path) else {
                throw DiscreetError(
                    .exists, "The data directory exists (\(location.directory.path))",
                    hint: "Name another with --data or DISCREET_HOME; an existing one is never overwritten.")
            }
            let id = Hex.encode(SystemRandom.bytes(16))
            let key = try NewKey.make(location, directoryID: id)
            do {
                try DurableFile.makeFolder(location.directory)
            } catch {
                key.discard()
                throw error
            }
            do {
                return try fill(location, id: id, key: key, policy: text)
            } catch {
                try? FileManager.default.removeItem(at: location.directory)
                key.discard()
                throw error
            }
        }
    }

    private static func fill(
        _ location: DataLocation, id: String, key: borrowing NewKey, policy text: PolicyFile
    ) throws -> InitReport {
        let policy = text.policy
        try DurableFile.makeFolder(location.path("models"))
        try Vault.create(
            in: location.directory, directoryID: id, isPublicData: policy.isPublicData, master: key.master)
        try BudgetLedger.create(in: location.directory, directoryID: id)
        if let wrapped = key.wrapped {
            try SecretFile.create(location.wrappedKeyFile, MasterKeyPlace.text(ofWrapped: wrapped.bytes))
        }
        let vault = try Vault(opening: location.directory, directoryID: id, master: try key.again())
        let ledger = try BudgetLedger(opening: location.directory, directoryID: id, key: vault.ledgerKey())
        let configuration = DirectoryConfiguration(
            directoryID: id, publicKey: Hex.encode(vault.publicKey), key: key.kind)
        _ = try ledger.appendLog(
            type: "init",
            content: .object(["directory": .string(id), "publicKey": .string(configuration.publicKey)]))
        try PolicyInForce.record(policy, in: ledger, vault)
        try DurableFile.write(text.yaml, to: location.path("policy.yaml"))
        // Last: a folder without it is no data directory.
        try DurableFile.write(configuration.yaml, to: location.path("discreet.yaml"))
        return InitReport(
            data: location.directory.path, directoryId: id, keyFile: key.file?.path ?? "", policy: policy.name,
            policyHash: try PolicyInForce.hash(of: policy).hex, publicKey: configuration.publicKey)
    }

    /// A policy with the text it was read from.
    struct PolicyFile {
        let policy: Policy
        let yaml: String
    }

    static func policyText(_ nameOrPath: String) throws -> PolicyFile {
        if let yaml = Policy.shipped(nameOrPath) {
            return PolicyFile(policy: try Policy(yaml: yaml, file: nameOrPath + ".yaml"), yaml: yaml)
        }
        guard let data = FileManager.default.contents(atPath: nameOrPath) else {
            throw DiscreetError(
                .notFound, "There is no such policy (\(nameOrPath))",
                hint: "Name a file, or one of \(Policy.shippedNames.joined(separator: ", ")).")
        }
        guard let yaml = String(validating: data, as: UTF8.self) else {
            throw DiscreetError(
                .badConfiguration, "The policy is not UTF-8 (\(nameOrPath):1)", hint: "Save it as UTF-8.")
        }
        return PolicyFile(policy: try Policy(yaml: yaml, file: nameOrPath), yaml: yaml)
    }
}

/// The master key of a directory that is being made.
private struct NewKey: ~Copyable {
    let master: MasterKey
    let kind: DirectoryConfiguration.Key
    /// Where the key was written; nil for a passphrase or a KMS.
    var file: URL?
    var passphrase: (bytes: [UInt8], salt: [UInt8])?
    var wrapped: (bytes: [UInt8], by: KeyCommandClient)?

    /// Derives the key from the passphrase, or makes one and writes it to its file.
    static func make(_ location: DataLocation, directoryID: String) throws -> NewKey {
        if case .passphrase(let file) = location.key {
            let secret = (bytes: try PassphraseFile.passphrase(in: file), salt: SystemRandom.bytes(16))
            return NewKey(
                master: try MasterKey(passphrase: secret.bytes, salt: secret.salt),
                kind: .passphrase(salt: Hex.encode(secret.salt)), passphrase: secret)
        }
        if case .command(let text) = location.key { return try wrapped(byCommand: text, directoryID: directoryID) }
        let file = location.keyFile(directoryID: directoryID) ?? location.directory
        try location.refuseKeyInside(file)
        let master = MasterKey()
        try master.write(to: file)
        return NewKey(master: master, kind: .file, file: file)
    }

    /// Makes a key that a KMS wraps.
    private static func wrapped(byCommand text: String, directoryID: String) throws -> NewKey {
        guard let command = KeyCommand(text) else {
            throw DiscreetError(
                .usage, "This is no key command (--key-command)", hint: "Give it as \(KeyCommand.allowed).")
        }
        let client = KeyCommandClient(command: command, directoryID: directoryID)
        let master = MasterKey()
        let wrapped = try client.wrap(master)
        return NewKey(master: master, kind: .command(command), wrapped: (wrapped, client))
    }

    /// The key once more, as a later process would get it.
    func again() throws -> MasterKey {
        if let passphrase { return try MasterKey(passphrase: passphrase.bytes, salt: passphrase.salt) }
        if let wrapped { return try wrapped.by.unwrap(wrapped.bytes) }
        return try MasterKey(contentsOf: file ?? URL(fileURLWithPath: "/"))
    }

    /// Takes back what `init` wrote.
    func discard() {
        if let file { try? FileManager.default.removeItem(at: file) }
    }
}
