// SPDX-License-Identifier: Apache-2.0

import DPAccounting
import Foundation
import Records
import Testing

@testable import DiscreetCLI

@Suite("the JSON document")
struct JSONDocumentTests {
    @Test("it is canonical: keys in order, ECMAScript's numbers, one newline; an infinite epsilon is a string")
    func isCanonical() throws {
        let report = PrivacyAmounts(epsilon: .infinity, delta: DeltaAmount(1e-6, rounding: .up))
        let text = String(decoding: try JSONDocument.bytes(of: report), as: UTF8.self)
        #expect(text == "{\"delta\":0.000001,\"epsilon\":\"infinity\",\"exact\":\"infinity,0.000001\"}\n")
    }

    @Test("a number that is not finite is an error, never a document that no parser reads")
    func infinityIsNoNumber() {
        #expect(throws: (any Error).self) { try JSONDocument.bytes(of: ["epsilon": Double.infinity]) }
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
