// SPDX-License-Identifier: Apache-2.0

import Interactions

/// A source of events, opened: format and header are known, rows can be drawn.
struct EventReader: ~Copyable {
    private var records: RecordReader
    private let decoder: EventDecoder

    var name: String { records.name }
    var bytesRead: Int { records.bytesRead }

    /// - Throws: Where the source cannot be opened, or its header does not fit.
    static func open(
        _ source: InputSource, format: TableFormat?, columns: [String: String], items: ItemIndex, hasBasis: Bool = true
    ) throws(IngestionError) -> EventReader {
        try ColumnMap.check(columns)
        let format = format ?? TableFormat(extension: source.pathExtension)
        var records = try RecordReader.open(source, dialect: format == .tsv ? .tab : .comma)
        let map: ColumnMap
        if format == .movielens {
            map = try movieLens(&records, columns)
        } else if let positions = try ColumnMap.positions(columns) {
            map = positions
        } else {
            map = try header(&records, columns)
        }
        return EventReader(
            records: records, decoder: EventDecoder(columns: map, items: items, hasBasis: hasBasis))
    }

    private init(records: consuming RecordReader, decoder: EventDecoder) {
        self.decoder = decoder
        self.records = records
    }

    /// Draws up to `limit` rows.
    /// - Returns: How many came; 0 at the end.
    @inline(__always)
    mutating func read(
        upTo limit: Int, event: (Span<UInt8>, Interaction) -> Void,
        rejected: (RejectedRow) throws(IngestionError) -> Void
    ) throws(IngestionError) -> Int {
        for count in 0..<limit {
            guard let step = try records.next() else { return count }
            switch step {
            case .rejected(let reason):
                try rejected(RejectedRow(file: name, line: records.line, field: "row", reason: reason))
            case .record:
                let line = records.line
                let name = name
                try records.withCells { (bytes, cells) throws(IngestionError) in
                    switch decoder.decode(bytes, cells) {
                    case .event(let user, let interaction): event(bytes.extracting(user), interaction)
                    case .rejected(let field, let reason):
                        try rejected(RejectedRow(file: name, line: line, field: "\(field)", reason: reason))
                    }
                }
            }
        }
        return limit
    }

    private static func header(_ records: inout RecordReader, _ columns: [String: String]) throws(IngestionError)
        -> ColumnMap
    {
        let names = try HeaderRow.read(&records)
        return try ColumnMap.header(names, columns: columns, file: records.name)
    }

    private static func movieLens(_ records: inout RecordReader, _ columns: [String: String]) throws(IngestionError)
        -> ColumnMap
    {
        let line = try records.peekLine()
        if line.contains(0x09) {
            records.use(.tab)
        } else if line.indices.dropLast().contains(where: { line[$0] == 0x3A && line[$0 + 1] == 0x3A }) {
            records.use(.doubleColon)
        } else {
            return try header(&records, columns.isEmpty ? ColumnMap.movieLensHeader : columns)
        }
        return try ColumnMap.positions(columns) ?? .movieLens
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
