// SPDX-License-Identifier: Apache-2.0

/// Ids and titles from bytes.
enum TextParsing {
    /// Why the bytes are no id, nil if they are one: 1 to 512 bytes of UTF-8 without NUL (which would cut strings short in C).
    @inline(__always)
    static func flaw(inID bytes: Span<UInt8>) -> RejectionReason? {
        if bytes.isEmpty { return .missingField }
        if bytes.count > TextLimits.idBytes { return .tooLong }
        var union: UInt8 = 0
        for index in bytes.indices {
            if bytes[index] == 0 { return .badEncoding }
            union |= bytes[index]
        }
        return union < 0x80 || isUTF8(bytes) ? nil : .badEncoding
    }

    static func isUTF8(_ bytes: Span<UInt8>) -> Bool {
        do {
            _ = try UTF8Span(validating: bytes)
            return true
        } catch {
            return false
        }
    }

    /// The text of valid UTF-8, nil for anything else or with a NUL.
    static func string(_ bytes: Span<UInt8>) -> String? {
        for index in bytes.indices where bytes[index] == 0 { return nil }
        guard let text = try? UTF8Span(validating: bytes) else { return nil }
        return String(copying: text)
    }

    static func string(_ bytes: [UInt8]) -> String? { string(bytes.span) }

    /// The text of UTF-8, or else of Latin-1, which gives every byte a meaning: MovieLens' old files.
    static func latin1String(_ bytes: [UInt8]) -> String {
        if let text = string(bytes) { return text }
        var text = ""
        for byte in bytes where byte != 0 { text.unicodeScalars.append(Unicode.Scalar(byte)) }
        return text
    }
}
