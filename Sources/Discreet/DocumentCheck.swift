// SPDX-License-Identifier: Apache-2.0

import Cryptography
import DPAccounting
import Foundation
import Records

/// Why a check failed, in words that hold nothing private.
struct Finding: Error {
    let text: String
    init(_ text: String) { self.text = text }
}

/// What a signed document proves by itself, without any directory.
enum DocumentCheck {
    /// What a check found; a document that cannot be read is a finding too.
    static func check(_ name: String, _ body: () throws -> String) -> VerifyReport.Check {
        do {
            return .init(name: name, ok: true, detail: try body())
        } catch let finding as Finding {
            return .init(name: name, ok: false, detail: finding.text)
        } catch {
            return .init(name: name, ok: false, detail: DiscreetError(wrapping: error).message)
        }
    }

    /// One receipt, or the list of several that `erase --users` writes; each must be signed by `key`.
    static func receipts(_ bytes: [UInt8], _ key: [UInt8]) throws -> [Receipt] {
        guard case .array(let list) = try JSONValue.parse(bytes) else {
            return [try SignedDocument(parsing: bytes).verified(as: Receipt.self, publicKey: key)]
        }
        guard !list.isEmpty else { throw Finding("the file holds no receipt") }
        return try list.map {
            try SignedDocument(parsing: CanonicalJSON.bytes($0)).verified(as: Receipt.self, publicKey: key)
        }
    }

    /// A certificate signed by `key` whose costs follow from its events.
    static func certificate(_ bytes: [UInt8], _ key: [UInt8]) throws -> Certificate {
        let certificate = try SignedDocument(parsing: bytes).verified(as: Certificate.self, publicKey: key)
        for run in certificate.runs where !certificate.isPublicData {
            // Only the last run of a release can have ended early.
            try costs(of: run, stoppedAt: run == certificate.runs.last ? certificate.stoppedAt : nil)
        }
        guard PrivacyAmounts.sum(of: certificate.runs) == certificate.cost else {
            throw Finding("the costs of the runs do not add up to that of the certificate")
        }
        return certificate
    }

    /// A run costs no less than the accountants beside its cost prove today, the figure of none of these is too small, and no valid
    /// accountant could be below the cost. By those that are named alone: an older certificate has fewer. The figure `exact`, which
    /// sets no price, is not computed again.
    private static func costs(of run: CertifiedRun, stoppedAt steps: Int?) throws {
        let named = Set(run.epsilonByAccountant.keys.compactMap(Accountant.init)).intersection(Accountant.pricing)
        var price = PlanPrice(
            of: run.plan, delta: run.cost.delta, by: named.isEmpty ? Accountant.pricing : named)
        if let steps { price = price.ended(run.plan, delta: run.cost.delta, after: steps) }
        guard isCovered(price.epsilon.value, by: run.cost.epsilon.value) else {
            throw Finding("run \(run.run) costs more than the certificate says")
        }
        for (name, figure) in price.epsilonByAccountant {
            guard let printed = run.epsilonByAccountant[name] else { continue }
            guard isCovered(figure, by: printed.value) else {
                throw Finding("run \(run.run) costs more by \(name) than the certificate says")
            }
        }
        let made = steps.map { run.plan.prefix($0) } ?? run.plan
        guard run.cost.epsilon.value >= IndependentCheck.floor(of: made, delta: run.cost.delta) else {
            throw Finding("run \(run.run) costs less than any valid accountant can prove")
        }
    }

    /// Whether a price is not above a printed one. Logarithms of another machine may differ in their last digits: a part in 10⁹ and
    /// ten units of an amount, as `budget verify` allows.
    static func isCovered(_ price: Double, by printed: Double) -> Bool {
        price <= printed * (1 + 1e-9) + 1e-11
    }

    static func bytes(of file: URL) throws(DiscreetError) -> [UInt8] {
        guard let data = try? Data(contentsOf: file) else {
            throw DiscreetError(.notFound, "Cannot read the document (\(file.path))", hint: "Check the path.")
        }
        return Array(data)
    }

    static func publicKey(_ hex: String?) throws(DiscreetError) -> [UInt8]? {
        guard let hex else { return nil }
        guard let key = Hex.decode(hex), key.count == 32 else {
            throw DiscreetError(
                .usage, "A public key has 64 hexadecimal digits (--public-key)", hint: "`discreet status` shows one.")
        }
        return key
    }
}
