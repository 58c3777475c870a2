// SPDX-License-Identifier: Apache-2.0

import Interactions

/// A user's events of unknown items, in bytes: pieces of at most the largest class, before padding and sealing.
///
/// Layout of a piece: format (1 byte), number of pieces (varint), number of events (varint), for each: time (zigzag varint), value (bits
/// of a float32, little-endian), length of the item's id (varint) and the id. Events ascend. Bytes behind that are padding.
enum PendingCodec {
    struct Piece {
        let pieces: Int
        let events: [PendingEvent]
    }

    /// Bytes of events that surely fit the largest class with a piece's beginning.
    private static let largest = SizeClass.kibibytes64.capacity - 32

    /// - Parameter events: ascending, each once.
    static func encode(_ events: [PendingEvent]) -> [[UInt8]] {
        var parts: [(count: Int, bytes: [UInt8])] = []
        for event in events {
            let bytes = encode(event)
            if let last = parts.last, last.bytes.count + bytes.count <= largest {
                parts[parts.count - 1].count += 1
                parts[parts.count - 1].bytes += bytes
            } else {
                parts.append((1, bytes))
            }
        }
        return parts.map { part in
            var writer = ByteWriter()
            writer.byte(AssociatedData.format)
            writer.varint(UInt64(parts.count))
            writer.varint(UInt64(part.count))
            writer.append(part.bytes)
            return writer.bytes
        }
    }

    /// One event as it lies in a piece.
    static func encode(_ event: PendingEvent) -> [UInt8] {
        var writer = ByteWriter()
        writer.varint(UInt64(bitPattern: event.time << 1 ^ event.time >> 63))
        writer.word32(event.value.bitPattern)
        writer.varint(UInt64(event.item.bytes.count))
        writer.append(event.item.bytes)
        return writer.bytes
    }

    /// Nil for bytes that `encode` does not write.
    static func decode(_ bytes: [UInt8]) -> Piece? {
        var reader = ByteReader(bytes)
        guard reader.byte() == AssociatedData.format, let pieces = count(&reader), let eventCount = count(&reader)
        else { return nil }
        var events: [PendingEvent] = []
        for _ in 0..<eventCount {
            guard let step = reader.varint(), let bits = reader.word32(), let length = count(&reader),
                let item = reader.take(length).flatMap({ ItemID($0) })
            else { return nil }
            let value = Float(bitPattern: bits)
            guard value.isFinite else { return nil }
            let event = PendingEvent(item: item, value: value, time: Int64(bitPattern: step >> 1) ^ -Int64(step & 1))
            if let last = events.last, last >= event { return nil }
            events.append(event)
        }
        return Piece(pieces: pieces, events: events)
    }

    /// A number that is no more than there can be of anything in a piece.
    private static func count(_ reader: inout ByteReader) -> Int? {
        reader.varint().flatMap { $0 <= UInt64(SizeClass.kibibytes64.rawValue) ? Int($0) : nil }
    }
}
