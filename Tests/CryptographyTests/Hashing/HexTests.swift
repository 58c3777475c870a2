// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import Cryptography

struct HexTests {
    @Test("every byte is two lower-case digits, and comes back from either case")
    func roundTrips() {
        let all = sequence(256)
        let digits = Hex.encode(all)
        #expect(digits.hasPrefix("000102") && digits.hasSuffix("fdfeff") && digits.count == 512)
        #expect(Hex.decode(digits) == all)
        #expect(Hex.decode(digits.uppercased()) == all)
        #expect(Hex.encode([UInt8]()) == "" && Hex.decode("") == [])
    }

    @Test(
        "anything else is nil",
        arguments: ["0", "000", "0g", "g0", " 00", "00 ", "0x00", "-1", "+1", "é", "００", "0\u{0}"])
    func refusesOthers(text: String) {
        #expect(Hex.decode(text) == nil)
    }
}
