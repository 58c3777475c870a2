// SPDX-License-Identifier: Apache-2.0

import BudgetLedger
import Cryptography
import DPAccounting
import Foundation
import Interactions
import Policies
public import Records
import Vault

extension Engine {
    /// What was released, paid for and kept. Reading it is free.
    public func releases() throws(DiscreetError) -> [ReleaseSummary] {
        try facade { try ledger.releases().map(ReleaseSummary.init) }
    }

    /// One release, read again for free.
    /// - Throws: `.notFound`; `.verificationFailed` where the stored bytes are not those that the log names.
    public func release(_ key: String) throws(DiscreetError) -> ReleaseDetail {
        try facade {
            guard let kept = try ledger.keptRelease(key) else {
                throw DiscreetError(
                    .notFound, "No release is kept under this key (\(key))",
                    hint: "`discreet releases list` names those that are.")
            }
            try refuseUnlogged(kept)
            return ReleaseDetail(
                summary: ReleaseSummary(kept), counts: try counts(in: kept),
                users: kept.document["users"]?.integerValue, items: Self.discovered(in: kept.document)?.map(\.text),
                certificate: kept.document["certificate"])
        }
    }

    /// The run's id that belongs to a caller's word: the same in this directory for the same word, no other's.
    func runID(ofReference reference: String?) throws -> RunID? {
        guard let reference else { return nil }
        guard (1...200).contains(reference.utf8.count) else {
            throw DiscreetError(
                .usage, "A reference has 1 to 200 bytes (--reference)", hint: "Take a shorter word of your own.")
        }
        let text = "discreet reference/\(configuration.directoryID)/\(reference)"
        return RunID(hex: Hex.encode(Array(BLAKE2b.hash(Array(text.utf8)).prefix(16))))
    }

    /// The counts of this very run, if it was made before: a retry reads what was paid for.
    /// - Throws: `LedgerError.runConflict` if the reference was used for another run; `.alreadyReserved` if the run was
    ///   charged and left no release.
    func keptCounts(of run: PlannedRun, _ request: CountRequest, under policy: PolicyInForce) throws -> CountReport? {
        guard request.reference != nil, try ledger.isReserved(run.request, policyHash: policy.hash) else { return nil }
        guard let kept = try ledger.keptRelease("counts/\(run.request.run)"), let counts = try counts(in: kept),
            let certificate = kept.document["certificate"]
        else { throw LedgerError.alreadyReserved(run.request.run) }
        try refuseUnlogged(kept)
        return CountReport(
            mechanism: request.mechanism.rawValue, privacy: run.certified().cost,
            scale: Self.scale(of: run.request.plan.event(at: 0)), counts: counts, certificate: certificate)
    }

    /// The model that a training under this id left, before anybody is counted for it again; nil where the id is new.
    /// - Parameter planned: The run for so many users and so much of ε.
    /// - Throws: `LedgerError.runConflict` if the id was used for another run; `.alreadyReserved` if the run was charged and
    ///   left no model.
    func keptModel(
        of run: RunID, kind: String, epsilon: EpsilonAmount, under policy: PolicyInForce,
        _ planned: (_ users: Int, _ rest: EpsilonAmount) throws -> PlannedRun
    ) throws -> StoredModel? {
        guard let recorded = try ledger.recordedRun(run) else { return nil }
        guard recorded.kind == "train \(kind)" else { throw LedgerError.runConflict(run) }
        let id = "\(kind)-\(run.hex.prefix(12))"
        guard try modelIDs().contains(id) else { throw LedgerError.alreadyReserved(run) }
        let kept = try storedModel(id)
        // What was left of ε: all of it, or less what a count cost, then or before.
        let paid = kept.certificate.runs.first { $0.run != run }?.cost.epsilon
        let rests = [epsilon, epsilon.split(percent: 1).rest] + (paid.map { [epsilon.remaining(after: $0)] } ?? [])
        for rest in rests {
            let request = try planned(kept.certificate.nominalUsers ?? 1, rest).request
            if try isSame(request, under: policy) { return kept }
        }
        throw LedgerError.runConflict(run)
    }

    /// Whether the ledger has this very request, not another of its id.
    private func isSame(_ request: RunRequest, under policy: PolicyInForce) throws -> Bool {
        do {
            return try ledger.isReserved(request, policyHash: policy.hash)
        } catch {
            guard case .runConflict = error else { throw error }
            return false
        }
    }

    /// The table may have been edited by hand: what counts is the newest entry of this key in the log.
    func refuseUnlogged(_ kept: KeptRelease) throws {
        guard try ledger.isLogged(kept) else {
            throw DiscreetError(
                .verificationFailed, "The release is not the one that the log names (ledger.sqlite)",
                hint: "Run `discreet budget verify`.")
        }
    }

    /// The counts beside the items that were in the catalogue then: the catalogue only grows, at its end.
    private func counts(in kept: KeptRelease) throws -> [CountReport.Entry]? {
        guard let texts = kept.document["counts"]?.arrayValue else { return nil }
        let counts = texts.compactMap { $0.stringValue.flatMap { Int64($0) } }
        let items = try vault.catalogue().items
        guard counts.count == texts.count, counts.count <= items.count else {
            throw DiscreetError(
                .verificationFailed, "The counts do not fit the catalogue (ledger.sqlite)",
                hint: "Run `discreet verify`.")
        }
        return zip(items, counts).map { CountReport.Entry(item: $0.id, count: $1) }
    }
}

/// A release that was paid for and is kept.
public struct ReleaseSummary: Encodable, Sendable {
    /// `counts/<run>`, `items/<run>`, `users/train/…`.
    public let key: String
    public let run: String
    /// What the run was: "count items", "count users".
    public let kind: String
    /// The day, ISO 8601.
    public let at: String
    /// What each member was charged for it.
    public let privacy: PrivacyAmounts

    init(_ kept: KeptRelease) {
        (key, run, kind, at) = (kept.key, kept.run.hex, kept.kind, kept.day.description)
        privacy = PrivacyAmounts(epsilon: kept.epsilon, delta: kept.delta)
    }

    private enum Keys: String, CodingKey { case key, run, kind, at }

    public func encode(to encoder: any Encoder) throws {
        try privacy.encode(to: encoder)
        var container = encoder.container(keyedBy: Keys.self)
        try container.encode(key, forKey: .key)
        try container.encode(run, forKey: .run)
        try container.encode(kind, forKey: .kind)
        try container.encode(at, forKey: .at)
    }
}

/// A kept release with what was released.
public struct ReleaseDetail: Encodable, Sendable {
    public let summary: ReleaseSummary
    /// Item counts, in catalogue order.
    public let counts: [CountReport.Entry]?
    /// The rounded number of users.
    public let users: Int64?
    /// Discovered items, ascending by bytes.
    public let items: [String]?
    /// Signed; absent where the release is part of a model's certificate.
    public let certificate: JSONValue?

    private enum Keys: String, CodingKey { case counts, users, items, certificate }

    public func encode(to encoder: any Encoder) throws {
        try summary.encode(to: encoder)
        var container = encoder.container(keyedBy: Keys.self)
        try container.encodeIfPresent(counts, forKey: .counts)
        try container.encodeIfPresent(users, forKey: .users)
        try container.encodeIfPresent(items, forKey: .items)
        try container.encodeIfPresent(certificate, forKey: .certificate)
    }
}
