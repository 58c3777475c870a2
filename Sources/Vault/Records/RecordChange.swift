// SPDX-License-Identifier: Apache-2.0

import Cryptography
import Interactions

/// What an append does to one user's rows: the new head, which segments it writes, which it takes away.
///
/// Compaction is part of every append. The new events join those in the head; where these no longer fit the largest head
/// that holds any, they move to a segment. Head or segment take in each segment of their own size class or a smaller one,
/// and grow into the next class where they must, so that a user has at most one segment a class, but for full ones of the
/// largest. An event is rewritten at most once per class, but while it is in the head.
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

    /// What becomes of the rows of pending events in the same transaction.
    enum Pending {
        /// They stay as they are.
        case kept
        /// They are written anew, under the new head's generation.
        case replaced
        /// There are none any more.
        case removed
    }

    /// Nil if every event is there already and pending events stay.
    /// - Parameter events: ascending, unique.
    init?(
        appending events: [Interaction], to record: OpenedRecord?, userID: [UInt8], pending change: Pending = .kept
    ) {
        let fresh = events.subtracting(record?.events ?? [])
        guard !fresh.isEmpty || change != .kept else { return nil }
        added = fresh.count
        let generation = (record?.head.generation ?? 0) + 1
        var kept = record?.segments ?? []
        head = Head(userID: record?.head.userID ?? userID, generation: generation, segments: [])
        switch change {
        case .kept: head.pending = record?.head.pending ?? 0
        case .replaced: head.pending = generation
        case .removed: head.pending = 0
        }
        if fresh.isEmpty {
            head.segments = record?.head.segments ?? []
            let events = record?.head.events ?? []
            if events.isEmpty || head.length(withEvents: events.count) <= Head.largestClassWithEvents.capacity {
                // Where everything lies stays as it is.
                (head.events, writes, removals) = (events, [], [])
                return
            }
        }
        let place = Self.place(fresh.merging(record?.recent ?? []), under: head, takingFrom: &kept)
        var taken: Set<UInt32> = []
        if let segments = record?.segments, segments.count > kept.count {
            taken = Set(segments.map(\.entry.number)).subtracting(kept.map(\.entry.number))
        }
        writes = []
        head.segments = kept.map(\.entry)
        switch place {
        case .head(let content):
            head.events = content
            removals = taken.sorted()
        case .segments(let chunks):
            var used = Set(kept.map(\.entry.number))
            var number: UInt32 = 0
            for chunk in chunks {
                while used.contains(number) { number += 1 }
                used.insert(number)
                let entry = Head.Entry(number: number, generation: generation)
                writes.append(Write(entry: entry, sizeClass: chunk.sizeClass, content: chunk.content))
            }
            removals = taken.subtracting(writes.map(\.entry.number)).sorted()
            head.segments = (head.segments + writes.map(\.entry)).sorted { $0.number < $1.number }
        }
    }

    private typealias Chunk = (content: [UInt8], sizeClass: SizeClass)

    /// Where events go, encoded.
    private enum Place {
        case head([UInt8])
        case segments([Chunk])

        /// The largest class that is written.
        func reach(under head: Head) -> SizeClass {
            switch self {
            case .head(let content): SizeClass(holding: head.length(withEvents: content.count)) ?? .bytes256
            case .segments(let chunks): chunks.map(\.sizeClass).max() ?? .bytes256
            }
        }
    }

    /// The events with all segments that they take in.
    private static func place(
        _ events: [Interaction], under head: Head, takingFrom kept: inout [OpenedRecord.Segment]
    ) -> Place {
        var (events, head) = (events, head)
        while true {
            head.segments = kept.map(\.entry)
            let place = fitting(events, under: head)
            if kept.isEmpty { return place }
            let reach = place.reach(under: head)
            let absorbed = kept.filter { $0.sizeClass <= reach && !isFull($0) }
            if absorbed.isEmpty { return place }
            kept.removeAll { $0.sizeClass <= reach && !isFull($0) }
            events = History(absorbed.reduce(into: events) { $0 += $1.interactions }).interactions
        }
    }

    private static func fitting(_ events: [Interaction], under head: Head) -> Place {
        // Three bytes are the least that an event takes.
        if 3 * events.count <= Head.largestClassWithEvents.capacity {
            let content = SegmentCodec.encode(events[...])
            if head.length(withEvents: content.count) <= Head.largestClassWithEvents.capacity { return .head(content) }
        }
        return .segments(pieces(of: events))
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
    /// The elements of both, which have none in common; both ascending.
    func merging(_ other: [Interaction]) -> [Interaction] {
        guard let last = last, let first = other.first else { return other.isEmpty ? self : other }
        if last < first { return self + other }
        if let last = other.last, let first = self.first, last < first { return other + self }
        var merged: [Interaction] = []
        merged.reserveCapacity(count + other.count)
        var (a, b) = (0, 0)
        while a < count, b < other.count {
            if self[a] < other[b] {
                merged.append(self[a])
                a += 1
            } else {
                merged.append(other[b])
                b += 1
            }
        }
        merged.append(contentsOf: self[a...])
        merged.append(contentsOf: other[b...])
        return merged
    }

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
