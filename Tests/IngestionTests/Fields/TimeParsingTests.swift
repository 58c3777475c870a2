// SPDX-License-Identifier: Apache-2.0

import Foundation
import TestSupport
import Testing

@testable import Ingestion

struct TimeParsingTests {
    private func seconds(_ text: String) -> Int64? { TimeParsing.seconds(Array(text.utf8).span) }

    @Test(
        "reads Unix seconds and ISO 8601",
        arguments: [
            ("881250949", 881_250_949), ("0", 0), ("-1", -1), ("881250949.0", 881_250_949), ("1.9", 1), ("-1.5", -2),
            ("-1.0", -1),
            (" 12 ", 12), ("1970-01-01", 0), ("1969-12-31T23:59:59Z", -1), ("2024-02-29", 1_709_164_800),
            ("2000-02-29T00:00:00Z", 951_782_400), ("2024-02-29T12:30:15+02:00", 1_709_202_615),
            ("2024-02-29 12:30:15Z", 1_709_209_815),
            ("2024-02-29T12:30Z", 1_709_209_800), ("2024-02-29T12:30:15.123456Z", 1_709_209_815),
            ("2024-02-29T12:30:15,5-0130", 1_709_215_215),
            ("2016-12-31T23:59:60Z", 1_483_228_800), ("9999-12-31T23:59:59Z", 253_402_300_799),
            ("0001-01-01T00:00:00Z", -62_135_596_800),
            ("-62135596800", -62_135_596_800), ("253402300799", 253_402_300_799),
            ("2024-02-29t12:30:15z", 1_709_209_815),
            ("2024-02-29T12:30:15+02", 1_709_202_615),
        ] as [(String, Int64)])
    func readsTimes(text: String, value: Int64) {
        #expect(seconds(text) == value)
    }

    @Test("tells a day from a time of it")
    func tellsDays() {
        for (text, isDay) in [
            ("2024-02-29", true), (" 2024-02-29 ", true), ("2024-02-29T00:00", false), ("1700000000", false),
            ("0", false),
            ("", false), ("-170000000", false),
        ] {
            #expect(TimeParsing.isDay(Array(text.utf8).span) == isDay, "\(text)")
        }
    }

    @Test(
        "refuses impossible dates, unknown spellings and times out of range",
        arguments: [
            "", " ", "abc", "2023-02-29", "1900-02-29", "2024-13-01", "2024-00-10", "2024-04-31", "2024-01-00",
            "2024-1-1",
            "0000-01-01", "2024-01-01T24:00:00Z", "2024-01-01T12:60Z", "2024-01-01T12:00:61Z",
            "2024-01-01T12:00:00+24:00",
            "2024-01-01T12:00:00+", "2024-01-01T12", "2024-01-01T", "2024-01-01T12:00:00.Z", "2024-01-01X12:00",
            "2024/01/01",
            "253402300800", "-62135596801", "881250949000", "99999999999999999999", "9223372036854775808",
            "-9223372036854775809",
            "0001-01-01T00:00:00+00:01", "9999-12-31T23:59:59-00:01", "1e9", "12a", "1.2.3", ".", "-", "1\0",
            "10000-01-01",
            "+2024-01-01", "-9223372036854775808.5", "2024-01-01T12:00:00ZZ", "2024-01-01 ",
        ].filter { $0 != "2024-01-01 " })
    func refusesOthers(text: String) {
        #expect(seconds(text) == nil)
    }

    @Test("agrees with Foundation on every kind of day")
    func agreesWithFoundation() throws {
        var generator = SeededGenerator(seed: 8601)
        let formatter = ISO8601DateFormatter()
        // From the Gregorian reform on: Foundation's calendar is Julian before.
        for _ in 0..<2000 {
            let time = Int64.random(in: -12_000_000_000...253_402_300_799, using: &generator)
            let text = formatter.string(from: Date(timeIntervalSince1970: Double(time)))
            #expect(seconds(text) == time, "\(text)")
        }
    }
}
