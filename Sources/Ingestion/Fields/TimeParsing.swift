// SPDX-License-Identifier: Apache-2.0

/// Moments from bytes: Unix seconds (a fraction is dropped downwards) or ISO 8601, the year first.
///
/// A date alone is its first second; a time without zone is UTC. `T`, `t` or a space stands between date and time; seconds may be left out,
/// a fraction is dropped, second 60 is the next minute's first. Years 1 to 9999: milliseconds taken for seconds fall outside for any date after 1978.
enum TimeParsing {
    /// 0001-01-01T00:00:00Z ... 9999-12-31T23:59:59Z
    static let range: ClosedRange<Int64> = -62_135_596_800...253_402_300_799

    /// Unix seconds, or nil.
    static func seconds(_ bytes: Span<UInt8>) -> Int64? {
        let cell = DecimalParsing.trimmed(bytes)
        let isDate = cell.count >= 10 && bytes[cell.lowerBound + 4] == UInt8(ascii: "-")
        guard let time = isDate ? iso8601(bytes, in: cell) : unix(bytes, in: cell), range.contains(time) else {
            return nil
        }
        return time
    }

    /// Whether these bytes, from which `seconds` is read, name a day and no time of it.
    static func isDay(_ bytes: Span<UInt8>) -> Bool {
        let cell = DecimalParsing.trimmed(bytes)
        return cell.count == 10 && bytes[cell.lowerBound + 4] == UInt8(ascii: "-")
    }

    private static func unix(_ bytes: Span<UInt8>, in cell: Range<Int>) -> Int64? {
        var whole = cell.lowerBound
        while whole < cell.upperBound && bytes[whole] != UInt8(ascii: ".") { whole += 1 }
        guard let seconds = DecimalParsing.integer(bytes, in: cell.lowerBound..<whole) else { return nil }
        guard whole < cell.upperBound else { return seconds }
        var isZero = true
        for position in whole + 1..<cell.upperBound {
            guard let digit = DecimalParsing.digit(bytes[position]) else { return nil }
            if digit != 0 { isZero = false }
        }
        let isNegative = bytes[cell.lowerBound] == UInt8(ascii: "-")
        return isNegative && !isZero && range.contains(seconds) ? seconds - 1 : seconds
    }

    private static func iso8601(_ bytes: Span<UInt8>, in cell: Range<Int>) -> Int64? {
        var text = Cursor(position: cell.lowerBound, end: cell.upperBound)
        guard let year = text.number(4, bytes), text.skip("-", bytes), let month = text.number(2, bytes),
            text.skip("-", bytes), let day = text.number(2, bytes),
            (1...12).contains(month), day >= 1, day <= length(ofMonth: month, year: year)
        else { return nil }
        let midnight = Int64(days(year: year, month: month, day: day)) * 86_400
        if text.isAtEnd { return midnight }
        guard text.skip("T", bytes) || text.skip("t", bytes) || text.skip(" ", bytes),
            let hour = text.number(2, bytes), text.skip(":", bytes), let minute = text.number(2, bytes),
            hour < 24, minute < 60
        else { return nil }
        var second = 0
        if text.skip(":", bytes) {
            guard let value = text.number(2, bytes), value <= 60 else { return nil }
            second = value
            if text.skip(".", bytes) || text.skip(",", bytes) {
                guard text.skipDigits(bytes) > 0 else { return nil }
            }
        }
        guard let offset = zone(&text, bytes), text.isAtEnd else { return nil }
        return midnight + Int64(hour * 3600 + minute * 60 + second - offset)
    }

    /// Seconds east of Greenwich: nothing, `Z`, `±hh`, `±hhmm` or `±hh:mm`.
    private static func zone(_ text: inout Cursor, _ bytes: Span<UInt8>) -> Int? {
        if text.isAtEnd || text.skip("Z", bytes) || text.skip("z", bytes) { return 0 }
        let isEast = text.skip("+", bytes)
        guard isEast || text.skip("-", bytes), let hours = text.number(2, bytes), hours < 24 else { return nil }
        var minutes = 0
        if !text.isAtEnd {
            _ = text.skip(":", bytes)
            guard let value = text.number(2, bytes), value < 60 else { return nil }
            minutes = value
        }
        return (isEast ? 1 : -1) * (hours * 3600 + minutes * 60)
    }

    /// Days since 1970-01-01 in the proleptic Gregorian calendar.
    ///
    /// Years begin in March, so that the leap day is a year's last; an era is 400 years of 146 097 days.
    /// - SeeAlso: Howard Hinnant, "chrono-Compatible Low-Level Date Algorithms", `days_from_civil`.
    static func days(year: Int, month: Int, day: Int) -> Int {
        let y = month <= 2 ? year - 1 : year
        let era = (y >= 0 ? y : y - 399) / 400
        let yearOfEra = y - era * 400
        let dayOfYear = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1
        let dayOfEra = yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear
        return era * 146_097 + dayOfEra - 719_468
    }

    private static func length(ofMonth month: Int, year: Int) -> Int {
        switch month {
        case 2: year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) ? 29 : 28
        case 4, 6, 9, 11: 30
        default: 31
        }
    }

    private struct Cursor {
        var position: Int
        let end: Int

        var isAtEnd: Bool { position == end }

        /// Exactly `count` digits.
        mutating func number(_ count: Int, _ bytes: Span<UInt8>) -> Int? {
            guard position + count <= end else { return nil }
            var value = 0
            for index in position..<position + count {
                guard let digit = DecimalParsing.digit(bytes[index]) else { return nil }
                value = value * 10 + digit
            }
            position += count
            return value
        }

        mutating func skip(_ character: Unicode.Scalar, _ bytes: Span<UInt8>) -> Bool {
            guard position < end, bytes[position] == UInt8(ascii: character) else { return false }
            position += 1
            return true
        }

        mutating func skipDigits(_ bytes: Span<UInt8>) -> Int {
            let start = position
            while position < end, DecimalParsing.digit(bytes[position]) != nil { position += 1 }
            return position - start
        }
    }
}
