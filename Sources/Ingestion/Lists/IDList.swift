// SPDX-License-Identifier: Apache-2.0

public import Interactions

/// Files that list ids.
public enum IDList {
    /// One id a line, byte for byte, in the order of the file; empty lines are passed over.
    /// - Throws: `badRow` for what is no id, `IngestionError` else.
    public static func read(_ source: InputSource) throws(IngestionError) -> [String] {
        var records = try RecordReader.open(source, dialect: .lines, inflatedLimit: TextLimits.inflatedBytes)
        return try read(&records, column: 0, field: "user")
    }

    /// Catalogue positions, ascending, each once: a CSV with the column `item` (or what `columns` names), or one id a line.
    /// - Throws: `badRow` for an item that the catalogue does not have; `IngestionError` else.
    public static func readCandidates(
        _ source: InputSource, catalogue: Catalogue, columns: [String: String] = [:]
    ) throws(IngestionError) -> [UInt32] {
        let isTab = TableFormat(extension: source.pathExtension) == .tsv
        var records = try RecordReader.open(
            source, dialect: isTab ? .tab : .comma, inflatedLimit: TextLimits.inflatedBytes)
        let name = columns["item"] ?? "item"
        let first = try records.peekLine()
        let looksLikeHeader = first.split(separator: isTab ? 0x09 : 0x2C, omittingEmptySubsequences: false)
            .contains { $0.elementsEqual(name.utf8) || $0.elementsEqual("\"\(name)\"".utf8) }
        var column = 0
        if looksLikeHeader {
            column = try HeaderRow.read(&records).firstIndex(of: name) ?? 0
        } else if columns["item"] != nil {
            throw .missingColumn(file: records.name, column: name)
        } else {
            records.use(.lines)
        }
        let items = ItemIndex(catalogue)
        var positions: Set<UInt32> = []
        try each(&records, column: column, field: name) { id in
            guard let position = items.position(of: id) else { return .unknownItem }
            positions.insert(position)
            return nil
        }
        return positions.sorted()
    }

    private static func read(
        _ records: inout RecordReader, column: Int, field: String
    ) throws(IngestionError) -> [String] {
        var ids: [String] = []
        try each(&records, column: column, field: field) { id in
            guard let text = TextParsing.string(id) else { return .badEncoding }
            ids.append(text)
            return nil
        }
        return ids
    }

    private static func each(
        _ records: inout RecordReader, column: Int, field: String, _ body: (Span<UInt8>) -> RejectionReason?
    ) throws(IngestionError) {
        let name = records.name
        while let step = try records.next() {
            let line = records.line
            func bad(_ field: String, _ reason: RejectionReason) -> IngestionError {
                .badRow(RejectedRow(file: name, line: line, field: field, reason: reason))
            }
            if case .rejected(let reason) = step { throw bad("row", reason) }
            try records.withCells { (bytes, cells) throws(IngestionError) in
                guard column < cells.count else { throw bad(field, .missingField) }
                let id = bytes.extracting(cells[column])
                if let flaw = TextParsing.flaw(inID: id) ?? body(id) { throw bad(field, flaw) }
            }
        }
    }
}
