// SPDX-License-Identifier: Apache-2.0

import Evaluation
import Interactions
import Testing

struct HoldOutTests {
    /// Items 0 ..< count, the latest last.
    private func history(_ count: Int) -> History {
        History((0..<count).map { Interaction(item: UInt32($0), time: Int64($0)) })
    }

    @Test("the latest item is the test, and no event of it stays behind")
    func lastItem() {
        let twice = History([
            Interaction(item: 7, time: 1), Interaction(item: 3, time: 2), Interaction(item: 7, time: 5),
        ])
        let part = HoldOut.lastItem.split(twice, key: 1)
        #expect(part.test == [7])
        #expect(part.train.distinctItems == [3] && part.foldIn == part.train)
    }

    @Test("who has one item or none is only trained on", arguments: [0, 1])
    func short(count: Int) {
        for way in [HoldOut.lastItem, .byItem(fraction: 0.9, seed: 3)] {
            let part = way.split(history(count), key: 9)
            #expect(part.test.isEmpty && part.foldIn.isEmpty && part.train == history(count))
        }
    }

    @Test("a coin falls the same way again, another way for another user or seed, and in the stated proportion")
    func random() {
        let way = HoldOut.byItem(fraction: 0.2, seed: 11)
        let parts = (0..<400).map { way.split(history(50), key: $0) }
        #expect(parts[5] == way.split(history(50), key: 5))
        #expect(Set(parts.map(\.test)).count > 390)
        #expect(HoldOut.byItem(fraction: 0.2, seed: 12).split(history(50), key: 5) != parts[5])
        // 20 000 coins of probability .2: five standard deviations are 283, a false alarm in 1.7 million.
        let tests = parts.reduce(0) { $0 + $1.test.count }
        #expect(abs(tests - 4_000) < 283)
        for part in parts {
            #expect(Set(part.train.distinctItems).isDisjoint(with: part.test))
            #expect(part.train.count + part.test.count == 50)
        }
    }

    @Test("nobody is left without a history, whatever the coins say")
    func neverEmpty() {
        for key in 0..<200 as Range<UInt64> {
            let part = HoldOut.byItem(fraction: 1, seed: 2).split(history(3), key: key)
            #expect(part.test.count == 2 && part.train.count == 1)
        }
    }

    @Test("strong generalisation trains on nobody whom it judges")
    func strong() {
        let way = HoldOut.strong(users: 0.1, fraction: 0.2, seed: 4)
        let parts = (0..<5_000).map { way.split(history(20), key: $0) }
        let held = parts.filter { !$0.foldIn.isEmpty }
        // 5 000 coins of probability .1: five standard deviations are 106.
        #expect(abs(held.count - 500) < 106)
        for part in held { #expect(part.train.isEmpty && Set(part.foldIn.distinctItems).isDisjoint(with: part.test)) }
        for part in parts where part.foldIn.isEmpty { #expect(part.train.count == 20 && part.test.isEmpty) }
    }
}
