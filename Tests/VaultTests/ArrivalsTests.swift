// SPDX-License-Identifier: Apache-2.0

import Interactions
import TestSupport
import Testing

@testable import Vault

struct ArrivalsTests {
    @Test("events are grouped by user however many are grouped at once", arguments: [1, 7, 50, 1 << 20])
    func groups(mostEvents: Int) throws {
        var generator = SeededGenerator(seed: 5)
        var table = EventTable()
        for user in 0..<40 {
            table.ids += "user-\(user % 37)".utf8  // three of them twice
            table.idOffsets.append(table.ids.count)
        }
        var expected: [String: [Interaction]] = [:]
        for _ in 0..<500 {
            // One has half of them.
            let owner = Bool.random(using: &generator) ? 11 : Int.random(in: 0..<40, using: &generator)
            let event = Interaction(
                item: .random(in: 0..<90, using: &generator), time: .random(in: 0..<9, using: &generator))
            table.owners.append(UInt32(owner))
            table.interactions.append(event)
            expected["user-\(owner % 37)", default: []].append(event)
        }
        let nobody = try #require(UserPseudonym(bytes: [UInt8](repeating: 0, count: 16)))
        let arrivals = try Arrivals(table, itemCount: 90) { id in
            var bytes = [UInt8](repeating: 0, count: 16)
            // Another order than that of appearance.
            for index in id.indices { bytes[index] = ~id[index] }
            return UserPseudonym(bytes: bytes) ?? nobody
        }
        #expect(arrivals.users.isAscending && arrivals.users.count == 37)
        var turn = Arrivals.Turn(mostEvents: mostEvents)
        // Every other is left out, as the erased are.
        for index in arrivals.users.indices where index % 2 == 0 || arrivals.eventCount(index) > 100 {
            let id = String(decoding: arrivals.userID(index), as: UTF8.self)
            let history = turn.history(index, of: arrivals)
            #expect(history == History(expected[id] ?? []).interactions)
            #expect(arrivals.eventCount(index) == expected[id]?.count ?? 0)
        }
    }
}
