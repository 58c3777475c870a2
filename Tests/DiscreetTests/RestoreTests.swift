// SPDX-License-Identifier: Apache-2.0

import DPAccounting
import Discreet
import Foundation
import GRDB
import Ingestion
import Interactions
import Records
import TestSupport
import Testing

/// A backup is put back: erased stays erased, verify says what differs, and the operator can say in the log that it happened.
struct RestoreTests {
    private static let half = EpsilonAmount(decimal: "0.5", rounding: .up)
    private static let vaultFiles = ["vault.sqlite", "keys.sqlite"]

    /// Copies of files as they are now, beside the directory.
    private func backUp(_ demo: DemoDirectory, _ files: [String], as name: String = "backup") throws {
        for file in files { try copy(place(demo, file), to: demo.home.appendingPathComponent("\(name)-\(file)")) }
    }

    private func putBack(_ demo: DemoDirectory, _ files: [String], from name: String = "backup") throws {
        for file in files { try copy(demo.home.appendingPathComponent("\(name)-\(file)"), to: place(demo, file)) }
    }

    private func copy(_ source: URL, to target: URL) throws {
        try DatabaseQueue(path: source.path).backup(to: DatabaseQueue(path: target.path))
    }

    private func place(_ demo: DemoDirectory, _ file: String) -> URL {
        demo.location.directory.appendingPathComponent(file)
    }

    private func people(_ demo: DemoDirectory) throws -> [String] {
        let text = try String(contentsOfFile: demo.events, encoding: .utf8)
        let users = text.split(whereSeparator: \.isNewline).dropFirst().map { String($0.prefix { $0 != "," }) }
        return Array(Set(users)).sorted()
    }

    private func failed(_ engine: Engine) async throws -> [String] {
        try await engine.verify().checks.filter { !$0.ok }.map(\.name)
    }

    private func rows(_ demo: DemoDirectory, _ file: String, _ table: String) throws -> Int {
        try DatabaseQueue(path: place(demo, file).path).read {
            try Int.fetchOne($0, sql: "SELECT count(*) FROM \(table)")
        }
            ?? 0
    }

