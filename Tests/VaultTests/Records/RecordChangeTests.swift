// SPDX-License-Identifier: Apache-2.0

import Interactions
import TestSupport
import Testing

@testable import Vault

struct RecordChangeTests {
    /// The record that the change leaves, as a reader would open it.
    private func result(of change: RecordChange, on record: OpenedRecord?) throws -> OpenedRecord {
        let written = try change.writes.map { write in
            OpenedRecord.Segment(
                entry: write.entry, sizeClass: write.sizeClass,
                interactions: try #require(SegmentCodec.decode(write.sizeClass.padded(write.content))))
        }
        let gone = Set(change.removals + change.writes.map(\.entry.number))
        let kept = (record?.segments ?? []).filter { !gone.contains($0.entry.number) }
        let segments = (kept + written).sorted { $0.entry.number < $1.entry.number }
        #expect(segments.map(\.entry) == change.head.segments)
        let head = try #require(Head(change.head.encoded + [0, 0, 0]), "padding is ignored")
        #expect(head == change.head)
        let recent = head.events.isEmpty ? [] : try #require(SegmentCodec.decode(head.events))
        return OpenedRecord(head: head, recent: recent, segments: segments)
    }

    @Test("appends of any size leave one segment a class but for full ones, and every event once", arguments: 1...3)
    func compaction(seed: UInt64) throws {
        var generator = SeededGenerator(seed: seed)
        var record: OpenedRecord?
        var all = History.empty
        for round in 0..<30 {
            let size = Int.random(in: 1...[3, 40, 400, 9000].randomElement(using: &generator)!, using: &generator)
            let fresh = History(
                events(size, seed: seed * 1000 + UInt64(round), from: .random(in: 0...9_000_000, using: &generator)))
            let before = all.count
            all = all.merged(with: fresh)
            guard let change = RecordChange(appending: fresh.interactions, to: record, userID: [65]) else {
                #expect(all.count == before)
                continue
            }
            #expect(change.added == all.count - before)
            let next = try result(of: change, on: record)
            #expect(next.head.generation == (record?.head.generation ?? 0) + 1)
            #expect(next.history == all)
            #expect(next.head.encoded.count <= SizeClass.kibibytes4.capacity, "few events are in the head")
            let small = next.segments.filter { $0.sizeClass != .kibibytes64 }.map(\.sizeClass)
            #expect(Set(small).count == small.count)
            let large = next.segments.filter { $0.sizeClass == .kibibytes64 }
            let sparse = large.filter { SegmentCodec.encode($0.interactions[...]).count <= 65536 * 3 / 4 - 100 }
            #expect(sparse.count <= 1)
            record = next
        }
        #expect(all.count > 15_000)
    }

    @Test("a number is never written twice in one generation, so that a replayed segment cannot fit")
    func generations() throws {
        var record: OpenedRecord?
        var seen: Set<[UInt64]> = []
        for round in 0..<40 {
            let change = try #require(
                RecordChange(
                    appending: events(1000, seed: UInt64(round), from: Int64(round) << 32), to: record, userID: [65]))
            #expect(change.writes.count >= 1)
            for write in change.writes {
                #expect(seen.insert([UInt64(write.entry.number), write.entry.generation]).inserted)
            }
            record = try result(of: change, on: record)
        }
    }

    @Test("a user of few events has one row: the events are in the head, whose class is that of all of it")
    func fewEventsAreInTheHead() throws {
        var record: OpenedRecord?
        for round in 0..<20 {
            let fresh = History(events(20, seed: UInt64(round), from: Int64(round) << 24)).interactions
            let change = try #require(RecordChange(appending: fresh, to: record, userID: [65]))
            #expect(change.writes.isEmpty && change.removals.isEmpty)
            record = try result(of: change, on: record)
            #expect(record?.recent.count == 20 * (round + 1))
        }
        // One more event than fits: they move to a segment, and the head holds none.
        let change = try #require(
            RecordChange(appending: events(500, seed: 99, from: 1 << 40), to: record, userID: [65]))
        #expect(change.head.events.isEmpty && change.writes.count == 1)
        #expect(try result(of: change, on: record).history.count == 900)
    }

    @Test("a record of the time when heads held no events is read, and compacted into the head by the next append")
    func takesInOldSegments() throws {
        let old = History(events(100)).interactions
        let entry = Head.Entry(number: 0, generation: 4)
        let head = try #require(Head(Head(userID: [65], generation: 4, segments: [entry]).encoded + [0, 0, 0, 0]))
        #expect(head.events.isEmpty && head.segments == [entry])
        let record = OpenedRecord(
            head: head, recent: [],
            segments: [OpenedRecord.Segment(entry: entry, sizeClass: .kibibyte1, interactions: old)])
        let fresh = events(60, seed: 7, from: 1_900_000_000)
        let change = try #require(RecordChange(appending: fresh, to: record, userID: [65]))
        #expect(change.head.segments.isEmpty && change.removals == [0] && change.head.generation == 5)
        #expect(try result(of: change, on: record).history == History(old + fresh))
    }

    @Test("sealed lengths are the classes exactly, at every edge of them")
    func sizeClasses() {
        #expect(SizeClass.allCases.map(\.rawValue) == [256, 1024, 4096, 16384, 65536])
        for sizeClass in SizeClass.allCases {
            #expect(sizeClass.capacity == sizeClass.rawValue - 40)
            #expect(SizeClass(holding: sizeClass.capacity) == sizeClass)
            #expect(SizeClass(holding: sizeClass.capacity + 1) != sizeClass)
            #expect(sizeClass.padded([1]).count == sizeClass.capacity)
        }
        #expect(SizeClass(holding: 0) == .bytes256 && SizeClass(holding: 65497) == nil)
    }

    @Test("merging gives all elements of both in order")
    func merging() {
        let all = History(events(300)).interactions
        for share in [1, 2, 7] {
            let a = all.indices.filter { $0 % (share + 1) == 0 }.map { all[$0] }
            let b = all.indices.filter { $0 % (share + 1) != 0 }.map { all[$0] }
            #expect(a.merging(b) == all && b.merging(a) == all)
        }
        let (low, high) = (Array(all[..<90]), Array(all[90...]))
        #expect(
            low.merging(high) == all && high.merging(low) == all && all.merging([]) == all && [].merging(all) == all)
    }

    @Test("subtracting drops exactly the common elements")
    func subtracting() {
        let (a, b) = (History(events(100)).interactions, History(events(60)).interactions)
        #expect(a.subtracting(b) == a.filter { !Set(b).contains($0) })
        #expect(b.subtracting(a).isEmpty && a.subtracting([]) == a && [].subtracting(a).isEmpty)
    }
}
