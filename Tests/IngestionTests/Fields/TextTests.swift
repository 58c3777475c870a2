// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import Ingestion

struct TextTests {
    @Test(
        "takes ids of valid UTF-8 only",
        arguments: [
            ([0x61], nil), ([], .missingField), ([0], .badEncoding), ([0x61, 0, 0x62], .badEncoding),
            ([0xC3, 0xA9], nil),
            ([0xC3], .badEncoding), ([0x80], .badEncoding), ([0xC0, 0x80], .badEncoding),
            ([0xE0, 0x80, 0xAF], .badEncoding),
            ([0xED, 0xA0, 0x80], .badEncoding), ([0xF4, 0x90, 0x80, 0x80], .badEncoding),
            ([0xF0, 0x9F, 0x98, 0x80], nil),
            ([0xFF], .badEncoding), ([UInt8](repeating: 0x61, count: 512), nil),
            ([UInt8](repeating: 0x61, count: 513), .tooLong),
        ] as [([UInt8], RejectionReason?)])
    func takesValidIDs(bytes: [UInt8], flaw: RejectionReason?) {
        let found = TextParsing.flaw(inID: bytes.span)
        #expect(found == flaw)
    }

    @Test("tells ids apart by their bytes, also where Swift's strings are equal")
    func comparesBytes() {
        let (composed, decomposed) = (Array("caf\u{E9}".utf8), Array("cafe\u{301}".utf8))
        #expect(String(decoding: composed, as: UTF8.self) == String(decoding: decomposed, as: UTF8.self))
        var table = ByteTable()
        let numbers = [table.insert(composed.span), table.insert(decomposed.span), table.insert(composed.span)]
        #expect(numbers == [0, 1, 0])
        #expect(Array(table.string(1).utf8) == decomposed)
    }

    @Test("finds each of many ids again, whatever the seed", arguments: [1, 2, .max] as [UInt64])
    func findsManyIDs(seed: UInt64) {
        var table = ByteTable(seed: seed)
        let ids = (0..<20_000).map { Array("user-\($0)-\(String(repeating: "x", count: $0 % 40))".utf8) }
        let inserted = ids.map { Int(table.insert($0.span)) }
        #expect(inserted == Array(ids.indices))
        let found = ids.map { table.index(of: $0.span).map(Int.init) }
        #expect(found == Array(ids.indices))
        let stranger = Array("user-x".utf8)
        let missing = table.index(of: stranger.span)
        #expect(missing == nil)
        table.removeAll()
        let fourth = ids[3]
        let gone = table.index(of: fourth.span)
        #expect(table.count == 0 && gone == nil)
        let first = table.insert(fourth.span)
        #expect(first == 0)
    }
}
