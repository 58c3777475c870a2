// SPDX-License-Identifier: Apache-2.0

import BudgetLedger
import Compliance
import Cryptography
import DPAccounting
import Foundation
import Policies
import Records
import Vault

extension Engine {
    /// Checks what the files of this directory, or one document, can prove. That nothing was released off the record no file can.
    public func verify(_ request: VerifyRequest = VerifyRequest()) throws(DiscreetError) -> VerifyReport {
        try facade {
            let key = try DocumentCheck.publicKey(request.publicKey) ?? vault.publicKey
            var checks: [VerifyReport.Check] = []
            if let file = request.receipt {
                let bytes = try DocumentCheck.bytes(of: file)
                checks.append(check("receipt") { try verifyReceipts(bytes, key) })
            }
            if let file = request.certificate {
                let bytes = try DocumentCheck.bytes(of: file)
                checks.append(check("certificate") { try verifyCertificate(bytes, key) })
            }
            if let file = request.head {
                let bytes = try DocumentCheck.bytes(of: file)
                checks.append(check("head") { try verifyHead(bytes, key) })
            }
            return VerifyReport(try checks.isEmpty ? verifyDirectory(key) : checks)
        }
    }

    /// Checks documents by themselves, for a stranger who has no directory: signatures, and costs from events.
    /// - Parameter publicKey: 64 hexadecimal digits, from a source that the caller trusts.
    public static func verifyDocuments(_ request: VerifyRequest, publicKey: String) throws(DiscreetError)
        -> VerifyReport
    {
        try facade {
            let key = try DocumentCheck.publicKey(publicKey) ?? []
            var checks: [VerifyReport.Check] = []
            if let file = request.receipt {
                let bytes = try DocumentCheck.bytes(of: file)
                checks.append(
                    DocumentCheck.check("receipt") {
                        _ = try DocumentCheck.receipts(bytes, key)
                        return "signed by this key; whether the log has it only the directory tells"
                    })
            }
            if let file = request.certificate {
                let bytes = try DocumentCheck.bytes(of: file)
                checks.append(
                    DocumentCheck.check("certificate") {
                        _ = try DocumentCheck.certificate(bytes, key)
                        return "signed by this key, its costs follow from its events"
                    })
            }
            return VerifyReport(checks)
        }
    }

    private func verifyDirectory(_ key: [UInt8]) throws -> [VerifyReport.Check] {
        var checks = [
            check("directory") { try verifyPermissions() },
            check("policy") {
                for entry in try ledger.entries(ofType: "policy") {
                    guard PolicyInForce.signed(entry, vault) != nil else {
                        throw Finding("entry \(entry.index) of the log is no policy that this directory signed there")
                    }
                }
                return try policyForRun().hash.hex
            },
            check("log") {
                let report = try ledger.verifyChain()
                guard report.isOK else { throw Finding(report.differences.joined(separator: "; ")) }
                let head = try ledger.head()
                return "\(head.count) entries, head \(head.hash)"
            },
            check("charges") {
                let report = try ledger.verifyCharges()
                guard report.isOK else { throw Finding(report.differences.joined(separator: "; ")) }
                return "\(report.charges) recomputed"
            },
        ]
        checks.append(check("erasures") { try verifyErasures() })
        checks.append(
            check("preferences") {
                let fault = try Self.fault(ofWordsIn: vault, ledger) ?? Self.faultOfLoggedWords(ledger)
                if let fault { throw Finding(fault) }
                return "what people allow is what the log's newest entry says"
            })
        checks.append(check("catalogue") { try verifyCatalogue() })
        if let restores = try loggedRestores() { checks.append(.init(name: "restores", ok: true, detail: restores)) }
        let artifacts = try artifactEntries()
        for (id, hash) in artifacts where FileManager.default.fileExists(atPath: modelFolder(id).path) {
            checks.append(
                check("model \(id)") {
                    let artifact = try Artifact.read(modelFolder(id), publicKey: key)
                    guard artifact.certificate.contentHash == hash else {
                        throw Finding("the certificate is not the one that the log names")
                    }
                    try verifyRuns(of: artifact.certificate.decode(Certificate.self))
                    return "certificate, hashes, log entry and charged runs agree"
                })
        }
        checks.append(check("models") { try verifyNoStrangers(among: artifacts.map(\.id)) })
        for finding in try vault.checkIntegrity() {
            checks.append(.init(name: finding.name, ok: finding.ok, detail: finding.detail))
        }
        return checks
    }

