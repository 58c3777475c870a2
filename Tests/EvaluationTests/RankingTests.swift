// SPDX-License-Identifier: Apache-2.0

import Evaluation
import Interactions
import LinearAlgebra
import TestSupport
import Testing

/// Ranks one user with these scores.
func rank(_ scores: [Float], seen: [Int], test: [Int], candidates: [UInt32]? = nil, k: Int) -> RankingMetrics {
    let user = EvaluationCase(
        history: History(seen.map { Interaction(item: UInt32($0)) }), test: test.map { UInt32($0) })
    return Ranking.evaluate([user], itemCount: scores.count, candidates: candidates, k: k) { _ in
        Matrix(rows: 1, columns: scores.count, elements: scores)
    }
}

struct RankingTests {
    @Test("the worked example: hits at ranks 1 and 3 of three test items")
    func workedExample() {
        // Order 0, 1, 2, 3; test {0, 2, 5}; item 5 scores last. At k = 3: 2 of 3 found,
        // DCG = 1 + 1/2, ideal = 1 + 1/log2(3) + 1/2.
        let metrics = rank([9, 8, 7, 6, 5, 0], seen: [], test: [0, 2, 5], k: 3)
        #expect(abs(metrics.mean(.recall) - 2.0 / 3) < 1e-15)
        #expect(abs(metrics.mean(.recallCapped) - 2.0 / 3) < 1e-15)
        #expect(abs(metrics.mean(.ndcg) - 1.5 / 2.1309297535714575) < 1e-15)
    }

    @Test("recall counts every test item, the capped one only what fits in the list")
    func capped() {
        let metrics = rank([4, 3, 2, 1], seen: [], test: [0, 1, 2, 3], k: 2)
        #expect(metrics.mean(.recall) == 0.5)
        #expect(metrics.mean(.recallCapped) == 1)
        #expect(metrics.mean(.ndcg) == 1)
    }

    @Test("only candidates are ranked; a candidate outside the catalogue is ignored")
    func candidates() {
        #expect(rank([4, 3, 2, 1], seen: [], test: [3], candidates: [3, 2, 77], k: 1).mean(.recall) == 0)
        #expect(rank([4, 3, 2, 1], seen: [], test: [3], candidates: [3], k: 1).mean(.recall) == 1)
        #expect(rank([4, 3, 2, 1], seen: [], test: [3], candidates: [], k: 1).mean(.recall) == 0)
    }

    @Test("k above the catalogue ranks all of it")
    func largeK() {
        #expect(rank([1, 2, 3], seen: [2], test: [0], k: 100).mean(.recall) == 1)
    }

    @Test("a test item that is in the history cannot be hit and still counts")
    func testItemInHistory() {
        #expect(rank([1, 2, 3], seen: [2], test: [1, 2], k: 3).mean(.recall) == 0.5)
    }

    @Test("NaN is never recommended, and an item outside the catalogue in a history does no harm")
    func badScores() {
        #expect(rank([.nan, 1, 0], seen: [9], test: [0], k: 3).mean(.recall) == 0)
        #expect(rank([.nan, 1, 0], seen: [9], test: [1], k: 1).mean(.recall) == 1)
    }

    @Test("users without test items are left out; none at all gives zeros")
    func nobody() {
        let metrics = rank([1, 2, 3], seen: [], test: [], k: 2)
        #expect(metrics.users == 0 && metrics.mean(.recall) == 0 && metrics.mean(.ndcg) == 0)
    }

    @Test("the figures do not depend on how users fall into blocks", arguments: [1, 255, 256, 257, 700])
    func blocks(users: Int) {
        var generator = SeededGenerator(seed: 5)
        let items = 40
        let table = (0..<users).map { _ in (0..<items).map { _ in Float(generator.next() % 97) } }
        let cases = (0..<users).map { _ in
            EvaluationCase(
                history: History([Interaction(item: UInt32(generator.next() % 40))]),
                test: [UInt32(generator.next() % 40), UInt32(generator.next() % 40)])
        }
        var next = 0
        let metrics = Ranking.evaluate(cases, itemCount: items, k: 5) { histories in
            defer { next += histories.count }
            return Matrix(
                rows: histories.count, columns: items, elements: Array(table[next..<next + histories.count].joined()))
        }
        // By hand: sort everything.
        let lists = (0..<users).map { user in
            let seen = Set(cases[user].history.distinctItems)
            let order = (0..<items).filter { !seen.contains(UInt32($0)) }
                .sorted { (table[user][$1], $0) < (table[user][$0], $1) }
            return RankedList(recommended: order.map { UInt32($0) }, relevant: cases[user].test)
        }
        #expect(metrics == RankingMetrics(of: lists, at: 5))
        #expect(metrics.users == users && (metrics.mean(.recall) > 0 || users == 1))
    }
}
