// SPDX-License-Identifier: Apache-2.0

/// The proof of an erasure, for the person and the auditor. Signed as a `SignedDocument`.
///
/// It is the same, field for field, for an id that was never known: it tells nobody whether there was anything to erase.
public struct Receipt: Hashable, Sendable {
    /// "discreet-erasure-receipt", with `version` 1.
    public static let format = "discreet-erasure-receipt"
    public static let version = 1

    /// What stays behind, and why it may.
    public struct Remainder: Hashable, Codable, Sendable {
        /// What it is, in words.
        public let what: String
        /// The lawful basis that the policy names.
        public let basis: String
        /// For how many years from `day` it is kept.
        public let years: Int

        public init(what: String = Receipt.tombstone, basis: String, years: Int) {
            (self.what, self.basis, self.years) = (what, basis, years)
        }
    }

    public let day: Day
    /// The mark of the erased user: a hash under a key used for nothing else, 64 hexadecimal digits.
    public let userTombstone: String
    /// What was destroyed, a sentence each.
    public let destroyed: [String]
    public let remains: Remainder
    /// The log entry of this erasure.
    public let logIndex: Int
    /// The log's head with that entry, 64 hexadecimal digits.
    public let logHead: String

    public init(
        day: Day = .today, userTombstone: String, destroyed: [String] = Receipt.alwaysDestroyed, remains: Remainder,
        logIndex: Int, logHead: String
    ) {
        (self.day, self.userTombstone, self.destroyed) = (day, userTombstone, destroyed)
        (self.remains, self.logIndex, self.logHead) = (remains, logIndex, logHead)
    }

    /// What an erasure destroys.
    public static let alwaysDestroyed = [
        "The key under which every record of this user was sealed, so that any copy of a record is noise.",
        "The records themselves, in the data files and in their write-ahead logs.",
    ]
    /// What an erasure leaves.
    public static let tombstone =
        "A tombstone: a keyed hash that stands for the user, and the privacy already spent. It is pseudonymous data."
}

extension Receipt: Codable {
    private enum Keys: String, CodingKey {
        case format, version, day, userTombstone, destroyed, remains, logIndex, logHead
    }

    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: Keys.self)
        guard try container.decode(String.self, forKey: .format) == Self.format,
            try container.decode(Int.self, forKey: .version) == Self.version
        else { throw DecodingError.dataCorruptedError(forKey: .format, in: container, debugDescription: "not known") }
        self.init(
            day: try container.decode(Day.self, forKey: .day),
            userTombstone: try container.decode(String.self, forKey: .userTombstone),
            destroyed: try container.decode([String].self, forKey: .destroyed),
            remains: try container.decode(Remainder.self, forKey: .remains),
            logIndex: try container.decode(Int.self, forKey: .logIndex),
            logHead: try container.decode(String.self, forKey: .logHead))
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: Keys.self)
        try container.encode(Self.format, forKey: .format)
        try container.encode(Self.version, forKey: .version)
        try container.encode(day, forKey: .day)
        try container.encode(userTombstone, forKey: .userTombstone)
        try container.encode(destroyed, forKey: .destroyed)
        try container.encode(remains, forKey: .remains)
        try container.encode(logIndex, forKey: .logIndex)
        try container.encode(logHead, forKey: .logHead)
    }
}
