// SPDX-License-Identifier: Apache-2.0

public import Interactions
public import Policies
public import Vault

/// Reads events from files or a stream and seals them, batch by batch, into the vault. The same events again change nothing.
///
/// A bad row is reported, counted, and does not stop the rest unless `options.strict`. Nothing is written in clear anywhere, memory holds one batch.
/// A task that is cancelled stops between two batches with `interrupted`; what was sealed stays.
/// - Parameters:
///   - onProgress: at most ten times a second, and once at the end.
///   - onReject: once a rejected row, in order.
///   - randomizer: The local model: what is sealed of a user, once for life, made of the items of the first batch that names them. Their
///     other events are counted as duplicates. It is called before anything of its batch is stored. nil: events are sealed as they are.
/// - Returns: CONTRACT's figures: operator-only.
/// - Throws: `IngestionError`, or the vault's error.
public func ingest(
    _ sources: [InputSource], options: IngestOptions, into vault: Vault, policy: Policy,
    onProgress: @escaping (IngestProgress) -> Void = { _ in }, onReject: @escaping (RejectedRow) -> Void = { _ in },
    randomizer: (([UInt32]) throws -> Interaction)? = nil
) throws -> IngestReport {
    var options = options
    options.refusesExtraColumns = policy.extraColumns == .refuse
    // Under the local model unknown items are rejected, whatever the policy: one's own string is not noised.
    // Under the local model they are passed over: the curator gets a noised report of each user, and nothing beside it.
    options.keepColumns = policy.keepColumns
    let ingestor = try Ingestor(
        catalogue: vault.catalogue(), basis: BasisGate(policy: policy, vault: vault), options: options,
        onReject: onReject)
    guard let randomizer else {
        let pending: Ingestor.PendingSink = { try vault.appendPending($0) }
        return try ingestor.ingestTables(
            sources, onProgress: onProgress, pending: policy.unknownItems == .pending ? pending : nil
        ) { try vault.append($0) }
    }
    return try ingestor.ingest(sources, onProgress: onProgress) { users in
        var reports: [Vault.UserBatch] = []
        for user in users where try vault.history(of: vault.pseudonym(of: user.userID)).interactions.isEmpty {
            let items = Set(user.interactions.map(\.item)).sorted()
            reports.append(Vault.UserBatch(userID: user.userID, interactions: [try randomizer(items)]))
        }
        let (accepted, known) = try vault.append(reports)
        // A report that the vault could not take is neither: it counts as damaged.
        return (accepted, users.reduce(0) { $0 + $1.interactions.count } - reports.count + known)
    }
}
