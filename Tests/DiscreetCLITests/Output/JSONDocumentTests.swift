// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing

@testable import DiscreetCLI

@Suite("the JSON document")
struct JSONDocumentTests {
    @Test("infinite numbers are strings")
    func infinityIsAString() throws {
        let text = String(decoding: try JSONDocument.bytes(of: ["epsilon": Double.infinity]), as: UTF8.self)
        #expect(text == "{\"epsilon\":\"infinity\"}\n")
    }

    @Test("ids come back byte for byte, and no control character reaches a terminal")
    func idsComeBackUnchanged() throws {
        let ids = ["\u{1B}[31m", "\u{9B}31m", "\u{7F}", "é", "e\u{301}", "Â", "\u{A0}", "a/b", "\u{80}\u{9F}x", "侍"]
        let bytes = try JSONDocument.bytes(of: ids)
        let back = try JSONDecoder().decode([String].self, from: bytes)
        // Swift's == calls é and e + accent equal; bytes do not.
        #expect(back.map { Array($0.utf8) } == ids.map { Array($0.utf8) })
        let scalars = String(decoding: bytes.dropLast(), as: UTF8.self).unicodeScalars
        #expect(!scalars.contains { $0.properties.generalCategory == .control })
    }
}
