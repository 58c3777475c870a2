// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import Ingestion

/// RFC 4180, section 2, rule by rule, and what is beyond it.
struct RecordReaderTests {
    @Test(
        "reads what RFC 4180 describes",
        arguments: [
            ("aaa,bbb,ccc\r\nzzz,yyy,xxx\r\n", [["aaa", "bbb", "ccc"], ["zzz", "yyy", "xxx"]]),  // rule 1
            ("aaa,bbb\r\nzzz,yyy", [["aaa", "bbb"], ["zzz", "yyy"]]),  // rule 2: no line end at the end
            ("\"aaa\",\"bbb\"\r\nzzz,yyy", [["aaa", "bbb"], ["zzz", "yyy"]]),  // rule 5
            ("\"aaa\",\"b\r\nbb\",\"ccc\"\r\nzzz", [["aaa", "b\r\nbb", "ccc"], ["zzz"]]),  // rule 6
            ("\"a,a\",b", [["a,a", "b"]]),
            ("\"aaa\",\"b\"\"bb\",\"ccc\"", [["aaa", "b\"bb", "ccc"]]),  // rule 7
            ("\"\"\"\"", [["\""]]),
            ("\"\"\"\"\"\",x", [["\"\"", "x"]]),
            ("\"\",\"\"", [["", ""]]),
            (" a , b ", [[" a ", " b "]]),  // rule 4: spaces are part of a cell
            (",", [["", ""]]),
            ("a,", [["a", ""]]),
            ("a,\n", [["a", ""]]),
            (",a\n,b", [["", "a"], ["", "b"]]),
        ])
    func readsRFC4180(input: String, rows: [[String]]) throws {
        #expect(try Rows.text(input) == rows)
    }

    @Test(
        "takes any line end, and passes over empty lines",
        arguments: [
            ("a\nb\n", [["a"], ["b"]]), ("a\rb\r", [["a"], ["b"]]), ("a\r\nb\r\n", [["a"], ["b"]]),
            ("a\n\n\nb", [["a"], ["b"]]), ("\r\n\r\na", [["a"]]), ("\n", []), ("", []), ("a\r", [["a"]]),
            ("\"\"\n", [[""]]), ("a,\"x\"\rb,y", [["a", "x"], ["b", "y"]]),
        ])
    func takesAnyLineEnd(input: String, rows: [[String]]) throws {
        #expect(try Rows.text(input) == rows)
    }

    @Test("leaves a quote within an unquoted cell as it is")
    func keepsInnerQuotes() throws {
        #expect(try Rows.text("a\"b,5\"\nc \"d\",e") == [["a\"b", "5\""], ["c \"d\"", "e"]])
    }

    @Test("knows no quotes in tab-separated and MovieLens files")
    func hasNoQuotesInTSV() throws {
        #expect(try Rows.text("\"a\tb\"\nc\td", dialect: .tab) == [["\"a", "b\""], ["c", "d"]])
        #expect(
            try Rows.text("1::\"A: B\"::x|y\n:::::", dialect: .doubleColon) == [
                ["1", "\"A: B\"", "x|y"], ["", "", ":"],
            ])
    }

    @Test("drops a byte order mark at the start, and nowhere else")
    func dropsByteOrderMark() throws {
        #expect(try Rows.text("\u{FEFF}a,b") == [["a", "b"]])
        #expect(try Rows.text("\u{FEFF}\"a\",b") == [["a", "b"]])
        #expect(try Rows.text("a,\u{FEFF}b") == [["a", "\u{FEFF}b"]])
    }

    @Test("counts lines as an editor does, also within quotes")
    func countsLines() throws {
        let rows = try Rows.read(Array("h\r\n\"a\nb\r\nc\rd\",e\n\nf\r\rg".utf8))
        #expect(
            rows == [
                .cells([Array("h".utf8)], line: 1), .cells([Array("a\nb\r\nc\rd".utf8), Array("e".utf8)], line: 2),
                .cells([Array("f".utf8)], line: 7), .cells([Array("g".utf8)], line: 9),
            ])
    }

    @Test(
        "loses one line to a quote that does not pair, not the rest of the file",
        arguments: [
            ("\"a,b\nc,d\ne,f", [["<bad-encoding>"], ["c", "d"], ["e", "f"]]),
            ("a,b\"\n\"c,d\ne,f\n", [["a", "b\""], ["<bad-encoding>"], ["e", "f"]]),
            ("\"a\"b,c\nd,e", [["<bad-encoding>"], ["d", "e"]]),
            ("\"a,b\n\"c\",d\n", [["<bad-encoding>"], ["c", "d"]]),
            ("\"x\ny\",\"a\nb,c", [["<bad-encoding>"], ["b", "c"]]),
            ("\"", [["<bad-encoding>"]]), ("a,\"", [["<bad-encoding>"]]), ("\"a\r\nb", [["<bad-encoding>"], ["b"]]),
        ])
    func recoversFromLoneQuotes(input: String, rows: [[String]]) throws {
        #expect(try Rows.text(input) == rows)
    }

    @Test("refuses a row of more than the limit and goes on behind it")
    func refusesLongRows() throws {
        let long = "x,y\n" + String(repeating: "a", count: 10 << 20) + ",b\nc,d\n"
        let rows = try Rows.read(Array(long.utf8))
        #expect(rows.count == 3)
        #expect(rows[1] == .rejected(.tooLong, line: 2))
        #expect(rows[2] == .cells([Array("c".utf8), Array("d".utf8)], line: 3))
        let exact = try Rows.read(Array("abcd,efg\nabcd,efgh\nx\n".utf8), rowLimit: 8)
        #expect(exact[0] == .cells([Array("abcd".utf8), Array("efg".utf8)], line: 1))
        #expect(exact[1] == .rejected(.tooLong, line: 2))
        #expect(exact[2] == .cells([Array("x".utf8)], line: 3))
    }

    @Test("takes rows of many cells")
    func takesManyCells() throws {
        let row = (0..<5000).map(String.init)
        #expect(try Rows.text(row.joined(separator: ",") + "\n1,2") == [row, ["1", "2"]])
    }

    @Test("says what to do with compressed and UTF-16 files")
    func refusesOtherContent() {
        #expect(throws: IngestionError.self) { try Rows.read([0x1F, 0x8B, 8, 0]) }
        #expect(throws: IngestionError.self) { try Rows.read([0xFF, 0xFE, 0x61, 0]) }
    }
}
