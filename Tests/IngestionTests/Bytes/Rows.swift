// SPDX-License-Identifier: Apache-2.0

@testable import Ingestion

/// What a reader makes of some bytes, in a form that can be compared.
enum Rows {
    enum Row: Equatable, CustomStringConvertible {
        case cells([[UInt8]], line: Int)
        case rejected(RejectionReason, line: Int)

        var description: String {
            switch self {
            case .cells(let cells, let line): "\(line): \(cells.map { String(decoding: $0, as: UTF8.self) })"
            case .rejected(let reason, let line): "\(line): \(reason)"
            }
        }
    }

    static func read(
        _ bytes: [UInt8], dialect: Dialect = .comma, block: Int = 1 << 20, rowLimit: Int = TextLimits.rowBytes
    ) throws -> [Row] {
        var reader = try RecordReader.open(
            .bytes(bytes, name: "test.csv", block: block), dialect: dialect, rowLimit: rowLimit)
        var rows: [Row] = []
        while let step = try reader.next() {
            switch step {
            case .rejected(let reason): rows.append(.rejected(reason, line: reader.line))
            case .record:
                let cells = try reader.withCells { (bytes, table) in CatalogueRow(bytes, table).cells }
                rows.append(.cells(cells, line: reader.line))
            }
        }
        return rows
    }

    /// The cells as text; a rejected row is its reason alone in angle brackets.
    static func text(_ input: String, dialect: Dialect = .comma) throws -> [[String]] {
        try read(Array(input.utf8), dialect: dialect).map { row in
            switch row {
            case .cells(let cells, _): cells.map { String(decoding: $0, as: UTF8.self) }
            case .rejected(let reason, _): ["<\(reason.rawValue)>"]
            }
        }
    }
}
