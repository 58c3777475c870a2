// SPDX-License-Identifier: Apache-2.0

import Foundation
import Interactions
import TestSupport
import Testing

@testable import Ingestion

struct IngestorTests {
    @Test("maps columns by the header, wherever they stand, and groups a batch by user")
    func mapsColumns() throws {
        let run = Import()
        try run.run("time,extra,item,user,value\n10,x,i2,u1,4.5\n20,y,i1,u2,1\n1970-01-01T00:00:30Z,z,i1,u1,-2\n")
        #expect(
            run.batches == [
                [
                    UserEvents(
                        userID: "u1",
                        interactions: [
                            Interaction(item: 1, value: 4.5, time: 10), Interaction(item: 0, value: -2, time: 30),
                        ]),
                    UserEvents(userID: "u2", interactions: [Interaction(item: 0, value: 1, time: 20)]),
                ]
            ])
        #expect(run.report.read == 3 && run.report.accepted == 3 && run.report.rejected == 0)
    }

    @Test("gives an event without value and time the value 1 and the time 0")
    func hasDefaults() throws {
        let run = Import()
        try run.run("user,item\nu,i1\n")
        #expect(run.events == [UserEvents(userID: "u", interactions: [Interaction(item: 0)])])
    }

    @Test("takes the column names of --columns, and positions where there is no header")
    func takesNamedColumns() throws {
        let named = Import()
        try named.run("who,what\nu,i1\n", options: IngestOptions(columns: ["user": "who", "item": "what"]))
        let placed = Import()
        try placed.run("7,i1,x,u\n", options: IngestOptions(columns: ["user": "#4", "item": "#2", "time": "#1"]))
        #expect(named.events == [UserEvents(userID: "u", interactions: [Interaction(item: 0)])])
        #expect(placed.events == [UserEvents(userID: "u", interactions: [Interaction(item: 0, time: 7)])])
        #expect(try IngestOptions.columns(parsing: "user=a b,item=c") == ["user": "a b", "item": "c"])
    }

    @Test(
        "one column has one role, in words, by position, and where a role has its name by default",
        arguments: [
            ["user": "x", "item": "x"], ["user": "#1", "item": "#01"], ["user": "item"], ["item": "x", "time": "x"],
        ])
    func refusesSharedColumns(columns: [String: String]) throws {
        let run = Import()
        let error = #expect(throws: IngestionError.self) {
            try run.run("x,user,item\n1,2,3\n", options: IngestOptions(columns: columns))
        }
        guard case .sharedColumn = error else { Issue.record("\(String(describing: error))"); return }
        #expect(run.batches.isEmpty)
        // A column that was given another role has not its own as well.
        let timed = Import()
        try timed.run("user,item,value\nu,i1,7\n", options: IngestOptions(columns: ["time": "value"]))
        let named = Import()
        try named.run("item,user\ni1,u\n", options: IngestOptions(columns: ["item": "item", "user": "user"]))
        #expect(named.events == [UserEvents(userID: "u", interactions: [Interaction(item: 0)])])
        #expect(timed.events == [UserEvents(userID: "u", interactions: [Interaction(item: 0, time: 7)])])
    }

    @Test("refuses headers and mappings that do not fit, before anything is stored")
    func refusesBadHeaders() throws {
        let run = Import()
        #expect(throws: IngestionError.missingColumn(file: "events1.csv", column: "item")) {
            try run.run("user,item\nu,i1\n", "user,thing\nu,i1\n")
        }
        #expect(throws: IngestionError.duplicateColumn(file: "events0.csv", column: "user")) {
            try run.run("user,item,user\n")
        }
        #expect(throws: IngestionError.missingColumn(file: "events0.csv", column: "stars")) {
            try run.run("user,item\n", options: IngestOptions(columns: ["value": "stars"]))
        }
        #expect(throws: IngestionError.unknownRole("users", known: EventRole.names)) {
            try run.run("user,item\n", options: IngestOptions(columns: ["users": "user"]))
        }
        #expect(throws: IngestionError.empty(file: "events0.csv")) { try run.run("") }
        #expect(throws: IngestionError.self) { try IngestOptions.columns(parsing: "user:a") }
        #expect(throws: IngestionError.self) { try TableFormat(named: "xlsx") }
        #expect(throws: IngestionError.notFound(file: "/nowhere/x.csv")) {
            try run.run([.file(URL(fileURLWithPath: "/nowhere/x.csv"))])
        }
        #expect(throws: IngestionError.notFound(file: "/tmp")) { try run.run([.file(URL(fileURLWithPath: "/tmp"))]) }
        #expect(run.batches.isEmpty)
    }

    @Test("leaves bad rows out, each with its line, column and reason, and takes the rest")
    func reportsBadRows() throws {
        let long = String(repeating: "u", count: 513)
        let run = Import()
        try run.run(
            "user,item,value,time\n" + "u,i9,1,1\n" + ",i1,1,1\n" + "u,,1,1\n" + "u,i1,,1\n" + "u,i1,1,\n"
                + "u,i1,x,1\n"
                + "u,i1,1e400,1\n" + "u,i1,NaN,1\n" + "u,i1,1,2023-02-29\n" + "u,i1,1,881250949000\n"
                + "\(long),i1,1,1\n"
                + "u\0,i1,1,1\n" + "u\n" + "u,i1,1,1,1\n" + "\"u,i1,1,1\n" + "u,cafe\u{301},1,1\n" + "u,caf\u{E9},1,1\n"
        )
        #expect(
            run.reasons == [
                "2 item unknown-item", "3 user missing-field", "4 item missing-field", "5 value missing-field",
                "6 time missing-field", "7 value bad-number", "8 value bad-number", "9 value bad-number",
                "10 time bad-time",
                "11 time bad-time", "12 user too-long", "13 user bad-encoding", "14 item missing-field",
                "15 row bad-encoding",
                "16 row bad-encoding", "17 item unknown-item",
            ])
        #expect(run.events.map(\.userID) == ["u"] && run.report.accepted == 1)
        #expect(run.report.read == 17 && run.report.rejected == 16)
        #expect(run.report.rejectedBy.values.reduce(0, +) == 16 && run.report.rejectedBy["bad-number"] == 3)
        #expect(Set(run.report.rejectedBy.keys) == Set(RejectionReason.allCases.map(\.rawValue)))
    }

    @Test("says nowhere what a cell holds: reports, errors, rejects file")
    func quotesNoValues() throws {
        let folder = try TemporaryDirectory()
        let secrets = ["alice@example.org", "SECRETITEM", "SECRETVALUE", "SECRETTIME"]
        let rows = [
            "alice@example.org,SECRETITEM,1,1", "alice@example.org,i1,SECRETVALUE,1",
            "alice@example.org,i1,1,SECRETTIME",
            "\"alice@example.org,i1", "alice@example.org,i1,1,1,SECRETVALUE",
        ]
        let run = Import()
        try run.run(
            "user,item,value,time\n" + rows.joined(separator: "\n"),
            options: IngestOptions(rejects: folder.file("rejects.csv")))
        var told = run.rejected.map { "\($0)" } + [try String(contentsOf: folder.file("rejects.csv"), encoding: .utf8)]
        for row in rows {
            do {
                try Import().run("user,item,value,time\n\(row)\n", options: IngestOptions(strict: true))
                Issue.record("a bad row passed")
            } catch { told += ["\(error)", String(reflecting: error)] }
        }
        #expect(run.rejected.count == 5)
        for secret in secrets { #expect(!told.contains { $0.contains(secret) }) }
    }

    @Test("refuses every row where the policy has no lawful basis")
    func needsBasis() throws {
        let run = Import()
        try run.run("user,item\nu,i1\nu,i9\n", hasBasis: false)
        #expect(run.reasons == ["2 row no-basis", "3 item unknown-item"] && run.batches.isEmpty)
    }

    @Test("keeps at most one batch in memory, and a user's events may be spread over several")
    func cutsBatches() throws {
        let rows = (0..<25).map { "u\($0 % 3),i1,1,\($0)\n" }.joined()
        let run = Import()
        try run.run("user,item,value,time\n" + rows, options: IngestOptions(batchRows: 10))
        #expect(run.batches.map { $0.reduce(0) { $0 + $1.interactions.count } } == [10, 10, 5])
        #expect(run.report.accepted == 25)
    }

    @Test("counts the second import of the same rows as duplicates")
    func countsDuplicates() throws {
        let run = Import()
        let text = "user,item,value,time\nu,i1,1,5\nu,i1,1.0,5\nv,i2,-0,7\nv,i2,0,7\n"
        try run.run(text)
        #expect(run.report.accepted == 2 && run.report.duplicates == 2)
        try run.run(text)
        #expect(run.report.accepted == 0 && run.report.duplicates == 4 && run.report.read == 4)
    }

    @Test("under strict names the first bad row and stores nothing, of no file")
    func strictStoresNothing() throws {
        let run = Import()
        let bad = RejectedRow(file: "events1.csv", line: 4, field: "value", reason: .badNumber)
        #expect(throws: IngestionError.badRow(bad, sealedBefore: 0)) {
            try run.run(
                "user,item\nu,i1\n", "user,item,value\nu,i1,1\nu,i2,1\nu,i3,x\nu,i9,1\n",
                options: IngestOptions(strict: true, batchRows: 1))
        }
        #expect(run.batches.isEmpty)
        #expect("\(IngestionError.badRow(bad))".contains("events1.csv:4"))
    }

    @Test("under strict stores a stream batch by batch up to the bad row, and says how far")
    func strictStreamsSayHowFar() throws {
        let folder = try TemporaryDirectory()
        let pipe = folder.file("pipe")
        try #require(mkfifo(pipe.path, 0o600) == 0)
        let text = "user,item\n" + String(repeating: "u,i1\nv,i2\n", count: 5) + "u,i9\nu,i3\n"
        feed(text, into: pipe)
        let run = Import()
        #expect(
            throws: IngestionError.badRow(
                RejectedRow(file: pipe.path, line: 12, field: "item", reason: .unknownItem), sealedBefore: 8)
        ) {
            try run.run([.file(pipe)], options: IngestOptions(strict: true, batchRows: 4))
        }
        #expect(run.batches.count == 2)
    }

    /// On a thread of its own: both ends block.
    private func feed(_ text: String, into pipe: URL) {
        Thread.detachNewThread {
            guard let handle = try? FileHandle(forWritingTo: pipe) else { return }
            try? handle.write(contentsOf: Data(text.utf8))
            try? handle.close()
        }
    }

    @Test("reads a stream once, whole, without knowing its length")
    func readsStreams() throws {
        let folder = try TemporaryDirectory()
        let pipe = folder.file("pipe")
        try #require(mkfifo(pipe.path, 0o600) == 0)
        let text = "user,item,value,time\n" + (0..<50_000).map { "u\($0),i1,1,\($0)\n" }.joined()
        feed(text, into: pipe)
        let run = Import()
        try run.run([.file(pipe)])
        #expect(run.report.accepted == 50_000)
        #expect(run.progress.last == IngestProgress(rows: 50_000, bytesRead: text.utf8.count, totalBytes: nil))
    }

    @Test("tells its progress at most ten times a second, and the whole at the end")
    func tellsProgress() throws {
        let text = "user,item,value,time\n" + (0..<200_000).map { "u\($0 % 100),i1,1,\($0)\n" }.joined()
        let run = Import()
        try run.run(text)
        #expect(run.progress.count <= 2 + Int(run.report.seconds * 10))
        #expect(
            run.progress.last == IngestProgress(rows: 200_000, bytesRead: text.utf8.count, totalBytes: text.utf8.count))
        #expect(zip(run.progress, run.progress.dropFirst()).allSatisfy { $0.bytesRead <= $1.bytesRead })
    }

    @Test("a cancelled task stops between two batches")
    func stopsWhenCancelled() async throws {
        let text = "user,item\n" + String(repeating: "u,i1\n", count: 20_000)
        let task = Task { () -> IngestionError? in
            try? await Task.sleep(for: .seconds(60))  // until it is cancelled
            do {
                try Import().run(text)
                return nil
            } catch { return error as? IngestionError }
        }
        task.cancel()
        #expect(await task.value == .interrupted)
    }
}
