// SPDX-License-Identifier: Apache-2.0

/// An ε or δ in JSON: a number, and for no limit at all the string "infinity".
public struct PrivacyNumber: Hashable, Codable, Sendable, ExpressibleByFloatLiteral {
    /// Not negative; may be infinite.
    public let value: Double

    /// A negative number or NaN becomes infinite: never a claim of too little.
    public init(_ value: Double) { self.value = value >= 0 ? value : .infinity }
    public init(floatLiteral value: Double) { self.init(value) }

    public init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        if let number = try? container.decode(Double.self), number >= 0 {
            value = number
        } else if try container.decode(String.self) == "infinity" {
            value = .infinity
        } else {
            throw DecodingError.dataCorruptedError(in: container, debugDescription: "neither a number nor infinity")
        }
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        if value.isFinite { try container.encode(value) } else { try container.encode("infinity") }
    }
}
