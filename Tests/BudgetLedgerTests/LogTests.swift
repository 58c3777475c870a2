// SPDX-License-Identifier: Apache-2.0

import BudgetLedger
import Cryptography
import DPAccounting
import Foundation
import Interactions
import Policies
import Records
import TestSupport
import Testing

struct LogTests {
    @Test("but for keyed hashes the log is the same to the byte, whoever took part: nobody, three or a thousand")
    func logIsIndependentOfPeople() throws {
        var logs: Set<[[UInt8]]> = []
        var hashes: [String] = []
        for members in [[], users(0..<3), users(5..<1005)] {
            let fixture = try LedgerFixture()
            try fixture.run(1, plan: .training(steps: 3), members: members)
            try fixture.run(2, plan: .pure(5, 2), members: members)
            try fixture.run(3, members: Array(members.prefix(2)))
            var bytes: [[UInt8]] = []
            for entry in try fixture.ledger.entries() {
                var content = try #require(entry.content.objectValue)
                // What binds the members is 64 digits that nobody can compute, or compare, without the key.
                #expect((content["cohorts"]?.stringValue?.count == 64) == (entry.type == "reserve"))
                if let hash = content.removeValue(forKey: "cohorts")?.stringValue { hashes.append(hash) }
                let bare = LogEntry(
                    index: entry.index, previous: "", day: entry.day, type: entry.type, content: .object(content))
                bytes.append(try bare.bytes())
            }
            logs.insert(bytes)
        }
        #expect(logs.count == 1)
        // Nor does a hash tell that a run changed nothing: nobody took part in the runs of the first ledger.
        #expect(hashes.count == 9 && Set(hashes).count == 9)
    }

    @Test("an entry's form does not change: what is logged today is read in ten years")
    func entryFormat() throws {
        let fixture = try LedgerFixture()
        try fixture.run(1, plan: .pure(2), members: users(0..<3))
        let entries = try fixture.ledger.entries()
        try #require(entries.count == 2)
        let price = try Self.price()
        let first = try entries[0].hash()
        let cohorts = try #require(entries[0].content["cohorts"]?.stringValue)
        #expect(Hex.decode(cohorts)?.count == 32)
        #expect(
            String(decoding: try entries[1].bytes(), as: UTF8.self) == """
                {"content":{"isOrphan":false,"planned":1,"price":\(price),"run":"c0ffee1","steps":1},"day":"2024-10-04",\
                "index":1,"previous":"\(first)","type":"settle"}
                """)
        #expect(
            String(decoding: try entries[0].bytes(), as: UTF8.self) == """
                {"content":{"askedDelta":"0","askedEpsilon":"infinity","cohorts":"\(cohorts)","kind":"count items","notPrivate":false,\
                "plan":{"stretches":[{"count":1,"event":{"bound":{"maxItemsPerUser":1,"maxValuePerItem":1},"dimension":10,\
                "scale":"1/2","type":"discrete-laplace","version":1}}]},\
                "policy":"\(PolicyHash.test.hex)","price":\(price),"purpose":"statistics","run":"c0ffee1"},\
                "day":"2024-10-04","index":0,"previous":"\(LogEntry.noPrevious)","type":"reserve"}
                """)
    }

    /// The price of pure ε = 2 as DPAccounting encodes it today; its own tests fix what the numbers are.
    static func price() throws -> String {
        let price = PlanPrice(of: .pure(2), delta: .zero)
        return String(decoding: try CanonicalJSON.bytes(try JSONValue(encoding: price)), as: UTF8.self)
    }

    @Test("entries chain from 64 zeros on, and the head is the last one's hash")
    func chain() throws {
        let fixture = try LedgerFixture()
        #expect(try fixture.ledger.head() == LogHead(count: 0, hash: LogEntry.noPrevious, day: LedgerFixture.day))
        let first = try fixture.ledger.appendLog(type: "init", content: ["policy": "gdpr"])
        let second = try fixture.ledger.appendLog(type: "policy", content: [:])
        #expect(first.index == 0 && first.previous == LogEntry.noPrevious)
        #expect(second.previous == (try first.hash()))
        #expect(try fixture.ledger.head().hash == second.hash())
        #expect(try fixture.ledger.entries() == [first, second])
    }

    @Test("an entry that cannot be written in JSON is refused, and nothing is kept of it")
    func unwritableEntry() throws {
        let fixture = try LedgerFixture()
        #expect(throws: LedgerError.badRecord(.notFinite)) {
            try fixture.ledger.appendLog(type: "policy", content: ["epsilon": .number(.nan)])
        }
        #expect(try fixture.ledger.entries().isEmpty)
    }

    @Test("a paid release is read again as it was stored; its hash is in the log")
    func releases() throws {
        let fixture = try LedgerFixture()
        try fixture.run(1, members: users(0..<3))
        let document: JSONValue = ["users": 120, "scale": 0.5]
        try fixture.ledger.store(release: document, key: "user-count", run: .numbered(1))
        #expect(try fixture.ledger.release(forKey: "user-count") == document)
        #expect(try fixture.ledger.release(forKey: "item-counts") == nil)
        let entry = try #require(try fixture.ledger.entries().last)
        #expect(entry.type == "release")
        #expect(entry.content["hash"]?.stringValue == Hex.encode(BLAKE2b.hash(try CanonicalJSON.bytes(document))))
        try fixture.ledger.store(release: ["users": 130], key: "user-count", run: .numbered(1))
        #expect(try fixture.reopened().release(forKey: "user-count") == ["users": 130])
        #expect(throws: LedgerError.unknownRun(.numbered(2))) {
            try fixture.ledger.store(release: document, key: "x", run: .numbered(2))
        }
        #expect(try fixture.ledger.verifyChain().isOK)
    }
}
