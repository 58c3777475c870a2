// SPDX-License-Identifier: Apache-2.0

/// The members of the one JSON object on a line (RFC 8259), found without recursion deeper than `depthLimit` and without a parse tree.
///
/// Strings are unescaped, numbers kept as written. Reused from line to line: nothing is allocated once it has grown.
struct JSONMembers {
    enum Kind: Equatable { case string, number, `true`, `false`, null, array, object }
    /// A scalar's text in `text`, or an empty range.
    struct Value: Equatable {
        let kind: Kind
        let range: Range<Int>
    }
    struct Member {
        let name: Range<Int>
        let value: Value
        /// Of an array: its elements in `elements`, if they are kept.
        let elements: Range<Int>
    }

    static let depthLimit = 32
    /// Members of a line's object. More are refused: names are compared with each other.
    static let memberLimit = 256
    /// Kept elements of a line's arrays.
    static let elementLimit = 65_536

    private(set) var text: [UInt8] = []
    private(set) var members: [Member] = []
    private(set) var elements: [Value] = []
    private let keepsElements: Bool

    /// - Parameter keepsElements: whether the elements of arrays are wanted.
    init(keepsElements: Bool = false) { self.keepsElements = keepsElements }

    /// Reads a line. False unless it is one object of UTF-8, each name in it once.
    mutating func read(_ line: Span<UInt8>) -> Bool {
        text.removeAll(keepingCapacity: true)
        members.removeAll(keepingCapacity: true)
        elements.removeAll(keepingCapacity: true)
        guard TextParsing.isUTF8(line) else { return false }
        var scanner = JSONScanner(position: 0)
        scanner.skipSpace(line)
        guard scanner.skip("{", line), readMembers(line, &scanner) else { return false }
        scanner.skipSpace(line)
        return scanner.position == line.count && namesDiffer
    }

    /// The member of that name.
    func member(_ name: [UInt8]) -> Member? { members.first { text[$0.name].elementsEqual(name) } }

    private mutating func readMembers(_ line: Span<UInt8>, _ scanner: inout JSONScanner) -> Bool {
        scanner.skipSpace(line)
        if scanner.skip("}", line) { return true }
        while members.count < Self.memberLimit {
            scanner.skipSpace(line)
            guard let name = scanner.string(line, into: &text) else { return false }
            scanner.skipSpace(line)
            guard scanner.skip(":", line) else { return false }
            scanner.skipSpace(line)
            let first = elements.count
            guard let value = readValue(line, &scanner) else { return false }
            members.append(Member(name: name, value: value, elements: first..<elements.count))
            scanner.skipSpace(line)
            if scanner.skip("}", line) { return true }
            guard scanner.skip(",", line) else { return false }
        }
        return false
    }

    private mutating func readValue(_ line: Span<UInt8>, _ scanner: inout JSONScanner) -> Value? {
        guard keepsElements, scanner.skip("[", line) else { return scanner.value(line, into: &text, depth: 1) }
        scanner.skipSpace(line)
        if scanner.skip("]", line) { return Value(kind: .array, range: 0..<0) }
        while elements.count < Self.elementLimit {
            scanner.skipSpace(line)
            guard let value = scanner.value(line, into: &text, depth: 2) else { return nil }
            elements.append(value)
            scanner.skipSpace(line)
            if scanner.skip("]", line) { return Value(kind: .array, range: 0..<0) }
            guard scanner.skip(",", line) else { return nil }
        }
        return nil
    }

    private var namesDiffer: Bool {
        for (index, member) in members.enumerated() {
            for other in members[..<index]
            where other.name.count == member.name.count && text[other.name].elementsEqual(text[member.name]) {
                return false
            }
        }
        return true
    }
}
