// SPDX-License-Identifier: Apache-2.0

import Interactions
import Vault

/// Events of unknown items held in memory until there are enough of them to seal. Private, all of it.
struct PendingArrivals {
    /// What bounds them: an id has 512 bytes at most.
    private static let mostEvents = 1 << 18
    private static let mostBytes = 32 << 20

    private var users: [[UInt8]: [PendingEvent]] = [:]
    private(set) var count = 0
    private var bytes = 0

    var isFull: Bool { count >= Self.mostEvents || bytes >= Self.mostBytes }

    /// - Returns: Whether the id is one.
    mutating func append(user: Span<UInt8>, item: Span<UInt8>, _ event: Interaction) -> Bool {
        guard let item = ItemID(Self.array(item)) else { return false }
        users[Self.array(user), default: []].append(PendingEvent(item: item, value: event.value, time: event.time))
        count += 1
        bytes += user.count + item.bytes.count
        return true
    }

    /// Everything so far, by user; there is nothing afterwards.
    mutating func take() -> [PendingBatch] {
        let batch = users.map { PendingBatch(userID: String(decoding: $0.key, as: UTF8.self), events: $0.value) }
        self = PendingArrivals()
        return batch
    }

    private static func array(_ bytes: Span<UInt8>) -> [UInt8] {
        var copy: [UInt8] = []
        copy.reserveCapacity(bytes.count)
        for index in bytes.indices { copy.append(bytes[index]) }
        return copy
    }
}
