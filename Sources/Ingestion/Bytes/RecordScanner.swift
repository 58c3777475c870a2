// SPDX-License-Identifier: Apache-2.0

/// Where the cells of one record are in the buffer.
struct CellTable {
    private struct Cell {
        var start: Int
        var end: Int
        var hasEscapes: Bool
    }

    private(set) var count = 0
    private var cells: [Cell]
    /// Whether any cell holds doubled quotes.
    private(set) var hasEscapes = false

    init(capacity: Int = 32) { cells = Array(repeating: Cell(start: 0, end: 0, hasEscapes: false), count: capacity) }

    /// Stands in where the real table is out for filling; allocates nothing.
    static var placeholder: CellTable { CellTable(capacity: 0) }

    /// The bytes of a cell, without its quotes.
    @inline(__always)
    subscript(index: Int) -> Range<Int> { cells[index].start..<cells[index].end }

    mutating func removeAll() { (count, hasEscapes) = (0, false) }

    @inline(__always)
    mutating func append(_ start: Int, _ end: Int, hasEscapes: Bool = false) {
        let cell = Cell(start: start, end: end, hasEscapes: hasEscapes)
        if count == cells.count { cells.append(contentsOf: repeatElement(cell, count: count + 8)) }
        cells[count] = cell
        if hasEscapes { self.hasEscapes = true }
        count += 1
    }

    /// Writes `"` for `""` in place; the text only gets shorter.
    mutating func unescape(in buffer: inout [UInt8]) {
        for index in 0..<count where cells[index].hasEscapes {
            var (from, to) = (cells[index].start, cells[index].start)
            while from < cells[index].end {
                let byte = buffer[from]
                buffer[to] = byte
                from += byte == RecordScanner.quote ? 2 : 1
                to += 1
            }
            cells[index].end = to
        }
    }
}

/// Finds one record in a window of bytes. Pure: what it says depends on the window alone.
///
/// Records end with LF, CR LF or CR. A cell that begins with `"` ends at the next lone `"`, whatever stands between (RFC 4180, section 2);
/// a quote within an unquoted cell is text.
enum RecordScanner {
    static let quote = UInt8(ascii: "\""), lineFeed = UInt8(ascii: "\n"), carriageReturn = UInt8(ascii: "\r")

    enum Outcome: Equatable {
        /// The next record begins at `next`, `lines` lines further down.
        case record(next: Int, lines: Int)
        /// The window ends first. `resume` is where to go on if no more can be had: see `malformed`.
        case incomplete(resume: Int, lines: Int, inQuotes: Bool)
        /// Text after a closing quote. Reading goes on at the end of the line that holds `resume`, where the bad quote opened.
        case malformed(resume: Int, lines: Int)
    }

    /// - Parameter isEnd: nothing comes after `window.upperBound`.
    static func scan(
        _ bytes: Span<UInt8>, window: Range<Int>, isEnd: Bool, dialect: Dialect, cells: inout CellTable
    ) -> Outcome {
        let end = window.upperBound
        var (position, lines) = (window.lowerBound, 0)
        cells.removeAll()
        while true {
            if dialect.hasQuotes && position < end && bytes[position] == quote {
                let (opened, linesBefore) = (position, lines)
                guard let close = closingQuote(bytes, of: opened, end: end, isEnd: isEnd, lines: &lines) else {
                    return .incomplete(resume: opened, lines: linesBefore, inQuotes: true)
                }
                position = close.position + 1
                if position < end && bytes[position] != dialect.separator && !isLineEnd(bytes[position]) {
                    return .malformed(resume: opened, lines: linesBefore)
                }
                cells.append(opened + 1, close.position, hasEscapes: close.hasEscapes)
            } else {
                let start = position
                guard skipText(bytes, &position, end: end, isEnd: isEnd, dialect: dialect) else {
                    return .incomplete(resume: position, lines: lines, inQuotes: false)
                }
                cells.append(start, position)
            }
            if position == end || isLineEnd(bytes[position]) {
                return recordEnd(bytes, position, end: end, isEnd: isEnd, lines: lines)
            }
            position += dialect.isDoubled ? 2 : 1
        }
    }

    @inline(__always)
    private static func isLineEnd(_ byte: UInt8) -> Bool { byte == lineFeed || byte == carriageReturn }

    /// The lone quote that closes the one at `opened`; nil if the window ends first. Counts the line ends between.
    private static func closingQuote(
        _ bytes: Span<UInt8>, of opened: Int, end: Int, isEnd: Bool, lines: inout Int
    ) -> (position: Int, hasEscapes: Bool)? {
        var (position, hasEscapes) = (opened + 1, false)
        while position < end {
            let byte = bytes[position]
            let isLast = position + 1 == end
            if byte == quote {
                if isLast { return isEnd ? (position, hasEscapes) : nil }
                if bytes[position + 1] != quote { return (position, hasEscapes) }
                hasEscapes = true
                position += 1
            } else if byte == lineFeed || (byte == carriageReturn && (isLast || bytes[position + 1] != lineFeed)) {
                lines += 1
            }
            position += 1
        }
        return nil
    }

    /// Moves to the separator, line end or window end that ends unquoted text; false if more bytes must decide.
    @inline(__always)
    private static func skipText(
        _ bytes: Span<UInt8>, _ position: inout Int, end: Int, isEnd: Bool, dialect: Dialect
    ) -> Bool {
        while position < end {
            let byte = bytes[position]
            if isLineEnd(byte) { return true }
            if byte == dialect.separator {
                if !dialect.isDoubled { return true }
                if position + 1 == end {
                    if !isEnd { return false }
                } else if bytes[position + 1] == byte {
                    return true
                }
            }
            position += 1
        }
        return isEnd
    }

    /// What a line end, or the end of the window, at `position` means.
    private static func recordEnd(
        _ bytes: Span<UInt8>, _ position: Int, end: Int, isEnd: Bool, lines: Int
    ) -> Outcome {
        if position < end && bytes[position] == lineFeed { return .record(next: position + 1, lines: lines + 1) }
        if position + 1 < end {
            return .record(next: position + (bytes[position + 1] == lineFeed ? 2 : 1), lines: lines + 1)
        }
        // At the end, or a CR whose LF may follow.
        return isEnd
            ? .record(next: end, lines: lines + 1) : .incomplete(resume: position, lines: lines, inQuotes: false)
    }
}
