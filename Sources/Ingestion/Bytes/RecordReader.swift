// SPDX-License-Identifier: Apache-2.0

/// Reads a source record by record in bounded memory: a block, and a record of at most `TextLimits.rowBytes`.
///
/// What comes out does not depend on how the source cuts its blocks.
struct RecordReader: ~Copyable {
    enum Step: Equatable {
        /// `withCells` has it.
        case record
        /// The row cannot be read; the reader goes on behind it.
        case rejected(RejectionReason)
    }

    let name: String
    /// The line on which the current record begins, from 1.
    private(set) var line = 1
    private var stream: ContentStream
    private var dialect: Dialect
    private let rowLimit: Int
    private var buffer: [UInt8]
    private var cells: CellTable
    /// Where the next record begins in `buffer`, and on which line.
    private var start: Int
    private var nextLine = 1
    private var isEnd: Bool
    private var discarded = 0

    /// - Parameters:
    ///   - rowLimit: bytes a record may have without its line end; smaller in tests.
    ///   - inflatedLimit: bytes that may come out of a compressed source; for callers that keep all they read.
    static func open(
        _ source: InputSource, dialect: Dialect, rowLimit: Int = TextLimits.rowBytes, inflatedLimit: Int = .max
    ) throws(IngestionError) -> RecordReader {
        var stream = try ContentStream.open(source, inflatedLimit: inflatedLimit)
        var buffer: [UInt8] = []
        var isEnd = false
        while buffer.count < 4 && !isEnd { isEnd = try stream.read(into: &buffer) == 0 }
        let start = try checkedStart(of: buffer, file: stream.name)
        return RecordReader(stream, dialect, rowLimit, buffer, start: start, isEnd: isEnd)
    }

    // Nothing here throws: Swift 6.3.1 crashes where a noncopyable value is given up half made.
    private init(
        _ stream: consuming ContentStream, _ dialect: Dialect, _ rowLimit: Int, _ buffer: [UInt8], start: Int,
        isEnd: Bool
    ) {
        name = stream.name
        (self.dialect, self.rowLimit, self.buffer) = (dialect, rowLimit, buffer)
        (self.start, self.isEnd) = (start, isEnd)
        cells = CellTable()
        self.stream = stream
    }

    /// How much of the source is behind us, in bytes as they are stored.
    var bytesRead: Int { stream.compressedBytesRead ?? discarded + start }

    /// The next record, nil at the end. Empty lines are passed over.
    mutating func next() throws(IngestionError) -> Step? {
        while true {
            if start == buffer.count {
                if isEnd { return nil }
                try refill()
                continue
            }
            line = nextLine
            let limit = min(buffer.count, start + rowLimit + 1)
            // A full window decides without knowing what follows: whether the end is known yet depends on the blocks.
            let showsEnd = isEnd && limit - start <= rowLimit
            var table = CellTable.placeholder
            swap(&table, &cells)
            let outcome = RecordScanner.scan(
                buffer.span, window: start..<limit, isEnd: showsEnd, dialect: dialect, cells: &table)
            swap(&table, &cells)
            switch outcome {
            case .record(let next, let lines):
                start = next
                nextLine += lines
                if cells.count == 1 && cells[0].isEmpty && lines == 1 && !wasQuoted { continue }
                if cells.hasEscapes { cells.unescape(in: &buffer) }
                return .record
            case .malformed(let resume, let lines):
                try skipLine(from: resume, lines: lines)
                return .rejected(.badEncoding)
            case .incomplete(let resume, let lines, let inQuotes):
                if limit - start > rowLimit {
                    try skipLine(from: resume, lines: lines)
                    return .rejected(.tooLong)
                }
                if isEnd {
                    try skipLine(from: resume, lines: lines)
                    return .rejected(inQuotes ? .badEncoding : .missingField)
                }
                try refill()
            }
        }
    }

    /// The buffer and where the current record's cells are in it. Only after `next()` returned `.record`.
    @inline(__always)
    func withCells<Result>(_ body: (Span<UInt8>, CellTable) throws(IngestionError) -> Result) throws(IngestionError)
        -> Result
    {
        try body(buffer.span, cells)
    }

    /// The first line as it stands (at most 64 KiB of it), without reading past it: for telling formats apart.
    mutating func peekLine() throws(IngestionError) -> [UInt8] {
        while true {
            let seen = buffer[start...].prefix(1 << 16)
            if let end = seen.firstIndex(where: { $0 == RecordScanner.lineFeed || $0 == RecordScanner.carriageReturn })
            {
                return Array(seen[..<end])
            }
            if isEnd || seen.count == 1 << 16 { return Array(seen) }
            try refill()
        }
    }

    /// From the next record on, cells are told apart in this way.
    mutating func use(_ dialect: Dialect) { self.dialect = dialect }

    /// A cell `""` alone on a line is a record; an empty line is none.
    private var wasQuoted: Bool {
        let start = cells[0].lowerBound
        return dialect.hasQuotes && start > 0 && buffer[start - 1] == RecordScanner.quote
    }

    /// Goes to the line after the one that holds `position`, which is `lines` lines below the record's first.
    private mutating func skipLine(from position: Int, lines: Int) throws(IngestionError) {
        start = position
        nextLine += lines
        while true {
            while start < buffer.count {
                let byte = buffer[start]
                if byte == RecordScanner.lineFeed {
                    start += 1
                    nextLine += 1
                    return
                }
                if byte == RecordScanner.carriageReturn {
                    if start + 1 == buffer.count && !isEnd { break }
                    start += start + 1 < buffer.count && buffer[start + 1] == RecordScanner.lineFeed ? 2 : 1
                    nextLine += 1
                    return
                }
                start += 1
            }
            if isEnd { return }
            try refill()
        }
    }

    /// Drops what is behind us and reads until the rest has doubled, so that a record is not scanned over and over.
    private mutating func refill() throws(IngestionError) {
        discarded += start
        buffer.removeSubrange(..<start)
        start = 0
        let wanted = 2 * buffer.count + 1
        while buffer.count < wanted && !isEnd { try readBlock() }
    }

    private mutating func readBlock() throws(IngestionError) {
        if try stream.read(into: &buffer) == 0 { isEnd = true }
    }

    /// Where the text begins: behind a byte order mark.
    private static func checkedStart(of bytes: [UInt8], file: String) throws(IngestionError) -> Int {
        if bytes.starts(with: [0x1F, 0x8B]) {
            throw .unsupportedContent(
                file: file, what: "compressed twice: unpack it once, gunzip -c FILE | discreet ingest -")
        }
        if bytes.starts(with: [0xFF, 0xFE]) || bytes.starts(with: [0xFE, 0xFF]) {
            throw .unsupportedContent(file: file, what: "UTF-16: convert it first, iconv -f UTF-16 -t UTF-8")
        }
        return bytes.starts(with: [0xEF, 0xBB, 0xBF]) ? 3 : 0
    }
}
