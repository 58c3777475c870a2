// SPDX-License-Identifier: Apache-2.0

package import Interactions
package import Vault

/// Reads sources, and hands their events over in batches. Knows no storage: `sink` has it.
package struct Ingestor {
    /// Stores a batch durably, and says how many events were new and how many were there.
    package typealias Sink = ([UserEvents]) throws -> (accepted: Int, duplicates: Int)
    /// The same of a batch in flat columns.
    package typealias TableSink = (consuming EventTable) throws -> (accepted: Int, duplicates: Int)
    /// Stores events of unknown items, and says what became of them.
    package typealias PendingSink = ([PendingBatch]) throws -> PendingOutcome

    private let options: IngestOptions
    private let items: ItemIndex
    private let basis: BasisGate
    private let onReject: (RejectedRow) -> Void
    /// Rows between two looks at clock and cancellation.
    private static let rowsPerLook = 4096

    package init(
        catalogue: Catalogue, basis: BasisGate = .all(true), options: IngestOptions,
        onReject: @escaping (RejectedRow) -> Void = { _ in }
    ) {
        (self.options, self.basis, self.onReject) = (options, basis, onReject)
        items = ItemIndex(catalogue)
    }

    /// Batches have one entry a user in order of appearance, events in order of arrival.
    /// - Throws: `IngestionError`, or what `sink` throws. Batches that `sink` took stay stored.
    package func ingest(
        _ sources: [InputSource], onProgress: @escaping (IngestProgress) -> Void = { _ in }, into sink: Sink
    ) throws -> IngestReport {
        try ingestTables(sources, onProgress: onProgress) { try sink($0.byUser) }
    }

    /// The same, without a copy of each user's events.
    /// - Parameter pendingSink: where events of unknown items go; nil: they are rejected.
    package func ingestTables(
        _ sources: [InputSource], onProgress: @escaping (IngestProgress) -> Void = { _ in },
        pending pendingSink: PendingSink? = nil, into sink: TableSink
    ) throws -> IngestReport {
        let clock = ContinuousClock()
        let begin = clock.now
        var work = Work(
            basis: basis, batch: EventBatch(keeping: options.keepColumns), throttle: ProgressThrottle(onProgress),
            totalBytes: Self.byteCount(of: sources))
        // Files are looked at before anything is stored: the header always, every row if strict.
        for source in sources where source.byteCount != nil { try check(source, keepsUnknown: pendingSink != nil) }
        var rejects: RejectsFile? = nil
        // A row has eight bytes at least.
        work.batch.reserve(min(options.batchRows, (work.totalBytes ?? 0) / 8))
        if let url = options.rejects { rejects = try RejectsFile.create(at: url, outside: options.dataDirectory) }
        for source in sources {
            try take(source, &work, &rejects, pendingSink, sink)
        }
        try rejects?.flush()
        work.throttle.finish(work.progress(bytes: 0))
        work.report.seconds = (clock.now - begin) / .seconds(1)
        return work.report
    }

    private struct Work {
        var basis: BasisGate
        var report = IngestReport()
        var batch: EventBatch
        var pending = PendingArrivals()
        var throttle: ProgressThrottle
        var bytesDone = 0
        var totalBytes: Int?

        func progress(bytes: Int) -> IngestProgress {
            IngestProgress(rows: report.read, bytesRead: bytesDone + bytes, totalBytes: totalBytes)
        }
        mutating func flush(_ pendingSink: PendingSink?, _ sink: TableSink) throws {
            if let pendingSink, pending.count > 0 {
                let rows = pending.count
                let outcome = try pendingSink(pending.take())
                report.pending += outcome.pending
                report.accepted += outcome.accepted
                report.duplicates += outcome.duplicates
                report.count(.tooManyPending, outcome.full)
                report.damaged +=
                    rows - outcome.pending - outcome.accepted - outcome.duplicates - outcome.full
            }
            guard batch.count > 0 else { return }
            let rows = batch.count
            let (accepted, duplicates) = try sink(batch.take())
            report.accepted += accepted
            report.duplicates += duplicates
            report.damaged += rows - accepted - duplicates
        }
    }

    /// Nil if one of them is a stream.
    private static func byteCount(of sources: [InputSource]) -> Int? {
        sources.reduce(0 as Int?) { sum, source in source.byteCount.flatMap { size in sum.map { $0 + size } } }
    }

    private func open(_ source: InputSource, keepsUnknown: Bool) throws(IngestionError) -> EventReader {
        try EventReader.open(
            source, format: options.format, columns: options.columns, items: items,
            refusesExtra: options.refusesExtraColumns, kept: options.keepColumns, keepsUnknown: keepsUnknown)
    }

    /// Opens a file, reads it to its end under `strict`, and stores nothing.
    private func check(_ source: InputSource, keepsUnknown: Bool) throws(IngestionError) {
        var reader = try open(source, keepsUnknown: keepsUnknown)
        guard options.strict else { return }
        var basis = basis
        while try reader.read(
            upTo: Self.rowsPerLook, event: { user, _, _ in basis.keeps(user) ? nil : .noBasis },
            unknown: { user, _, _ in basis.keeps(user) ? nil : .noBasis },
            rejected: { (row) throws(IngestionError) in throw .badRow(row) }) > 0
        {
            if Task.isCancelled { throw .interrupted }
        }
    }

    private func take(
        _ source: InputSource, _ work: inout Work, _ rejects: inout RejectsFile?,
        _ pendingSink: PendingSink?, _ sink: TableSink
    ) throws {
        var reader = try open(source, keepsUnknown: pendingSink != nil)
        while true {
            let count = try read(&reader, &work, &rejects)
            if count == 0 { break }
            if Task.isCancelled { throw IngestionError.interrupted }
            if work.batch.count >= options.batchRows || work.batch.isFull || work.pending.isFull {
                try work.flush(pendingSink, sink)
            }
            work.throttle.offer(work.progress(bytes: reader.bytesRead))
        }
        try work.flush(pendingSink, sink)
        work.bytesDone += reader.bytesRead
    }

    /// The next few thousand rows, into the batch.
    private func read(
        _ reader: inout EventReader, _ work: inout Work, _ rejects: inout RejectsFile?
    ) throws(IngestionError) -> Int {
        var batch = EventBatch()
        swap(&batch, &work.batch)
        var basis = BasisGate.all(false)
        swap(&basis, &work.basis)
        var pending = PendingArrivals()
        swap(&pending, &work.pending)
        defer {
            swap(&batch, &work.batch)
            swap(&pending, &work.pending)
            swap(&basis, &work.basis)
        }
        var refused: [RejectedRow] = []
        let sealed = work.report.accepted + work.report.duplicates + work.report.pending
        let strict = options.strict
        let limit = max(1, min(Self.rowsPerLook, options.batchRows - batch.count))
        let count = try reader.read(
            upTo: limit,
            event: { user, event, kept in
                guard basis.keeps(user) else { return .noBasis }
                batch.append(user: user, event)
                if let kept { batch.append(kept) }
                return nil
            },
            unknown: { user, item, event in
                guard basis.keeps(user) else { return .noBasis }
                return pending.append(user: user, item: item, event) ? nil : .badEncoding
            },
            rejected: { (row) throws(IngestionError) in
                if strict { throw .badRow(row, sealedBefore: sealed) }
                refused.append(row)
            })
        work.report.read += count
        for row in refused {
            work.report.count(row.reason)
            try rejects?.append(row)
            onReject(row)
        }
        return count
    }
}
