// SPDX-License-Identifier: Apache-2.0

/// What a user's head record says: the outside id, exactly which segments there are, and the events that are in none.
///
/// A segment that is missing, added, or from an earlier generation does not agree with it.
/// Layout: format (1 byte), generation (varint), id length (varint), id, number of segments (varint), for each its
/// number and generation (varints), then, if the head holds events, their length (varint) and, laid out as in a segment,
/// the events; then, if the user has pending events, the generation in which their rows were written (varint; a length of 0 before it
/// where the head holds no events). Bytes behind that are padding: zeros, which read as no events and none pending.
struct Head: Equatable, Sendable {
    /// One segment as the head knows it. The pair is never used twice for a user's key.
    struct Entry: Equatable, Sendable {
        var number: UInt32
        /// The head's generation when the segment was written.
        var generation: UInt64
    }

    /// The outside id, byte for byte.
    var userID: [UInt8]
    /// Grows with each change.
    var generation: UInt64
    /// Ascending by number.
    var segments: [Entry]
    /// The events that are in no segment, as `SegmentCodec` writes them; empty for none.
    var events: [UInt8]
    /// The head's generation when the rows of pending events were written; 0: there are none.
    var pending: UInt64

    /// The largest class of a head that holds events: more of them go to a segment.
    static let largestClassWithEvents = SizeClass.kibibytes4

    /// How long `encoded` is with that many bytes of events.
    func length(withEvents count: Int) -> Int {
        var bare = self
        bare.events = []
        return bare.encoded.count + (count == 0 ? 0 : ByteWriter.varintLength(UInt64(count)) + count)
    }

    var encoded: [UInt8] {
        var writer = ByteWriter()
        writer.byte(AssociatedData.format)
        writer.varint(generation)
        writer.varint(UInt64(userID.count))
        writer.append(userID)
        writer.varint(UInt64(segments.count))
        for segment in segments {
            writer.varint(UInt64(segment.number))
            writer.varint(segment.generation)
        }
        if !events.isEmpty || pending > 0 {
            writer.varint(UInt64(events.count))
            writer.append(events)
        }
        if pending > 0 { writer.varint(pending) }
        return writer.bytes
    }

    init(userID: [UInt8], generation: UInt64, segments: [Entry], events: [UInt8] = [], pending: UInt64 = 0) {
        (self.userID, self.generation, self.segments) = (userID, generation, segments)
        (self.events, self.pending) = (events, pending)
    }

    /// Nil for bytes that `encoded` does not make.
    init?(_ bytes: [UInt8]) {
        guard let layout = Layout(bytes.span) else { return nil }
        self.init(
            userID: Array(bytes[layout.userID]), generation: layout.generation, segments: layout.segments,
            events: Array(bytes[layout.events]), pending: layout.pending)
    }

    /// Where things are in the bytes of a head.
    struct Layout {
        let generation: UInt64
        let userID: Range<Int>
        private(set) var segments: [Entry] = []
        /// Empty for none.
        private(set) var events = 0..<0
        /// 0 for none.
        private(set) var pending: UInt64 = 0

        /// Nil for bytes that `encoded` does not make.
        init?(_ bytes: Span<UInt8>) {
            var position = 1
            guard !bytes.isEmpty, bytes[0] == AssociatedData.format,
                let generation = PackedBytes.varint(bytes, &position),
                let length = PackedBytes.varint(bytes, &position), length <= UInt64(bytes.count - position)
            else { return nil }
            self.generation = generation
            userID = position..<position + Int(length)
            position = userID.upperBound
            guard let count = PackedBytes.varint(bytes, &position), count <= UInt64(bytes.count) else { return nil }
            segments.reserveCapacity(Int(count))
            for _ in 0..<count {
                guard let number = PackedBytes.varint(bytes, &position).flatMap(UInt32.init(exactly:)),
                    let written = PackedBytes.varint(bytes, &position)
                else { return nil }
                segments.append(Entry(number: number, generation: written))
            }
            guard position < bytes.count else { return }
            guard let length = PackedBytes.varint(bytes, &position), length <= UInt64(bytes.count - position) else {
                return nil
            }
            events = position..<position + Int(length)
            position = events.upperBound
            guard position < bytes.count else { return }
            guard let written = PackedBytes.varint(bytes, &position), written <= generation else { return nil }
            pending = written
        }
    }
}
