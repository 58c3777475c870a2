// SPDX-License-Identifier: Apache-2.0

import Cryptography
import Testing

@testable import Records

struct LogChainTests {
    private func log(_ count: Int) throws -> [LogEntry] {
        var entries: [LogEntry] = []
        for index in 0..<count {
            entries.append(
                try LogEntry(
                    after: entries.last, day: Day(number: 20_000 + index), type: index == 0 ? "init" : "reserve",
                    content: ["run": .string("\(index)"), "epsilon": 0.5]))
        }
        return entries
    }

    @Test("the first entry follows 64 zeros, each next one the hash of the one before")
    func chains() throws {
        let entries = try log(3)
        #expect(entries[0].previous == String(repeating: "0", count: 64))
        #expect(
            try entries[0].bytes()
                == text(
                    #"{"content":{"epsilon":0.5,"run":"0"},"day":"2024-10-04","index":0,"previous":""#
                        + LogEntry.noPrevious + #"","type":"init"}"#))
        #expect(try entries[1].previous == Hex.encode(BLAKE2b.hash(entries[0].bytes())))
        let head = try LogChain.head(of: entries, day: Day(number: 1))
        #expect(try head == LogHead(count: 3, hash: entries[2].hash(), day: Day(number: 1)))
        #expect(try LogChain.head(of: [LogEntry]()).hash == LogEntry.noPrevious)
    }

    @Test("an entry comes back from its bytes; other bytes for the same entry do not pass")
    func roundTrips() throws {
        let entry = try log(2)[1]
        let bytes = try entry.bytes()
        #expect(try LogEntry(parsing: bytes) == entry)
        #expect(try JSONValue(encoding: entry) == JSONValue.parse(bytes))
        #expect(thrown { _ = try LogEntry(parsing: bytes + text(" ")) } == .notCanonical)
        var members = try #require(try JSONValue.parse(bytes).objectValue)
        members["more"] = 1
        #expect(thrown { _ = try LogEntry(parsing: CanonicalJSON.bytes(.object(members))) } == .notCanonical)
    }

    @Test("an entry changed, dropped, doubled, swapped or inserted breaks the chain where it happened")
    func noticesTampering() throws {
        let entries = try log(6)
        func broken(_ entries: [LogEntry]) -> RecordsError? { thrown { _ = try LogChain.head(of: entries) } }
        #expect(broken(entries) == nil)
        var changed = entries
        changed[2] = LogEntry(
            index: 2, previous: entries[2].previous, day: entries[2].day, type: "reserve", content: ["epsilon": 0.1])
        #expect(broken(changed) == .brokenChain(index: 3))
        var swapped = entries
        swapped.swapAt(2, 3)
        #expect(broken(swapped) == .brokenChain(index: 2))
        #expect(broken(Array(entries[..<3] + entries[4...])) == .brokenChain(index: 3))
        #expect(broken(Array(entries[...2]) + Array(entries[2...])) == .brokenChain(index: 3))
        #expect(broken(Array(entries.dropFirst())) == .brokenChain(index: 0))
    }

    @Test("a log extends the heads that were kept, and no log that was cut or rewritten does")
    func extendsKeptHeads() throws {
        let entries = try log(5)
        for count in 0...5 {
            let kept = try LogChain.head(of: entries.prefix(count))
            #expect(try LogChain.extends(kept, entries: entries))
            if count > 0 { #expect(try !LogChain.extends(kept, entries: Array(entries.prefix(count - 1)))) }
        }
        // The whole log written anew with one charge left out: its chain is sound, but not the one that was kept.
        let kept = try LogChain.head(of: entries)
        var rewritten = Array(entries.prefix(2))
        for _ in 0..<3 {
            rewritten.append(try LogEntry(after: rewritten.last, type: "reserve", content: [:] as JSONValue))
        }
        #expect(throws: Never.self) { try LogChain.head(of: rewritten) }
        #expect(try !LogChain.extends(kept, entries: rewritten))
        #expect(try !LogChain.extends(LogHead(count: -1, hash: kept.hash), entries: entries))
        #expect(try !LogChain.extends(LogHead(count: .max, hash: kept.hash), entries: entries))
        #expect(try !LogChain.extends(LogHead(count: 0, hash: kept.hash), entries: entries))
    }

    @Test("a head is signed and read like every other document")
    func signsHeads() throws {
        let key = try SigningKey(seed: sequence(32))
        let head = try LogChain.head(of: log(4), day: Day(number: 7))
        let document = try SignedDocument(parsing: SignedDocument(signing: head, with: key).bytes)
        #expect(try document.verified(as: LogHead.self, publicKey: key.publicKey) == head)
        #expect(document.body["count"] == 4 && document.body["format"] == "discreet-log-head")
    }

    @Test("content that JSON cannot hold is refused before it is chained")
    func refusesBadContent() {
        #expect(
            thrown { _ = try LogEntry(after: nil, type: "x", content: ["n": .integer(.max)]).bytes() }
                == .integerTooLarge)
    }
}
