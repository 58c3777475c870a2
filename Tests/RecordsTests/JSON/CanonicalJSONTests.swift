// SPDX-License-Identifier: Apache-2.0

import TestSupport
import Testing

@testable import Records

struct CanonicalJSONTests {
    @Test("the example of RFC 8785, sections 3.2.2 to 3.2.4")
    func matchesTheExample() throws {
        let source = #"""
            {
              "numbers": [333333333.33333329, 1E30, 4.50, 2e-3, 0.000000000000000000000000001],
              "string": "\u20ac$\u000F\u000aA'\u0042\u0022\u005c\\\"\/",
              "literals": [null, true, false]
            }
            """#
        let expected =
            #"{"literals":[null,true,false],"numbers":[333333333.3333333,1e+30,4.5,0.002,1e-27],"#
            + #""string":"€$\u000f\nA'B\"\\\\\"/"}"#
        #expect(try CanonicalJSON.bytes(JSONValue.parse(text(source))) == text(expected))
    }

    @Test("names are in the order of their UTF-16 code units, not of their bytes")
    func sortsByUTF16() throws {
        // RFC 8785, section 3.2.3: U+1F602 (a surrogate pair, D83D…) comes before U+FB33, though its UTF-8 comes after.
        let source = #"""
            {"\u20ac": "Euro Sign", "\r": "Carriage Return", "\ufb33": "Hebrew Letter Dalet With Dagesh", "1": "One",
             "\ud83d\ude00": "Emoji: Grinning Face", "\u0080": "Control", "\u00f6": "Latin Small Letter O With Diaeresis"}
            """#
        let expected = """
            {"\\r":"Carriage Return","1":"One","\u{80}":"Control","ö":"Latin Small Letter O With Diaeresis",\
            "€":"Euro Sign","😀":"Emoji: Grinning Face","\u{fb33}":"Hebrew Letter Dalet With Dagesh"}
            """
        #expect(try CanonicalJSON.bytes(JSONValue.parse(text(source))) == text(expected))
    }

    @Test("a prefix comes first, upper case before lower, the empty name before all")
    func sortsASCII() throws {
        let value: JSONValue = ["b": 1, "a": 2, "aa": 3, "B": 4, "": 5, "a b": 6]
        #expect(try CanonicalJSON.bytes(value) == text(#"{"":5,"B":4,"a":2,"a b":6,"aa":3,"b":1}"#))
    }

    @Test("only what must be escaped is, in the shortest way")
    func escapes() throws {
        let all = String(String.UnicodeScalarView((0..<0x80).compactMap(Unicode.Scalar.init)))
        let written = String(decoding: try CanonicalJSON.bytes(.string(all)), as: UTF8.self)
        let controls =
            #"\u0000\u0001\u0002\u0003\u0004\u0005\u0006\u0007\b\t\n\u000b\f\r\u000e\u000f\u0010\u0011\u0012\u0013"#
            + #"\u0014\u0015\u0016\u0017\u0018\u0019\u001a\u001b\u001c\u001d\u001e\u001f"#
        #expect(written.hasPrefix("\"" + controls + ##" !\"#$"##))
        #expect(written.hasSuffix("}~\u{7f}\""))
        #expect(written.contains(#"[\\]"#) && written.contains("./0"))
        #expect(try CanonicalJSON.bytes("\u{2028}\u{feff}é") == text("\"\u{2028}\u{feff}é\""))
    }

    @Test("what is written is read back as it was, and written the same again", arguments: 0..<200)
    func roundTrips(seed: UInt64) throws {
        var generator = SeededGenerator(seed: seed)
        for _ in 0..<20 {
            let value = RandomJSON.value(&generator)
            let bytes = try CanonicalJSON.bytes(value)
            let again = try JSONValue.parse(bytes)
            #expect(again == value)
            #expect(try CanonicalJSON.bytes(again) == bytes)
        }
    }

    @Test("documents nest as deep as can be read back, and no deeper")
    func limitsDepth() throws {
        func nested(_ depth: Int) -> JSONValue { (0..<depth).reduce(.null) { inner, _ in .array([inner]) } }
        let deepest = nested(64)
        #expect(try JSONValue.parse(CanonicalJSON.bytes(deepest)) == deepest)
        guard case .invalidJSON(_, .tooDeep) = thrown({ _ = try CanonicalJSON.bytes(nested(65)) }) else {
            Issue.record("65 levels were written")
            return
        }
    }
}
