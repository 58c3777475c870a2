// SPDX-License-Identifier: Apache-2.0

package import Interactions

/// Events held in memory until there are enough of them to seal, grouped by user.
struct EventBatch {
    /// Ids are at most 512 bytes; this bounds their store where they are long.
    static let idBytesLimit = 32 << 20

    private var users = ByteTable()
    private var owners: [UInt32] = []
    private var interactions: [Interaction] = []

    var count: Int { interactions.count }
    var isFull: Bool { users.storedBytes >= Self.idBytesLimit }

    @inline(__always)
    mutating func append(user: Span<UInt8>, _ interaction: Interaction) {
        owners.append(users.insert(user))
        interactions.append(interaction)
    }

    /// Everything so far, one entry a user in order of appearance, events in order of arrival; the batch is empty afterwards.
    mutating func take() -> [UserEvents] {
        // Counting sort by owner: `next[u]` is where the next event of user u goes.
        var next = [Int](repeating: 0, count: users.count + 1)
        for owner in owners { next[Int(owner) + 1] += 1 }
        for user in 0..<users.count { next[user + 1] += next[user] }
        let starts = next
        var sorted = interactions
        for (index, owner) in owners.enumerated() {
            sorted[next[Int(owner)]] = interactions[index]
            next[Int(owner)] += 1
        }
        let groups = (0..<users.count).map { user in
            UserEvents(userID: users.string(user), interactions: Array(sorted[starts[user]..<starts[user + 1]]))
        }
        users.removeAll()
        owners.removeAll(keepingCapacity: true)
        interactions.removeAll(keepingCapacity: true)
        return groups
    }
}

/// One user's events of a batch. Private, all of it.
package struct UserEvents: Equatable, Sendable {
    package let userID: String
    package let interactions: [Interaction]
}
