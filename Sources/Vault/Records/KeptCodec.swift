// SPDX-License-Identifier: Apache-2.0

import Interactions

/// What is kept beside a user's events, in bytes: pieces of at most the largest class, before padding and sealing.
///
/// Layout of a piece: format (1 byte), generation (varint), number of pieces (varint), number of names (varint), for each its length
/// (varint) and the name, number of events (varint), for each: item (varint), value (bits of a float32, little-endian), time (zigzag
/// varint), number of values (varint), for each the place of its name and its length (varints) and the value. Text is UTF-8. Events
/// ascend. Bytes behind that are padding.
enum KeptCodec {
    struct Piece {
        let generation: UInt64
        let pieces: Int
        let events: [KeptEvent]
    }

    /// - Parameter events: ascending, each once.
    static func encode(_ events: [KeptEvent], generation: UInt64) -> [[UInt8]] {
        var parts: [ArraySlice<KeptEvent>] = []
        var (start, length) = (0, 0)
        for index in events.indices {
            let added =
                encode(events[index], names: Array(events[index].columns.keys)).count
                + events[index].columns.keys.reduce(0) { $0 + $1.utf8.count + 2 }
            if length + added > largest && index > start {
                parts.append(events[start..<index])
                (start, length) = (index, 0)
            }
            length += added
        }
        if start < events.count { parts.append(events[start...]) }
        return parts.map { encode($0, generation: generation, pieces: parts.count) }
    }

    /// Bytes of events, each counted with its names, that surely fit the largest class with a piece's beginning.
    private static let largest = SizeClass.kibibytes64.capacity - 64

    private static func encode(_ events: ArraySlice<KeptEvent>, generation: UInt64, pieces: Int) -> [UInt8] {
        let names = Set(events.flatMap(\.columns.keys)).sorted()
        var writer = ByteWriter()
        writer.byte(AssociatedData.format)
        writer.varint(generation)
        writer.varint(UInt64(pieces))
        writer.varint(UInt64(names.count))
        for name in names { put(name, &writer) }
        writer.varint(UInt64(events.count))
        for event in events { writer.append(encode(event, names: names)) }
        return writer.bytes
    }

    /// One event as it lies in a piece with those names.
    static func encode(_ kept: KeptEvent, names: [String]) -> [UInt8] {
        var writer = ByteWriter()
        writer.varint(UInt64(kept.event.item))
        writer.word32(kept.event.value.bitPattern)
        writer.varint(UInt64(bitPattern: kept.event.time << 1 ^ kept.event.time >> 63))
        let columns = names.enumerated().filter { kept.columns[$0.element] != nil }
        writer.varint(UInt64(columns.count))
        for (place, name) in columns {
            writer.varint(UInt64(place))
            put(kept.columns[name] ?? "", &writer)
        }
        return writer.bytes
    }

    private static func put(_ text: String, _ writer: inout ByteWriter) {
        writer.varint(UInt64(text.utf8.count))
        writer.append(Array(text.utf8))
    }

    /// Nil for bytes that `encode` does not write.
    static func decode(_ bytes: [UInt8]) -> Piece? {
        var reader = ByteReader(bytes)
        guard reader.byte() == AssociatedData.format, let generation = reader.varint(), let pieces = count(&reader),
            let nameCount = count(&reader)
        else { return nil }
        var names: [String] = []
        for _ in 0..<nameCount {
            guard let name = text(&reader) else { return nil }
            names.append(name)
        }
        guard let eventCount = count(&reader) else { return nil }
        var events: [KeptEvent] = []
        for _ in 0..<eventCount {
            guard let event = event(&reader, names) else { return nil }
            events.append(event)
        }
        return Piece(generation: generation, pieces: pieces, events: events)
    }

    private static func event(_ reader: inout ByteReader, _ names: [String]) -> KeptEvent? {
        guard let item = reader.varint().flatMap(UInt32.init(exactly:)), let value = reader.word32(),
            let step = reader.varint(), let columnCount = count(&reader)
        else { return nil }
        let time = Int64(bitPattern: step >> 1) ^ -Int64(step & 1)
        var columns: [String: String] = [:]
        for _ in 0..<columnCount {
            guard let place = count(&reader), names.indices.contains(place), let text = text(&reader) else {
                return nil
            }
            columns[names[place]] = text
        }
        return KeptEvent(
            event: Interaction(item: item, value: Float(bitPattern: value), time: time), columns: columns)
    }

    private static func text(_ reader: inout ByteReader) -> String? {
        guard let length = count(&reader), let bytes = reader.take(length) else { return nil }
        return String(validating: bytes, as: UTF8.self)
    }

    /// A number that is no more than there can be of anything in a piece.
    private static func count(_ reader: inout ByteReader) -> Int? {
        reader.varint().flatMap { $0 <= UInt64(Int32.max) ? Int($0) : nil }
    }
}
