// SPDX-License-Identifier: Apache-2.0

package import Interactions

/// Events of many users in flat columns: what ingestion gathers before it is sealed. Private, all of it.
package struct EventTable: Sendable {
    /// The outside ids as bytes, one behind the other; user `u` has `idOffsets[u] ..< idOffsets[u + 1]`.
    package var ids: [UInt8]
    package var idOffsets: [Int]
    /// The number of each event's user.
    package var owners: [UInt32]
    /// As many as `owners`, in order of arrival.
    package var interactions: [Interaction]
    /// What is kept beside some of the events.
    package var kept: KeptCells

    package init(
        ids: [UInt8] = [], idOffsets: [Int] = [0], owners: [UInt32] = [], interactions: [Interaction] = [],
        kept: KeptCells = KeptCells(names: [])
    ) {
        (self.ids, self.idOffsets, self.owners, self.interactions) = (ids, idOffsets, owners, interactions)
        self.kept = kept
    }

    package var userCount: Int { idOffsets.count - 1 }

    init(_ batch: [Vault.UserBatch]) {
        self.init()
        for part in batch where !part.interactions.isEmpty {
            owners.append(contentsOf: repeatElement(UInt32(userCount), count: part.interactions.count))
            interactions.append(contentsOf: part.interactions)
            ids.append(contentsOf: part.userID.utf8)
            idOffsets.append(ids.count)
        }
    }
}

/// The same by user: one entry each, ascending by pseudonym, so that writes go through the tables in order.
struct Arrivals: Sendable {
    let users: [UserPseudonym]
    /// How many events came before each user's, counted user by user; one more than users.
    private let starts: [Int]
    /// The place of each event's user in `users`.
    private let places: [UInt32]
    /// As many, in order of arrival.
    private let events: [Interaction]
    private let ids: [UInt8]
    private let idRanges: [Range<Int>]
    private let kept: KeptCells
    /// Of those users who have any: the events with values, in order of arrival.
    private let keptEvents: [Int: [(event: Int, values: Range<Int>)]]

    /// - Throws: `.unusableUserID`, `.unusableInteraction`.
    init(
        _ table: consuming EventTable, itemCount: Int, pseudonym: (Span<UInt8>) -> UserPseudonym
    ) throws {
        let limit = Vault.maximumUserIDLength
        var tagged: [(user: UserPseudonym, index: Int)] = []
        tagged.reserveCapacity(table.userCount)
        for index in 0..<table.userCount {
            let range = table.idOffsets[index]..<table.idOffsets[index + 1]
            guard (1...limit).contains(range.count) else { throw VaultError.unusableUserID(limit: limit) }
            tagged.append((pseudonym(table.ids.span.extracting(range)), index))
        }
        tagged.sort { $0.user < $1.user }
        var (users, idRanges): ([UserPseudonym], [Range<Int>]) = ([], [])
        var places = [UInt32](repeating: 0, count: tagged.count)
        for (user, index) in tagged {
            if users.last != user {
                users.append(user)
                idRanges.append(table.idOffsets[index]..<table.idOffsets[index + 1])
            }
            places[index] = UInt32(users.count - 1)
        }
        for event in table.interactions where Int(event.item) >= itemCount || !event.value.isFinite {
            throw VaultError.unusableInteraction
        }
        starts = Self.resolve(&table.owners, places, users.count)
        var keptEvents: [Int: [(event: Int, values: Range<Int>)]] = [:]
        for found in table.kept.events { keptEvents[Int(table.owners[found.event]), default: []].append(found) }
        (kept, self.keptEvents) = (table.kept, keptEvents)
        (self.places, events, ids) = (table.owners, table.interactions, table.ids)
        (self.users, self.idRanges) = (users, idRanges)
    }

    /// Makes of each user's number their place, and counts.
    private static func resolve(_ owners: inout [UInt32], _ places: [UInt32], _ userCount: Int) -> [Int] {
        var starts = [Int](repeating: 0, count: userCount + 1)
        var owners = owners.mutableSpan
        var counts = starts.mutableSpan
        for index in owners.indices {
            let place = places[Int(owners[index])]
            owners[index] = place
            counts[Int(place) + 1] += 1
        }
        for user in 0..<userCount { counts[user + 1] += counts[user] }
        return starts
    }

    /// With repetitions.
    func eventCount(_ index: Int) -> Int { starts[index + 1] - starts[index] }

    /// What is kept beside the user's events, in order of arrival; nil for nothing.
    func kept(_ index: Int) -> [KeptEvent]? {
        if kept.isEmpty { return nil }
        return keptEvents[index]?.map { KeptEvent(event: events[$0.event], columns: kept.columns($0.values)) }
    }

    func userID(_ index: Int) -> [UInt8] { Array(ids[idRanges[index]]) }

    /// The events of some users who follow one another, user by user. There is never a second copy of all.
    struct Turn {
        private let mostEvents: Int
        private var users = 0..<0
        private var starts: ArraySlice<Int> = []
        private var events: [Interaction] = []

        /// - Parameter mostEvents: that are grouped at once, but for one user alone who has more.
        init(mostEvents: Int = 1 << 20) { self.mostEvents = mostEvents }

        /// The events of a user: ascending, unique. Users are asked for in ascending order.
        mutating func history(_ index: Int, of arrivals: Arrivals) -> [Interaction] {
            if !users.contains(index) { turn(to: index, of: arrivals) }
            let offset = starts[users.lowerBound]
            return History(Array(events[starts[index] - offset..<starts[index + 1] - offset])).interactions
        }

        /// A counting sort of the events of those who are next.
        private mutating func turn(to first: Int, of arrivals: Arrivals) {
            let all = arrivals.starts
            var end = first + 1
            while end < arrivals.users.count, all[end + 1] - all[first] <= mostEvents {
                end += 1
            }
            users = first..<end
            starts = all[first...end]
            // Where the next event of each goes.
            var next = starts.map { $0 - all[first] }
            let count = all[end] - all[first]
            if events.count < count { events = [Interaction](repeating: Interaction(item: 0), count: count) }
            Self.group(arrivals.events.span, of: arrivals.places.span, in: users, &next, &events)
        }

        private static func group(
            _ arrived: Span<Interaction>, of places: Span<UInt32>, in users: Range<Int>, _ next: inout [Int],
            _ events: inout [Interaction]
        ) {
            let (first, count) = (UInt32(users.lowerBound), UInt32(users.count))
            var next = next.mutableSpan
            var events = events.mutableSpan
            for index in places.indices {
                let user = places[index] &- first
                if user < count {
                    events[next[Int(user)]] = arrived[index]
                    next[Int(user)] += 1
                }
            }
        }
    }
}
