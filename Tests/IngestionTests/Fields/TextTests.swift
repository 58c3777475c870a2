// SPDX-License-Identifier: Apache-2.0

import TestSupport
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
        var table = ByteTable(seed: seed, multiplier: seed &* 0x9E37_79B9_7F4A_7C15)
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

    @Test("ids of every length are told apart, one by one and many at once, and given back as they were")
    func everyLength() {
        var ids: [[UInt8]] = []
        for length in 1...40 {
            let id = (0..<length).map { UInt8(97 + $0 % 20) }
            ids.append(id)
            // Another first, eighth, last byte; a zero at the end is a byte too.
            for place in [0, min(7, length - 1), length - 1] {
                var other = id
                other[place] = 0
                ids.append(other)
            }
        }
        var order: [[UInt8]] = []
        let expected = ids.map { id in
            if let index = order.firstIndex(of: id) { return UInt32(index) }
            order.append(id)
            return UInt32(order.count - 1)
        }
        var (single, batched) = (ByteTable(), ByteTable())
        let inserted = ids.map { single.insert($0.span) }
        #expect(inserted == expected)
        var numbers: [UInt32] = []
        for start in stride(from: 0, to: ids.count, by: 7) {
            let part = ids[start..<min(start + 7, ids.count)]
            var (keys, long, ends): ([ByteTable.Key], [UInt8], [Int]) = ([], [], [])
            for id in part {
                let key = batched.key(of: id.span)
                keys.append(key)
                if key.isShort { continue }
                long += id
                ends.append(long.count)
            }
            batched.insert(keys, long, endingAt: ends, appendingTo: &numbers)
        }
        #expect(numbers == expected)
        let taken = batched.take()
        #expect(order.indices.map { Array(taken.bytes[taken.offsets[$0]..<taken.offsets[$0 + 1]]) } == order)
        #expect(batched.count == 0)
    }

    /// Ids whose second word was so chosen that, with a known multiplier, it undoes the first one and the seed falls out with it.
    @Test("ids that would share a hash if its multiplier were known share none", arguments: [1, 77, .max] as [UInt64])
    func withstandsChosenIDs(seed: UInt64) {
        let start = 16 &* 0x9E37_79B9_7F4A_7C15 as UInt64
        var words = SeededGenerator(seed: seed)
        let ids = (0..<2000).map { _ in
            let first = words.next()
            let product = (start ^ first).multipliedFullWidth(by: 0xD6E8_FEB8_6659_FD93)
            let second = product.high ^ product.low ^ 0x4142_4344_4546_4748
            return [first, second].flatMap { word in
                stride(from: 56, through: 0, by: -8).map { UInt8(truncatingIfNeeded: word >> UInt64($0)) }
            }
        }
        let chosen = ByteTable(seed: seed, multiplier: seed &* 0x9E37_79B9_7F4A_7C15 ^ 0x5851_F42D_4C95_7F2D)
        for table in [ByteTable(), chosen] {
            #expect(Set(ids.map { table.hash($0.span) }).count == ids.count)
            // Nor do they fall together where the slots are numbered and where entries are told apart.
            #expect(Set(ids.map { table.hash($0.span) & 0xFFFF }).count > 1900)
            #expect(Set(ids.map { table.hash($0.span) >> 32 }).count > 1990)
        }
    }
}
