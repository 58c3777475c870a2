// SPDX-License-Identifier: Apache-2.0

extension JSONValue {
    /// How deep arrays and objects may nest.
    static let depthLimit = 64

    /// The document in `bytes`, strictly by RFC 8259, with no name twice in an object and no half of a surrogate pair.
    ///
    /// A whole number beyond 2⁵³ is accepted only in the digits that ECMAScript prints for its Double.
    /// - Throws: `.invalidJSON` with the offset of the first byte that is wrong.
    public static func parse(_ bytes: [UInt8]) throws(RecordsError) -> JSONValue {
        var parser = JSONParser(bytes: bytes)
        return try parser.document()
    }
}

/// A recursive-descent parser over the bytes of one document.
private struct JSONParser {
    let bytes: [UInt8]
    var position = 0

    mutating func document() throws(RecordsError) -> JSONValue {
        skipSpace()
        let value = try value(depth: 0)
        skipSpace()
        if position < bytes.count { throw fault(.trailingBytes) }
        return value
    }

    func fault(_ reason: JSONFault, at offset: Int? = nil) -> RecordsError {
        .invalidJSON(offset: offset ?? position, reason: reason)
    }

    func peek() throws(RecordsError) -> UInt8 {
        guard position < bytes.count else { throw fault(.unexpectedEnd) }
        return bytes[position]
    }

    mutating func skipSpace() {
        while position < bytes.count {
            switch bytes[position] {
            case 0x20, 0x0a, 0x0d, 0x09: position += 1
            default: return
            }
        }
    }

    mutating func expect(_ byte: UInt8) throws(RecordsError) {
        guard try peek() == byte else { throw fault(.unexpectedByte) }
        position += 1
    }

    mutating func value(depth: Int) throws(RecordsError) -> JSONValue {
        switch try peek() {
        case UInt8(ascii: "{"): return .object(try object(depth: depth + 1))
        case UInt8(ascii: "["): return .array(try array(depth: depth + 1))
        case UInt8(ascii: "\""): return .string(try string())
        case UInt8(ascii: "t"): return try literal("true", .bool(true))
        case UInt8(ascii: "f"): return try literal("false", .bool(false))
        case UInt8(ascii: "n"): return try literal("null", .null)
        case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"): return try number()
        default: throw fault(.unexpectedByte)
        }
    }

    mutating func literal(_ text: StaticString, _ value: JSONValue) throws(RecordsError) -> JSONValue {
        for byte in "\(text)".utf8 { try expect(byte) }
        return value
    }

    mutating func object(depth: Int) throws(RecordsError) -> [String: JSONValue] {
        if depth > JSONValue.depthLimit { throw fault(.tooDeep) }
        position += 1
        var members: [String: JSONValue] = [:]
        skipSpace()
        if try peek() == UInt8(ascii: "}") { position += 1; return members }
        while true {
            skipSpace()
            let start = position
            guard try peek() == UInt8(ascii: "\"") else { throw fault(.unexpectedByte) }
            let name = try string()
            skipSpace()
            try expect(UInt8(ascii: ":"))
            skipSpace()
            let value = try value(depth: depth)
            guard members.updateValue(value, forKey: name) == nil else { throw fault(.duplicateKey, at: start) }
            if try !hasNext(before: UInt8(ascii: "}")) { return members }
        }
    }

    mutating func array(depth: Int) throws(RecordsError) -> [JSONValue] {
        if depth > JSONValue.depthLimit { throw fault(.tooDeep) }
        position += 1
        var elements: [JSONValue] = []
        skipSpace()
        if try peek() == UInt8(ascii: "]") { position += 1; return elements }
        while true {
            skipSpace()
            elements.append(try value(depth: depth))
            if try !hasNext(before: UInt8(ascii: "]")) { return elements }
        }
    }

    /// Passes a comma (true) or the closing bracket (false).
    mutating func hasNext(before end: UInt8) throws(RecordsError) -> Bool {
        skipSpace()
        let byte = try peek()
        guard byte == UInt8(ascii: ",") || byte == end else { throw fault(.unexpectedByte) }
        position += 1
        return byte != end
    }
}

