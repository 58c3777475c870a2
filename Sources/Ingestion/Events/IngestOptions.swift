// SPDX-License-Identifier: Apache-2.0

public import Foundation

/// How a file's bytes are laid out.
public enum TableFormat: String, CaseIterable, Codable, Sendable {
    /// RFC 4180 with a header.
    case csv
    /// Tabs between cells, a header, no quoting.
    case tsv
    /// JSON Lines: an object a line.
    case jsonl
    /// `u.data` and `ratings.dat` (no header), or `ratings.csv`; for catalogues `u.item`, `movies.dat`, `movies.csv`.
    case movielens

    /// - Throws: `unknownFormat`.
    public init(named name: String) throws(IngestionError) {
        guard let format = TableFormat(rawValue: name.lowercased()) else {
            throw .unknownFormat(name, known: Self.allCases.map(\.rawValue))
        }
        self = format
    }

    /// By extension: `tsv` and `tab`; `jsonl` and `ndjson`; `data`, `dat` and `item` are MovieLens'; csv else.
    init(extension name: String) {
        switch name {
        case "tsv", "tab": self = .tsv
        case "jsonl", "ndjson": self = .jsonl
        case "data", "dat", "item": self = .movielens
        default: self = .csv
        }
    }

    /// How cells are told apart, until a first line tells more.
    var dialect: Dialect {
        switch self {
        case .csv, .movielens: .comma
        case .tsv: .tab
        case .jsonl: .lines
        }
    }
}

/// What the operator decides about an import.
public struct IngestOptions: Equatable, Sendable {
    /// Nil: by the file's extension.
    public var format: TableFormat?
    /// Header names by role (`user`, `item`, `value`, `time`); a role that is missing has its own name. `#3` is the third column of a file without header.
    public var columns: [String: String]
    /// The first bad row is an error. Files are then checked in full before anything is stored; a stream, which cannot be
    /// read twice, is stored batch by batch up to the bad row, and the error says how far.
    public var strict: Bool
    /// Where rejected rows are listed: made new, 0600, outside the data directory.
    public var rejects: URL?
    /// Where the rejects file may not be.
    public var dataDirectory: URL?
    /// Whether columns (JSON: members) without a role are refused; the policy decides.
    var refusesExtraColumns = false
    /// Names of columns without a role that are kept; the policy decides.
    var keepColumns: [String] = []
    /// Rows kept in memory before they are sealed, 20 bytes each. The more, the more of a user's rows are sealed together: each
    /// further time that somebody's rows come up costs opening and sealing all that is there of them.
    public var batchRows: Int

    public init(
        format: TableFormat? = nil, columns: [String: String] = [:], strict: Bool = false, rejects: URL? = nil,
        dataDirectory: URL? = nil, batchRows: Int = 12_000_000
    ) {
        (self.format, self.columns, self.strict) = (format, columns, strict)
        (self.rejects, self.dataDirectory, self.batchRows) = (rejects, dataDirectory, batchRows)
    }

    /// `user=userId,item=movieId` as roles and names.
    /// - Throws: `unknownRole` for anything that is not `role=name` with a known role.
    public static func columns(parsing text: String, roles: [String] = EventRole.names) throws(IngestionError)
        -> [String: String]
    {
        var columns: [String: String] = [:]
        for part in text.split(separator: ",", omittingEmptySubsequences: true) {
            let pair = part.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
            guard pair.count == 2, roles.contains(pair[0]), !pair[1].isEmpty, columns[pair[0]] == nil else {
                throw .unknownRole(pair[0], known: roles)
            }
            columns[pair[0]] = pair[1]
        }
        return columns
    }
}

/// The cells of an event.
public enum EventRole: String, CaseIterable, Sendable {
    case user, item, value, time

    public static let names = allCases.map(\.rawValue)
    var isNeeded: Bool { self == .user || self == .item }
}
