// SPDX-License-Identifier: Apache-2.0

import Interactions
public import Policies
public import Vault

/// Reads events from files or a stream and seals them, batch by batch, into the vault. The same events again change nothing.
///
/// A bad row is reported, counted, and does not stop the rest unless `options.strict`. Nothing is written in clear anywhere, memory holds one batch.
/// A task that is cancelled stops between two batches with `interrupted`; what was sealed stays.
/// - Parameters:
///   - onProgress: at most ten times a second, and once at the end.
///   - onReject: once a rejected row, in order.
/// - Returns: CONTRACT's figures: operator-only.
/// - Throws: `IngestionError`, or the vault's error.
public func ingest(
    _ sources: [InputSource], options: IngestOptions, into vault: Vault, policy: Policy,
    onProgress: @escaping (IngestProgress) -> Void = { _ in }, onReject: @escaping (RejectedRow) -> Void = { _ in }
) throws -> IngestReport {
    var options = options
    options.refusesExtraColumns = policy.extraColumns == .refuse
    let ingestor = try Ingestor(
        catalogue: vault.catalogue(), basis: BasisGate(policy: policy, vault: vault), options: options,
        onReject: onReject)
    return try ingestor.ingestTables(sources, onProgress: onProgress) { try vault.append($0) }
}
