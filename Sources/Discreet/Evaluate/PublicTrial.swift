// SPDX-License-Identifier: Apache-2.0

import Evaluation
import Ingestion
import Interactions
import Recommenders

/// Public histories and test items, read once, on which any number of models are measured.
struct PublicTrial {
    private let cases: [EvaluationCase]
    private let candidates: [UInt32]?
    private let count: Int
    /// Users by item in the histories, without noise: they are public.
    private let takers: [Int64]
    private let users: Int

    /// - Parameters:
    ///   - histories: By user id; who is in the test alone has an empty one.
    ///   - count: The length of a list.
    init(
        histories: [String: History], test: HistoryTable, candidates: [UInt32]?, catalogue: Catalogue, count: Int
    ) {
        cases = test.users.map { user in
            EvaluationCase(history: histories[user.userID] ?? .empty, test: user.history.interactions.map(\.item))
        }
        var takers = [Int64](repeating: 0, count: catalogue.count)
        for history in histories.values {
            for item in history.distinctItems where Int(item) < takers.count { takers[Int(item)] += 1 }
        }
        (self.takers, self.candidates, self.count, users) = (takers, candidates, count, histories.count)
    }

    /// What a recommender without any learning would rank by.
    var popularity: Popularity { Popularity(counts: takers) }

    func measure(_ model: any Recommender) -> TrialFigures {
        let lists = Ranking.lists(for: cases, itemCount: model.itemCount, candidates: candidates, k: count) {
            model.scores(for: $0)
        }
        let counted = zip(cases, lists).filter { !$0.0.test.isEmpty }
        let ranked = counted.map { RankedList(recommended: $0.1, relevant: $0.0.test) }
        let metrics = RankingMetrics(of: ranked, at: count)
        let popularity = takers.prefix(model.itemCount).map(Double.init)
        let recalls = metrics.figures[.recall] ?? []
        let groups = TasteGroups(
            zip(counted, recalls).map { user, recall in
                (history: user.0.history.distinctItems, list: user.1, figure: recall)
            }, popularity: popularity)
        let exposure = ListExposure(counted.map(\.1), popularity: popularity, users: Double(max(users, 1)))
        return TrialFigures(metrics: metrics, exposure: exposure, groups: groups)
    }
}

/// What one model reached.
struct TrialFigures {
    let metrics: RankingMetrics
    let exposure: ListExposure
    let groups: TasteGroups

    /// Beside accuracy, by name: `coverage@20`, `gini@20`, `novelty@20` (bits), `popularity-lift@20`, `tail-share@20`.
    var beyond: [String: Double] {
        let all: [(String, Double?)] = [
            ("coverage", exposure.coverage), ("gini", exposure.gini), ("novelty", exposure.novelty),
            ("popularity-lift", groups.popularityLift), ("tail-share", groups.tailShare),
        ]
        return Dictionary(
            uniqueKeysWithValues: all.compactMap { name, value in value.map { ("\(name)@\(metrics.k)", $0) } })
    }
}
