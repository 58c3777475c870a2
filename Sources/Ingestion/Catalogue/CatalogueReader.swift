// SPDX-License-Identifier: Apache-2.0

public import Interactions

/// Reads a catalogue: one row an item, all of it right or none. Public data.
public enum CatalogueReader {
    /// The roles of `--columns`.
    public static let roles = ["item", "title"]

    /// The items in the order of the file.
    ///
    /// A table has a header; the columns `item` and (if there) `title`, or what `columns` names instead, are id and title, every other one is
    /// a feature under its own name, a list where the cell has `|`. JSON Lines likewise, with arrays for lists. MovieLens: `u.item` and `movies.dat` (Latin-1 or UTF-8), `movies.csv`.
    /// - Parameter format: Nil: by the file's extension.
    /// - Throws: `IngestionError`, with file, line and column.
    public static func read(
        _ source: InputSource, format: TableFormat? = nil, columns: [String: String] = [:]
    ) throws(IngestionError) -> [CatalogueItem] {
        for role in columns.keys.sorted() where !roles.contains(role) {
            throw .unknownRole(role, known: roles)
        }
        let format = format ?? TableFormat(extension: source.pathExtension)
        var records = try RecordReader.open(
            source, dialect: format.dialect, inflatedLimit: TextLimits.inflatedBytes)
        if format == .jsonl { return try lines(&records, JSONCatalogue(columns: columns)) }
        if format == .movielens, let layout = try MovieLensCatalogue(&records) {
            return try rows(&records, width: layout.width, idColumn: "item") { layout.item($0) }
        }
        let names = format == .movielens ? ["item": "movieId", "title": "title"] : [:]
        let header = try CatalogueHeader(&records, columns: names.merging(columns) { $1 })
        return try rows(&records, width: header.width, idColumn: header.idName) { header.item($0) }
    }

    private static func rows(
        _ records: inout RecordReader, width: Int, idColumn: String, _ item: (CatalogueRow) -> CatalogueItem?
    ) throws(IngestionError) -> [CatalogueItem] {
        var items = ItemCollector(file: records.name, idColumn: idColumn)
        let name = records.name
        while let step = try records.next() {
            let line = records.line
            func bad(_ field: String, _ reason: RejectionReason) -> IngestionError {
                .badRow(RejectedRow(file: name, line: line, field: field, reason: reason))
            }
            if case .rejected(let reason) = step { throw bad("row", reason) }
            let row = try records.withCells { (bytes, cells) throws(IngestionError) in CatalogueRow(bytes, cells) }
            guard row.cells.count == width else {
                throw .wrongCellCount(file: name, line: line, expected: width, found: row.cells.count)
            }
            guard let item = item(row) else { throw bad("row", .badEncoding) }
            try items.append(item, line: line)
        }
        return try items.all()
    }

    private static func lines(
        _ records: inout RecordReader, _ json: JSONCatalogue
    ) throws(IngestionError) -> [CatalogueItem] {
        var json = json
        var items = ItemCollector(file: records.name, idColumn: json.idName)
        let name = records.name
        while let step = try records.next() {
            let line = records.line
            func bad(_ field: String, _ reason: RejectionReason) -> IngestionError {
                .badRow(RejectedRow(file: name, line: line, field: field, reason: reason))
            }
            if case .rejected(let reason) = step { throw bad("row", reason) }
            let item = try records.withCells { (bytes, cells) throws(IngestionError) in
                guard cells.count == 1 else { throw bad("row", .badEncoding) }
                return json.item(bytes.extracting(cells[0]))
            }
            switch item {
            case .success(let item): try items.append(item, line: line)
            case .failure(let flaw): throw bad(flaw.field, flaw.reason)
            }
        }
        return try items.all()
    }
}

/// The items so far, each id once.
private struct ItemCollector {
    private let file: String
    private let idColumn: String
    private var items: [CatalogueItem] = []
    private var lines: [Int] = []
    private var seen = ByteTable()

    init(file: String, idColumn: String) { (self.file, self.idColumn) = (file, idColumn) }

    mutating func append(_ item: CatalogueItem, line: Int) throws(IngestionError) {
        let id = Array(item.id.utf8)
        if let flaw = TextParsing.flaw(inID: id.span) {
            throw .badRow(RejectedRow(file: file, line: line, field: idColumn, reason: flaw))
        }
        let entry = Int(seen.insert(id.span))
        guard entry == items.count else {
            throw .duplicateItem(file: file, line: line, firstLine: lines[entry], column: idColumn)
        }
        items.append(item)
        lines.append(line)
    }

    func all() throws(IngestionError) -> [CatalogueItem] {
        if items.isEmpty { throw .empty(file: file) }
        return items
    }
}

/// The cells of a row, copied: a catalogue is small beside its events.
struct CatalogueRow {
    let cells: [[UInt8]]

    init(_ bytes: Span<UInt8>, _ table: CellTable) {
        cells = (0..<table.count).map { index in
            let cell = bytes.extracting(table[index])
            return cell.indices.map { cell[$0] }
        }
    }
}

/// Which column of a table is what.
private struct CatalogueHeader {
    let idName: String
    let width: Int
    private let id: Int
    private let title: Int?
    private let features: [(column: Int, name: String)]

    init(_ records: inout RecordReader, columns: [String: String]) throws(IngestionError) {
        let file = records.name
        let names = try HeaderRow.read(&records)
        for (index, name) in names.enumerated() where names[..<index].contains(name) {
            throw .duplicateColumn(file: file, column: name)
        }
        idName = columns["item"] ?? "item"
        width = names.count
        guard let id = names.firstIndex(of: idName) else { throw .missingColumn(file: file, column: idName) }
        self.id = id
        title = names.firstIndex(of: columns["title"] ?? "title")
        if title == nil, let name = columns["title"] { throw .missingColumn(file: file, column: name) }
        let (id_, title_) = (id, title)
        features = names.enumerated().filter { $0.offset != id_ && $0.offset != title_ && !$0.element.isEmpty }
            .map { (column: $0.offset, name: $0.element) }
    }

    /// Nil if a cell is not UTF-8.
    func item(_ row: CatalogueRow) -> CatalogueItem? {
        guard let idText = TextParsing.string(row.cells[id]) else { return nil }
        var item = CatalogueItem(id: idText)
        if let title {
            guard let text = TextParsing.string(row.cells[title]) else { return nil }
            item.title = text
        }
        for (column, name) in features {
            guard let text = TextParsing.string(row.cells[column]) else { return nil }
            let values = CatalogueCell.list(text)
            if !values.isEmpty { item.features[name] = values }
        }
        return item
    }
}

/// A cell that may be a list.
enum CatalogueCell {
    /// The parts between bars, without spaces around them, each once; none of an empty cell.
    static func list(_ text: String) -> [String] {
        var values: [String] = []
        for part in text.utf8.split(separator: UInt8(ascii: "|")) {
            let value = String(Substring(part)).trimmingPrefix(while: { $0 == " " })
            let trimmed = String(value.reversed().drop(while: { $0 == " " }).reversed())
            if !trimmed.isEmpty && !values.contains(trimmed) { values.append(trimmed) }
        }
        return values
    }
}
