// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing

@testable import Records

struct DayTests {
    @Test(
        "days are those of the calendar, leap years and centuries included",
        arguments: [
            (0, "1970-01-01"), (-1, "1969-12-31"), (59, "1970-03-01"), (11_016, "2000-02-29"), (11_017, "2000-03-01"),
            (20_781, "2026-11-24"), (47_540, "2100-02-28"), (47_541, "2100-03-01"), (-719_468, "0000-03-01"),
        ])
    func matchesTheCalendar(number: Int, text: String) {
        #expect(Day(number: number).description == text)
        #expect(Day(text)?.number == number)
    }

    @Test("every day of 150 years has its own text and comes back from it")
    func roundTrips() {
        var last = Day(number: -10_000)
        for number in -9999...45_000 {
            let day = Day(number: number)
            #expect(Day(day.description) == day)
            #expect(last.description < day.description && last < day)
            last = day
        }
    }

    @Test("an instant belongs to its day in UTC, before 1970 too")
    func takesTheDay() {
        #expect(Day(Date(timeIntervalSince1970: 86_399.9)).number == 0)
        #expect(Day(Date(timeIntervalSince1970: 86_400)).number == 1)
        #expect(Day(Date(timeIntervalSince1970: -0.1)).number == -1)
    }

    @Test(
        "other texts are no days",
        arguments: [
            "", "2026-11-24 ", "2026-11-31", "2025-02-29", "2026-13-01", "2026-00-10", "2026-01-00", "26-11-24",
            "2026-1-24",
            "2026-11-24T00:00:00Z", "2026/11/24", "-026-11-24", "+026-11-24", "2026--1-24", "２026-11-2",
        ])
    func refuses(text: String) { #expect(Day(text) == nil) }

    @Test("in JSON a day is its text")
    func encodes() throws {
        #expect(try JSONValue(encoding: [Day(number: 0)]) == ["1970-01-01"])
        #expect(try JSONValue.array(["1970-01-02"]).decode([Day].self) == [Day(number: 1)])
        #expect(thrown { _ = try JSONValue.array(["1970-01-99"]).decode([Day].self) } != nil)
    }
}
