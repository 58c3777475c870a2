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

    package init(ids: [UInt8] = [], idOffsets: [Int] = [0], owners: [UInt32] = [], interactions: [Interaction] = []) {
        (self.ids, self.idOffsets, self.owners, self.interactions) = (ids, idOffsets, owners, interactions)
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

/// The same, grouped: one entry a user, ascending by pseudonym, so that writes go through the tables in order.
struct Arrivals: Sendable {
    let users: [UserPseudonym]
    /// Where each user's events are in `events`; one more than users.
    let starts: [Int]
    /// In order of arrival within each user.
    private let events: [Interaction]
    private let ids: [UInt8]
    private let idRanges: [Range<Int>]

    /// - Throws: `.unusableUserID`, `.unusableInteraction`.
    init(
        _ table: EventTable, itemCount: Int, pseudonym: (Span<UInt8>) -> UserPseudonym
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
        var places = [Int](repeating: 0, count: tagged.count)
        for (user, index) in tagged {
            if users.last != user {
                users.append(user)
                idRanges.append(table.idOffsets[index]..<table.idOffsets[index + 1])
            }
            places[index] = users.count - 1
        }
        // A counting sort: `next[u]` is where the next event of user u goes.
        var next = [Int](repeating: 0, count: users.count + 1)
        for owner in table.owners { next[places[Int(owner)] + 1] += 1 }
        for user in 0..<users.count { next[user + 1] += next[user] }
        starts = next
        var grouped = [Interaction](repeating: Interaction(item: 0), count: table.interactions.count)
        for (index, event) in table.interactions.enumerated() {
            guard Int(event.item) < itemCount, event.value.isFinite else { throw VaultError.unusableInteraction }
            let place = places[Int(table.owners[index])]
            grouped[next[place]] = event
            next[place] += 1
        }
        (events, ids) = (grouped, table.ids)
        (self.users, self.idRanges) = (users, idRanges)
    }

    /// With repetitions.
    func eventCount(_ index: Int) -> Int { starts[index + 1] - starts[index] }

    func userID(_ index: Int) -> [UInt8] { Array(ids[idRanges[index]]) }

    /// The events of a user: ascending, unique.
    func history(_ index: Int) -> [Interaction] {
        History(Array(events[starts[index]..<starts[index + 1]])).interactions
    }
}
