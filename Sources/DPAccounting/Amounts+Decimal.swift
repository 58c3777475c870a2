// SPDX-License-Identifier: Apache-2.0

/// Which way a number goes that is finer than the unit: costs round up, limits round down.
public enum AmountRounding: Sendable { case up, down }

extension Amount {
    /// The amount that the decimal text says ("3", "0.5", "1e-6"); nil if it is no finite, non-negative decimal number.
    /// Too much for the type becomes infinity when rounding up and the largest finite amount when rounding down.
    public init?(decimal text: some StringProtocol, rounding: AmountRounding) {
        guard let number = DecimalDigits(text) else { return nil }
        self.init(number, rounding)
    }

    /// The amount that the shortest decimal form of `value` says. Infinity stays infinity; NaN and negative numbers too
    /// become infinity when they are a cost and zero when they are a limit.
    public init(_ value: Double, rounding: AmountRounding) {
        if value == .infinity { self = .infinity; return }
        guard value >= 0, let number = DecimalDigits("\(value)") else {
            self = rounding == .up ? .infinity : .zero
            return
        }
        self.init(number, rounding)
    }

    private init(_ number: DecimalDigits, _ rounding: AmountRounding) {
        let tooMuch = rounding == .up ? Amount.infinity : Amount(units: .max - 1)
        let shift = number.exponent + Unit.decimals
        var units: Int64 = 0
        var isInexact = false
        for (index, digit) in number.digits.enumerated() {
            // Digits behind the last unit only say which way to round.
            if number.digits.count - index + shift <= 0 { isInexact = isInexact || digit != 0; continue }
            let (tens, overflow) = units.multipliedReportingOverflow(by: 10)
            let (sum, carry) = tens.addingReportingOverflow(Int64(digit))
            if overflow || carry { self = tooMuch; return }
            units = sum
        }
        if shift > 0, units > 0 {
            for _ in 0..<shift {
                let (tens, overflow) = units.multipliedReportingOverflow(by: 10)
                if overflow { self = tooMuch; return }
                units = tens
            }
        }
        if isInexact && rounding == .up {
            let (next, overflow) = units.addingReportingOverflow(1)
            if overflow { self = tooMuch; return }
            units = next
        }
        self = units == .max ? tooMuch : Amount(units: units)
    }

    /// The nearest Double; infinite for infinity.
    public var value: Double {
        isInfinite ? .infinity : Double(description) ?? .infinity
    }

    /// The exact decimal, without trailing zeros; "infinity".
    public var description: String {
        if isInfinite { return "infinity" }
        let digits = String(units)
        let padded = String(repeating: "0", count: max(0, Unit.decimals + 1 - digits.count)) + digits
        let whole = padded.dropLast(Unit.decimals)
        var fraction = padded.suffix(Unit.decimals)
        while fraction.last == "0" { fraction.removeLast() }
        return fraction.isEmpty ? String(whole) : "\(whole).\(fraction)"
    }
}

/// JSON carries the exact decimal as a string.
extension Amount: Codable {
    public init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        let text = try container.decode(String.self)
        if text == "infinity" { self = .infinity; return }
        guard let amount = Amount(decimal: text, rounding: .up) else {
            throw DecodingError.dataCorruptedError(in: container, debugDescription: "not a decimal amount")
        }
        self = amount
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(description)
    }
}

/// A decimal numeral taken apart: digits · 10^exponent.
private struct DecimalDigits {
    var digits: [UInt8] = []
    var exponent = 0

    init?(_ text: some StringProtocol) {
        let parts = text.lowercased().split(separator: "e", maxSplits: 1, omittingEmptySubsequences: false)
        guard let mantissa = parts.first, mantissa.utf8.count <= 400 else { return nil }
        if parts.count == 2 {
            guard let power = Int(parts[1]), abs(power) <= 1000 else { return nil }
            exponent = power
        }
        var seenPoint = false
        for byte in mantissa.utf8 {
            switch byte {
            case UInt8(ascii: "0")...UInt8(ascii: "9"):
                digits.append(byte - UInt8(ascii: "0"))
                if seenPoint { exponent -= 1 }
            case UInt8(ascii: ".") where !seenPoint: seenPoint = true
            case UInt8(ascii: "+") where digits.isEmpty && !seenPoint: break
            default: return nil
            }
        }
        if digits.isEmpty { return nil }
    }
}
