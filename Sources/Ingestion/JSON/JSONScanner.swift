// SPDX-License-Identifier: Apache-2.0

/// A place in a line of JSON, and how to go on from there. Nil or false: this is no JSON.
struct JSONScanner {
    private(set) var position: Int

    init(position: Int) { self.position = position }

    mutating func skipSpace(_ line: Span<UInt8>) {
        while position < line.count {
            switch line[position] {
            case 0x20, 0x09, 0x0A, 0x0D: position += 1
            default: return
            }
        }
    }

    @inline(__always)
    mutating func skip(_ character: Unicode.Scalar, _ line: Span<UInt8>) -> Bool {
        guard position < line.count, line[position] == UInt8(ascii: character) else { return false }
        position += 1
        return true
    }

    /// Passes a value; the text of a string or number is appended to `text`, what is nested in it is checked and dropped.
    /// - Parameter depth: how many brackets are open around the value.
    mutating func value(_ line: Span<UInt8>, into text: inout [UInt8], depth: Int) -> JSONMembers.Value? {
        guard position < line.count else { return nil }
        switch line[position] {
        case UInt8(ascii: "\""): return string(line, into: &text).map { .init(kind: .string, range: $0) }
        case UInt8(ascii: "t"): return literal("true", line) ? .init(kind: .true, range: 0..<0) : nil
        case UInt8(ascii: "f"): return literal("false", line) ? .init(kind: .false, range: 0..<0) : nil
        case UInt8(ascii: "n"): return literal("null", line) ? .init(kind: .null, range: 0..<0) : nil
        case UInt8(ascii: "["), UInt8(ascii: "{"):
            let kind: JSONMembers.Kind = line[position] == UInt8(ascii: "[") ? .array : .object
            let end = text.count
            let isGood = skipNested(line, &text, isObject: kind == .object, depth: depth + 1)
            text.removeSubrange(end...)
            return isGood ? .init(kind: kind, range: 0..<0) : nil
        default: return number(line, into: &text).map { .init(kind: .number, range: $0) }
        }
    }

    /// Passes a string and appends what it says, UTF-8 (which the line is).
    mutating func string(_ line: Span<UInt8>, into text: inout [UInt8]) -> Range<Int>? {
        guard skip("\"", line) else { return nil }
        let start = text.count
        while position < line.count {
            let byte = line[position]
            position += 1
            if byte == UInt8(ascii: "\"") { return start..<text.count }
            if byte < 0x20 { return nil }
            if byte != UInt8(ascii: "\\") {
                text.append(byte)
            } else if !unescape(line, into: &text) {
                return nil
            }
        }
        return nil
    }

    private mutating func skipNested(
        _ line: Span<UInt8>, _ text: inout [UInt8], isObject: Bool, depth: Int
    ) -> Bool {
        if depth > JSONMembers.depthLimit { return false }
        let close: Unicode.Scalar = isObject ? "}" : "]"
        let start = text.count
        position += 1
        skipSpace(line)
        if skip(close, line) { return true }
        while true {
            skipSpace(line)
            if isObject {
                guard string(line, into: &text) != nil else { return false }
                skipSpace(line)
                guard skip(":", line) else { return false }
                skipSpace(line)
            }
            guard value(line, into: &text, depth: depth) != nil else { return false }
            text.removeSubrange(start...)
            skipSpace(line)
            if skip(close, line) { return true }
            guard skip(",", line) else { return false }
        }
    }

    private mutating func literal(_ word: StaticString, _ line: Span<UInt8>) -> Bool {
        for byte in "\(word)".utf8 {
            guard position < line.count, line[position] == byte else { return false }
            position += 1
        }
        return true
    }

    /// `-? (0 | [1-9][0-9]*) (. [0-9]+)? ([eE] [+-]? [0-9]+)?`, as written.
    private mutating func number(_ line: Span<UInt8>, into text: inout [UInt8]) -> Range<Int>? {
        let begin = position
        _ = skip("-", line)
        let whole = position
        guard skipDigits(line) > 0, line[whole] != UInt8(ascii: "0") || position == whole + 1 else { return nil }
        if skip(".", line) && skipDigits(line) == 0 { return nil }
        if skip("e", line) || skip("E", line) {
            if !skip("+", line) { _ = skip("-", line) }
            if skipDigits(line) == 0 { return nil }
        }
        let start = text.count
        for index in begin..<position { text.append(line[index]) }
        return start..<text.count
    }

    private mutating func skipDigits(_ line: Span<UInt8>) -> Int {
        let start = position
        while position < line.count, DecimalParsing.digit(line[position]) != nil { position += 1 }
        return position - start
    }

    /// What stands behind a backslash.
    private mutating func unescape(_ line: Span<UInt8>, into text: inout [UInt8]) -> Bool {
        guard position < line.count else { return false }
        let byte = line[position]
        position += 1
        switch byte {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): text.append(byte)
        case UInt8(ascii: "b"): text.append(0x08)
        case UInt8(ascii: "f"): text.append(0x0C)
        case UInt8(ascii: "n"): text.append(0x0A)
        case UInt8(ascii: "r"): text.append(0x0D)
        case UInt8(ascii: "t"): text.append(0x09)
        case UInt8(ascii: "u"):
            guard let scalar = scalar(line) else { return false }
            text.append(contentsOf: UTF8.encode(scalar) ?? UTF8.encodedReplacementCharacter)
        default: return false
        }
        return true
    }

    /// Four digits, or a pair of surrogates; half a pair is nil.
    private mutating func scalar(_ line: Span<UInt8>) -> Unicode.Scalar? {
        guard let unit = hexadecimal(line) else { return nil }
        guard (0xD800...0xDBFF).contains(unit) else { return Unicode.Scalar(unit) }
        guard skip("\\", line), skip("u", line), let low = hexadecimal(line), (0xDC00...0xDFFF).contains(low) else {
            return nil
        }
        return Unicode.Scalar(0x10000 + (unit - 0xD800) << 10 + (low - 0xDC00))
    }

    private mutating func hexadecimal(_ line: Span<UInt8>) -> UInt32? {
        guard position + 4 <= line.count else { return nil }
        var value: UInt32 = 0
        for _ in 0..<4 {
            let byte = line[position]
            let digit: UInt8
            switch byte {
            case 0x30...0x39: digit = byte - 0x30
            case 0x41...0x46: digit = byte - 0x41 + 10
            case 0x61...0x66: digit = byte - 0x61 + 10
            default: return nil
            }
            value = value << 4 | UInt32(digit)
            position += 1
        }
        return value
    }
}
