// SPDX-License-Identifier: Apache-2.0

import DPAccounting
import Discreet
import Foundation
import GRDB
import Ingestion
import Records
import Storage
import TestSupport
import Testing

/// `count items --continual`, through the facade.
struct ContinualTests {
    private static let one = EpsilonAmount(1, rounding: .up)

    private func request(_ mechanism: CountRequest.Mechanism? = nil, reference: String? = nil) -> StreamRequest {
        StreamRequest(mechanism: mechanism, reference: reference)
    }

    @Test("a stream is paid once, by everyone when they come", arguments: CountRequest.Mechanism.allCases)
    func aStreamIsPaidOnce(mechanism: CountRequest.Mechanism) async throws {
        let demo = try await DemoDirectory()
        let user = try demo.someUser
        var request = StreamRequest(mechanism: mechanism, epsilon: Self.one, periods: 4)
        for period in 1...2 {
            let report = try await demo.engine.countContinually(request)
            #expect(report.stream?.period == period && report.stream?.periods == 4)
            #expect(report.counts.count == 60 && report.privacy.epsilon <= Self.one)
            #expect(report.privacy.epsilon.value > 0.99)
        }
        let newcomer = demo.home.appendingPathComponent("new.csv")
        let item = try String(contentsOfFile: demo.events, encoding: .utf8)
            .split(whereSeparator: \.isNewline)[1].split(separator: ",")[1]
        try Data("user,item\nnew-user,\(item)\n".utf8).write(to: newcomer)
        #expect(try await demo.engine.ingest([newcomer.path]).accepted == 1)
        request = self.request()
        for period in 3...4 {
            #expect(try await demo.engine.countContinually(request).stream?.period == period)
        }
        for name in [user, "new-user"] {
            let budget = try await demo.engine.budget(of: name)
            #expect(budget.charges.map(\.kind) == ["count items continually"])
            #expect(budget.spent.epsilon <= Self.one && budget.spent.epsilon > .zero)
        }
        let after = await #expect(throws: DiscreetError.self) { try await demo.engine.countContinually(request) }
        #expect(after?.code == .refused)
        #expect(try await demo.engine.verify().ok)
        #expect(try await demo.engine.verifyBudget().ok)
        // Nothing of its members is left.
        #expect(try rows(demo) == 0)
    }

    private func rows(_ demo: DemoDirectory) throws -> Int {
        let file = try DatabaseQueue(path: demo.location.directory.appendingPathComponent("vault.sqlite").path)
        defer { try? file.close() }
        return try file.read { try Int.fetchOne($0, sql: "SELECT count(*) FROM stream_parts") ?? -1 }
    }

    @Test("the same reference reads the same period again")
    func aReferenceClosesOnePeriod() async throws {
        let demo = try await DemoDirectory(users: 40)
        let first = try await demo.engine.countContinually(
            StreamRequest(epsilon: Self.one, periods: 8, reference: "monday"))
        let again = try await demo.engine.countContinually(request(reference: "monday"))
        #expect(again.counts.map(\.count) == first.counts.map(\.count))
        #expect(again.stream?.period == 1 && again.certificate == first.certificate)
        #expect(try await demo.engine.countContinually(request(reference: "tuesday")).stream?.period == 2)
    }

    @Test("a stream goes on as it was opened, under its own name")
    func aStreamKeepsItsNumbers() async throws {
        let demo = try await DemoDirectory(users: 40)
        _ = try await demo.engine.countContinually(StreamRequest(epsilon: Self.one, maxItemsPerUser: 3, periods: 8))
        for other in [
            StreamRequest(epsilon: EpsilonAmount(2, rounding: .up)), StreamRequest(mechanism: .gaussian),
            StreamRequest(periods: 9), StreamRequest(maxItemsPerUser: 4),
        ] {
            let error = await #expect(throws: DiscreetError.self) { try await demo.engine.countContinually(other) }
            #expect(error?.code == .usage)
        }
        let second = try await demo.engine.countContinually(
            StreamRequest(name: "b", epsilon: Self.one, maxItemsPerUser: 3, periods: 8))
        #expect(second.stream?.period == 1)
        #expect(try await demo.engine.budget(of: try demo.someUser).charges.count == 2)
    }

