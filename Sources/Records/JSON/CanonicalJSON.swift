// SPDX-License-Identifier: Apache-2.0

/// The one way to write a JSON document: RFC 8785. No spaces, names in the order of their UTF-16 code units, numbers as
/// ECMAScript prints them, the shortest escapes.
public enum CanonicalJSON {
    /// The UTF-8 bytes of `value`.
    /// - Throws: `.notFinite`, `.integerTooLarge`; `.invalidJSON(…, .tooDeep)` where `parse` would not read it back.
    public static func bytes(_ value: JSONValue) throws(RecordsError) -> [UInt8] {
        var output: [UInt8] = []
        try append(value, to: &output, depth: 0)
        return output
    }

    private static func append(_ value: JSONValue, to output: inout [UInt8], depth: Int) throws(RecordsError) {
        switch value {
        case .null: output += "null".utf8
        case .bool(let value): output += (value ? "true" : "false").utf8
        case .integer(let value):
            guard value.magnitude <= JSONValue.largestInteger.magnitude else { throw .integerTooLarge }
            output += String(value).utf8
        case .number(let value): output += try text(of: value).utf8
        case .string(let value): append(value, to: &output)
        case .array(let elements):
            try check(depth, output)
            output.append(UInt8(ascii: "["))
            for (index, element) in elements.enumerated() {
                if index > 0 { output.append(UInt8(ascii: ",")) }
                try append(element, to: &output, depth: depth + 1)
            }
            output.append(UInt8(ascii: "]"))
        case .object(let members): try append(members, to: &output, depth: depth)
        }
    }

    private static func append(
        _ members: [String: JSONValue], to output: inout [UInt8], depth: Int
    ) throws(RecordsError) {
        try check(depth, output)
        output.append(UInt8(ascii: "{"))
        // Section 3.2.3. For ASCII names the bytes have the same order.
        let sorted = members.sorted { $0.key.utf16.lexicographicallyPrecedes($1.key.utf16) }
        for (index, member) in sorted.enumerated() {
            if index > 0 { output.append(UInt8(ascii: ",")) }
            append(member.key, to: &output)
            output.append(UInt8(ascii: ":"))
            try append(member.value, to: &output, depth: depth + 1)
        }
        output.append(UInt8(ascii: "}"))
    }

    /// Containers nest as deep as `parse` reads, no deeper.
    private static func check(_ depth: Int, _ output: [UInt8]) throws(RecordsError) {
        if depth >= JSONValue.depthLimit { throw .invalidJSON(offset: output.count, reason: .tooDeep) }
    }

    /// Section 3.2.2.2.
    private static func append(_ string: String, to output: inout [UInt8]) {
        output.append(UInt8(ascii: "\""))
        for byte in string.utf8 {
            switch byte {
            case UInt8(ascii: "\""): output += #"\""#.utf8
            case UInt8(ascii: "\\"): output += #"\\"#.utf8
            case 0x08: output += #"\b"#.utf8
            case 0x09: output += #"\t"#.utf8
            case 0x0a: output += #"\n"#.utf8
            case 0x0c: output += #"\f"#.utf8
            case 0x0d: output += #"\r"#.utf8
            case 0..<0x20:
                output += #"\u00"#.utf8
                for digit in [byte >> 4, byte & 15] { output += String(digit, radix: 16).utf8 }
            default: output.append(byte)
            }
        }
        output.append(UInt8(ascii: "\""))
    }
}
