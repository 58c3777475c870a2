// SPDX-License-Identifier: Apache-2.0

import TestSupport

@testable import Records

/// Documents of every shape, in the form that `parse` yields: whole numbers within 2⁵³ are integers.
enum RandomJSON {
    static let strings = [
        "", "a", "A", "é", "e\u{301}", "€", "😂", "\u{7f}", "\u{0}", "\u{1f}", "\u{2028}", "\"", "\\", "/",
        "\n\r\t\u{8}\u{c}",
        "\u{fb33}", "\u{ffff}", "user-42", "</script>", "\u{feff}",
    ]

    static func value(_ generator: inout SeededGenerator, depth: Int = 0) -> JSONValue {
        switch Int.random(in: 0..<(depth > 4 ? 6 : 8), using: &generator) {
        case 0: return .null
        case 1: return .bool(.random(using: &generator))
        case 2: return .integer(.random(in: -(1 << 53)...(1 << 53), using: &generator))
        case 3: return .integer(.random(in: -5...5, using: &generator))
        case 4: return number(finiteDouble(&generator))
        case 5: return .string(string(&generator))
        case 6:
            return .array(
                (0..<Int.random(in: 0...4, using: &generator)).map { _ in value(&generator, depth: depth + 1) })
        default:
            var members: [String: JSONValue] = [:]
            for _ in 0..<Int.random(in: 0...4, using: &generator) {
                members[string(&generator)] = value(&generator, depth: depth + 1)
            }
            return .object(members)
        }
    }

    /// Uniform over bit patterns, hence over all magnitudes.
    static func finiteDouble(_ generator: inout SeededGenerator) -> Double {
        while true {
            let value = Double(bitPattern: generator.next())
            if value.isFinite { return value }
        }
    }

    static func number(_ value: Double) -> JSONValue {
        if let whole = Int64(exactly: value), abs(whole) <= 1 << 53 { .integer(whole) } else { .number(value) }
    }

    static func string(_ generator: inout SeededGenerator) -> String {
        (0..<Int.random(in: 0...3, using: &generator))
            .map { _ in strings.randomElement(using: &generator) ?? "" }.joined()
    }
}

func text(_ string: String) -> [UInt8] { Array(string.utf8) }

func sequence(_ count: Int, from start: Int = 0) -> [UInt8] {
    (0..<count).map { UInt8(truncatingIfNeeded: start + $0) }
}

/// What an expression throws, nil if it does not.
func thrown(_ body: () throws -> Void) -> RecordsError? {
    do { try body() } catch { return error as? RecordsError }
    return nil
}
