// SPDX-License-Identifier: Apache-2.0

/// Means over the users with at least one test item.
public struct RankingMetrics: Hashable, Sendable {
    /// The length of the lists.
    public let k: Int
    /// How many users had a test item. Private, unless the data are public.
    public let users: Int
    /// hits / test items.
    public let recall: Double
    /// hits / min(k, test items).
    public let recallCapped: Double
    /// Binary gains, ideal over min(k, test items).
    public let ndcg: Double

    /// The figures under the names of CONTRACT.md: `recall@20`, `recall-capped@20`, `ndcg@20`.
    public var named: [String: Double] {
        ["recall@\(k)": recall, "recall-capped@\(k)": recallCapped, "ndcg@\(k)": ndcg]
    }

    /// The means of these lists' figures at k. All zero when no user has a test item.
    public init<Item>(of lists: some Sequence<RankedList<Item>>, at k: Int) {
        var sums = (recall: 0.0, capped: 0.0, ndcg: 0.0)
        var users = 0
        for list in lists {
            guard let recall = list.recall(at: k), let capped = list.recallCapped(at: k), let ndcg = list.ndcg(at: k)
            else { continue }
            sums = (sums.recall + recall, sums.capped + capped, sums.ndcg + ndcg)
            users += 1
        }
        let count = Double(max(users, 1))
        (self.k, self.users) = (k, users)
        (recall, recallCapped, ndcg) = (sums.recall / count, sums.capped / count, sums.ndcg / count)
    }
}
