// SPDX-License-Identifier: Apache-2.0

/// How cells are told apart.
struct Dialect: Equatable, Sendable {
    /// The byte between two cells.
    let separator: UInt8
    /// Two of them make a separator, as in MovieLens' `::`.
    let isDoubled: Bool
    /// Whether a cell that begins with `"` is quoted (RFC 4180). In tab-separated files a quote is text (IANA).
    let hasQuotes: Bool

    static let comma = Dialect(separator: UInt8(ascii: ","), isDoubled: false, hasQuotes: true)
    static let tab = Dialect(separator: 0x09, isDoubled: false, hasQuotes: false)
    static let doubleColon = Dialect(separator: UInt8(ascii: ":"), isDoubled: true, hasQuotes: false)
    static let bar = Dialect(separator: UInt8(ascii: "|"), isDoubled: false, hasQuotes: false)
    /// One cell a line: NUL separates, and is refused in ids anyway.
    static let lines = Dialect(separator: 0, isDoubled: false, hasQuotes: false)
}
