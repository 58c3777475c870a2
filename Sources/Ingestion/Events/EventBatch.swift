// SPDX-License-Identifier: Apache-2.0

package import Interactions
import Vault

/// Events held in memory until there are enough of them to seal, grouped by user.
struct EventBatch {
    /// Ids are at most 512 bytes; this bounds their store where they are long.
    static let idBytesLimit = 32 << 20

    private var users = ByteTable()
    private var owners: [UInt32] = []
    private var interactions: [Interaction] = []
    /// Ids of the newest events, whose owners are looked up together; of the long ones all bytes.
    private var waiting: [ByteTable.Key] = []
    private var longIDs: [UInt8] = []
    private var longEnds: [Int] = []
    private static let mostWaiting = 256
    private var kept: KeptCells

    /// - Parameter keeping: the columns without a role that are kept.
    init(keeping columns: [String] = []) { kept = KeptCells(names: columns) }

    var count: Int { interactions.count }
    var isFull: Bool { users.storedBytes >= Self.idBytesLimit || kept.storedBytes >= Self.idBytesLimit }

    /// Room for as many events, so that they are not moved while they come in. Memory that is not used is not taken.
    mutating func reserve(_ count: Int) {
        owners.reserveCapacity(count)
        interactions.reserveCapacity(count)
    }

    @inline(__always)
    mutating func append(user: Span<UInt8>, _ interaction: Interaction) {
        let key = users.key(of: user)
        waiting.append(key)
        if !key.isShort {
            for index in user.indices { longIDs.append(user[index]) }
            longEnds.append(longIDs.count)
        }
        interactions.append(interaction)
        if waiting.count == Self.mostWaiting { lookUpOwners() }
    }

    /// What is kept beside the event appended last.
    mutating func append(_ row: KeptRow) {
        var start = 0
        for cell in row.cells {
            kept.append(row.bytes[start..<cell.end], ofColumn: cell.column, event: interactions.count - 1)
            start = cell.end
        }
    }

    private mutating func lookUpOwners() {
        users.insert(waiting, longIDs, endingAt: longEnds, appendingTo: &owners)
        waiting.removeAll(keepingCapacity: true)
        longIDs.removeAll(keepingCapacity: true)
        longEnds.removeAll(keepingCapacity: true)
    }

    /// Everything so far; the batch is empty afterwards.
    mutating func take() -> EventTable {
        lookUpOwners()
        let count = owners.count
        let ids = users.take()
        let table = EventTable(
            ids: ids.bytes, idOffsets: ids.offsets, owners: owners, interactions: interactions, kept: kept)
        kept = KeptCells(names: kept.names)
        (owners, interactions) = ([], [])
        // The next one is likely to be as long.
        owners.reserveCapacity(count)
        interactions.reserveCapacity(count)
        return table
    }
}

extension EventTable {
    /// One entry a user in order of appearance, events in order of arrival.
    var byUser: [UserEvents] {
        var groups = (0..<userCount).map { user in
            UserEvents(
                userID: String(decoding: ids[idOffsets[user]..<idOffsets[user + 1]], as: UTF8.self), interactions: [])
        }
        for (owner, event) in zip(owners, interactions) { groups[Int(owner)].interactions.append(event) }
        return groups
    }
}

/// One user's events of a batch. Private, all of it.
package struct UserEvents: Equatable, Sendable {
    package var userID: String
    package var interactions: [Interaction]
}
