// SPDX-License-Identifier: Apache-2.0

import Interactions
import TestSupport
import Testing

struct HistoryTests {
    private func event(_ item: UInt32, _ value: Float = 1, at time: Int64 = 0) -> Interaction {
        Interaction(item: item, value: value, time: time)
    }

    @Test("events ascend by time, then item, then value")
    func order() {
        let history = History([event(2, at: 5), event(9, at: -3), event(1, 2, at: 5), event(1, 1, at: 5)])
        #expect(history.interactions == [event(9, at: -3), event(1, 1, at: 5), event(1, 2, at: 5), event(2, at: 5)])
    }

    @Test("the same event twice is one; another value or time is another event")
    func unique() {
        let history = History([event(1), event(1), event(1, 2), event(1, at: 1), event(1)])
        #expect(history.count == 3)
        #expect(History([event(1), event(1)]).interactions == [event(1)])
    }

    @Test("what comes in any order, in any number of copies, in any parts, is one history")
    func canonical() {
        var generator = SeededGenerator(seed: 3)
        let events = (0..<200).map { _ in
            event(.random(in: 0..<30, using: &generator), 1, at: .random(in: 0..<10, using: &generator))
        }
        let whole = History(events)
        #expect(Set(whole.interactions) == Set(events) && whole.count == Set(events).count)
        #expect(History((events + events).shuffled(using: &generator)) == whole)
        #expect(History(events.prefix(90)).merged(with: History(events.dropFirst(70))) == whole)
        #expect(whole.merged(with: .empty) == whole && History.empty.merged(with: whole) == whole)
    }

    @Test("distinct items ascend, each once")
    func distinctItems() {
        #expect(History([event(7), event(2, at: 9), event(7, at: 4)]).distinctItems == [2, 7])
        #expect(History.empty.distinctItems.isEmpty && History.empty.isEmpty && History([]) == .empty)
    }

    @Test("the ends of every number's range keep their place")
    func extremes() {
        let (first, last) = (event(.max, -.greatestFiniteMagnitude, at: .min), event(0, 0, at: .max))
        #expect(History([last, first]).interactions == [first, last])
    }
}