    /// Modes of the directory and its files, and that no key file is among them.
    private func verifyPermissions() throws -> String {
        let files = FileManager.default
        let names = files.enumerator(atPath: location.directory.path)?.compactMap { $0 as? String } ?? []
        for path in [location.directory.path] + names.map({ location.path($0).path }) {
            let facts = try files.attributesOfItem(atPath: path)
            guard (facts[.posixPermissions] as? Int ?? 0o777) & 0o077 == 0 else {
                throw Finding("others may read \(path): chmod go= it")
            }
            // A key file is 64 hexadecimal digits and a newline, whatever its name.
            if let size = facts[.size] as? Int, (64...65).contains(size), let text = files.contents(atPath: path),
                Hex.decode(String(decoding: text.prefix(64), as: UTF8.self)) != nil
            {
                throw Finding("\(path) looks like a master key, which must not lie here")
            }
        }
        if let file = location.keyFile(directoryID: configuration.directoryID), location.holds(file) {
            throw Finding("the master key lies inside the data directory")
        }
        return "0700 and 0600, the key elsewhere"
    }

    /// Everyone whom the log has erased and not readmitted has a mark and a tombstone.
    private func verifyErasures() throws -> String {
        var erased: Set<String> = []
        for entry in try ledger.entries() {
            guard let tombstone = entry.content["tombstone"]?.stringValue else { continue }
            if entry.type == "erase" { erased.insert(tombstone) }
            if entry.type == "readmit" { erased.remove(tombstone) }
        }
        guard try Set(ledger.tombstones().map { Hex.encode($0) }) == erased else {
            throw Finding("the tombstones are not those of the log")
        }
        guard try vault.unmarked(among: ledger.tombstones()).isEmpty else {
            throw Finding("somebody who was erased has no mark in the vault: an older file was put back")
        }
        return "marks, tombstones and log agree"
    }

    /// The catalogue is the one that was imported last: positions give every history its meaning.
    private func verifyCatalogue() throws -> String {
        guard let logged = try loggedCatalogue() else { return "none was imported" }
        guard try catalogueHash() == logged else { throw Finding("the catalogue is not the one in the log") }
        return logged
    }

    /// Every run of a certificate is in the ledger, with that plan, and charged at least what the certificate says.
    private func verifyRuns(of certificate: Certificate) throws {
        for run in certificate.runs {
            guard let recorded = try ledger.recordedRun(run.run) else {
                throw Finding("the ledger does not know run \(run.run)")
            }
            guard recorded.plan == run.plan, recorded.epsilon >= run.cost.epsilon, recorded.delta >= run.cost.delta
            else {
                throw Finding("run \(run.run) was charged otherwise than the certificate says")
            }
        }
        if let parent = certificate.derivedFrom {
            guard
                try artifactEntries().contains(where: { $0.id == parent.model && $0.certificate == parent.certificate })
            else { throw Finding("the log does not name the model that this one was derived from") }
        }
    }

    /// Every folder of `models` has its entry in the log.
    private func verifyNoStrangers(among ids: [String]) throws -> String {
        let there = try FileManager.default.contentsOfDirectory(atPath: location.path("models").path)
            .filter { !$0.hasPrefix(Artifact.temporaryPrefix) }
        if let stranger = there.first(where: { !ids.contains($0) }) {
            throw Finding("models/\(stranger) has no entry in the log")
        }
        return "every artifact has its entry in the log"
    }

    private func verifyReceipts(_ bytes: [UInt8], _ key: [UInt8]) throws -> String {
        let receipts = try DocumentCheck.receipts(bytes, key)
        let entries = try ledger.entries()
        for receipt in receipts {
            guard entries.indices.contains(receipt.logIndex), entries[receipt.logIndex].type == "erase",
                try entries[receipt.logIndex].hash() == receipt.logHead,
                entries[receipt.logIndex].content["tombstone"]?.stringValue == receipt.userTombstone
            else { throw Finding("the log has no such erasure") }
        }
        return "signed by this key, log entry " + receipts.map { String($0.logIndex) }.joined(separator: ", ")
    }

    private func verifyCertificate(_ bytes: [UInt8], _ key: [UInt8]) throws -> String {
        try verifyRuns(of: try DocumentCheck.certificate(bytes, key))
        return "signed by this key, its costs follow from its events, its runs were charged"
    }

    private func verifyHead(_ bytes: [UInt8], _ key: [UInt8]) throws -> String {
        let head = try SignedDocument(parsing: bytes).verified(as: LogHead.self, publicKey: key)
        let report = try ledger.verifyChain(kept: [head])
        // A restore explains why; what the lost entries charged is lost all the same, so that it is never well.
        guard report.isOK else {
            throw Finding((report.differences + [try loggedRestores()].compactMap(\.self)).joined(separator: "; "))
        }
        return "the log still begins with its first \(head.count) entries"
    }

    private func check(_ name: String, _ body: () throws -> String) -> VerifyReport.Check {
        DocumentCheck.check(name, body)
    }
}

extension SignedDocument {
    /// BLAKE2b-256 of the whole document, as the log names it.
    var contentHash: String { Hex.encode(BLAKE2b.hash(bytes)) }
}
