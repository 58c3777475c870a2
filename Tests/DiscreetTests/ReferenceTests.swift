// SPDX-License-Identifier: Apache-2.0

import Discreet
import Foundation
import GRDB
import Ingestion
import Interactions
import Testing

/// `ingest --reference` and `--consent`, through the facade.
struct ReferenceTests {
    @Test("the same reference with the same content is nothing to do, with other content refused")
    func reference() async throws {
        let demo = try await DemoDirectory(ingest: false)
        let first = try await demo.engine.ingest([demo.events], reference: "2026/w1")
        #expect(first.accepted > 0 && first.alreadyIngested == false && first.reference == "2026/w1")
        let again = try await demo.engine.ingest([demo.events], reference: "2026/w1")
        #expect(again.alreadyIngested == true && again.read == 0)
        let user = try demo.someUser
        let other = demo.home.appendingPathComponent("other.csv")
        try Data("user,item\n\(user),nothing\n".utf8).write(to: other)
        let error = await #expect(throws: DiscreetError.self) {
            try await demo.engine.ingest([other.path], reference: "2026/w1")
        }
        #expect(error?.code == .exists && error?.code.exitCode == 73)
        #expect(error?.description.contains(user) == false)
        for bad in ["", "a b", "é", String(repeating: "x", count: 129)] {
            let error = await #expect(throws: DiscreetError.self) {
                try await demo.engine.ingest([demo.events], reference: bad)
            }
            #expect(error?.code == .usage)
        }
        let stream = await #expect(throws: DiscreetError.self) { try await demo.engine.ingest(["-"], reference: "s") }
        #expect(stream?.code == .usage)
        #expect(try await demo.engine.verify().ok)
    }

    @Test("a reference that was begun and not finished goes on, also from the compressed file")
    func goesOn() async throws {
        let demo = try await DemoDirectory(ingest: false)
        let broken = demo.home.appendingPathComponent("events.csv.gz")
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/bin/sh")
        process.arguments = ["-c", "gzip -c '\(demo.events)' > '\(broken.path)'"]
        try process.run()
        process.waitUntilExit()
        // Strict with an item that is not there: begun, then stopped by the bad row.
        let bad = demo.home.appendingPathComponent("bad.csv").path
        try Data("user,item\nu,nothing\n".utf8).write(to: URL(fileURLWithPath: bad))
        for _ in 0..<2 {
            let error = await #expect(throws: DiscreetError.self) {
                try await demo.engine.ingest([bad], reference: "r", options: IngestOptions(strict: true))
            }
            #expect(error?.code == .badData)
        }
        #expect(try await demo.engine.ingest([bad], reference: "r").rejected == 1)
        #expect(try await demo.engine.ingest([bad], reference: "r").alreadyIngested == true)
        #expect(try await demo.engine.ingest([broken.path], reference: "g").accepted > 0)
        #expect(try await demo.engine.ingest([demo.events], reference: "g").alreadyIngested == true)
    }

    @Test("a reference stays open while rows are left out for a damaged record, and ends when they are in")
    func damagedRecordKeepsItOpen() async throws {
        let demo = try await DemoDirectory()
        let queue = try DatabaseQueue(path: demo.location.directory.appendingPathComponent("vault.sqlite").path)
        try await queue.write { database in
            try database.execute(sql: "CREATE TEMP TABLE kept AS SELECT * FROM heads LIMIT 1")
            try database.execute(
                sql: "UPDATE heads SET sealed = zeroblob(length(sealed)) WHERE pseudonym = (SELECT pseudonym FROM kept)"
            )
        }
        for _ in 0..<2 {
            let report = try await demo.engine.ingest([demo.events], reference: "r")
            #expect(report.damaged > 0 && report.alreadyIngested == false)
        }
        try await queue.write { database in
            try database.execute(
                sql:
                    "UPDATE heads SET sealed = (SELECT sealed FROM kept) WHERE pseudonym = (SELECT pseudonym FROM kept)"
            )
        }
        #expect(try await demo.engine.ingest([demo.events], reference: "r").damaged == 0)
        #expect(try await demo.engine.ingest([demo.events], reference: "r").alreadyIngested == true)
    }

    @Test("a file that changes while it is read is told, and its reference vouches for nothing")
    func changedMeanwhile() async throws {
        let demo = try await DemoDirectory(ingest: false)
        let file = demo.home.appendingPathComponent("growing.csv")
        try Data("user,item\nu,nothing\n".utf8).write(to: file)
        let error = await #expect(throws: DiscreetError.self) {
            try await demo.engine.ingest(
                [file.path], reference: "r",
                onReject: { _ in try? Data("user,item\nu,nothing\nv,nothing\n".utf8).write(to: file) })
        }
        #expect(error?.code == .badData && error?.description.contains("changed") == true)
        // As it is now it needs a name of its own.
        let other = await #expect(throws: DiscreetError.self) {
            try await demo.engine.ingest([file.path], reference: "r")
        }
        #expect(other?.code == .exists)
        #expect(try await demo.engine.ingest([file.path], reference: "s").rejected == 2)
    }

    @Test("a withdrawal dated by day counts for all of that day; no consent is taken from the future")
    func daysAndFuture() async throws {
        let demo = try await DemoDirectory(ingest: false)
        let file = demo.home.appendingPathComponent("c.csv")
        func record(_ word: String, _ time: String) async throws -> Int {
            try Data("user,purpose,granted,time,proof\nalice,train,\(word),\(time),p\n".utf8).write(to: file)
            return try await changes(demo, file)
        }
        #expect(try await record("true", "2024-02-01T09:00:00Z") == 1)
        #expect(try await record("false", "2024-02-01") == 1)
        #expect(try await record("true", "2024-02-01T23:59:59Z") == 0)
        #expect(try await record("true", "2024-02-02") == 1)
        #expect(try await record("false", "2024-02-01") == 0)
        let now = Int64(Date().timeIntervalSince1970)
        for time in ["2999-01-01", "\(now + 90_000)"] {
            await #expect {
                _ = try await record("true", time)
            } throws: { error in
                (error as? DiscreetError)?.code == .badData && "\(error)".contains("ahead") && "\(error)".contains(":2")
            }
        }
        // Clocks and zones differ; and who withdraws ahead of time has withdrawn.
        #expect(try await record("true", "\(now + 3600)") == 1)
        #expect(try await record("false", "\(now - 3600)") == 1)
        #expect(try await record("true", "\(now)") == 1)
        #expect(try await record("false", "2999-01-01") == 1)
    }

    @Test("under the strict policy, consents come first; the latest wins, whichever way they come")
    func consents() async throws {
        let demo = try await DemoDirectory(policy: "strict", ingest: false)
        let none = try await demo.engine.ingest([demo.events])
        #expect(none.accepted == 0 && none.rejectedBy["no-basis"] == none.read)
        let user = try demo.someUser
        func record(_ rows: String) async throws -> Int {
            let file = demo.home.appendingPathComponent("consents.csv")
            try Data("user,purpose,granted,time,proof\n\(rows)".utf8).write(to: file)
            return try await changes(demo, file)
        }
        let rows = "\(user),train,false,2026-01-01,form-1\n\(user),train,true,2026-02-01,form-2\n"
        #expect(try await record(rows) == 1)
        #expect(try await record(rows) == 0)
        let some = try await demo.engine.ingest([demo.events])
        #expect(some.accepted > 0 && some.rejectedBy["no-basis"] == some.read - some.accepted)
        // Older is passed over; of one time the withdrawal counts; then only a later consent does.
        #expect(try await record("\(user),train,false,2026-01-15,form-3\n") == 0)
        #expect(try await record("\(user),train,false,2026-02-01,form-3\n") == 1)
        #expect(try await record("\(user),train,true,2026-02-01,form-2\n") == 0)
        #expect(try await demo.engine.ingest([demo.events]).rejectedBy["no-basis"] == some.read)
        // Nothing of it is in clear.
        for file in try demo.files() {
            for needle in ["form-1", "form-2", "form-3", user] {
                #expect(file.bytes.range(of: Data(needle.utf8)) == nil, "\(file.name)")
            }
        }
    }

    /// Takes in a file of consents, and says how many rows of `preferences` are new or other than before. What the report says tells
    /// nothing of that: it would tell who was erased.
    private func changes(_ demo: DemoDirectory, _ file: URL) async throws -> Int {
        func rows() throws -> Set<[String]> {
            let queue = try DatabaseQueue(path: demo.location.directory.appendingPathComponent("vault.sqlite").path)
            let sql = "SELECT hex(pseudonym), purpose, preference, COALESCE(hex(evidence), '') FROM preferences"
            return try queue.read { database in
                Set(try Row.fetchAll(database, sql: sql).map { row in (0..<4).map { row[$0] as String } })
            }
        }
        let before = try rows()
        let report = try await demo.engine.recordConsents(from: file.path)
        #expect(report.recorded == 1 && report.damaged == 0)
        return try rows().subtracting(before).count
    }

    @Test("a word given by hand that forbids stays until it is taken back by hand")
    func byHand() async throws {
        let demo = try await DemoDirectory(ingest: false)
        _ = try await demo.engine.record(.restrict, for: [.train], of: "alice")
        let file = demo.home.appendingPathComponent("c.csv")
        try Data("user,purpose,granted,time,proof\nalice,train,yes,9,p\n".utf8).write(to: file)
        #expect(try await changes(demo, file) == 0)
        _ = try await demo.engine.record(.consent, for: [.train], of: "alice")
        #expect(try await changes(demo, file) == 1)
    }

    @Test(
        "a consent file is right as a whole, or nothing of it counts",
        arguments: [
            "bob,sell,true,1,p", "bob,train,maybe,1,p", "bob,train,true,never,p", "bob,train,true,1,",
            "bob,train,true,1",
            ",train,true,1,p", "\"bob\"x,train,true,1,p",
        ])
    func badConsents(row: String) async throws {
        let demo = try await DemoDirectory(ingest: false)
        let file = demo.home.appendingPathComponent("c.csv")
        try Data("user,purpose,granted,time,proof\nalice,train,true,1,p\n\(row)\n".utf8).write(to: file)
        let error = await #expect(throws: DiscreetError.self) { try await demo.engine.recordConsents(from: file.path) }
        #expect(error?.code == .badData && error?.description.contains(":3") == true)
        #expect(error?.description.contains("bob") == false && error?.description.contains("maybe") == false)
    }
}
