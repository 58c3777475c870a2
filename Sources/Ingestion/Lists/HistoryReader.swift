// SPDX-License-Identifier: Apache-2.0

public import Interactions

/// Histories that are read for one call and stored nowhere: fold-in files, `--histories`, test files of `evaluate`. Private but for public test data.
public struct HistoryTable: Sendable {
    /// One entry a user, in order of first appearance.
    public let users: [(userID: String, history: History)]
    /// `accepted` counts rows, of which equal ones are one event.
    public let report: IngestReport

    /// - Parameters:
    ///   - options: format, columns and strict as for `ingest`; batches and rejects file play no part.
    ///   - onReject: rows left out, unknown items among them.
    /// - Throws: `IngestionError`.
    public init(
        _ source: InputSource, options: IngestOptions = IngestOptions(), catalogue: Catalogue,
        onReject: (RejectedRow) -> Void = { _ in }
    ) throws(IngestionError) {
        var reader = try EventReader.open(
            source, format: options.format, columns: options.columns, items: ItemIndex(catalogue),
            inflatedLimit: TextLimits.inflatedBytes)
        var batch = EventBatch()
        var report = IngestReport()
        var count = 1
        while count > 0 {
            count = try reader.read(
                upTo: 4096,
                event: { user, event, _ in
                    batch.append(user: user, event)
                    return nil
                },
                rejected: { (row) throws(IngestionError) in
                    if options.strict { throw .badRow(row) }
                    report.count(row.reason)
                    onReject(row)
                })
            report.read += count
            if Task.isCancelled { throw .interrupted }
        }
        report.accepted = batch.count
        users = batch.take().byUser.map { ($0.userID, History($0.interactions)) }
        self.report = report
    }
}
