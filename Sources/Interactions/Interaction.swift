// SPDX-License-Identifier: Apache-2.0

/// One event of one user: an item, how much, when. The same event twice is one event.
public struct Interaction: Hashable, Comparable, Sendable {
    /// Position in the catalogue.
    public var item: UInt32
    /// Rating or weight; 1 where the source has none.
    public var value: Float
    /// Unix seconds; 0 where the source has none.
    public var time: Int64

    public init(item: UInt32, value: Float = 1, time: Int64 = 0) {
        self.item = item
        self.value = value
        self.time = time
    }

    /// By time, then item, then value.
    public static func < (a: Interaction, b: Interaction) -> Bool {
        (a.time, a.item, a.value) < (b.time, b.item, b.value)
    }
}
