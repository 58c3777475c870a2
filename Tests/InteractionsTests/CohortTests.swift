// SPDX-License-Identifier: Apache-2.0

import Interactions
import TestSupport
import Testing

struct CohortTests {
    private func user(_ byte: UInt8) throws -> UserPseudonym {
        try #require(UserPseudonym(bytes: [UInt8](repeating: byte, count: 16)))
    }

    private func columns(_ cohort: Cohort, _ index: Int) -> (items: [UInt32], values: [Float], times: [Int64]) {
        cohort.withColumns(of: index) { items, values, times in
            (items.indices.map { items[$0] }, values.indices.map { values[$0] }, times.indices.map { times[$0] })
        }
    }

    @Test("a user's columns hold each item once, ascending, as it was last")
    func latestEventCounts() throws {
        let history = History([
            Interaction(item: 5, value: 1, time: 10), Interaction(item: 2, value: 4, time: 30),
            Interaction(item: 5, value: 3, time: 20), Interaction(item: 2, value: 2, time: 15),
        ])
        let found = columns(Cohort(itemCount: 9, members: [(try user(1), history)]), 0)
        #expect(found == ([2, 5], [4, 3], [30, 20]))
    }

    @Test(
        "long and short histories of any catalogue, one after the other",
        arguments: [1, 2, 200, 257, 5000, 65_536, 65_537, 20_000_000])
    func manyItems(itemCount: Int) throws {
        var generator = SeededGenerator(seed: UInt64(itemCount))
        let members = try [3, 39, 40, 41, 30_000, 0, 100].enumerated().map { index, count in
            (
                try user(UInt8(index)),
                History(
                    (0..<count).map {
                        Interaction(
                            item: .random(in: 0..<UInt32(itemCount), using: &generator), value: Float($0),
                            time: .random(in: 0..<50, using: &generator))
                    })
            )
        }
        let cohort = Cohort(itemCount: itemCount, members: members)
        for (index, member) in members.enumerated() {
            var last: [UInt32: Interaction] = [:]
            for event in member.1.interactions { last[event.item] = event }
            let expected = last.values.sorted { $0.item < $1.item }
            let found = columns(cohort, index)
            #expect(found.items == expected.map(\.item))
            #expect(found.values == expected.map(\.value))
            #expect(found.times == expected.map(\.time))
        }
    }

    @Test("users ascend, each with their own columns, those without events too")
    func users() throws {
        let cohort = Cohort(
            itemCount: 9,
            members: [
                (try user(3), History([Interaction(item: 3)])), (try user(1), History([Interaction(item: 1)])),
                (try user(2), .empty), (try user(4), History([Interaction(item: 4), Interaction(item: 8)])),
            ])
        #expect(try cohort.users == [user(1), user(2), user(3), user(4)])
        #expect(cohort.users.indices.map { columns(cohort, $0).items } == [[1], [], [3], [4, 8]])
    }

    @Test("two histories of one user are one")
    func merges() throws {
        let part = { (item: UInt32) in (user: try user(1), history: History([Interaction(item: item)])) }
        let cohort = Cohort(itemCount: 9, members: [try part(4), try part(2), try part(4)])
        #expect(cohort.count == 1 && columns(cohort, 0).items == [2, 4])
    }

    @Test("items outside the catalogue are left out")
    func unknownItems() throws {
        let history = History([8, 9, 10, UInt32.max].map { Interaction(item: $0) })
        #expect(columns(Cohort(itemCount: 9, members: [(try user(1), history)]), 0).items == [8])
        #expect(columns(Cohort(itemCount: 0, members: [(try user(1), history)]), 0).items.isEmpty)
    }

    @Test("whoever is withdrawn stays a member and has empty columns, the others keep theirs")
    func withdraws() throws {
        var cohort = Cohort(
            itemCount: 9, members: try (1...3).map { (try user($0), History([Interaction(item: UInt32($0))])) })
        cohort.withdraw(try [user(2), user(77)])
        #expect(cohort.count == 3)
        #expect(cohort.users.indices.map { cohort.isWithdrawn($0) } == [false, true, false])
        #expect(cohort.users.indices.map { columns(cohort, $0).items } == [[1], [], [3]])
        cohort.withdraw([])
        #expect(cohort.isWithdrawn(1), "there is no way back")
    }

    @Test("adding a user changes nobody else's columns")
    func neighbours() throws {
        var generator = SeededGenerator(seed: 12)
        let members = try (0..<50).map { index in
            let events = (0..<Int.random(in: 0...20, using: &generator)).map { _ in
                Interaction(item: .random(in: 0..<12, using: &generator), time: .random(in: 0..<99, using: &generator))
            }
            return (user: try user(UInt8(4 * index)), history: History(events))
        }
        let all = Cohort(itemCount: 10, members: members.shuffled(using: &generator))
        for left in members.indices {
            var fewer = members
            fewer.remove(at: left)
            let cohort = Cohort(itemCount: 10, members: fewer)
            for index in cohort.users.indices {
                #expect(columns(cohort, index) == columns(all, index < left ? index : index + 1))
            }
        }
    }
}
