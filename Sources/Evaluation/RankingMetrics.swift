// SPDX-License-Identifier: Apache-2.0

/// One of the ways to measure a list, with its name in CONTRACT.md before the `@k`.
public enum RankingMetric: String, CaseIterable, Sendable {
    case recall
    case recallCapped = "recall-capped"
    case ndcg
    case precision
    case hitRate = "hit-rate"
    case reciprocalRank = "mrr"
    case averagePrecision = "map"

    /// The figure of one list; nil for a user without relevant items.
    public func value<Item>(of list: RankedList<Item>, at k: Int) -> Double? {
        switch self {
        case .recall: list.recall(at: k)
        case .recallCapped: list.recallCapped(at: k)
        case .ndcg: list.ndcg(at: k)
        case .precision: list.precision(at: k)
        case .hitRate: list.hit(at: k)
        case .reciprocalRank: list.reciprocalRank(at: k)
        case .averagePrecision: list.averagePrecision(at: k)
        }
    }
}

/// Means over the users with at least one test item, and each user's own figures behind them.
///
/// Private, unless the data are public.
public struct RankingMetrics: Hashable, Sendable {
    /// The length of the lists.
    public let k: Int
    /// How many users had a test item.
    public let users: Int
    /// One figure a user who had a test item, in the order given. The columns are equally long.
    public let figures: [RankingMetric: [Double]]

    /// The figures of these lists at k. No user with a test item leaves the columns empty, and all means zero.
    public init<Item>(of lists: some Sequence<RankedList<Item>>, at k: Int) {
        let counted = lists.filter { !$0.gains.isEmpty }
        self.k = k
        users = counted.count
        figures = Dictionary(
            uniqueKeysWithValues: RankingMetric.allCases.map { metric in
                (metric, counted.map { metric.value(of: $0, at: k) ?? 0 })
            })
    }

    /// The mean over users; 0 where there are none.
    public func mean(_ metric: RankingMetric) -> Double {
        let values = figures[metric] ?? []
        return values.reduce(0, +) / Double(max(values.count, 1))
    }

    /// The means under the names of CONTRACT.md: `recall@20`, `ndcg@20` and so on.
    public var named: [String: Double] {
        Dictionary(uniqueKeysWithValues: RankingMetric.allCases.map { ("\($0.rawValue)@\(k)", mean($0)) })
    }

    /// Where the means may lie with other users drawn from the same population, under the names of `named`.
    ///
    /// - Parameters:
    ///   - level: The probability that an interval covers the mean, as resampling estimates it.
    ///   - seed: Of the resampling; the same seed gives the same intervals.
    public func intervals(level: Double = 0.95, seed: UInt64 = 0) -> [String: ClosedRange<Double>] {
        let columns = RankingMetric.allCases.map { figures[$0] ?? [] }
        let intervals = Bootstrap.intervals(ofMeansOf: columns, level: level, seed: seed)
        return Dictionary(
            uniqueKeysWithValues: zip(RankingMetric.allCases, intervals).map { ("\($0.rawValue)@\(k)", $1) })
    }
}
