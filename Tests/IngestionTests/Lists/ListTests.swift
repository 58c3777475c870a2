// SPDX-License-Identifier: Apache-2.0

import Interactions
import Testing

@testable import Ingestion

struct ListTests {
    private func source(_ text: String, _ name: String = "list.csv") -> InputSource {
        .bytes(Array(text.utf8), name: name)
    }

    @Test("reads histories in order of appearance, each event once, and unknown items aside")
    func readsHistories() throws {
        var rejected: [RejectedRow] = []
        let table = try HistoryTable(
            source("user,item,time\nb,i2,5\na,i1,9\nb,i1,1\nb,i9,1\nb,i2,5\n"), catalogue: Import.catalogue,
            onReject: { rejected.append($0) })
        #expect(table.users.map(\.userID) == ["b", "a"])
        #expect(table.users[0].history.interactions == [Interaction(item: 0, time: 1), Interaction(item: 1, time: 5)])
        #expect(rejected == [RejectedRow(file: "list.csv", line: 5, field: "item", reason: .unknownItem)])
        #expect(table.report.read == 5 && table.report.accepted == 4 && table.report.rejected == 1)
    }

    @Test("reads a test file of pairs, and under strict refuses unknown items")
    func readsPairs() throws {
        #expect(
            try HistoryTable(source("user,item\na,i1\na,i3\n"), catalogue: Import.catalogue).users[0].history
                .distinctItems == [0, 2])
        #expect(throws: IngestionError.self) {
            try HistoryTable(
                source("user,item\na,i9\n"), options: IngestOptions(strict: true), catalogue: Import.catalogue)
        }
    }

    @Test("reads one id a line, byte for byte")
    func readsIDs() throws {
        #expect(
            try IDList.read(source("\u{FEFF}alice\r\n\"b,ob\"\n\n c \r\nd,e,f")) == [
                "alice", "\"b,ob\"", " c ", "d,e,f",
            ])
        #expect(try IDList.read(source("")) == [])
        #expect(
            throws: IngestionError.badRow(RejectedRow(file: "list.csv", line: 2, field: "user", reason: .badEncoding))
        ) {
            try IDList.read(.bytes([0x61, 0x0A, 0xFF, 0x0A], name: "list.csv"))
        }
        #expect(throws: IngestionError.badRow(RejectedRow(file: "list.csv", line: 1, field: "user", reason: .tooLong)))
        {
            try IDList.read(source(String(repeating: "x", count: 513)))
        }
    }

    @Test("reads candidates with or without a header")
    func readsCandidates() throws {
        let catalogue = Import.catalogue
        #expect(try IDList.readCandidates(source("item\ni3\ni1\ni3\n\"a,b\"\n"), catalogue: catalogue) == [0, 2, 4])
        #expect(try IDList.readCandidates(source("i3\na,b\n"), catalogue: catalogue) == [2, 4])
        #expect(try IDList.readCandidates(source("x,id\n1,i2\n"), catalogue: catalogue, columns: ["item": "id"]) == [1])
        #expect(
            throws: IngestionError.badRow(RejectedRow(file: "list.csv", line: 2, field: "item", reason: .unknownItem))
        ) {
            try IDList.readCandidates(source("item\nnope\n"), catalogue: catalogue)
        }
    }
}
