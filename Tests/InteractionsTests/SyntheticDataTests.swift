// SPDX-License-Identifier: Apache-2.0

import Foundation
import TestSupport
import Testing

@testable import Interactions

struct SyntheticDataTests {
    private static func generate(users: Int = 2000, items: Int = 500, seed: UInt64 = 1) throws -> SyntheticData {
        try SyntheticData.generate(users: users, items: items, seed: seed)
    }

    @Test("gives the same bytes for the same seed, others for another")
    func isDeterministic() throws {
        let (first, second, other) = try (
            Self.generate(users: 50, items: 60), Self.generate(users: 50, items: 60),
            Self.generate(users: 50, items: 60, seed: 0)
        )
        #expect(first.files.map(\.text) == second.files.map(\.text))
        #expect(first.files.map(\.text) != other.files.map(\.text))
    }

    @Test("keeps its bytes over versions and machines: scripts name a seed and expect its users")
    func keepsItsBytes() throws {
        let data = try Self.generate(users: 50, items: 60, seed: 42)
        // FNV-1a of all three files, as of the first release.
        var hash: UInt64 = 0xCBF2_9CE4_8422_2325
        for byte in data.files.flatMap({ Array($0.text.utf8) }) { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01B3 }
        #expect(hash == 4_885_468_323_021_168_920)
    }

    @Test("is well formed: known items, each once a user, the held-out ones the latest, unique ids and titles")
    func isWellFormed() throws {
        let data = try Self.generate()
        #expect(
            data.items.count == 500 && Set(data.items.map(\.id)).count == 500
                && Set(data.items.map(\.title)).count == 500)
        #expect(
            data.items.allSatisfy { !$0.features["genres", default: []].isEmpty && $0.features["year"]?.count == 1 })
        let events = Dictionary(grouping: data.events, by: \.user), test = Dictionary(grouping: data.test, by: \.user)
        #expect(events.count == 2000 && test.count == 2000)
        for (user, history) in events {
            let heldOut = test[user, default: []]
            let items = (history + heldOut).map(\.item)
            #expect(Set(items).count == items.count && items.allSatisfy { $0 < 500 })
            #expect((history.map(\.time).max() ?? 0) < (heldOut.map(\.time).min() ?? 0))
        }
        #expect(zip(data.events, data.events.dropFirst()).allSatisfy { $0.time <= $1.time })
        #expect(
            data.events.allSatisfy { (2...5).contains($0.value) && $0.time > 1_704_067_200 && $0.time < 1_767_225_600 })
    }

    @Test(
        "has popular items and clusters: neighbours beat popularity twice over at 2 000 users × 500 items",
        arguments: [1, 7])
    func hasStructure(seed: UInt64) throws {
        let data = try Self.generate(seed: seed)
        var counts = [Double](repeating: 0, count: 500)
        var histories: [String: [Int]] = [:]
        for event in data.events {
            counts[Int(event.item)] += 1
            histories[event.user, default: []].append(Int(event.item))
        }
        // Item-item cosine over what users share: the plainest personalised model.
        var together = [[Double]](repeating: [Double](repeating: 0, count: 500), count: 500)
        for items in histories.values { for a in items { for b in items where a != b { together[a][b] += 1 } } }
        let test = Dictionary(grouping: data.test, by: \.user).mapValues { $0.map { Int($0.item) } }
        let sample = test.sorted { $0.key < $1.key }.prefix(400)
        func recall(_ scores: ([Int]) -> [Double]) -> Double {
            var sum = 0.0
            for (user, heldOut) in sample {
                let history = histories[user] ?? []
                var scored = scores(history)
                for item in history { scored[item] = -1 }
                let top = Set(scored.indices.sorted { (scored[$0], $1) > (scored[$1], $0) }.prefix(20))
                sum += Double(heldOut.count { top.contains($0) }) / Double(heldOut.count)
            }
            return sum / Double(sample.count)
        }
        let popularity = recall { _ in counts }
        let neighbours = recall { history in
            (0..<500).map { item in
                history.reduce(0) { $0 + together[$1][item] / (counts[$1] * counts[item]).squareRoot().nextUp }
            }
        }
        #expect(neighbours > 2 * popularity, "neighbours \(neighbours), popularity \(popularity)")
        // Zipf: the most popular tenth has well over a tenth of the events, far under all.
        let head = counts.sorted(by: >).prefix(50).reduce(0, +) / counts.reduce(0, +)
        #expect(head > 0.2 && head < 0.6, "head \(head)")
    }

    @Test("tells a user's taste by the genres of what they took")
    func genresTellTaste() throws {
        let data = try Self.generate()
        let histories = Dictionary(grouping: data.events, by: \.user)
        var right = 0
        for (index, taste) in data.tastes.enumerated() {
            let number = String(index + 1)
            let user = "user-" + String(repeating: "0", count: 4 - number.count) + number
            var votes: [String: Int] = [:]
            for event in histories[user] ?? [] {
                votes[data.items[Int(event.item)].features["genres"]?[0] ?? "", default: 0] += 1
            }
            if votes.max(by: { ($0.value, $0.key) < ($1.value, $1.key) })?.key == SyntheticCatalogue.genres[taste] {
                right += 1
            }
        }
        // Three quarters of at least 7 events are of the taste; by chance it would be about one in ten.
        #expect(Double(right) > 0.95 * 2000, "\(right)")
    }

    @Test("works at every size, and refuses impossible ones by an error", arguments: [(1, 20), (3, 21), (200, 10_000)])
    func worksAtEverySize(users: Int, items: Int) throws {
        let data = try Self.generate(users: users, items: items)
        #expect(data.items.count == items && Set(data.events.map(\.user)).count == users && !data.test.isEmpty)
        #expect(throws: SyntheticData.Failure.usersOutOfRange) { try Self.generate(users: 0, items: items) }
        #expect(throws: SyntheticData.Failure.itemsOutOfRange) { try Self.generate(users: 1, items: 19) }
    }

    @Test("is written as three tables with headers, and its generator is none that noise could be drawn from")
    func writesTables() throws {
        let folder = try TemporaryDirectory()
        let data = try Self.generate(users: 20, items: 30)
        try data.write(to: folder.file("out"))
        for (name, header, rows) in [
            ("items.csv", "item,title,genres,year", 30), ("events.csv", "user,item,value,time", data.events.count),
            ("test.csv", "user,item", data.test.count),
        ] {
            let lines = try String(contentsOf: folder.file("out/\(name)"), encoding: .utf8).split(separator: "\n")
            #expect(lines[0] == header && lines.count == rows + 1)
        }
        #expect(!(SyntheticStream(seed: 1) as Any is any RandomNumberGenerator))
    }
}
