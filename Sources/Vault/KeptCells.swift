// SPDX-License-Identifier: Apache-2.0

public import Interactions

/// What is kept beside one event: the values of columns that have no role, by column. Private.
///
/// Nothing is computed of it. It is there for the operator to show to the person it is about.
public struct KeptEvent: Hashable, Sendable {
    public var event: Interaction
    public var columns: [String: String]

    public init(event: Interaction, columns: [String: String]) { (self.event, self.columns) = (event, columns) }
}

/// The same of many events, flat: values of at most `names.count` columns, in order of their events. Private, all of it.
package struct KeptCells: Sendable {
    private struct Cell {
        let event: Int
        let column: Int
        /// Where the value ends in `bytes`.
        let end: Int
    }
    package let names: [String]
    private var cells: [Cell] = []
    private var bytes: [UInt8] = []

    package init(names: [String]) { self.names = names }

    /// About the memory that it takes.
    package var storedBytes: Int { bytes.count + cells.count * MemoryLayout<Cell>.stride }

    /// - Parameters:
    ///   - value: UTF-8.
    ///   - column: its place in `names`.
    ///   - event: its place in the table; not before that of the value before.
    package mutating func append(_ value: some Collection<UInt8>, ofColumn column: Int, event: Int) {
        bytes.append(contentsOf: value)
        cells.append(Cell(event: event, column: column, end: bytes.count))
    }

    package var isEmpty: Bool { cells.isEmpty }

    /// The events that have any value, and which values; ascending.
    package var events: [(event: Int, values: Range<Int>)] {
        var events: [(event: Int, values: Range<Int>)] = []
        for index in cells.indices {
            if events.last?.event == cells[index].event {
                events[events.count - 1].values = events[events.count - 1].values.lowerBound..<index + 1
            } else {
                events.append((cells[index].event, index..<index + 1))
            }
        }
        return events
    }

    /// Those values by the names of their columns.
    package func columns(_ values: Range<Int>) -> [String: String] {
        var columns: [String: String] = [:]
        for index in values {
            let start = index == 0 ? 0 : cells[index - 1].end
            columns[names[cells[index].column]] = String(decoding: bytes[start..<cells[index].end], as: UTF8.self)
        }
        return columns
    }
}
