// SPDX-License-Identifier: Apache-2.0

internal import DPAccounting
internal import Interactions

/// The two counting contributions: integers from the start, so that nothing is rounded.
enum Counts {
    /// How many users, withdrawn ones left out. A user moves it by 1 ≤ maxItemsPerUser·maxValuePerItem. □
    static func users(of cohort: Cohort) -> [Int64] {
        [(0..<cohort.count).reduce(0) { $0 + (cohort.isWithdrawn($1) ? 0 : 1) }]
    }

    /// How many users have each item.
    ///
    /// A cohort has each item of a user once. The user adds 1 ≤ maxValuePerItem to at most m = maxItemsPerUser coordinates,
    /// so the ℓ1 norm is at most m and the ℓ2 norm at most √m. Which coordinates is drawn from the user's own items alone:
    /// for every value of those coins the bound holds, and neighbours can share the coins of all other users. □
    static func items<Words: WordSource & ~Copyable>(
        of cohort: Cohort, bound: ItemBound, using words: inout Words
    ) -> [Int64] {
        var counts = [Int64](repeating: 0, count: cohort.itemCount)
        for index in 0..<cohort.count {
            cohort.withColumns(of: index) { items, _, _ in
                if items.count <= bound.maxItemsPerUser {
                    for i in items.indices { counts[Int(items[i])] += 1 }
                } else {
                    let chosen = Uniform.subset(of: items.count, size: bound.maxItemsPerUser, using: &words)
                    for i in chosen { counts[Int(items[i])] += 1 }
                }
            }
        }
        return counts
    }
}
