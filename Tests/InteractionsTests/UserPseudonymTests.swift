// SPDX-License-Identifier: Apache-2.0

import Interactions
import TestSupport
import Testing

struct UserPseudonymTests {
    @Test("16 bytes and back; any other number is refused")
    func bytes() throws {
        let bytes = (0..<16).map { UInt8(17 * $0) }
        #expect(try #require(UserPseudonym(bytes: bytes)).bytes == bytes)
        for count in [0, 1, 15, 17, 32] { #expect(UserPseudonym(bytes: [UInt8](repeating: 9, count: count)) == nil) }
    }

    @Test("the order is that of the bytes, as SQLite has it")
    func order() throws {
        var generator = SeededGenerator(seed: 8)
        let all = (0..<300).map { _ in
            // Few different bytes, so that long common prefixes occur.
            (0..<16).map { _ in [0, 1, 0x7F, 0x80, 0xFF].randomElement(using: &generator) ?? 0 as UInt8 }
        }
        let sorted = try all.map { try #require(UserPseudonym(bytes: $0)) }.sorted()
        #expect(sorted.map(\.bytes) == all.sorted { $0.lexicographicallyPrecedes($1) })
    }

    @Test("packed bytes are the bytes one after the other")
    func packed() throws {
        let users = try [[UInt8](repeating: 1, count: 16), [UInt8](repeating: 2, count: 16)]
            .map { try #require(UserPseudonym(bytes: $0)) }
        #expect(users.packedBytes == [UInt8](repeating: 1, count: 16) + [UInt8](repeating: 2, count: 16))
        #expect([UserPseudonym]().packedBytes.isEmpty)
    }
}
