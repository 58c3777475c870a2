// SPDX-License-Identifier: Apache-2.0

/// Numbers from bytes: no locale, no allocation, spaces around them allowed.
enum DecimalParsing {
    /// A decimal number such as `4`, `-0.5`, `.5`, `1e-3`, as a Float; nil if it is none, not finite, or too large for a Float.
    ///
    /// Correctly rounded to Double for up to 15 digits and powers of ten to 22, within a few units of Double's last place beyond, then rounded to Float.
    /// Minus zero becomes zero; what is too small for a Float becomes zero.
    static func float(_ bytes: Span<UInt8>) -> Float? {
        let range = trimmed(bytes)
        var position = range.lowerBound
        let isNegative = sign(bytes, &position, range.upperBound)
        var mantissa: UInt64 = 0
        var (digits, exponent) = (0, 0)
        var isFraction = false
        while position < range.upperBound {
            let byte = bytes[position]
            if let digit = digit(byte) {
                digits += 1
                // 19 digits fit in 64 bits; later ones are below a Double's precision and only move the point.
                if mantissa < 1_000_000_000_000_000_000 {
                    mantissa = mantissa * 10 + UInt64(digit)
                    if isFraction { exponent -= 1 }
                } else if !isFraction {
                    exponent += 1
                }
            } else if byte == UInt8(ascii: ".") && !isFraction {
                isFraction = true
            } else {
                break
            }
            position += 1
        }
        guard digits > 0 else { return nil }
        if position < range.upperBound {
            guard bytes[position] | 0x20 == UInt8(ascii: "e") else { return nil }
            position += 1
            guard let power = exponentDigits(bytes, &position, range.upperBound), position == range.upperBound else {
                return nil
            }
            exponent += power
        }
        let magnitude = Float(scaled(mantissa, exponent))
        guard magnitude.isFinite else { return nil }
        return isNegative && magnitude != 0 ? -magnitude : magnitude
    }

    /// An integer; nil if it is none or does not fit.
    static func integer(_ bytes: Span<UInt8>, in range: Range<Int>) -> Int64? {
        var position = range.lowerBound
        let isNegative = sign(bytes, &position, range.upperBound)
        guard position < range.upperBound else { return nil }
        var value: Int64 = 0  // kept negative: the range reaches one further there
        while position < range.upperBound {
            guard let digit = digit(bytes[position]) else { return nil }
            let (shifted, overflow) = value.multipliedReportingOverflow(by: 10)
            let (next, again) = shifted.subtractingReportingOverflow(Int64(digit))
            if overflow || again { return nil }
            value = next
            position += 1
        }
        if isNegative { return value }
        return value == .min ? nil : -value
    }

    /// The bytes without spaces and tabs at either end.
    static func trimmed(_ bytes: Span<UInt8>) -> Range<Int> {
        var (start, end) = (0, bytes.count)
        while start < end && isBlank(bytes[start]) { start += 1 }
        while end > start && isBlank(bytes[end - 1]) { end -= 1 }
        return start..<end
    }

    @inline(__always)
    static func digit(_ byte: UInt8) -> Int? {
        let value = byte &- 0x30
        return value < 10 ? Int(value) : nil
    }

    private static func isBlank(_ byte: UInt8) -> Bool { byte == 0x20 || byte == 0x09 }

    private static func sign(_ bytes: Span<UInt8>, _ position: inout Int, _ end: Int) -> Bool {
        guard position < end, bytes[position] == UInt8(ascii: "-") || bytes[position] == UInt8(ascii: "+") else {
            return false
        }
        position += 1
        return bytes[position - 1] == UInt8(ascii: "-")
    }

    /// Clamped to ±100 000: beyond, every mantissa is zero or infinite anyway.
    private static func exponentDigits(_ bytes: Span<UInt8>, _ position: inout Int, _ end: Int) -> Int? {
        let isNegative = sign(bytes, &position, end)
        var (power, digits) = (0, 0)
        while position < end, let digit = digit(bytes[position]) {
            power = min(power * 10 + digit, 100_000)
            digits += 1
            position += 1
        }
        return digits == 0 ? nil : isNegative ? -power : power
    }

    /// mantissa · 10^exponent. A row of up to a mebibyte of digits keeps `exponent` within ±1.2 million.
    private static func scaled(_ mantissa: UInt64, _ exponent: Int) -> Double {
        var (value, exponent) = (Double(mantissa), exponent)
        if value == 0 { return 0 }
        if exponent > 400 { return .infinity }
        if exponent < -400 { return 0 }
        while exponent > 0 {
            let step = min(exponent, 22)
            value *= powers[step]
            exponent -= step
        }
        while exponent < 0 {
            let step = min(-exponent, 22)
            value /= powers[step]
            exponent += step
        }
        return value
    }

    /// 10^0 ... 10^22, all exact in a Double.
    private static let powers: [Double] = [
        1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19,
        1e20, 1e21, 1e22,
    ]
}
