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
        var writer = ByteWriter()
        writer.byte(AssociatedData.format)
        writer.varint(UInt64(interactions.count))
        var previous: Int64?
        for interaction in interactions {
            writer.varint(step(from: previous, to: interaction.time))
            previous = interaction.time
        }
        for interaction in interactions { writer.varint(UInt64(interaction.item)) }
        let palette = palette(of: interactions)
        writer.byte(UInt8(palette?.count ?? 0))
        if let palette {
            for bits in palette { writer.word32(bits) }
            for interaction in interactions {
                writer.byte(UInt8(palette.firstIndex(of: interaction.value.bitPattern) ?? 0))
            }
        } else {
            for interaction in interactions { writer.word32(interaction.value.bitPattern) }
        }
        return writer.bytes
    }

    /// Nil for bytes that `encode` does not write.
    static func decode(_ bytes: [UInt8]) -> [Interaction]? {
        var reader = ByteReader(bytes)
        guard reader.byte() == AssociatedData.format, let count = reader.varint(), count <= UInt64(bytes.count) else {
            return nil
        }
        var interactions: [Interaction] = []
        interactions.reserveCapacity(Int(count))
        var time: Int64?
        for _ in 0..<count {
            guard let step = reader.varint() else { return nil }
            let next = time.map { $0 &+ Int64(bitPattern: step) } ?? unzigzag(step)
            interactions.append(Interaction(item: 0, value: 0, time: next))
            time = next
        }
        for index in interactions.indices {
            guard let item = reader.varint().flatMap(UInt32.init(exactly:)) else { return nil }
            interactions[index].item = item
        }
        return readValues(into: &interactions, from: &reader) ? interactions : nil
    }

    /// An upper bound on the bytes that one more interaction takes: 10 for the time, 5 the item, 4 + 1 the value.
    static let mostBytesPerInteraction = 20

    private static func readValues(into interactions: inout [Interaction], from reader: inout ByteReader) -> Bool {
        guard let paletteSize = reader.byte() else { return false }
        var palette: [UInt32] = []
        for _ in 0..<paletteSize {
            guard let bits = reader.word32() else { return false }
            palette.append(bits)
        }
        for index in interactions.indices {
            if palette.isEmpty {
                guard let bits = reader.word32() else { return false }
                interactions[index].value = Float(bitPattern: bits)
            } else {
                guard let entry = reader.byte(), Int(entry) < palette.count else { return false }
                interactions[index].value = Float(bitPattern: palette[Int(entry)])
            }
        }
        return true
    }

    /// The distinct values, if they are so few that an index of a byte each is shorter.
    private static func palette(of interactions: ArraySlice<Interaction>) -> [UInt32]? {
        var palette: [UInt32] = []
        for interaction in interactions where !palette.contains(interaction.value.bitPattern) {
            guard palette.count < 32 else { return nil }
            palette.append(interaction.value.bitPattern)
        }
        return palette.isEmpty || 4 * palette.count + interactions.count > 4 * interactions.count ? nil : palette
    }

    /// Times ascend, so that a step is not negative; a wrapped difference reads back exactly all the same.
    private static func step(from previous: Int64?, to time: Int64) -> UInt64 {
        previous.map { UInt64(bitPattern: time &- $0) } ?? zigzag(time)
    }
    private static func zigzag(_ value: Int64) -> UInt64 { UInt64(bitPattern: value << 1 ^ value >> 63) }
    private static func unzigzag(_ value: UInt64) -> Int64 { Int64(bitPattern: value >> 1) ^ -Int64(value & 1) }
}
