// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import DiscreetCLI

@Suite("text on its way to a terminal")
struct DisplayTextTests {
    @Test(
        "what a terminal would obey is escaped",
        arguments: [
            ("\u{1B}[2J", "\\x1B[2J"), ("a\u{07}", "a\\x07"), ("\u{9B}31m", "\\x9B31m"), ("a\nb\tc\r", "a\\nb\\tc\\r"),
            ("\u{7F}", "\\x7F"), ("\u{202E}gnp", "\\u{202E}gnp"), ("\u{2028}", "\\u{2028}"), ("\0", "\\x00"),
        ])
    func hazardsAreEscaped(raw: String, shown: String) {
        #expect(DisplayText.escaped(raw) == shown)
    }

    @Test("ordinary text of any script is left alone", arguments: ["alice", "Amélie (2001)", "七人の侍", "👩‍👩‍👧", ""])
    func ordinaryTextIsLeftAlone(text: String) {
        #expect(DisplayText.escaped(text) == text)
    }

    @Test("width counts columns", arguments: [("abc", 3), ("é", 1), ("e\u{301}", 1), ("侍", 2), ("🎬", 2), ("", 0)])
    func widthCountsColumns(text: String, columns: Int) {
        #expect(DisplayText.width(text) == columns)
    }

    @Test("a cut text fits and says that it was cut")
    func cutTextFits() {
        #expect(DisplayText.cut("abcdef", to: 4) == "abc…")
        #expect(DisplayText.cut("七人の侍", to: 4) == "七…")
        #expect(DisplayText.cut("abcd", to: 4) == "abcd")
    }
}
