// SPDX-License-Identifier: Apache-2.0

import Interactions

/// A history segment in bytes: packed columns, before padding and sealing.
///
/// Layout: format (1 byte), count n (varint), times (the first zigzag, then n − 1 steps forward; varints), items (n varints),
/// palette size p (1 byte), then either p values and n indices of a byte each, or, for p = 0, n values. Values are the bits
/// of a float32, little-endian. Interactions ascend. Bytes behind that are padding.
enum SegmentCodec {
    /// `interactions` ascending.
    static func encode(_ interactions: ArraySlice<Interaction>) -> [UInt8] {
        var bytes: [UInt8] = []
        let count = encode(interactions.span, into: &bytes)
        bytes.removeLast(bytes.count - count)
        return bytes
    }

    /// The same at the start of `bytes`, which grows where it is too small and is not shortened.
    /// - Returns: How many bytes.
    static func encode(_ interactions: Span<Interaction>, into bytes: inout [UInt8]) -> Int {
        let most = 20 + 4 * mostInPalette + mostBytesPerInteraction * interactions.count
        if bytes.count < most { bytes = [UInt8](repeating: 0, count: most) }
        var position = 1
        var out = bytes.mutableSpan
        out[0] = AssociatedData.format
        PackedBytes.put(varint: UInt64(interactions.count), &out, &position)
        var previous: Int64?
        for index in interactions.indices {
            let time = interactions[index].time
            PackedBytes.put(varint: step(from: previous, to: time), &out, &position)
            previous = time
        }
        for index in interactions.indices {
            PackedBytes.put(varint: UInt64(interactions[index].item), &out, &position)
        }
        if let palette = Palette(interactions) {
            out[position] = UInt8(palette.values.count)
            position += 1
            for bits in palette.values { PackedBytes.put(word32: bits, &out, &position) }
            for index in interactions.indices {
                out[position] = palette.index(of: interactions[index].value.bitPattern)
                position += 1
            }
        } else {
            out[position] = 0
            position += 1
            for index in interactions.indices {
                PackedBytes.put(word32: interactions[index].value.bitPattern, &out, &position)
            }
        }
        return position
    }

    /// Nil for bytes that `encode` does not write.
    static func decode(_ bytes: [UInt8]) -> [Interaction]? {
        var interactions: [Interaction] = []
        return decode(bytes, in: bytes.indices, appendingTo: &interactions) ? interactions : nil
    }

    /// The same of the bytes in `range`, behind what `interactions` holds already. False for bytes that `encode` does
    /// not write: then it holds no more.
    static func decode(
        _ bytes: [UInt8], in range: Range<Int>, appendingTo interactions: inout [Interaction]
    ) -> Bool {
        let start = interactions.count
        if decodeColumns(bytes.span.extracting(range), behind: start, &interactions) { return true }
        interactions.removeLast(interactions.count - start)
        return false
    }

    private static func decodeColumns(
        _ bytes: Span<UInt8>, behind start: Int, _ interactions: inout [Interaction]
    ) -> Bool {
        var position = 1
        guard !bytes.isEmpty, bytes[0] == AssociatedData.format,
            let announced = PackedBytes.varint(bytes, &position), announced <= UInt64(bytes.count)
        else { return false }
        let end = start + Int(announced)
        interactions.append(contentsOf: repeatElement(Interaction(item: 0), count: end - start))
        var out = interactions.mutableSpan
        var time: Int64?
        for index in start..<end {
            guard let step = PackedBytes.varint(bytes, &position) else { return false }
            let next = time.map { $0 &+ Int64(bitPattern: step) } ?? unzigzag(step)
            out[index].time = next
            time = next
        }
        for index in start..<end {
            guard let item = PackedBytes.varint(bytes, &position), item <= UInt64(UInt32.max) else { return false }
            out[index].item = UInt32(item)
        }
        guard position < bytes.count else { return false }
        let paletteSize = Int(bytes[position])
        let palette = position + 1
        position = palette + 4 * paletteSize
        guard position <= bytes.count else { return false }
        for index in start..<end {
            if paletteSize == 0 {
                guard let bits = PackedBytes.word32(bytes, &position) else { return false }
                out[index].value = Float(bitPattern: bits)
            } else {
                guard position < bytes.count, Int(bytes[position]) < paletteSize else { return false }
                var entry = palette + 4 * Int(bytes[position])
                position += 1
                out[index].value = Float(bitPattern: PackedBytes.word32(bytes, &entry) ?? 0)
            }
        }
        return true
    }

    /// An upper bound on the bytes that one more interaction takes: 10 for the time, 5 the item, 4 + 1 the value.
    static let mostBytesPerInteraction = 20
    private static let mostInPalette = 32

    /// The distinct values, if they are so few that an index of a byte each is shorter.
    private struct Palette {
        private(set) var values: [UInt32] = []

        init?(_ interactions: Span<Interaction>) {
            var last: UInt32?
            for index in interactions.indices {
                let bits = interactions[index].value.bitPattern
                if bits == last || values.contains(bits) { continue }
                guard values.count < mostInPalette else { return nil }
                values.append(bits)
                last = bits
            }
            if values.isEmpty || 4 * values.count + interactions.count > 4 * interactions.count { return nil }
        }

        func index(of bits: UInt32) -> UInt8 {
            var index = 0
            while index < values.count, values[index] != bits { index += 1 }
            return UInt8(truncatingIfNeeded: index)
        }
    }

    /// Times ascend, so that a step is not negative; a wrapped difference reads back exactly all the same.
    private static func step(from previous: Int64?, to time: Int64) -> UInt64 {
        previous.map { UInt64(bitPattern: time &- $0) } ?? zigzag(time)
    }
    private static func zigzag(_ value: Int64) -> UInt64 { UInt64(bitPattern: value << 1 ^ value >> 63) }
    private static func unzigzag(_ value: UInt64) -> Int64 { Int64(bitPattern: value >> 1) ^ -Int64(value & 1) }
}
