// SPDX-License-Identifier: Apache-2.0

public import Interactions

/// An event of an item that the catalogue does not have, sealed in its user's own record until it does. Private.
public struct PendingEvent: Hashable, Comparable, Sendable {
    public var item: ItemID
    /// Finite.
    public var value: Float
    /// Unix seconds.
    public var time: Int64

    public init(item: ItemID, value: Float = 1, time: Int64 = 0) {
        (self.item, self.value, self.time) = (item, value, time)
    }

    /// By time, then item, then value.
    public static func < (a: PendingEvent, b: PendingEvent) -> Bool {
        (a.time, a.item, a.value) < (b.time, b.item, b.value)
    }
}

/// One user's events of unknown items, in any order.
public struct PendingBatch: Sendable {
    public var userID: String
    public var events: [PendingEvent]

    public init(userID: String, events: [PendingEvent]) { (self.userID, self.events) = (userID, events) }
}

/// What became of events of unknown items. They add up to the events, but for damaged records. Operator-only.
public struct PendingOutcome: Equatable, Sendable {
    /// Sealed as pending.
    public var pending = 0
    /// Their item had come into the catalogue meanwhile: sealed in the history.
    public var accepted = 0
    /// There already, or of an erased user.
    public var duplicates = 0
    /// Left out: the user has as many newer ones as are kept.
    public var full = 0

    public init() {}
}
