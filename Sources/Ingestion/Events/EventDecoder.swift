// SPDX-License-Identifier: Apache-2.0

import Interactions

/// The catalogue's ids as bytes.
struct ItemIndex: Sendable {
    private var table = ByteTable()
    /// Table entry to catalogue position.
    private var positions: [UInt32] = []

    init(_ catalogue: Catalogue) {
        for (position, item) in catalogue.items.enumerated() {
            let id = Array(item.id.utf8)
            if Int(table.insert(id.span)) == positions.count { positions.append(UInt32(position)) }
        }
    }

    @inline(__always)
    func position(of id: Span<UInt8>) -> UInt32? { table.index(of: id).map { positions[Int($0)] } }
}

/// Makes events of records. The first cell that is wrong, in the order user, item, value, time, gives the reason.
struct EventDecoder: Sendable {
    enum Outcome {
        /// The user's id is in these bytes.
        case event(user: Range<Int>, Interaction)
        /// The catalogue has no item with the id in these bytes; all else is in order. Only where such events are kept.
        case unknown(user: Range<Int>, item: Range<Int>, Interaction)
        case rejected(field: StaticString, RejectionReason)
    }

    let columns: ColumnMap
    let items: ItemIndex
    /// Whether events of unknown items are kept.
    var keepsUnknown = false

    @inline(__always)
    func decode(_ bytes: Span<UInt8>, _ cells: CellTable) -> Outcome { decode(bytes, cells, columns) }

    @inline(__always)
    func decode(_ bytes: Span<UInt8>, _ cells: CellTable, _ columns: ColumnMap) -> Outcome {
        if cells.count > columns.width { return .rejected(field: "row", .badEncoding) }
        guard columns.user < cells.count else { return .rejected(field: "user", .missingField) }
        let user = cells[columns.user]
        if let flaw = TextParsing.flaw(inID: bytes.extracting(user)) { return .rejected(field: "user", flaw) }
        guard columns.item < cells.count else { return .rejected(field: "item", .missingField) }
        let id = bytes.extracting(cells[columns.item])
        if let flaw = TextParsing.flaw(inID: id) { return .rejected(field: "item", flaw) }
        let item = items.position(of: id)
        if item == nil && !keepsUnknown { return .rejected(field: "item", .unknownItem) }
        var interaction = Interaction(item: item ?? 0)
        if let column = columns.value {
            guard column < cells.count, !cells[column].isEmpty else { return .rejected(field: "value", .missingField) }
            guard let value = DecimalParsing.float(bytes.extracting(cells[column])) else {
                return .rejected(field: "value", .badNumber)
            }
            interaction.value = value
        }
        if let column = columns.time {
            guard column < cells.count, !cells[column].isEmpty else { return .rejected(field: "time", .missingField) }
            guard let time = TimeParsing.seconds(bytes.extracting(cells[column])) else {
                return .rejected(field: "time", .badTime)
            }
            interaction.time = time
        }
        if item == nil { return .unknown(user: user, item: cells[columns.item], interaction) }
        return .event(user: user, interaction)
    }
}