    @Test("who is erased, or objects, counts for nothing more; who was erased is in no row")
    func whoLeavesIsOut() async throws {
        let demo = try await DemoDirectory(users: 40)
        _ = try await demo.engine.countContinually(StreamRequest(epsilon: Self.one, periods: 8))
        let before = try rows(demo)
        _ = try await demo.engine.erase([try demo.someUser])
        #expect(try rows(demo) == before - 1)
        #expect(try await demo.engine.countContinually(request()).stream?.period == 2)
        #expect(try rows(demo) == before - 1)
        #expect(try await demo.engine.verify().ok)
    }

    @Test("an older vault than the ledger is refused; the stream can be ended")
    func anOlderVaultIsRefused() async throws {
        let demo = try await DemoDirectory(users: 40)
        let request = StreamRequest(epsilon: Self.one, periods: 8)
        for _ in 1...2 { _ = try await demo.engine.countContinually(request) }
        let file = try DatabaseQueue(path: demo.location.directory.appendingPathComponent("vault.sqlite").path)
        try await file.write { try $0.execute(sql: "UPDATE streams SET closed = 1") }
        try file.close()
        let error = await #expect(throws: DiscreetError.self) { try await demo.engine.countContinually(request) }
        #expect(error?.code == .verificationFailed)
        try await demo.engine.endStream(named: "items")
        #expect(try rows(demo) == 0)
        let after = await #expect(throws: DiscreetError.self) { try await demo.engine.countContinually(request) }
        #expect(after?.code == .refused)
    }

    @Test("an older ledger than the vault is refused: no period is released twice")
    func anOlderLedgerIsRefused() async throws {
        let demo = try await DemoDirectory(users: 40)
        let request = StreamRequest(epsilon: Self.one, periods: 8)
        _ = try await demo.engine.countContinually(request)
        let copy = demo.home.appendingPathComponent("ledger.copy").path
        let ledger = demo.location.directory.appendingPathComponent("ledger.sqlite").path
        let file = try DatabaseQueue(path: ledger)
        try await file.vacuum(into: copy)
        try file.close()
        _ = try await demo.engine.countContinually(request)
        let (older, newer) = (try DatabaseQueue(path: copy), try DatabaseQueue(path: ledger))
        try older.backup(to: newer)
        try newer.close()
        let error = await #expect(throws: DiscreetError.self) { try await demo.engine.countContinually(request) }
        #expect(error?.code == .verificationFailed)
    }

    @Test("one process at a time closes a stream's period or ends it; another stream goes on meanwhile")
    func aStreamIsOneProcessesAtATime() async throws {
        let demo = try await DemoDirectory(users: 40)
        _ = try await demo.engine.countContinually(StreamRequest(epsilon: Self.one, periods: 8))
        let locks = demo.location.directory.appendingPathComponent("locks").path
        let name = try #require(
            try FileManager.default.contentsOfDirectory(atPath: locks).first { $0.hasPrefix("stream-") })
        let lock = try #require(try DirectoryLock.take(name, in: demo.location.directory))
        let closing = await #expect(throws: DiscreetError.self) {
            try await demo.engine.countContinually(request())
        }
        #expect(closing?.code == .busy)
        await #expect(throws: DiscreetError.self) { try await demo.engine.endStream(named: "items") }
        #expect(
            try await demo.engine.countContinually(StreamRequest(name: "b", epsilon: Self.one)).stream?.period == 1)
        withExtendedLifetime(lock) {}
    }

    @Test("bad numbers are refused before anything is charged")
    func badNumbersAreRefused() async throws {
        let demo = try await DemoDirectory(users: 40)
        for (bad, code) in [
            (StreamRequest(epsilon: .zero), DiscreetError.Code.usage), (StreamRequest(name: ""), .usage),
            (StreamRequest(delta: DeltaAmount(1e-6, rounding: .down)), .usage), (StreamRequest(periods: 0), .usage),
            (StreamRequest(mechanism: .gaussian, periods: 1 << 11), .usage),
            (StreamRequest(maxItemsPerUser: 0), .usage),
            (StreamRequest(epsilon: EpsilonAmount(100, rounding: .up)), .refused),
        ] {
            let error = await #expect(throws: DiscreetError.self) { try await demo.engine.countContinually(bad) }
            #expect(error?.code == code, "\(bad)")
        }
        #expect(try await demo.engine.budget(of: try demo.someUser).charges.isEmpty)
    }
}
