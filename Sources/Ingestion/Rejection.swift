// SPDX-License-Identifier: Apache-2.0

/// Why a row was not taken in. The raw values are the keys of CONTRACT's `rejectedBy`.
public enum RejectionReason: String, CaseIterable, Codable, Sendable {
    case unknownItem = "unknown-item"
    case missingField = "missing-field"
    case badNumber = "bad-number"
    case badTime = "bad-time"
    case badEncoding = "bad-encoding"
    case tooLong = "too-long"
    case noBasis = "no-basis"
    case tooManyPending = "too-many-pending"

    /// The reason in words, the same for every value.
    public var explanation: String {
        switch self {
        case .unknownItem: "the catalogue has no such item"
        case .missingField: "the cell is empty or not there"
        case .badNumber: "not a finite decimal number that a Float can hold"
        case .badTime: "neither Unix seconds nor ISO 8601, or not within the years 1 to 9999"
        case .badEncoding:
            "not valid UTF-8, a NUL byte, quotes that do not pair, more cells than allowed, no JSON object with each key once, or a list to keep"
        case .tooLong:
            "an id of more than \(TextLimits.idBytes) bytes, a kept value of more than \(TextLimits.keptBytes), or a row of more than a mebibyte"
        case .noBasis: "no purpose has a lawful basis for this user: the policy asks for a consent, or they objected"
        case .tooManyPending: "the user has as many newer events of unknown items as are kept pending"
        }
    }
}

/// A row that was left out: where it is and why. Never what it says.
public struct RejectedRow: Equatable, Codable, Sendable {
    /// The file as the caller named it, `-` for standard input.
    public let file: String
    /// The line on which the row begins, from 1.
    public let line: Int
    /// `user`, `item`, `value`, `time`, a column that the policy keeps, or `row` for the row as a whole.
    public let field: String
    public let reason: RejectionReason

    public init(file: String, line: Int, field: String, reason: RejectionReason) {
        (self.file, self.line, self.field, self.reason) = (file, line, field, reason)
    }
}

/// What text may be at most.
package enum TextLimits {
    /// An id, in UTF-8 bytes.
    package static let idBytes = 512
    /// A value of a column that is kept though it has no role, in UTF-8 bytes.
    package static let keptBytes = 256
    /// A row, quotes and separators included.
    package static let rowBytes = 1 << 20
    /// What may come out of a compressed source that is kept in memory as a whole (a catalogue, a list).
    package static let inflatedBytes = 256 << 20
}
