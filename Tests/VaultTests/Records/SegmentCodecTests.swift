// SPDX-License-Identifier: Apache-2.0

import Interactions
import TestSupport
import Testing

@testable import Vault

struct SegmentCodecTests {
    @Test("decode gives back what encode was given", arguments: [0, 1, 2, 33, 1000])
    func roundTrip(count: Int) {
        let plain = History(events(count)).interactions
        #expect(SegmentCodec.decode(SegmentCodec.encode(plain[...])) == plain)
        var generator = SeededGenerator(seed: 4)
        let wild = History(
            (0..<count).map { _ in
                Interaction(
                    item: .random(in: 0...UInt32.max, using: &generator),
                    value: Float(bitPattern: .random(in: 0..<0x7F80_0000, using: &generator)),
                    time: .random(in: Int64.min...Int64.max, using: &generator))
            }
        ).interactions
        #expect(SegmentCodec.decode(SegmentCodec.encode(wild[...])) == wild)
    }

    @Test("a layout worked by hand")
    func knownBytes() {
        // Times 2 and 5: zigzag(2) = 4, step 3. Items 300 = 0xAC 0x02, 1. Values 1.0 twice: raw, since a palette of one
        // (4 + 2 bytes) is shorter than 8: palette it is.
        let plain = [Interaction(item: 300, value: 1, time: 2), Interaction(item: 1, value: 1, time: 5)]
        let expected: [UInt8] = [1, 2, 4, 3, 0xAC, 0x02, 1, 1, 0x00, 0x00, 0x80, 0x3F, 0, 0]
        #expect(SegmentCodec.encode(plain[...]) == expected)
        #expect(SegmentCodec.decode(expected + [0, 0, 0]) == plain, "padding is ignored")
    }

    @Test("no prefix and no random bytes trap; short ones are refused")
    func adversarialBytes() {
        let whole = SegmentCodec.encode(History(events(50)).interactions[...])
        for length in whole.indices { #expect(SegmentCodec.decode(Array(whole.prefix(length))) == nil) }
        var generator = SeededGenerator(seed: 11)
        for _ in 0..<2000 {
            let length = Int.random(in: 0..<64, using: &generator)
            _ = SegmentCodec.decode([1] + (0..<length).map { _ in .random(in: 0...255, using: &generator) })
            _ = Head([1] + (0..<length).map { _ in .random(in: 0...255, using: &generator) })
        }
        #expect(SegmentCodec.decode([1] + [UInt8](repeating: 0xFF, count: 9) + [0x01]) == nil, "a huge count")
        #expect(SegmentCodec.decode([2, 0, 0]) == nil, "another format")
    }

    @Test("a hundred ordinary interactions fit the class of one kibibyte")
    func isCompact() {
        let content = SegmentCodec.encode(History(events(100)).interactions[...])
        #expect(SizeClass(holding: content.count) == .kibibyte1)
    }

    @Test("varints are as long as promised and read back")
    func varints() {
        for value in [0, 1, 127, 128, 16383, 16384, UInt64(1) << 63, .max] as [UInt64] {
            var writer = ByteWriter()
            writer.varint(value)
            var reader = ByteReader(writer.bytes)
            #expect(reader.varint() == value && reader.remaining == 0)
        }
        var overlong = ByteReader([UInt8](repeating: 0xFF, count: 9) + [0x02])
        #expect(overlong.varint() == nil)
    }
}
