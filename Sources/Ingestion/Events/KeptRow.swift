// SPDX-License-Identifier: Apache-2.0

/// What one row has in the columns that the policy keeps though they have no role: gathered anew for each row.
///
/// An empty or missing cell keeps nothing. A flaw rejects the row. There is none of these where the policy keeps nothing.
final class KeptRow {
    /// As the policy names them.
    let names: [String]
    /// A value: its column's place in `names`, and where it ends in `bytes`.
    private(set) var cells: [(column: Int, end: Int)] = []
    private(set) var bytes: [UInt8] = []
    /// Why the row is rejected, and by which column.
    private(set) var flaw: (column: String, reason: RejectionReason)?
    /// Of a table: which cells.
    private var places: [(column: Int, cell: Int)] = []

    init(_ names: [String]) { self.names = names }

    /// Finds the columns in a header. One that has a role in this file is not kept as well.
    func find(in header: [String], _ map: ColumnMap) {
        places = names.indices.compactMap { column in
            header.indices.first { header[$0] == names[column] && !map.hasRole($0) }.map { (column, $0) }
        }
    }

    /// Takes the cells of a row.
    func read(_ row: Span<UInt8>, _ table: CellTable) -> (column: String, reason: RejectionReason)? {
        removeAll()
        for place in places where place.cell < table.count { append(row.extracting(table[place.cell]), place.column) }
        return flaw
    }

    func removeAll() {
        cells.removeAll(keepingCapacity: true)
        bytes.removeAll(keepingCapacity: true)
        flaw = nil
    }

    /// The first flaw counts.
    func append(_ value: Span<UInt8>, _ column: Int) {
        if flaw != nil || value.isEmpty { return }
        if value.count > TextLimits.keptBytes { return refuse(column, .tooLong) }
        if let flaw = TextParsing.flaw(inID: value) { return refuse(column, flaw) }
        for index in value.indices { bytes.append(value[index]) }
        cells.append((column, bytes.count))
    }

    func refuse(_ column: Int, _ reason: RejectionReason) {
        if flaw == nil { flaw = (names[column], reason) }
    }
}
