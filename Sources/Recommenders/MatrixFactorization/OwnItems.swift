// SPDX-License-Identifier: Apache-2.0

import Interactions

/// A user's distinct items that a model looks at: at most so many, the latest; then ascending.
enum OwnItems {
    /// - Parameter itemCount: Items from here on are not in the model and left out.
    static func latest(_ history: History, itemCount: Int, most limit: Int) -> [UInt32] {
        var seen = Set<UInt32>()
        // Histories ascend in time, so an item counts at its latest event, as it does in a cohort.
        for event in history.interactions.reversed() where Int(event.item) < itemCount && seen.count < limit {
            seen.insert(event.item)
        }
        return seen.sorted()
    }

    /// Which entries of a cohort's columns (items ascending, each once) those are.
    static func latest(_ items: Span<UInt32>, _ times: Span<Int64>, most limit: Int) -> [Int] {
        if items.count <= limit { return Array(0..<items.count) }
        let byTime = (0..<items.count).sorted { (times[$0], items[$0]) > (times[$1], items[$1]) }
        return byTime.prefix(limit).sorted()
    }
}
