// SPDX-License-Identifier: Apache-2.0

import BudgetLedger
import Cryptography
import DPAccounting
import DPMechanisms
import Interactions
import Policies
import Records
import Storage
import Vault

extension Engine {
    /// Closes the next period of a stream of item counts, which is opened if there is none of this name, and releases the counts
    /// up to now. Everybody who is counted pays for the whole stream once, when they come into it.
    ///
    /// A period that was cut short is closed by the next call; its newcomers are not charged again.
    /// - Throws: `.refused` once all periods are closed, or where newcomers could not pay under the policy in force; `.usage`
    ///   where the request differs from the stream that is there; `.verificationFailed` for a vault older than the ledger, or the other way.
    public func countContinually(_ request: StreamRequest) async throws(DiscreetError) -> CountReport {
        try facade {
            let policy = try policyForRun()
            try refuseLocalModel("A stream counts events as they come")
            let lock = try streamLock(request.name)
            defer { withExtendedLifetime(lock) {} }
            let kept = try keptStream(request.name)
            if let kept, let word = request.reference, kept.reference == word, let report = try report(of: kept) {
                return report
            }
            let stream = try kept?.stream ?? opened(request, under: policy)
            if let kept {
                try kept.refuseOther(request)
                guard !kept.isEnded, kept.released.closed < stream.plan.periods else {
                    try vault.endStream(stream.opening)  // the last period may have been cut short of it
                    throw Self.ended(request.name)
                }
            }
            return try closePeriod(of: stream, after: kept?.released ?? .init(), request, under: policy)
        }
    }

    /// Ends a stream before its last period: what it knew of its members is deleted. Nobody gets anything back.
    public func endStream(named name: String) throws(DiscreetError) {
        try facade {
            let lock = try streamLock(name)
            defer { withExtendedLifetime(lock) {} }
            guard let kept = try keptStream(name) else {
                throw DiscreetError(
                    .notFound, "There is no stream of this name (\(name))",
                    hint: "`discreet releases list` names what is kept.")
            }
            try vault.endStream(kept.stream.opening)
            if kept.isEnded { return }
            var members = kept.document.objectValue ?? [:]
            members["ended"] = true
            try ledger.store(release: .object(members), key: KeptStream.key(name), run: kept.lastRun)
        }
    }

    /// One process at a time closes a stream's period or ends it: who has it reads what stands until it has written.
    private func streamLock(_ name: String) throws -> DirectoryLock {
        guard let lock = try DirectoryLock.take("stream-" + opening(of: name).hex, in: location.directory) else {
            throw LedgerError.busy
        }
        return lock
    }

    /// The run that opens, or opened, the stream of a name.
    private func opening(of name: String) -> RunID {
        let text = "discreet stream/\(configuration.directoryID)/\(name)"
        return RunID(hex: Hex.encode(Array(BLAKE2b.hash(Array(text.utf8)).prefix(16))))
    }

    private func closePeriod(
        of stream: CountStream, after released: ContinualCounts.Released, _ request: StreamRequest,
        under policy: PolicyInForce
    ) throws -> CountReport {
        try refuseUnfinished()
        try refuseForeignWords()
        let period = released.closed + 1
        let run = stream.run(ofPeriod: period)
        try refuseUnaffordable([run], under: policy)
        let needsConsent = policy.needsConsent(for: .statistics)
        let state = try vault.streamParts(of: stream.opening)
        // Parts may know of the period that was cut short, never of fewer than were released.
        guard state.closed == released.closed || state.closed == period else { throw Self.olderVault }
        // The vault was told of each release after the ledger had it, so that it never knows of more.
        guard released.closed >= state.released else { throw Self.olderLedger }
        var members = try vault.members(for: .statistics, requiringConsent: needsConsent)
        var grant: RunGrant = try ledger.reserve(
            period: period, of: stream.run(ofPeriod: 1).request, policy: policy.policy, policyHash: policy.hash,
            continuing: state.parts.map(\.user), members: &members,
            present: { [vault] _ in try vault.members(for: .statistics, requiringConsent: needsConsent) })
        let cohort = try vault.openCohort(
            of: members, for: .statistics, requiringConsent: needsConsent, itemCount: stream.plan.itemCount,
            under: grant)
        let there = Set(members)
        var counts = try ContinualCounts(
            stream.plan, after: released,
            // Nothing is released before period 1: parts of an opening that was cut short bind nobody, and may be of other numbers.
            parts: released.closed == 0
                ? []
                : state.parts.filter { there.contains($0.user) }.map { .init(user: $0.user, bytes: $0.bytes) })
        guard let step = grant.next(), let release = try counts.closePeriod(cohort, spending: step) else {
            throw LedgerGap.noStep
        }
        // The parts first: a release whose parts are not durable could count a person twice for one item later on.
        let parts = counts.parts().map { StreamPart(user: $0.user, bytes: $0.bytes) }
        try vault.replace(partsOf: stream.opening, by: parts, closed: period)
        let certified = run.certified()
        let certificate = try sign(
            Certificate(
                isPublicData: policy.policy.isPublicData, kind: stream.kind, model: stream.opening.hex,
                runs: [certified], cost: certified.cost, notes: [stream.note(onPeriod: period)],
                policyHash: policy.hash, codeVersion: Self.version))
        let kept = KeptStream(
            stream: stream, released: counts.released, counts: release.steps, certificate: certificate.document,
            reference: request.reference, lastRun: run.request.run)
        try ledger.store(release: try kept.json(), key: KeptStream.key(stream.name), run: run.request.run)
        // Cut short here, the vault is one behind, and an older ledger would have to be that one period older to pass.
        try vault.note(releasedPeriod: period, of: stream.opening)
        try grant.finish()
        _ = try ledger.appendLog(
            type: "certificate",
            content: .object([
                "run": .string(run.request.run.hex), "certificate": .string(certificate.contentHash),
            ]))
        if period == stream.plan.periods { try vault.endStream(stream.opening) }
        guard let report = try report(of: kept) else { throw LedgerGap.noStep }
        return report
    }

