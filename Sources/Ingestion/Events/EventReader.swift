// SPDX-License-Identifier: Apache-2.0

import Interactions

/// A source of events, opened: format and header are known, rows can be drawn.
struct EventReader: ~Copyable {
    private var records: RecordReader
    private let decoder: EventDecoder
    /// Set where rows are JSON.
    private var json: JSONEvents?
    /// Set where columns without a role are kept.
    private let kept: KeptRow?

    var name: String { records.name }
    var bytesRead: Int { records.bytesRead }

    /// - Throws: Where the source cannot be opened, or its header does not fit.
    static func open(
        _ source: InputSource, format: TableFormat?, columns: [String: String], items: ItemIndex,
        refusesExtra: Bool = false, kept: [String] = [], keepsUnknown: Bool = false,
        inflatedLimit: Int = .max
    ) throws(IngestionError) -> EventReader {
        try ColumnMap.check(columns)
        let format = format ?? TableFormat(extension: source.pathExtension)
        var records = try RecordReader.open(source, dialect: format.dialect, inflatedLimit: inflatedLimit)
        let map: ColumnMap
        var json: JSONEvents?
        let row = kept.isEmpty ? nil : KeptRow(kept)
        if format == .jsonl {
            map = .movieLens  // each row has its own
            json = JSONEvents(columns: columns, refusesExtra: refusesExtra, kept: row)
        } else if format == .movielens {
            map = try movieLens(&records, columns, refusesExtra, row)
        } else if let positions = try ColumnMap.positions(columns, refusesExtra: refusesExtra) {
            map = positions
        } else {
            map = try header(&records, columns, refusesExtra, row)
        }
        return EventReader(
            records: records, decoder: EventDecoder(columns: map, items: items, keepsUnknown: keepsUnknown), json: json,
            kept: row)
    }

    private init(records: consuming RecordReader, decoder: EventDecoder, json: JSONEvents?, kept: KeptRow?) {
        self.decoder = decoder
        self.json = json
        self.kept = kept
        self.records = records
    }

    /// Draws up to `limit` rows.
    /// - Parameters:
    ///   - event: takes an event, its user's id and what is kept beside it, or gives the reason why not.
    ///   - unknown: the same of an event of an unknown item, with that item's id, where such are kept.
    /// - Returns: How many came; 0 at the end.
    @inline(__always)
    mutating func read(
        upTo limit: Int, event: (Span<UInt8>, Interaction, KeptRow?) -> RejectionReason?,
        unknown: (Span<UInt8>, Span<UInt8>, Interaction) -> RejectionReason? = { _, _, _ in .unknownItem },
        rejected: (RejectedRow) throws(IngestionError) -> Void
    ) throws(IngestionError) -> Int {
        if json != nil { return try readLines(upTo: limit, event: event, unknown: unknown, rejected: rejected) }
        for count in 0..<limit {
            guard let step = try records.next() else { return count }
            switch step {
            case .rejected(let reason):
                try rejected(RejectedRow(file: name, line: records.line, field: "row", reason: reason))
            case .record:
                let line = records.line
                let (name, kept) = (name, kept)
                try records.withCells { (bytes, cells) throws(IngestionError) in
                    switch decoder.decode(bytes, cells) {
                    case .event(let user, let interaction):
                        if let kept, let flaw = kept.read(bytes, cells) {
                            try rejected(RejectedRow(file: name, line: line, field: flaw.column, reason: flaw.reason))
                        } else if let reason = event(bytes.extracting(user), interaction, kept) {
                            try rejected(RejectedRow(file: name, line: line, field: "row", reason: reason))
                        }
                    case .unknown(let user, let item, let interaction):
                        if let reason = unknown(bytes.extracting(user), bytes.extracting(item), interaction) {
                            try rejected(RejectedRow(file: name, line: line, field: "row", reason: reason))
                        }
                    case .rejected(let field, let reason):
                        try rejected(RejectedRow(file: name, line: line, field: "\(field)", reason: reason))
                    }
                }
            }
        }
        return limit
    }

