// SPDX-License-Identifier: Apache-2.0

import Foundation

extension JSONValue: Codable {
    public init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        if container.decodeNil() {
            self = .null
        } else if let value = try? container.decode(Bool.self) {
            self = .bool(value)
        } else if let value = try? container.decode(Int64.self), value.magnitude <= Self.largestInteger.magnitude {
            self = .integer(value)
        } else if let value = try? container.decode(Double.self) {
            self = .number(value)
        } else if let value = try? container.decode(String.self) {
            self = .string(value)
        } else if let value = try? container.decode([JSONValue].self) {
            self = .array(value)
        } else {
            self = .object(try container.decode([String: JSONValue].self))
        }
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        switch self {
        case .null: try container.encodeNil()
        case .bool(let value): try container.encode(value)
        case .integer(let value):
            guard value.magnitude <= Self.largestInteger.magnitude else { throw RecordsError.integerTooLarge }
            try container.encode(value)
        case .number(let value):
            guard value.isFinite else { throw RecordsError.notFinite }
            try container.encode(value)
        case .string(let value): try container.encode(value)
        case .array(let value): try container.encode(value)
        case .object(let value): try container.encode(value)
        }
    }
}

extension JSONValue {
    /// The document that `value` encodes to. Numbers are exact: JSONEncoder writes the shortest digits that read back.
    /// - Throws: `.notFinite`, `.integerTooLarge`, `.doesNotFit`.
    public init(encoding value: some Encodable) throws(RecordsError) {
        if let same = value as? JSONValue {
            self = same
            return
        }
        do {
            self = try JSONValue.parse([UInt8](JSONEncoder().encode(value)))
        } catch let error as RecordsError {
            if case .invalidJSON(_, .inexactInteger) = error { throw .integerTooLarge }
            throw error
        } catch EncodingError.invalidValue(let culprit, let context) {
            if let number = culprit as? Double, !number.isFinite { throw .notFinite }
            throw .doesNotFit(field: context.codingPath.path)
        } catch { throw .doesNotFit(field: "(document)") }
    }

    /// Self as a `T`.
    /// - Throws: `.doesNotFit` with the path of the first field that is missing or of the wrong kind.
    public func decode<T: Decodable>(_ type: T.Type) throws(RecordsError) -> T {
        if let same = self as? T { return same }
        let bytes = try CanonicalJSON.bytes(self)
        do {
            return try JSONDecoder().decode(type, from: Data(bytes))
        } catch DecodingError.keyNotFound(let key, let context) {
            throw .doesNotFit(field: (context.codingPath + [key]).path)
        } catch DecodingError.dataCorrupted(let context) {
            throw .doesNotFit(field: context.codingPath.path)
        } catch DecodingError.typeMismatch(_, let context) {
            throw .doesNotFit(field: context.codingPath.path)
        } catch DecodingError.valueNotFound(_, let context) {
            throw .doesNotFit(field: context.codingPath.path)
        } catch let error as RecordsError {
            throw error
        } catch { throw .doesNotFit(field: "(document)") }
    }
}

extension [any CodingKey] {
    /// "runs.0.plan"; names of fields only.
    fileprivate var path: String {
        isEmpty ? "(document)" : map { $0.intValue.map(String.init) ?? $0.stringValue }.joined(separator: ".")
    }
}
