// SPDX-License-Identifier: Apache-2.0

import Cryptography

/// One line of the log, chained to the one before by its hash. Canonical JSON without a signature: a signed head covers it.
public struct LogEntry: Hashable, Codable, Sendable {
    /// Counted from 0.
    public let index: Int
    /// The hash of the entry before; 64 zeros for the first.
    public let previous: String
    public let day: Day
    /// "init", "policy", "reserve", "settle", "erase", "readmit", "release", …
    public let type: String
    /// What happened. Public, like the whole log: no size of a cohort, no id of a user.
    public let content: JSONValue

    /// What the first entry has in the place of a predecessor's hash.
    public static let noPrevious = String(repeating: "0", count: 64)

    public init(index: Int, previous: String, day: Day, type: String, content: JSONValue) {
        (self.index, self.previous, self.day, self.type, self.content) = (index, previous, day, type, content)
    }

    /// The entry that comes after `last`, or the first.
    /// - Throws: What the hash of `last` throws.
    public init(after last: LogEntry?, day: Day = .today, type: String, content: JSONValue) throws(RecordsError) {
        self.init(
            index: last.map { $0.index + 1 } ?? 0, previous: try last?.hash() ?? Self.noPrevious, day: day, type: type,
            content: content)
    }

    /// Reads an entry in canonical form.
    /// - Throws: `.invalidJSON`, `.notCanonical`, `.doesNotFit`.
    public init(parsing bytes: [UInt8]) throws(RecordsError) {
        self = try JSONValue.parse(bytes).decode(LogEntry.self)
        // A field that we do not know would be lost here, and with it the hash.
        guard try self.bytes() == bytes else { throw .notCanonical }
    }

    /// The canonical bytes, which are hashed and stored.
    /// - Throws: `.notFinite`, `.integerTooLarge`: `content` holds a number that JSON cannot.
    public func bytes() throws(RecordsError) -> [UInt8] {
        try CanonicalJSON.bytes(
            .object([
                "index": .integer(Int64(index)), "previous": .string(previous), "day": .string(day.description),
                "type": .string(type), "content": content,
            ]))
    }

    /// BLAKE2b-256 of `bytes`, 64 lower-case hexadecimal digits.
    public func hash() throws(RecordsError) -> String { Hex.encode(BLAKE2b.hash(try bytes())) }
}
