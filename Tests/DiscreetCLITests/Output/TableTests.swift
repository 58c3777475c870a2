// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import DiscreetCLI

@Suite("tables, numbers and CSV")
struct TableTests {
    @Test("columns are aligned, numbers to the right, wide characters counted")
    func columnsAreAligned() {
        var table = Table([.text("item"), .number("count"), .text("title")])
        table.add(["侍", "7", "Seven"])
        table.add(["a", "1,000", "\u{1B}[0m"])
        let expected = """
              item  count  title
              侍        7  Seven
              a     1,000  \\x1B[0m

            """
        #expect(table.rendered(.plain) == expected)
    }

    @Test("a row that is short is filled up, one that is long is cut")
    func rowsFit() {
        var table = Table([.text("a"), .text("b", limit: 3)])
        table.add(["x"])
        table.add(["x", "abcd", "ignored"])
        #expect(table.rendered(.plain) == "  a  b\n  x  \n  x  ab…\n")
    }

    @Test("colour is only where it is asked for")
    func colourIsOptional() {
        #expect(Style.plain.bad("x") == "x")
        #expect(Style.coloured.bad("x") == "\u{1B}[31mx\u{1B}[0m")
    }

    @Test(
        "integers are grouped",
        arguments: [
            (0, "0"), (999, "999"), (1000, "1,000"), (-1_234_567, "-1,234,567"),
            (Int.min, "-9,223,372,036,854,775,808"),
        ])
    func integersAreGrouped(number: Int, text: String) {
        #expect(Numbers.grouped(number) == text)
    }

    @Test("ε = ∞ is a sign for people")
    func infinityIsASign() {
        #expect(Numbers.brief(.infinity) == "∞")
        #expect(Numbers.brief(1e-6) == "1e-06")
        #expect(Numbers.brief(3) == "3")
    }

    @Test("CSV quotes what RFC 4180 says and nothing else")
    func csvQuotes() {
        #expect(CSV.line(["a", "b c", "é"]) == "a,b c,é\n")
        #expect(CSV.line(["a,b", "say \"x\"", "two\nlines"]) == "\"a,b\",\"say \"\"x\"\"\",\"two\nlines\"\n")
    }
}
