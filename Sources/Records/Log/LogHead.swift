// SPDX-License-Identifier: Apache-2.0

/// How long the log was on a day, and the hash of its last entry. Signed on demand; an auditor keeps it, and can later
/// tell whether the log still begins with what it covered.
public struct LogHead: Hashable, Sendable {
    /// "discreet-log-head", with `version` 1.
    public static let format = "discreet-log-head"
    public static let version = 1

    /// How many entries.
    public let count: Int
    /// Of the last entry; 64 zeros for an empty log.
    public let hash: String
    public let day: Day

    public init(count: Int, hash: String, day: Day = .today) { (self.count, self.hash, self.day) = (count, hash, day) }
}

/// Checks of the chain.
public enum LogChain {
    /// The head of `entries`, each of which has to follow from the one before.
    /// - Throws: `.brokenChain` with the first index that does not.
    public static func head(of entries: some Sequence<LogEntry>, day: Day = .today) throws(RecordsError) -> LogHead {
        var hash = LogEntry.noPrevious
        var count = 0
        for entry in entries {
            guard entry.index == count, entry.previous == hash else { throw .brokenChain(index: count) }
            hash = try entry.hash()
            count += 1
        }
        return LogHead(count: count, hash: hash, day: day)
    }

    /// Whether the log still begins with everything that `kept` covered. The chain itself is checked by `head(of:)`.
    public static func extends(_ kept: LogHead, entries: [LogEntry]) throws(RecordsError) -> Bool {
        guard kept.count >= 0, kept.count <= entries.count else { return false }
        return try kept.count == 0 ? kept.hash == LogEntry.noPrevious : entries[kept.count - 1].hash() == kept.hash
    }
}

extension LogHead: Codable {
    private enum Keys: String, CodingKey { case format, version, count, hash, day }

    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: Keys.self)
        guard try container.decode(String.self, forKey: .format) == Self.format,
            try container.decode(Int.self, forKey: .version) == Self.version
        else { throw DecodingError.dataCorruptedError(forKey: .format, in: container, debugDescription: "not known") }
        self.init(
            count: try container.decode(Int.self, forKey: .count),
            hash: try container.decode(String.self, forKey: .hash),
            day: try container.decode(Day.self, forKey: .day))
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: Keys.self)
        try container.encode(Self.format, forKey: .format)
        try container.encode(Self.version, forKey: .version)
        try container.encode(count, forKey: .count)
        try container.encode(hash, forKey: .hash)
        try container.encode(day, forKey: .day)
    }
}
