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
            let key = try publicKey(request.publicKey)
            var checks: [VerifyReport.Check] = []
            if let file = request.receipt { checks.append(check("receipt") { try verifyReceipt(file, key) }) }
            if let file = request.certificate {
                checks.append(check("certificate") { try verifyCertificate(file, key) })
            }
            if checks.isEmpty { checks = try verifyDirectory(key) }
            return VerifyReport(ok: checks.allSatisfy(\.ok), checks: checks)
        }
    }

    private func verifyDirectory(_ key: [UInt8]) throws -> [VerifyReport.Check] {
        var checks = [
            check("directory") { try verifyPermissions() },
            check("policy") { try policyForRun().hash.hex },
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
        let entries = try ledger.entries().filter { $0.type == "artifact" }
        for entry in entries {
            guard let id = entry.content["model"]?.stringValue,
                FileManager.default.fileExists(atPath: modelFolder(id).path)
            else { continue }
            checks.append(
                check("model \(id)") {
                    let artifact = try Artifact.read(modelFolder(id), publicKey: key)
                    guard entry.content["certificate"]?.stringValue == artifact.certificate.contentHash else {
                        throw Finding("the certificate is not the one that the log names")
                    }
                    return "certificate, hashes and log entry agree"
                })
        }
        checks.append(check("models") { try verifyNoStrangers(among: entries) })
        for finding in try vault.checkIntegrity() {
            checks.append(.init(name: finding.name, ok: finding.ok, detail: finding.detail))
        }
        return checks
    }

    /// Modes of the directory and its files, and that the key is not among them.
    private func verifyPermissions() throws -> String {
        let files = FileManager.default
        let names = files.enumerator(atPath: location.directory.path)?.compactMap { $0 as? String } ?? []
        for path in [location.directory.path] + names.map({ location.path($0).path }) {
            let mode = try files.attributesOfItem(atPath: path)[.posixPermissions] as? Int ?? 0o777
            guard mode & 0o077 == 0 else { throw Finding("others may read \(path): chmod go= it") }
        }
        if let file = location.keyFile(directoryID: configuration.directoryID), location.holds(file) {
            throw Finding("the master key lies inside the data directory")
        }
        return "0700 and 0600, the key elsewhere"
    }

    /// Every folder of `models` has its entry in the log.
    private func verifyNoStrangers(among entries: [LogEntry]) throws -> String {
        let known = Set(entries.compactMap { $0.content["model"]?.stringValue })
        let there = try FileManager.default.contentsOfDirectory(atPath: location.path("models").path)
            .filter { !$0.hasPrefix(Artifact.temporaryPrefix) }
        if let stranger = there.first(where: { !known.contains($0) }) {
            throw Finding("models/\(stranger) has no entry in the log")
        }
        return "every artifact has its entry in the log"
    }

    /// One receipt, or the list of several that `erase --users` writes.
    private func verifyReceipt(_ file: URL, _ key: [UInt8]) throws -> String {
        let bytes = try bytes(of: file)
        guard case .array(let receipts) = try JSONValue.parse(bytes) else {
            return "signed by this key, log entry \(try verify(SignedDocument(parsing: bytes), key))"
        }
        for receipt in receipts { _ = try verify(SignedDocument(parsing: CanonicalJSON.bytes(receipt)), key) }
        return "\(receipts.count) receipts, each signed by this key and in the log"
    }

    /// - Returns: The index of the log's entry.
    private func verify(_ document: SignedDocument, _ key: [UInt8]) throws -> Int {
        let receipt = try document.verified(as: Receipt.self, publicKey: key)
        let entries = try ledger.entries()
        guard entries.indices.contains(receipt.logIndex),
            try entries[receipt.logIndex].hash() == receipt.logHead,
            entries[receipt.logIndex].content["tombstone"]?.stringValue == receipt.userTombstone
        else { throw Finding("the log has no such erasure") }
        return receipt.logIndex
    }

    private func verifyCertificate(_ file: URL, _ key: [UInt8]) throws -> String {
        let document = try SignedDocument(parsing: try bytes(of: file))
        let certificate = try document.verified(as: Certificate.self, publicKey: key)
        for run in certificate.runs where !certificate.isPublicData {
            var price = PlanPrice(of: run.plan, delta: run.cost.delta)
            // Only the last run of a release can have ended early.
            if let steps = certificate.stoppedAt, run == certificate.runs.last {
                price = price.ended(run.plan, delta: run.cost.delta, after: steps)
            }
            guard price.epsilon <= run.cost.epsilon else {
                throw Finding("run \(run.run) costs more than the certificate says")
            }
        }
        return "signed by this key, its costs follow from its events"
    }

    private func bytes(of file: URL) throws -> [UInt8] {
        guard let data = try? Data(contentsOf: file) else {
            throw DiscreetError(.notFound, "Cannot read the document (\(file.path))", hint: "Check the path.")
        }
        return Array(data)
    }

    private func publicKey(_ hex: String?) throws -> [UInt8] {
        guard let hex else { return vault.publicKey }
        guard let key = Hex.decode(hex), key.count == 32 else {
            throw DiscreetError(
                .usage, "A public key has 64 hexadecimal digits (--public-key)", hint: "`discreet status` shows one.")
        }
        return key
    }

    /// What a check found; a file that is not there or cannot be read is a finding too.
    private func check(_ name: String, _ body: () throws -> String) -> VerifyReport.Check {
        do {
            return .init(name: name, ok: true, detail: try body())
        } catch let finding as Finding {
            return .init(name: name, ok: false, detail: finding.text)
        } catch {
            return .init(name: name, ok: false, detail: DiscreetError(wrapping: error).message)
        }
    }

    private struct Finding: Error {
        let text: String
        init(_ text: String) { self.text = text }
    }
}

extension SignedDocument {
    /// BLAKE2b-256 of the whole document, as the log names it.
    var contentHash: String { Hex.encode(BLAKE2b.hash(bytes)) }
}