    private func keptStream(_ name: String) throws -> KeptStream? {
        guard let document = try ledger.release(forKey: KeptStream.key(name)) else { return nil }
        guard let kept = try? KeptStream(document, name: name) else {
            throw DiscreetError(
                .verificationFailed, "The stream cannot be read (ledger.sqlite)", hint: "Run `discreet verify`.")
        }
        return kept
    }

    private func report(of kept: KeptStream) throws -> CountReport? {
        let items = try vault.catalogue().items
        guard kept.counts.count <= items.count else { return nil }
        let (stream, period) = (kept.stream, kept.released.closed)
        return CountReport(
            mechanism: stream.mechanism.rawValue, privacy: stream.run(ofPeriod: period).certified().cost,
            scale: stream.plan.noiseDeviation(after: period),
            counts: zip(items, kept.counts).map { CountReport.Entry(item: $0.id, count: $1) },
            certificate: kept.certificate,
            stream: CountReport.Stream(name: stream.name, period: period, periods: stream.plan.periods))
    }

    private static func ended(_ name: String) -> DiscreetError {
        DiscreetError(
            .refused, "All that was paid for is released: the stream has ended (\(name))",
            hint: "Open another under another name (--stream), for a new cost.")
    }

    private static let olderVault = DiscreetError(
        .verificationFailed, "The vault knows less of the stream than was released (vault.sqlite)",
        hint: "It is an older file: end the stream with --end and open another.")

    private static let olderLedger = DiscreetError(
        .verificationFailed, "The ledger knows less of the stream than was released (ledger.sqlite)",
        hint: "It is an older file: put the newer one back, or open a stream under another name (--stream).")

    /// The stream that a request opens. Nothing is charged yet.
    private func opened(_ request: StreamRequest, under policy: PolicyInForce) throws -> CountStream {
        let items = try vault.itemCount()
        guard items > 0 else {
            throw DiscreetError(
                .badData, "The catalogue is empty (vault.sqlite)",
                hint: "Import it with `discreet catalogue import`.")
        }
        guard (1...200).contains(request.name.utf8.count) else {
            throw DiscreetError(.usage, "A stream's name has 1 to 200 bytes (--stream)", hint: "Take a shorter one.")
        }
        let epsilon = request.epsilon ?? policy.defaultEpsilon
        guard !epsilon.isInfinite, epsilon > .zero else {
            throw DiscreetError(
                .usage, "Counts need a finite, positive ε (--epsilon)", hint: "For example --epsilon 1.")
        }
        let most = policy.policy.bounds.maxItemsPerUser
        let perUser = request.maxItemsPerUser ?? min(Self.defaultItemsPerCount, most)
        guard (1...min(most, CountStream.mostItemsPerUser)).contains(perUser) else {
            throw DiscreetError(
                .usage,
                "A user may count for 1 to \(min(most, CountStream.mostItemsPerUser)) items (--max-items-per-user)",
                hint: "The policy and a stream's state say so.")
        }
        let mechanism = request.mechanism ?? .laplace
        guard mechanism == .gaussian || (request.delta ?? .zero) == .zero else {
            throw DiscreetError(
                .usage, "Laplace noise has no δ (--delta)", hint: "Leave it out, or take --mechanism gaussian.")
        }
        return try CountStream(
            name: request.name, opening: opening(of: request.name), mechanism: mechanism, epsilon: epsilon,
            delta: mechanism == .laplace ? .zero : request.delta ?? policy.defaultDelta, items: items,
            periods: request.periods ?? CountStream.defaultPeriods, perUser: perUser)
    }
}
