// SPDX-License-Identifier: Apache-2.0

/// A non-negative decimal number exactly as the operator wrote it ("6", "1e-5").
///
/// The ledger reads `text` and rounds it itself (limits down), so that no binary fraction stands between policy and ledger.
public struct ExactDecimal: Hashable, Sendable, CustomStringConvertible {
    /// Digits, at most one point, an exponent if any: as written.
    public let text: String
    /// The nearest Double, finite.
    public let value: Double

    /// Nil unless the text is such a number: no sign but a leading exponent's, no spaces, no "inf", no hexadecimal.
    public init?(_ text: some StringProtocol) {
        var hasDigit = false
        var hasPoint = false
        var hasExponent = false
        var previous: Character = " "
        for character in text {
            switch character {
            case "0"..."9" where character.isASCII: hasDigit = true
            case "." where !hasPoint && !hasExponent: hasPoint = true
            case "e" where hasDigit && !hasExponent, "E" where hasDigit && !hasExponent: hasExponent = true
            case "-" where previous == "e" || previous == "E", "+" where previous == "e" || previous == "E": break
            default: return nil
            }
            previous = character
        }
        guard hasDigit, text.utf8.count <= 64, let value = Double(String(text)), value.isFinite else { return nil }
        self.text = String(text)
        self.value = value
    }

    /// For constants of ours, known to be right.
    init(checked text: String, _ value: Double) { (self.text, self.value) = (text, value) }

    public var description: String { text }
}

/// Written as a string, since a JSON number may change its digits on the way.
extension ExactDecimal: Codable {
    public init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        guard let decimal = ExactDecimal(try container.decode(String.self)) else {
            throw DecodingError.dataCorruptedError(in: container, debugDescription: "not a decimal number")
        }
        self = decimal
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(text)
    }
}
