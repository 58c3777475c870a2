// SPDX-License-Identifier: Apache-2.0

import BudgetLedger
import Cryptography
import Foundation
public import Ingestion
import Interactions
import Records
import Storage
import Vault

extension Engine {
    /// Adds items and their public features to the catalogue. The same import again changes nothing.
    /// - Parameters:
    ///   - path: A file, or `-` for standard input.
    ///   - format: `csv`, `tsv` or `movielens`; nil goes by the extension.
    ///   - columns: Header names by role (`item`, `title`).
    public func importCatalogue(
        from path: String, format: String? = nil, columns: [String: String] = [:]
    ) throws(DiscreetError) -> CatalogueReport {
        try facade {
            let items = try CatalogueReader.read(
                InputSource(argument: path), format: try format.map { try TableFormat(named: $0) }, columns: columns)
            try Self.finishDiscovery(vault, ledger)
            let change = try vault.importCatalogue(items)
            try vault.settlePending()
            let catalogue = try vault.catalogue()
            if change.added + change.updated > 0 {
                _ = try ledger.appendLog(type: "catalogue", content: .object(["hash": .string(try catalogueHash())]))
            }
            let features = Set(catalogue.items.flatMap(\.features.keys)).sorted()
            return CatalogueReport(
                items: catalogue.count, features: features.count, featureNames: features, added: change.added,
                updated: change.updated, unchanged: change.unchanged)
        }
    }

    /// BLAKE2b-256 of the canonical JSON of all items, in order.
    func catalogueHash() throws -> String { try Self.hash(of: vault.catalogue().items) }

    static func hash(of items: [CatalogueItem]) throws -> String {
        Hex.encode(BLAKE2b.hash(try CanonicalJSON.bytes(JSONValue(encoding: items))))
    }

    /// Reads events and seals them, batch by batch. The same events again change nothing, and the report says so.
    /// - Parameter paths: Files, `-` for standard input.
    /// - Returns: Exact figures: for the operator alone.
    public func ingest(
        _ paths: [String], options: IngestOptions = IngestOptions(),
        onProgress: @escaping @Sendable (IngestProgress) -> Void = { _ in },
        onReject: @escaping @Sendable (RejectedRow) -> Void = { _ in }
    ) async throws(DiscreetError) -> IngestReport {
        try facade { try take(paths, options: options, onProgress: onProgress, onReject: onReject) }
    }

    /// As long as it lasts the directory cannot be made one of the local model: several may ingest at once, none beside `ingestLocally`.
    func take(
        _ paths: [String], options: IngestOptions, onProgress: (@escaping (IngestProgress) -> Void) = { _ in },
        onReject: @escaping (RejectedRow) -> Void
    ) throws -> IngestReport {
        func refuse() throws { try refuseLocalModel("Events are ingested with --local-epsilon alone") }
        try refuse()
        guard let lock = try DirectoryLock.take("local", in: location.directory, shared: true) else {
            throw LedgerError.busy
        }
        return try withExtendedLifetime(lock) {
            try refuse()  // it may have become one in between
            var options = options
            options.dataDirectory = location.directory
            return try Ingestion.ingest(
                paths.map(InputSource.init(argument:)), options: options, into: vault,
                policy: try policyForRun().policy, onProgress: onProgress, onReject: onReject)
        }
    }
}
