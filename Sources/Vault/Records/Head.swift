// SPDX-License-Identifier: Apache-2.0

/// What a user's head record says: the outside id, and exactly which segments there are.
///
/// A segment that is missing, added, or from an earlier generation does not agree with it.
/// Layout: format (1 byte), generation (varint), id length (varint), id, number of segments (varint), then for each its
/// number and generation (varints). Bytes behind that are padding.
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
        return writer.bytes
    }

    init(userID: [UInt8], generation: UInt64, segments: [Entry]) {
        (self.userID, self.generation, self.segments) = (userID, generation, segments)
    }

    /// Nil for bytes that `encoded` does not make.
    init?(_ bytes: [UInt8]) {
        var reader = ByteReader(bytes)
        guard reader.byte() == AssociatedData.format, let generation = reader.varint(),
            let length = reader.varint(), length <= UInt64(bytes.count), let userID = reader.take(Int(length)),
            let count = reader.varint(), count <= UInt64(bytes.count)
        else { return nil }
        self.init(userID: userID, generation: generation, segments: [])
        segments.reserveCapacity(Int(count))
        for _ in 0..<count {
            guard let number = reader.varint().flatMap(UInt32.init(exactly:)), let written = reader.varint() else {
                return nil
            }
            segments.append(Entry(number: number, generation: written))
        }
    }
}