    /// The same for lines of JSON.
    private mutating func readLines(
        upTo limit: Int, event: (Span<UInt8>, Interaction, KeptRow?) -> RejectionReason?,
        unknown: (Span<UInt8>, Span<UInt8>, Interaction) -> RejectionReason?,
        rejected: (RejectedRow) throws(IngestionError) -> Void
    ) throws(IngestionError) -> Int {
        var lines = json ?? .placeholder
        json = .placeholder  // so that only one holds the buffers
        defer { json = lines }
        for count in 0..<limit {
            guard let step = try records.next() else { return count }
            let (name, line, kept) = (name, records.line, kept)
            func refuse(_ field: String, _ reason: RejectionReason) throws(IngestionError) {
                try rejected(RejectedRow(file: name, line: line, field: field, reason: reason))
            }
            if case .rejected(let reason) = step {
                try refuse("row", reason)
                continue
            }
            try records.withCells { (bytes, cells) throws(IngestionError) in
                // A NUL would end a cell.
                guard cells.count == 1 else { return try refuse("row", .badEncoding) }
                try lines.decode(
                    bytes.extracting(cells[0]),
                    rejected: { (role, reason) throws(IngestionError) in try refuse(role?.rawValue ?? "row", reason) }
                ) { (text, cells, columns) throws(IngestionError) in
                    switch decoder.decode(text, cells, columns) {
                    case .event(let user, let interaction):
                        if let flaw = kept?.flaw {
                            try refuse(flaw.column, flaw.reason)
                        } else if let reason = event(text.extracting(user), interaction, kept) {
                            try refuse("row", reason)
                        }
                    case .unknown(let user, let item, let interaction):
                        if let reason = unknown(text.extracting(user), text.extracting(item), interaction) {
                            try refuse("row", reason)
                        }
                    case .rejected(let field, let reason): try refuse("\(field)", reason)
                    }
                }
            }
        }
        return limit
    }

    private static func header(
        _ records: inout RecordReader, _ columns: [String: String], _ refusesExtra: Bool, _ kept: KeptRow?
    ) throws(IngestionError) -> ColumnMap {
        let names = try HeaderRow.read(&records)
        let map = try ColumnMap.header(
            names, columns: columns, file: records.name, refusesExtra: refusesExtra, kept: kept?.names ?? [])
        kept?.find(in: names, map)
        return map
    }

    private static func movieLens(
        _ records: inout RecordReader, _ columns: [String: String], _ refusesExtra: Bool, _ kept: KeptRow?
    ) throws(IngestionError) -> ColumnMap {
        let line = try records.peekLine()
        if line.contains(0x09) {
            records.use(.tab)
        } else if line.indices.dropLast().contains(where: { line[$0] == 0x3A && line[$0 + 1] == 0x3A }) {
            records.use(.doubleColon)
        } else {
            return try header(&records, columns.isEmpty ? ColumnMap.movieLensHeader : columns, refusesExtra, kept)
        }
        return try ColumnMap.positions(columns, refusesExtra: refusesExtra) ?? .movieLens
    }
}

/// The first row of a table.
enum HeaderRow {
    /// - Throws: `empty` where there is none; `badRow` where it cannot be read.
    static func read(_ records: inout RecordReader) throws(IngestionError) -> [String] {
        guard let step = try records.next() else { throw .empty(file: records.name) }
        let (name, line) = (records.name, records.line)
        if case .rejected(let reason) = step {
            throw .badRow(RejectedRow(file: name, line: line, field: "header", reason: reason))
        }
        return try records.withCells { (bytes, cells) throws(IngestionError) in
            var names: [String] = []
            for index in 0..<cells.count {
                guard let text = TextParsing.string(bytes.extracting(cells[index])) else {
                    throw .badRow(RejectedRow(file: name, line: line, field: "header", reason: .badEncoding))
                }
                names.append(text)
            }
            return names
        }
    }
}
