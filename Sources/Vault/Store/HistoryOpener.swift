// SPDX-License-Identifier: Apache-2.0

import Cryptography
import Interactions

/// Opens the histories of many users one after the other, in memory that is used again.
struct HistoryOpener {
    /// The history opened last: ascending, unique.
    private(set) var events: [Interaction] = []
    private var places = AssociatedData.Places()
    private var plain: [UInt8] = []

    /// Opens the user's rows straight out of the tables. Whatever does not agree with the head is named.
    /// - Returns: Whether the user has rows; if not, `events` is empty.
    /// - Throws: `RecordDamage`, then `events` is empty too; what GRDB throws.
    mutating func open(_ user: UserPseudonym, in walk: RecordWalk, with master: MasterKeys) throws -> Bool {
        events.removeAll(keepingCapacity: true)
        do {
            return try openRows(user, walk, master)
        } catch {
            events.removeAll(keepingCapacity: true)
            throw error
        }
    }

    private mutating func openRows(
        _ user: UserPseudonym, _ walk: RecordWalk, _ master: MasterKeys
    ) throws -> Bool {
        places.turn(to: user)
        var key: DataKey?
        let hasKey = try walk.keys?.advance(to: user) ?? false
        let (hasHead, hasSegments) = (try walk.heads.advance(to: user), try walk.segments.advance(to: user))
        guard hasHead || hasSegments else { return false }
        guard hasKey, let keyRow = walk.keys else { throw RecordDamage.keyMissing }
        try keyRow.withBlob(1) { wrapped in
            key = master.unwrapping(wrapped, associatedData: places.key)
        }
        guard let key = key.take() else { throw RecordDamage.keyUnreadable }
        guard hasHead else { throw RecordDamage.headMissing }
        try openSegments(of: user, named: try openHead(walk.heads, key), walk.segments, key)
        return true
    }

    private mutating func openHead(_ heads: OrderedRows, _ key: borrowing DataKey) throws -> [Head.Entry] {
        var count: Int?
        try heads.withBlob(1) { sealed in
            guard SizeClass(sealedLength: sealed.count) != nil else { return }
            count = key.open(sealed, associatedData: places.head, into: &plain)
        }
        guard let count, let layout = Head.Layout(plain.span.extracting(first: count)),
            layout.events.isEmpty || SegmentCodec.decode(plain, in: layout.events, appendingTo: &events)
        else { throw RecordDamage.headUnreadable }
        return layout.segments
    }

    private mutating func openSegments(
        of user: UserPseudonym, named entries: [Head.Entry], _ rows: OrderedRows, _ key: borrowing DataKey
    ) throws {
        let inHead = events.count
        for entry in entries {
            guard rows.user == user else { throw RecordDamage.segmentMissing(entry.number) }
            let number = rows.segmentNumber
            guard number <= entry.number else { throw RecordDamage.segmentMissing(entry.number) }
            guard number == entry.number else { throw RecordDamage.segmentUnexpected(number) }
            places.turn(toSegment: entry)
            var count: Int?
            try rows.withBlob(2) { sealed in
                guard SizeClass(sealedLength: sealed.count) != nil else { return }
                count = key.open(sealed, associatedData: places.segment, into: &plain)
            }
            guard let count, SegmentCodec.decode(plain, in: 0..<count, appendingTo: &events) else {
                throw RecordDamage.segmentUnreadable(entry.number)
            }
            try rows.advance()
        }
        if rows.user == user { throw RecordDamage.segmentUnexpected(rows.segmentNumber) }
        if entries.count > 1 || (entries.count == 1 && inHead > 0) { events = History(events).interactions }
    }
}
