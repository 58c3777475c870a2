// SPDX-License-Identifier: Apache-2.0

import Cryptography
import Interactions

/// What an append does to one user's rows: which segments it writes, which it takes away, and the new head.
///
/// Compaction is part of every append: the new events take in each segment of their own size class or a smaller one, and
/// grow into the next class where they must, so that a user has at most one segment a class, but for full ones of the
/// largest. An event is rewritten at most once per class.
struct RecordChange: Sendable {
    struct Write: Sendable {
        var entry: Head.Entry
        var sizeClass: SizeClass
        var content: [UInt8]
    }
    var head: Head
    var writes: [Write]
    /// Numbers of rows that go and are not written again.
    var removals: [UInt32]
    /// Events that were not there before.
    var added: Int

    /// Nil if every event is there already.
    /// - Parameter events: ascending, unique.
    init?(appending events: [Interaction], to record: OpenedRecord?, userID: [UInt8]) {
        let present = record.map { $0.history.interactions } ?? []
        let fresh = events.subtracting(present)
        guard !fresh.isEmpty else { return nil }
        added = fresh.count
        let generation = (record?.head.generation ?? 0) + 1
        var kept = record?.segments ?? []
        let merged = Self.takeIn(fresh, from: &kept)
        let taken = Set((record?.segments ?? []).map(\.entry.number)).subtracting(kept.map(\.entry.number))
        var used = Set(kept.map(\.entry.number))
        writes = []
        var number: UInt32 = 0
        for chunk in merged {
            while used.contains(number) { number += 1 }
            used.insert(number)
            let entry = Head.Entry(number: number, generation: generation)
            writes.append(Write(entry: entry, sizeClass: chunk.sizeClass, content: chunk.content))
        }
        removals = taken.subtracting(writes.map(\.entry.number)).sorted()
        let entries = (kept.map(\.entry) + writes.map(\.entry)).sorted { $0.number < $1.number }
        head = Head(userID: record?.head.userID ?? userID, generation: generation, segments: entries)
    }

    private typealias Chunk = (content: [UInt8], sizeClass: SizeClass)

    /// The fresh events with all segments that they take in, cut into pieces that fit a class each.
    private static func takeIn(_ fresh: [Interaction], from kept: inout [OpenedRecord.Segment]) -> [Chunk] {
        var events = fresh
        var chunks = pieces(of: events)
        while true {
            let reach = chunks.map(\.sizeClass).max() ?? .bytes256
            let absorbed = kept.filter { $0.sizeClass <= reach && !isFull($0) }
            if absorbed.isEmpty { return chunks }
            kept.removeAll { $0.sizeClass <= reach && !isFull($0) }
            events = History(absorbed.reduce(into: events) { $0 += $1.interactions }).interactions
            chunks = pieces(of: events)
        }
    }

    /// A segment of the largest class that is worth no rewriting.
    private static func isFull(_ segment: OpenedRecord.Segment) -> Bool {
        guard segment.sizeClass == SizeClass.allCases.last else { return false }
        return SegmentCodec.encode(segment.interactions[...]).count > segment.sizeClass.capacity * 3 / 4
    }

    /// Greedy pieces in order of time, each at most the largest class.
    private static func pieces(of events: [Interaction]) -> [Chunk] {
        let whole = SegmentCodec.encode(events[...])
        if let sizeClass = SizeClass(holding: whole.count) { return [(whole, sizeClass)] }
        let limit = SizeClass.kibibytes64.capacity
        // The average length tells how many fit; a piece that came out too long is halved until it does not.
        var rest = events[...]
        var chunks: [Chunk] = []
        let estimate = max(1, events.count * limit * 15 / (whole.count * 16))
        while !rest.isEmpty {
            var count = min(estimate, rest.count)
            var content = SegmentCodec.encode(rest.prefix(count))
            while content.count > limit {
                count = max(1, count / 2)
                content = SegmentCodec.encode(rest.prefix(count))
            }
            rest = rest.dropFirst(count)
            chunks.append((content, SizeClass(holding: content.count) ?? .kibibytes64))
        }
        return chunks
    }
}

extension [Interaction] {
    /// The elements that `other` lacks; both ascending and unique.
    func subtracting(_ other: [Interaction]) -> [Interaction] {
        guard let last = other.last, let first = first, first <= last else { return self }
        var kept: [Interaction] = []
        var position = 0
        for element in self {
            while position < other.count, other[position] < element { position += 1 }
            if position < other.count, other[position] == element { continue }
            kept.append(element)
        }
        return kept
    }
}