extension JSONParser {
    mutating func number() throws(RecordsError) -> JSONValue {
        let start = position
        var isWhole = true
        if bytes[position] == UInt8(ascii: "-") { position += 1 }
        if position < bytes.count, bytes[position] == UInt8(ascii: "0") {
            position += 1
        } else {
            try digits(from: start)
        }
        if position < bytes.count, bytes[position] == UInt8(ascii: ".") {
            isWhole = false
            position += 1
            try digits(from: start)
        }
        if position < bytes.count, bytes[position] | 0x20 == UInt8(ascii: "e") {
            isWhole = false
            position += 1
            if position < bytes.count, [UInt8(ascii: "+"), UInt8(ascii: "-")].contains(bytes[position]) {
                position += 1
            }
            try digits(from: start)
        }
        let text = String(decoding: bytes[start..<position], as: UTF8.self)
        if isWhole, let value = Int64(text), value.magnitude <= JSONValue.largestInteger.magnitude {
            return .integer(value)
        }
        guard let value = Double(text), value.isFinite else { throw fault(.badNumber, at: start) }
        if isWhole, try CanonicalJSON.text(of: value) != text { throw fault(.inexactInteger, at: start) }
        if let whole = Int64(exactly: value), whole.magnitude <= JSONValue.largestInteger.magnitude {
            return .integer(whole)
        }
        return .number(value)
    }

    /// One digit or more.
    mutating func digits(from start: Int) throws(RecordsError) {
        let first = position
        while position < bytes.count, (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(bytes[position]) {
            position += 1
        }
        if position == first { throw fault(.badNumber, at: start) }
    }

    mutating func string() throws(RecordsError) -> String {
        position += 1
        var run = position
        var text: [UInt8] = []
        let start = position
        while true {
            switch try peek() {
            case UInt8(ascii: "\""):
                text.append(contentsOf: bytes[run..<position])
                position += 1
                guard let string = String(validating: text, as: UTF8.self) else { throw fault(.invalidUTF8, at: start) }
                return string
            case UInt8(ascii: "\\"):
                text.append(contentsOf: bytes[run..<position])
                text.append(contentsOf: Array(String(try escape()).utf8))
                run = position
            case 0..<0x20: throw fault(.controlCharacter)
            default: position += 1
            }
        }
    }

    mutating func escape() throws(RecordsError) -> Unicode.Scalar {
        let start = position
        position += 1
        let byte = try peek()
        position += 1
        switch byte {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): return Unicode.Scalar(byte)
        case UInt8(ascii: "b"): return "\u{8}"
        case UInt8(ascii: "f"): return "\u{c}"
        case UInt8(ascii: "n"): return "\n"
        case UInt8(ascii: "r"): return "\r"
        case UInt8(ascii: "t"): return "\t"
        case UInt8(ascii: "u"): break
        default: throw fault(.badEscape, at: start)
        }
        let first = try fourDigits(from: start)
        if let scalar = Unicode.Scalar(UInt32(first)) { return scalar }
        // The second half of the pair has to follow at once.
        guard first < 0xdc00, position + 1 < bytes.count, bytes[position] == UInt8(ascii: "\\"),
            bytes[position + 1] == UInt8(ascii: "u")
        else { throw fault(.loneSurrogate, at: start) }
        position += 2
        let second = try fourDigits(from: start)
        guard (0xdc00...0xdfff).contains(second),
            let scalar = Unicode.Scalar(0x1_0000 + (UInt32(first) - 0xd800) << 10 + UInt32(second) - 0xdc00)
        else { throw fault(.loneSurrogate, at: start) }
        return scalar
    }

    mutating func fourDigits(from start: Int) throws(RecordsError) -> UInt16 {
        var value: UInt16 = 0
        for _ in 0..<4 {
            guard let digit = Character(Unicode.Scalar(try peek())).hexDigitValue else {
                throw fault(.badEscape, at: start)
            }
            value = value << 4 | UInt16(digit)
            position += 1
        }
        return value
    }
}
