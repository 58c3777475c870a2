// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import Cryptography

struct ConstantTimeTests {
    @Test("equal bytes are equal, a change of any bit or of the length is seen")
    func compares() {
        let bytes = sequence(32)
        #expect(ConstantTime.areEqual(bytes, sequence(32)))
        #expect(ConstantTime.areEqual([], []))
        #expect(!ConstantTime.areEqual(bytes, []))
        #expect(!ConstantTime.areEqual(bytes, bytes + [0]))
        for bit in 0..<256 {
            var other = bytes
            other[bit / 8] ^= 1 << (bit % 8)
            #expect(!ConstantTime.areEqual(bytes, other))
        }
    }

    @Test("erased bytes are zeros, as many as before")
    func erases() {
        var bytes = sequence(100, from: 1)
        ConstantTime.erase(&bytes)
        #expect(bytes == [UInt8](repeating: 0, count: 100))
        var none: [UInt8] = []
        ConstantTime.erase(&none)
        #expect(none.isEmpty)
    }
}
