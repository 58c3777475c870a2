// SPDX-License-Identifier: Apache-2.0

import Evaluation
import Foundation
import TestSupport
import Testing

/// Known answers of ranx and pytrec_eval, from `metrics.json`.
@Suite(.enabled(if: Golden.available, "needs the golden files of ../shared"))
struct MetricsGoldenTests {
    private struct File: Decodable {
        struct User: Decodable {
            let name: String
            let recommended: [Int]
            let relevant: [[Double]]
            let at: [String: [String: Double]?]
        }
        struct Tie: Decodable {
            let name: String
            let scores: [[Double]]
            let seen: [Int]
            let relevant: [Int]
            let k: Int
            let order_by_score_then_id: [Int]
            let recall: Double
            let ndcg: Double
        }
        struct Beyond: Decodable {
            let catalogue: [Double]
            let lists: [[Int]]
            let training_popularity: [[Double]]
            let users: Double
            let coverage: Double
            let gini: Double
            let novelty_mean_self_information_bits: Double
            let novelty_with_unseen: Double
            let novelty_with_unseen_list: [Int]
            let average_popularity: Double
        }
        struct Rating: Decodable {
            let predicted: [Double]
            let actual: [Double]
            let rmse: Double
            let mae: Double
        }
        let users: [User]
        let beyond_accuracy: [Beyond]
        let rating: [Rating]
        let mean_over_users_at_3: [String: Double]
        let users_counted_at_3: Int
        let ties: [Tie]
    }

    private let file: File

    init() throws { file = try JSONDecoder().decode(File.self, from: Golden.json("metrics.json")) }

    private func list(_ user: File.User) -> RankedList<Int> {
        RankedList(
            recommended: user.recommended,
            gains: Dictionary(uniqueKeysWithValues: user.relevant.map { (Int($0[0]), $0[1]) }))
    }

    /// The same sums in another order: a few ulps.
    private func isClose(_ a: Double?, _ b: Double?) -> Bool {
        guard let a, let b else { return a == nil && b == nil }
        return abs(a - b) < 1e-14
    }

    @Test("every golden user has the figures of the reference tools at every k")
    func users() {
        #expect(file.users.count >= 9)
        for user in file.users {
            let list = list(user)
            for (k, figures) in user.at {
                let k = Int(k) ?? 0
                guard let expected = figures else {
                    #expect(list.recall(at: k) == nil && list.recallCapped(at: k) == nil)
                    #expect(RankingMetric.allCases.allSatisfy { $0.value(of: list, at: k) == nil })
                    continue
                }
                #expect(isClose(list.recall(at: k), expected["recall"]), "\(user.name) recall@\(k)")
                #expect(isClose(list.recallCapped(at: k), expected["recall_min_k"]), "\(user.name) capped@\(k)")
                #expect(isClose(list.precision(at: k), expected["precision"]), "\(user.name) precision@\(k)")
                #expect(isClose(list.ndcg(at: k), expected["ndcg_linear"]), "\(user.name) ndcg@\(k)")
                #expect(isClose(list.hit(at: k), expected["hit"]), "\(user.name) hit@\(k)")
                #expect(isClose(list.reciprocalRank(at: k), expected["mrr"]), "\(user.name) mrr@\(k)")
                #expect(
                    isClose(list.averagePrecision(at: k), expected["map_divided_by_relevant"]), "\(user.name) map@\(k)")
            }
        }
    }

    @Test("means are over the users with something relevant")
    func means() throws {
        let metrics = RankingMetrics(of: file.users.map(list), at: 3)
        #expect(metrics.users == file.users_counted_at_3)
        let golden: [RankingMetric: String] = [
            .recall: "recall", .recallCapped: "recall_min_k", .ndcg: "ndcg_linear", .precision: "precision",
            .hitRate: "hit", .reciprocalRank: "mrr", .averagePrecision: "map_divided_by_relevant",
        ]
        for metric in RankingMetric.allCases {
            let name = try #require(golden[metric])
            #expect(isClose(metrics.mean(metric), file.mean_over_users_at_3[name]), "\(metric)")
        }
        #expect(
            Set(metrics.named.keys) == [
                "recall@3", "recall-capped@3", "ndcg@3", "precision@3", "hit-rate@3", "mrr@3", "map@3",
            ])
    }

    @Test("coverage, Gini, novelty and average popularity are those of the golden lists")
    func beyondAccuracy() throws {
        let golden = try #require(file.beyond_accuracy.first)
        // Golden items count from 1: positions are one less.
        let popularity = golden.catalogue.map { item in
            golden.training_popularity.first { $0[0] == item }?[1] ?? 0
        }
        let lists = golden.lists.map { $0.map { UInt32($0 - 1) } }
        let exposure = ListExposure(lists, popularity: popularity, users: golden.users)
        #expect(isClose(exposure.coverage, golden.coverage))
        #expect(isClose(exposure.gini, golden.gini))
        #expect(isClose(exposure.novelty, golden.novelty_mean_self_information_bits))
        #expect(isClose(exposure.averagePopularity, golden.average_popularity))
        let unseen = ListExposure(
            [golden.novelty_with_unseen_list.map { UInt32($0 - 1) }], popularity: popularity, users: golden.users)
        #expect(isClose(unseen.novelty, golden.novelty_with_unseen))
    }

    @Test("rating errors are those of the golden pairs")
    func ratings() throws {
        let golden = try #require(file.rating.first)
        let errors = RatingErrors(zip(golden.predicted, golden.actual).map { (predicted: $0, given: $1) })
        #expect(isClose(errors.rmse, golden.rmse) && isClose(errors.mae, golden.mae))
    }

    @Test("ties go by catalogue order, and what was seen is left out")
    func ties() throws {
        for tie in file.ties {
            // The ids stand for catalogue positions; positions without a score are no candidates.
            let count = (tie.scores.map { Int($0[0]) }.max() ?? 0) + 1
            var row = [Float](repeating: -.infinity, count: count)
            for entry in tie.scores { row[Int(entry[0])] = Float(entry[1]) }
            let metrics = rank(row, seen: tie.seen, test: tie.relevant, k: tie.k)
            #expect(isClose(metrics.mean(.recall), tie.recall), "\(tie.name)")
            #expect(isClose(metrics.mean(.ndcg), tie.ndcg), "\(tie.name)")
        }
    }
}
