// SPDX-License-Identifier: Apache-2.0

/// Text from outside (ids, titles, file names) on its way to a terminal.
enum DisplayText {
    /// `text` with everything that a terminal would obey, or that would reorder a line, written as `\x1B` or `\u{202E}`.
    static func escaped(_ text: String) -> String {
        guard text.unicodeScalars.contains(where: isHazard) else { return text }
        return text.unicodeScalars.map { isHazard($0) ? escape($0) : String($0) }.joined()
    }

    /// How many columns of a terminal `text` takes: two for wide East Asian characters and emoji, none for marks.
    static func width(_ text: String) -> Int {
        text.reduce(0) { $0 + width($1) }
    }

    /// `text` in at most `limit` columns, with an ellipsis where it was cut.
    static func cut(_ text: String, to limit: Int) -> String {
        guard width(text) > limit else { return text }
        var kept = ""
        var used = 1
        for character in text {
            used += width(character)
            if used > limit { break }
            kept.append(character)
        }
        return kept + "…"
    }

    private static func isHazard(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.properties.generalCategory {
        case .control, .lineSeparator, .paragraphSeparator, .surrogate: true
        case .format: scalar.value != 0x200D  // the joiner inside emoji is harmless; bidi overrides are not
        default: false
        }
    }

    private static func escape(_ scalar: Unicode.Scalar) -> String {
        switch scalar {
        case "\n": "\\n"
        case "\r": "\\r"
        case "\t": "\\t"
        default:
            scalar.value < 0x100
                ? "\\x" + pad(String(scalar.value, radix: 16, uppercase: true))
                : "\\u{\(String(scalar.value, radix: 16, uppercase: true))}"
        }
    }

    private static func pad(_ digits: String) -> String { digits.count < 2 ? "0" + digits : digits }

    private static func width(_ character: Character) -> Int {
        guard let scalar = character.unicodeScalars.first else { return 0 }
        if scalar.properties.generalCategory == .nonspacingMark { return 0 }
        return isWide(scalar.value) ? 2 : 1
    }

    /// The blocks that East Asian Width (UAX #11) counts as wide, coarsely.
    private static func isWide(_ value: UInt32) -> Bool {
        switch value {
        case 0x1100...0x115F, 0x2E80...0xA4CF, 0xAC00...0xD7A3, 0xF900...0xFAFF, 0xFE30...0xFE6F, 0xFF00...0xFF60,
            0xFFE0...0xFFE6, 0x1F300...0x1FAFF, 0x20000...0x3FFFD:
            true
        default: false
        }
    }
}
