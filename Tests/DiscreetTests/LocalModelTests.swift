// SPDX-License-Identifier: Apache-2.0

import DPAccounting
import Discreet
import Foundation
import Ingestion
import Records
import Storage
import Synchronization
import Testing

/// `ingest --local-epsilon`, through the facade.
struct LocalModelTests {
    private static let large = EpsilonAmount(30, rounding: .up)
    private static let five = EpsilonAmount(5, rounding: .up)

    @Test("what is sealed is one report a user, once for life, and counts are estimates from the reports")
    func reportsAreSealedAndCounted() async throws {
        let demo = try await DemoDirectory(users: 60, ingest: false)
        // ε so large that a report tells the item: what comes out can be compared with what went in.
        let first = try await demo.engine.ingestLocally([demo.events], epsilon: Self.large)
        #expect(first.accepted == 60 && first.read == first.accepted + first.duplicates)
        let again = try await demo.engine.ingestLocally([demo.events], epsilon: Self.large)
        #expect(again.accepted == 0 && again.duplicates == first.read)
        let report = try await demo.engine.countItems(CountRequest(epsilon: Self.five))
        // 60 users, one item each. A central noise of scale 1/5 on each of 64 indices, each with weight ±1 in an item: σ = 2.3 an item;
        // an item beyond 9σ has a chance below 1e-9 (a sum of Laplace noise, Bernstein).
        #expect(report.counts.count == 60)
        #expect(report.counts.allSatisfy { $0.count > -21 && $0.count < 60 })
        #expect(report.privacy.epsilon == Self.five)
        let notes = report.certificate["notes"]?.arrayValue?.compactMap(\.stringValue) ?? []
        #expect(notes.contains { $0.contains("Local model") && $0.contains("30") })
        #expect(try await demo.engine.verify().ok)
    }

    @Test("a path that is none makes no directory a local one")
    func aWrongPathIsNoDecision() async throws {
        let demo = try await DemoDirectory(users: 20, ingest: false)
        let error = await #expect(throws: DiscreetError.self) {
            try await demo.engine.ingestLocally([demo.events + ".none"], epsilon: Self.five)
        }
        #expect(error?.code != .refused)
        #expect(try await demo.engine.ingest([demo.events]).accepted > 0)
    }

    @Test("while events are ingested as they are, no directory is made a local one, nor the other way round")
    func modelsDoNotRace() async throws {
        let demo = try await DemoDirectory(users: 20, ingest: false)
        let directory = demo.location.directory
        do {
            let lock = try #require(try DirectoryLock.take("local", in: directory, shared: true))
            let error = await #expect(throws: DiscreetError.self) {
                try await demo.engine.ingestLocally([demo.events], epsilon: Self.five)
            }
            #expect(error?.code == .busy)
            #expect(try await demo.engine.ingest([demo.events]).accepted > 0)
            withExtendedLifetime(lock) {}
        }
        do {
            let lock = try #require(try DirectoryLock.take("local", in: directory))
            let error = await #expect(throws: DiscreetError.self) { try await demo.engine.ingest([demo.events]) }
            #expect(error?.code == .busy)
            withExtendedLifetime(lock) {}
        }
        // An ingest that lasts holds its place from the first row to the last.
        let slow = try await DemoDirectory(users: 20, ingest: false)
        let refused = SeenCode()
        _ = try await slow.engine.ingest(
            [slow.events],
            onProgress: { _ in
                refused.see((try? DirectoryLock.take("local", in: slow.location.directory)) == nil)
            })
        #expect(refused.all)
    }

    @Test("a directory is of one model for good, and of one ε")
    func aDirectoryIsOfOneModel() async throws {
        let demo = try await DemoDirectory(users: 20, ingest: false)
        _ = try await demo.engine.ingestLocally([demo.events], epsilon: Self.five)
        for refused in [
            await #expect(throws: DiscreetError.self) { try await demo.engine.ingest([demo.events]) },
            await #expect(throws: DiscreetError.self) {
                try await demo.engine.ingestLocally([demo.events], epsilon: Self.large)
            },
            await #expect(throws: DiscreetError.self) { try await demo.engine.train(TrainRequest(kind: "popularity")) },
            await #expect(throws: DiscreetError.self) { try await demo.engine.countContinually(StreamRequest()) },
        ] { #expect(refused?.code == .refused) }
        let raw = try await DemoDirectory(users: 20)
        let mixed = await #expect(throws: DiscreetError.self) {
            try await raw.engine.ingestLocally([raw.events], epsilon: Self.five)
        }
        #expect(mixed?.code == .refused)
        let bad = await #expect(throws: DiscreetError.self) {
            try await demo.engine.ingestLocally([demo.events], epsilon: .infinity)
        }
        #expect(bad?.code == .usage)
    }
}

/// Whether something held every time that it was looked at, and was looked at.
private final class SeenCode: Sendable {
    private let seen = Mutex<[Bool]>([])
    func see(_ value: Bool) { seen.withLock { $0.append(value) } }
    var all: Bool { seen.withLock { !$0.isEmpty && $0.allSatisfy(\.self) } }
}
