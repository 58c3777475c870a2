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
        let users: [User]
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
                    #expect(list.precision(at: k) == nil && list.ndcg(at: k) == nil)
                    continue
                }
                #expect(isClose(list.recall(at: k), expected["recall"]), "\(user.name) recall@\(k)")
                #expect(isClose(list.recallCapped(at: k), expected["recall_min_k"]), "\(user.name) capped@\(k)")
                #expect(isClose(list.precision(at: k), expected["precision"]), "\(user.name) precision@\(k)")
                #expect(isClose(list.ndcg(at: k), expected["ndcg_linear"]), "\(user.name) ndcg@\(k)")
                #expect(list.hits(at: k) > 0 ? expected["hit"] == 1 : expected["hit"] == 0)
            }
        }
    }

    @Test("means are over the users with something relevant")
    func means() {
        let metrics = RankingMetrics(of: file.users.map(list), at: 3)
        #expect(metrics.users == file.users_counted_at_3)
        #expect(isClose(metrics.recall, file.mean_over_users_at_3["recall"]))
        #expect(isClose(metrics.recallCapped, file.mean_over_users_at_3["recall_min_k"]))
        #expect(isClose(metrics.ndcg, file.mean_over_users_at_3["ndcg_linear"]))
        #expect(Set(metrics.named.keys) == ["recall@3", "recall-capped@3", "ndcg@3"])
    }

    @Test("ties go by catalogue order, and what was seen is left out")
    func ties() throws {
        for tie in file.ties {
            // The ids stand for catalogue positions; positions without a score are no candidates.
            let count = (tie.scores.map { Int($0[0]) }.max() ?? 0) + 1
            var row = [Float](repeating: -.infinity, count: count)
            for entry in tie.scores { row[Int(entry[0])] = Float(entry[1]) }
            let metrics = rank(row, seen: tie.seen, test: tie.relevant, k: tie.k)
            #expect(isClose(metrics.recall, tie.recall), "\(tie.name)")
            #expect(isClose(metrics.ndcg, tie.ndcg), "\(tie.name)")
        }
    }
}
