// SPDX-License-Identifier: Apache-2.0

/// Rows under headings, in aligned columns. Cells are made harmless for a terminal and cut to their column's limit.
struct Table {
    struct Column {
        enum Side { case left, right }
        let title: String
        let side: Side
        let limit: Int

        static func text(_ title: String, limit: Int = 48) -> Column { .init(title: title, side: .left, limit: limit) }
        static func number(_ title: String) -> Column { .init(title: title, side: .right, limit: 40) }
    }

    private let columns: [Column]
    private var rows: [[String]] = []

    init(_ columns: [Column]) { self.columns = columns }

    /// A row of as many cells as there are columns; missing ones are empty.
    mutating func add(_ cells: [String]) {
        rows.append(
            columns.indices.map { index in
                let cell = index < cells.count ? cells[index] : ""
                return DisplayText.cut(DisplayText.escaped(cell), to: columns[index].limit)
            })
    }

    func rendered(_ style: Style) -> String {
        let widths = columns.indices.map { column in
            rows.map { DisplayText.width($0[column]) }.reduce(DisplayText.width(columns[column].title), max)
        }
        let head = line(columns.map(\.title), widths)
        return "  " + style.bold(head) + "\n" + rows.map { "  " + line($0, widths) + "\n" }.joined()
    }

    private func line(_ cells: [String], _ widths: [Int]) -> String {
        var line = ""
        for (index, cell) in cells.enumerated() {
            let gap = String(repeating: " ", count: widths[index] - DisplayText.width(cell))
            if index > 0 { line += "  " }
            switch columns[index].side {
            case .right: line += gap + cell
            case .left: line += index == cells.count - 1 ? cell : cell + gap
            }
        }
        return line
    }
}
