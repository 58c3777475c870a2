// SPDX-License-Identifier: Apache-2.0

import Cryptography
import Interactions

/// One user's rows as they lie in the two files.
struct StoredRecord: Sendable {
    struct Segment: Sendable {
        var number: UInt32
        var sealed: [UInt8]
    }
    var user: UserPseudonym
    var wrappedKey: [UInt8]?
    var head: [UInt8]?
    /// Ascending by number.
    var segments: [Segment] = []

    /// Nothing but perhaps a key: a user who has not begun.
    var isBlank: Bool { head == nil && segments.isEmpty }
}

/// One user's record, opened and found whole.
struct OpenedRecord: Sendable {
    struct Segment: Sendable {
        var entry: Head.Entry
        var sizeClass: SizeClass
        /// Ascending.
        var interactions: [Interaction]
    }
    var head: Head
    /// The head's own events. Ascending.
    var recent: [Interaction]
    var segments: [Segment]

    var history: History { History(recent + segments.flatMap(\.interactions)) }

    /// All events, ascending; no sorting where all of them are in one place.
    var events: [Interaction] { segments.isEmpty ? recent : history.interactions }
}

extension StoredRecord {
    /// The user's data key, which lives until the caller is done.
    func unwrapKey(by master: MasterKeys) throws(RecordDamage) -> DataKey {
        guard let wrappedKey else { throw .keyMissing }
        do {
            return try master.unwrap(wrappedKey, of: user)
        } catch { throw .keyUnreadable }
    }

    /// The head alone.
    func openHead(with key: borrowing DataKey) throws(RecordDamage) -> Head {
        guard let sealedHead = head else { throw .headMissing }
        guard SizeClass(sealedLength: sealedHead.count) != nil,
            let plain = try? key.open(sealedHead, associatedData: AssociatedData.head(of: user)),
            let head = Head(plain)
        else { throw .headUnreadable }
        return head
    }

    /// Opens everything; whatever does not agree with the head is named.
    func open(with key: borrowing DataKey) throws(RecordDamage) -> OpenedRecord {
        let head = try openHead(with: key)
        var recent: [Interaction] = []
        if !head.events.isEmpty {
            guard let decoded = SegmentCodec.decode(head.events) else { throw .headUnreadable }
            recent = decoded
        }
        var opened: [OpenedRecord.Segment] = []
        opened.reserveCapacity(segments.count)
        var rows = segments[...]
        for entry in head.segments {
            guard let row = rows.first, row.number <= entry.number else { throw .segmentMissing(entry.number) }
            guard row.number == entry.number else { throw .segmentUnexpected(row.number) }
            opened.append(try open(row, entry, with: key))
            rows = rows.dropFirst()
        }
        if let extra = rows.first { throw .segmentUnexpected(extra.number) }
        return OpenedRecord(head: head, recent: recent, segments: opened)
    }

    private func open(
        _ row: Segment, _ entry: Head.Entry, with key: borrowing DataKey
    ) throws(RecordDamage) -> OpenedRecord.Segment {
        let place = AssociatedData.segment(of: user, number: entry.number, generation: entry.generation)
        guard let sizeClass = SizeClass(sealedLength: row.sealed.count),
            let plain = try? key.open(row.sealed, associatedData: place),
            let interactions = SegmentCodec.decode(plain)
        else { throw .segmentUnreadable(entry.number) }
        return OpenedRecord.Segment(entry: entry, sizeClass: sizeClass, interactions: interactions)
    }
}
