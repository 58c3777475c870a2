// SPDX-License-Identifier: Apache-2.0

/// Why a file could not be taken in. Holds file names, lines, column names and reasons; never a cell's content.
public enum IngestionError: Error, Equatable, Sendable, CustomStringConvertible {
    /// No such file, or it is a folder.
    case notFound(file: String)
    /// The system refused to read or write. `errno` says why.
    case cannotRead(file: String, errno: Int32)
    case cannotWrite(file: String, errno: Int32)
    /// The rejects file is there already, or would lie inside the data directory.
    case exists(file: String)
    case insideDataDirectory(file: String)
    /// Compressed, or not UTF-8 text.
    case unsupportedContent(file: String, what: String)
    /// gzip that ends before its end, or whose bytes or checksum are wrong.
    case truncatedGzip(file: String)
    case damagedGzip(file: String)
    /// A compressed file unpacks to more than may be kept in memory.
    case inflatesTooFar(file: String, limit: Int)
    /// The policy refuses columns that have no role.
    case extraColumn(file: String, column: String)
    /// The header lacks a column that is needed, or names it twice.
    case missingColumn(file: String, column: String)
    case duplicateColumn(file: String, column: String)
    /// `--columns` names a role that does not exist; `--format` names no format.
    case unknownRole(String, known: [String])
    case unknownFormat(String, known: [String])
    /// `--columns` gives one column to two roles.
    case sharedColumn(String, roles: [String])
    /// A row of a file that must be right as a whole: a catalogue, a list, or anything under `--strict`.
    ///
    /// `sealedBefore` is how many rows had been stored already: not 0 only when a stream cannot be read twice.
    case badRow(RejectedRow, sealedBefore: Int = 0)
    /// The catalogue has one id twice.
    case duplicateItem(file: String, line: Int, firstLine: Int, column: String)
    /// A cell of a consent file that says none of what is allowed.
    case badConsent(file: String, line: Int, field: String, allowed: String)
    /// Another number of cells than the header has.
    case wrongCellCount(file: String, line: Int, expected: Int, found: Int)
    /// The file holds no row.
    case empty(file: String)
    /// Stopped by a signal between two batches. What had been sealed stays.
    case interrupted

    public var description: String {
        switch self {
        case .notFound(let file): "No such file (\(file)). Check the path."
        case .cannotRead(let file, let errno): "Cannot read, errno \(errno) (\(file)). Check its permissions."
        case .cannotWrite(let file, let errno): "Cannot write, errno \(errno) (\(file)). Check the folder and the disk."
        case .exists(let file): "The file exists (\(file)). Name another one, or remove it."
        case .insideDataDirectory(let file):
            "A rejects file may not lie inside the data directory (\(file)). Name a path outside."
        case .unsupportedContent(let file, let what): "The file is \(what) (\(file))."
        case .truncatedGzip(let file):
            "The gzip data end too early (\(file)). Fetch the whole file, then send it again: rows already stored stay and count once."
        case .damagedGzip(let file):
            "The gzip data are damaged (\(file)). Fetch the file anew, then send it again: rows already stored stay and count once."
        case .inflatesTooFar(let file, let limit):
            "The file unpacks to more than \(limit >> 20) MiB (\(file)). Unpack it and check what it is."
        case .extraColumn(let file, let column):
            "The policy refuses the extra column \(column) (\(file):1). Leave it out, or set extraColumns: ignore."
        case .missingColumn(let file, let column):
            "The header has no column \(column) (\(file):1). Name the columns with --columns, for example "
                + "user=userId,item=movieId."
        case .duplicateColumn(let file, let column): "The header names \(column) twice (\(file):1). Rename one."
        case .unknownRole(let role, let known):
            "Unknown column role \(role). The roles are \(known.joined(separator: ", "))."
        case .unknownFormat(let name, let known):
            "Unknown format \(name). The formats are \(known.joined(separator: ", "))."
        case .sharedColumn(let column, let roles):
            "One column has two roles (\(column): \(roles.joined(separator: ", "))). Name a column for each with --columns."
        case .badRow(let row, let sealed):
            "Bad row, \(row.field): \(row.reason.rawValue), \(row.reason.explanation) (\(row.file):\(row.line)). "
                + (sealed == 0
                    ? "Mend the row." : "\(sealed) rows before it are stored; mend the row, then send all again.")
        case .duplicateItem(let file, let line, let firstLine, let column):
            "The \(column) of line \(firstLine) comes again (\(file):\(line), column \(column)). Remove one of the two."
        case .badConsent(let file, let line, let field, let allowed):
            "Bad consent, \(field) (\(file):\(line)). Write \(allowed)."
        case .wrongCellCount(let file, let line, let expected, let found):
            "The row has \(found) cells, the header \(expected) (\(file):\(line)). Quote cells that hold the separator."
        case .empty(let file): "The file holds no row (\(file))."
        case .interrupted: "Interrupted. What was stored stays; run the same command again to go on."
        }
    }
}
