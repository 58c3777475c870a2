// SPDX-License-Identifier: Apache-2.0

/// Where the cells of one record are in the buffer.
struct CellTable {
    private(set) var count = 0
    private var starts: [Int]
    private var ends: [Int]
    private var escaped: [Bool]
    /// Whether any cell holds doubled quotes.
    private(set) var hasEscapes = false

    init(capacity: Int = 32) {
        starts = Array(repeating: 0, count: capacity)
        ends = Array(repeating: 0, count: capacity)
        escaped = Array(repeating: false, count: capacity)
    }

    /// Stands in where the real table is out for filling; allocates nothing.
    static var placeholder: CellTable { CellTable(capacity: 0) }

    /// The bytes of a cell, without its quotes.
    @inline(__always)
    subscript(index: Int) -> Range<Int> { starts[index]..<ends[index] }

    mutating func removeAll() { (count, hasEscapes) = (0, false) }

    @inline(__always)
    mutating func append(_ start: Int, _ end: Int, hasEscapes: Bool = false) {
        if count == starts.count {
            starts.append(contentsOf: repeatElement(0, count: count + 8))
            ends.append(contentsOf: repeatElement(0, count: count + 8))
            escaped.append(contentsOf: repeatElement(false, count: count + 8))
        }
        (starts[count], ends[count], escaped[count]) = (start, end, hasEscapes)
        if hasEscapes { self.hasEscapes = true }
        count += 1
    }

    /// Writes `"` for `""` in place; the text only gets shorter.
    mutating func unescape(in buffer: inout [UInt8]) {
        for index in 0..<count where escaped[index] {
            var (from, to) = (starts[index], starts[index])
            while from < ends[index] {
                let byte = buffer[from]
                buffer[to] = byte
                from += byte == RecordScanner.quote ? 2 : 1
                to += 1
            }
            ends[index] = to
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
        let (end, separator) = (window.upperBound, dialect.separator)
        var (position, lines) = (window.lowerBound, 0)
        cells.removeAll()
        while true {
            var start = position
            var close = -1
            if dialect.hasQuotes && position < end && bytes[position] == quote {
                let (opened, linesBefore) = (position, lines)
                var hasEscapes = false
                position += 1
                start = position
                while true {
                    guard position < end else { return .incomplete(resume: opened, lines: linesBefore, inQuotes: true) }
                    let byte = bytes[position]
                    if byte == quote {
                        if position + 1 < end && bytes[position + 1] == quote {
                            hasEscapes = true
                            position += 2
                            continue
                        }
                        if position + 1 == end && !isEnd {
                            return .incomplete(resume: opened, lines: linesBefore, inQuotes: true)
                        }
                        break
                    }
                    if byte == lineFeed || (byte == carriageReturn && !(position + 1 < end && bytes[position + 1] == lineFeed)) {
                        lines += 1
                    }
                    position += 1
                }
                close = position
                position += 1
                if position < end {
                    let byte = bytes[position]
                    guard byte == separator || byte == lineFeed || byte == carriageReturn else {
                        return .malformed(resume: opened, lines: linesBefore)
                    }
                }
                cells.append(start, close, hasEscapes: hasEscapes)
            }
            while position < end {
                let byte = bytes[position]
                if byte == lineFeed || byte == carriageReturn { break }
                if byte == separator {
                    if !dialect.isDoubled { break }
                    if position + 1 < end {
                        if bytes[position + 1] == separator { break }
                    } else if !isEnd {
                        return .incomplete(resume: position, lines: lines, inQuotes: false)
                    }
                }
                position += 1
            }
            if close < 0 { cells.append(start, position) }
            guard position < end else {
                if isEnd { return .record(next: end, lines: lines + 1) }
                return .incomplete(resume: position, lines: lines, inQuotes: false)
            }
            let byte = bytes[position]
            if byte == lineFeed { return .record(next: position + 1, lines: lines + 1) }
            if byte == carriageReturn {
                if position + 1 < end {
                    return .record(next: position + (bytes[position + 1] == lineFeed ? 2 : 1), lines: lines + 1)
                }
                if isEnd { return .record(next: end, lines: lines + 1) }
                return .incomplete(resume: position, lines: lines, inQuotes: false)
            }
            position += dialect.isDoubled ? 2 : 1
        }
    }
}