    @Test("an older vault under today's ledger: who was erased is erased again, and the restore can be acknowledged")
    func olderVault() async throws {
        let demo = try await DemoDirectory()
        let users = try people(demo)
        _ = try await demo.engine.record(.object, for: [.train], of: users[0])
        try backUp(demo, Self.vaultFiles)
        _ = try await demo.engine.erase([users[1]])
        _ = try await demo.engine.record(.object, for: [.train], of: users[2])
        _ = try await demo.engine.record(.consent, for: [.serve], of: users[3])
        try backUp(demo, Self.vaultFiles, as: "newest")

        try putBack(demo, Self.vaultFiles)
        let engine = try Engine(opening: demo.location)
        // Opening has erased once more.
        #expect(try rows(demo, "vault.sqlite", "heads") == users.count - 1)
        #expect(try rows(demo, "keys.sqlite", "keys") == users.count - 1)
        #expect(try await failed(engine) == ["preferences"])
        await #expect { _ = try await engine.countItems(CountRequest(epsilon: Self.half)) } throws: {
            ($0 as? DiscreetError)?.code == .verificationFailed && "\($0)".contains("discreet restored")
        }
        // A word over the older file says an older number: found, until it is acknowledged.
        // Nothing is computed over it, either, however many follow.
        for user in users[4..<9] {
            _ = try await engine.record(.restrict, for: [.train], of: user)
            #expect(try await failed(engine) == ["preferences"])
            await #expect { _ = try await engine.countItems(CountRequest(epsilon: Self.half)) } throws: {
                ($0 as? DiscreetError)?.code == .verificationFailed
            }
        }

        let report = try await engine.acknowledgeRestore()
        #expect(
            report.wordsAreOlder && report.loggedWords == 7 && report.foundWords == 7 && !report.catalogueIsOlder
                && report.receipts == 0)
        #expect(try await failed(engine) == [])
        let check = try await engine.verify().checks.first { $0.name == "restores" }
        #expect(check?.detail.contains("entry \(report.logIndex)") == true)
        _ = try await engine.countItems(CountRequest(epsilon: Self.half))
        // What is said from now on counts on, and what the erased person sent before stays out.
        _ = try await engine.record(.object, for: [.train], of: users[2])
        #expect(try await failed(engine) == [])
        #expect(try await engine.ingest([demo.events]).accepted == 0)
        #expect(try await failed(Engine(opening: demo.location)) == [])
        #expect(try rows(demo, "vault.sqlite", "heads") == users.count - 1)

        // The newest file from before the restore is none of today's any more.
        try putBack(demo, Self.vaultFiles, from: "newest")
        #expect(try await failed(Engine(opening: demo.location)) == ["preferences"])
    }

    @Test("the whole directory put back: the receipts bring back who was erased since")
    func wholeDirectory() async throws {
        let demo = try await DemoDirectory()
        let all = Self.vaultFiles + ["ledger.sqlite"]
        let users = try people(demo)
        _ = try await demo.engine.countItems(CountRequest(epsilon: Self.half))
        try backUp(demo, all)
        let head = try await demo.engine.logHead()
        let erased = try await demo.engine.erase([users[1], users[2], "never was"])
        let receipts = demo.home.appendingPathComponent("receipts.json")
        try Data(CanonicalJSON.bytes(erased.receipt)).write(to: receipts)
        let spent = try await demo.engine.budget(of: users[1]).spent

        try putBack(demo, all)
        let engine = try Engine(opening: demo.location)
        #expect(try rows(demo, "vault.sqlite", "heads") == users.count)
        let report = try await engine.acknowledgeRestore(receipts: [receipts])
        #expect(report.receipts == 3 && !report.wordsAreOlder && report.loggedWords == report.foundWords)
        #expect(try rows(demo, "vault.sqlite", "heads") == users.count - 2)
        #expect(try rows(demo, "keys.sqlite", "keys") == users.count - 2)
        #expect(try await failed(engine) == [])
        // Erased stays erased, and what was spent is with the tombstone.
        #expect(try await engine.ingest([demo.events]).accepted == 0)
        #expect(try await engine.budget(of: users[1]).spent.epsilon == spent.epsilon)
        // A head from before the backup still fits.
        let file = demo.home.appendingPathComponent("head.json")
        try Data(CanonicalJSON.bytes(head)).write(to: file)
        #expect(try await engine.verify(VerifyRequest(head: file)).ok)
    }

    /// Refuses every run, and `verify` says why.
    private func isFound(_ engine: Engine) async throws {
        #expect(try await failed(engine) == ["preferences"])
        await #expect { _ = try await engine.countItems(CountRequest(epsilon: Self.half)) } throws: {
            ($0 as? DiscreetError)?.code == .verificationFailed
        }
    }

    @Test(
        "consents over an older vault raise its number past the log's, and hide no lost objection",
        arguments: [true, false])
    func consentsOverOlder(isReopened: Bool) async throws {
        let demo = try await DemoDirectory()
        let users = try people(demo)
        try backUp(demo, Self.vaultFiles)
        for purpose in [Purpose.train, .statistics] {
            _ = try await demo.engine.record(.object, for: [purpose], of: users[0])
        }
        try putBack(demo, Self.vaultFiles)
        let engine = isReopened ? try Engine(opening: demo.location) : demo.engine
        try await isFound(engine)
        let file = demo.home.appendingPathComponent("consents.csv")
        let rows = users[1..<6].map { "\($0),train,yes,2026-01-02,p\n" }.joined()
        try Data("user,purpose,granted,time,proof\n\(rows)".utf8).write(to: file)
        #expect(try await engine.recordConsents(from: file.path).recorded == 5)
        try await isFound(engine)
        try await isFound(Engine(opening: demo.location))
        let report = try await engine.acknowledgeRestore()
        #expect(report.wordsAreOlder && report.loggedWords == 5 && report.foundWords == 5)
        #expect(try await failed(engine) == [])
        _ = try await engine.countItems(CountRequest(epsilon: Self.half))
    }

    @Test(
        "erasures over an older vault, of whomever, hide no lost objection, and the restore says that words are lost",
        arguments: [true, false])
    func erasuresOverOlder(isReopened: Bool) async throws {
        let demo = try await DemoDirectory()
        let users = try people(demo)
        try backUp(demo, Self.vaultFiles)
        for purpose in [Purpose.train, .statistics] {
            _ = try await demo.engine.record(.object, for: [purpose], of: users[0])
        }
        try putBack(demo, Self.vaultFiles)
        let engine = isReopened ? try Engine(opening: demo.location) : demo.engine
        for number in 0..<4 {
            _ = try await engine.erase(["never was \(number)"])
            try await isFound(engine)
        }
        try await isFound(Engine(opening: demo.location))
        #expect(try await engine.acknowledgeRestore().wordsAreOlder)
        #expect(try await failed(engine) == [])
    }

    @Test("a receipt that the log still holds erases nobody again who was readmitted since")
    func readmitted() async throws {
        let demo = try await DemoDirectory()
        let users = try people(demo)
        let receipts = demo.home.appendingPathComponent("receipts.json")
        try Data(CanonicalJSON.bytes(try await demo.engine.erase([users[1]]).receipt)).write(to: receipts)
        _ = try await demo.engine.readmit(users[1])
        #expect(try await demo.engine.ingest([demo.events]).accepted > 0)
        let report = try await demo.engine.acknowledgeRestore(receipts: [receipts])
        #expect(report.receipts == 1)
        #expect(try rows(demo, "vault.sqlite", "heads") == users.count)
        #expect(try rows(demo, "keys.sqlite", "keys") == users.count)
        #expect(try await demo.engine.ingest([demo.events]).accepted == 0)
        #expect(try await failed(demo.engine) == [])
    }

    @Test("receipts of another directory, and words of another hand, are acknowledged by nobody")
    func foreign() async throws {
        let (demo, other) = (try await DemoDirectory(), try await DemoDirectory())
        let receipts = demo.home.appendingPathComponent("receipts.json")
        try Data(CanonicalJSON.bytes(try await other.engine.erase([try other.someUser]).receipt)).write(to: receipts)
        await #expect { _ = try await demo.engine.acknowledgeRestore(receipts: [receipts]) } throws: {
            ($0 as? DiscreetError)?.code == .verificationFailed
        }
        _ = try await demo.engine.record(.object, for: [.train], of: try demo.someUser)
        let queue = try DatabaseQueue(path: place(demo, "vault.sqlite").path)
        try await queue.write { try $0.execute(sql: "DELETE FROM preferences") }
        try queue.close()
        await #expect { _ = try await demo.engine.acknowledgeRestore() } throws: { error in
            error is DiscreetError
        }
        #expect(try await failed(demo.engine) == ["vault preferences"])
    }

    @Test("content that was ingested under a reference is taken in again after a restore")
    func references() async throws {
        let demo = try await DemoDirectory(ingest: false)
        try backUp(demo, Self.vaultFiles)
        let first = try await demo.engine.ingest([demo.events], reference: "monday")
        try putBack(demo, Self.vaultFiles)
        let engine = try Engine(opening: demo.location)
        #expect(try await engine.ingest([demo.events], reference: "monday").alreadyIngested == true)
        _ = try await engine.acknowledgeRestore()
        let again = try await engine.ingest([demo.events], reference: "monday")
        #expect(again.alreadyIngested == false && again.accepted == first.accepted)
        #expect(try await engine.ingest([demo.events], reference: "monday").alreadyIngested == true)
    }
}
