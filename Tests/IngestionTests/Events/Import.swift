// SPDX-License-Identifier: Apache-2.0

import Foundation
import Interactions
import TestSupport

@testable import Ingestion

/// An import into memory, with everything that it told.
final class Import {
    /// Batches in order.
    private(set) var batches: [[UserEvents]] = []
    private(set) var rejected: [RejectedRow] = []
    private(set) var progress: [IngestProgress] = []
    private(set) var report = IngestReport()
    private var known: Set<String> = []

    static let catalogue = Catalogue(["i1", "i2", "i3", "caf\u{E9}", "a,b"].map { CatalogueItem(id: $0) })

    /// One source of text after the other.
    func run(_ texts: String..., options: IngestOptions = IngestOptions(), hasBasis: Bool = true) throws {
        try run(
            texts.enumerated().map { .bytes(Array($1.utf8), name: "events\($0).csv") }, options: options,
            hasBasis: hasBasis)
    }

    func run(_ sources: [InputSource], options: IngestOptions = IngestOptions(), hasBasis: Bool = true) throws {
        let ingestor = Ingestor(
            catalogue: Self.catalogue, basis: .all(hasBasis), options: options, onReject: { self.rejected.append($0) })
        report = try ingestor.ingest(sources, onProgress: { self.progress.append($0) }) { users in
            self.batches.append(users)
            let events = users.flatMap { user in user.interactions.map { "\(user.userID) \($0)" } }
            let new = events.count { self.known.insert($0).inserted }
            return (new, events.count - new)
        }
    }

    var events: [UserEvents] { batches.flatMap(\.self) }
    /// `line field reason`
    var reasons: [String] { rejected.map { "\($0.line) \($0.field) \($0.reason.rawValue)" } }
}
