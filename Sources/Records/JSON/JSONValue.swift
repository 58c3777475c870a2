// SPDX-License-Identifier: Apache-2.0

/// A JSON document as a value. What a signature covers is its canonical form, `CanonicalJSON.bytes`.
///
/// `parse` yields `.integer` for a number that is whole and within ±2⁵³, `.number` for every other. Names that differ only
/// in Unicode normalisation are one name to Swift, hence a duplicate, which is refused: use arrays where ids are data.
public enum JSONValue: Hashable, Sendable {
    case null
    case bool(Bool)
    /// Within ±2⁵³, else it cannot be written.
    case integer(Int64)
    /// Finite, else it cannot be written.
    case number(Double)
    case string(String)
    case array([JSONValue])
    case object([String: JSONValue])

    /// The largest magnitude that every language's JSON numbers hold exactly.
    public static let largestInteger: Int64 = 1 << 53

    /// The member of that name; nil if there is none or self is no object.
    public subscript(_ name: String) -> JSONValue? {
        if case .object(let members) = self { members[name] } else { nil }
    }
}

extension JSONValue {
    public var stringValue: String? { if case .string(let value) = self { value } else { nil } }
    public var boolValue: Bool? { if case .bool(let value) = self { value } else { nil } }
    public var arrayValue: [JSONValue]? { if case .array(let value) = self { value } else { nil } }
    public var objectValue: [String: JSONValue]? { if case .object(let value) = self { value } else { nil } }
    /// The integer; nil for a number with a fraction or beyond 2⁵³.
    public var integerValue: Int64? {
        switch self {
        case .integer(let value): value
        case .number(let value): Int64(exactly: value).flatMap { abs($0) <= Self.largestInteger ? $0 : nil }
        default: nil
        }
    }
    /// The number, of either kind.
    public var doubleValue: Double? {
        switch self {
        case .integer(let value): Double(value)
        case .number(let value): value
        default: nil
        }
    }
}

extension JSONValue: ExpressibleByStringLiteral, ExpressibleByBooleanLiteral, ExpressibleByIntegerLiteral,
    ExpressibleByFloatLiteral, ExpressibleByNilLiteral, ExpressibleByArrayLiteral, ExpressibleByDictionaryLiteral
{
    public init(stringLiteral value: String) { self = .string(value) }
    public init(booleanLiteral value: Bool) { self = .bool(value) }
    public init(integerLiteral value: Int64) { self = .integer(value) }
    public init(floatLiteral value: Double) { self = .number(value) }
    public init(nilLiteral: ()) { self = .null }
    public init(arrayLiteral elements: JSONValue...) { self = .array(elements) }
    /// The last of equal names wins.
    public init(dictionaryLiteral elements: (String, JSONValue)...) {
        self = .object(Dictionary(elements) { _, last in last })
    }
}
