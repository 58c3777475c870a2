// SPDX-License-Identifier: Apache-2.0

import Interactions

/// A user's distinct items that a model looks at: at most so many, the latest; then ascending.
enum OwnItems {
    /// - Parameter itemCount: Items from here on are not in the model and left out.
    static func latest(_ history: History, itemCount: Int, most limit: Int) -> [UInt32] {
        latestFirst(history, itemCount: itemCount, most: limit).map(\.item).sorted()
    }

    /// The same as the events that they count at, the newest first.
    static func latestFirst(_ history: History, itemCount: Int, most limit: Int) -> [Interaction] {
        var seen = Set<UInt32>()
        var latest: [Interaction] = []
        // Histories ascend in time, so an item counts at its latest event, as it does in a cohort.
        for event in history.interactions.reversed() where Int(event.item) < itemCount {
            if latest.count == limit { break }
            if seen.insert(event.item).inserted { latest.append(event) }
        }
        return latest
    }

    /// Which entries of a cohort's columns (items ascending, each once) those are.
    static func latest(_ items: Span<UInt32>, _ times: Span<Int64>, most limit: Int) -> [Int] {
        if items.count <= limit { return Array(0..<items.count) }
        let byTime = (0..<items.count).sorted { (times[$0], items[$0]) > (times[$1], items[$1]) }
        return byTime.prefix(limit).sorted()
    }
}
