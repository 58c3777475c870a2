// SPDX-License-Identifier: Apache-2.0

import DPAccounting
import Foundation
import Ingestion
import Interactions
import Policies
import Records
import TestSupport
import Testing
import Vault

@testable import Discreet

/// `catalogue discover`, through the facade.
///
/// δ is 1e-9 a key at most, so that an item of one user is named once in 10⁹ runs. An item of 60 users is certain to be found: with
/// ε = 4 a key and δ ≥ 2.5e-10 the keeping table ends before 20.
struct DiscoverTests {
    private static let secret = "the-diary-of-user-zero"
    private static let four = EpsilonAmount(4, rounding: .up)
    private static let request = DiscoverRequest(
        epsilon: four, delta: DeltaAmount(1e-9, rounding: .down), maxItemsPerUser: 1)

    /// 60 people have `popular` pending, one has only the secret; some have events of known items beside.
    private struct Scene {
        let folder: TemporaryDirectory
        let demo: DemoDirectory
        let rows: String

        init(_ popular: String = "popular", ingest: Bool = true) async throws {
            folder = try TemporaryDirectory()
            let policy = folder.file("pending.yaml")
            try Data(
                try #require(Policy.shipped("gdpr")).replacingOccurrences(
                    of: "unknownItems: reject", with: "unknownItems: pending"
                ).utf8
            ).write(to: policy)
            demo = try await DemoDirectory(policy: policy.path, users: 20, ingest: ingest)
            rows = folder.file("rows.csv").path
            var text = "user,item,value,time\nzero,\(DiscoverTests.secret),1,1\n"
            for user in 0..<60 { text += "fan-\(user),\(popular),4,\(100 + user)\n" }
            try Data(text.utf8).write(to: URL(fileURLWithPath: rows))
            if ingest { #expect(try await demo.engine.ingest([rows]).pending == 61) }
        }

        func items(_ user: String, in engine: Engine? = nil) async throws -> [String] {
            try await (engine ?? demo.engine).access(user).events.map { $0.item + ($0.pending ? "?" : "") }
        }
    }

    @Test("names what many have and not what one has, once paid for; the events move, and nothing else is told")
    func names() async throws {
        let scene = try await Scene()
        let engine = scene.demo.engine
        #expect(try await engine.ingest([scene.rows]).duplicates == 61)
        let before = try await engine.status().items
        let report = try await engine.discoverItems(Self.request)
        #expect(report.items == ["popular"] && report.privacy.epsilon == Self.four)
        #expect(try await engine.status().items == before + 1)
        #expect(try await scene.items("fan-7") == ["popular"])
        #expect(try await scene.items("zero") == [Self.secret + "?"])
        let again = try await engine.ingest([scene.rows])
        #expect(again.duplicates == 61 && again.accepted == 0 && again.pending == 0)
        let charges = try await engine.budget(of: "zero").charges
        #expect(charges.map(\.kind) == ["discover items"] && charges[0].privacy.epsilon == Self.four)
        let kept = try #require(try await engine.releases().first { $0.kind == "discover items" })
        #expect(try await engine.release(kept.key).items == ["popular"])
        #expect(try await engine.verify().ok)
        #expect(try await engine.verifyBudget().ok)
        for file in try scene.demo.files() {
            #expect(file.bytes.range(of: Data(Self.secret.utf8)) == nil, "\(file.name)")
        }
        // A count sees the new item as any other.
        let counts = try await engine.countItems(CountRequest(epsilon: EpsilonAmount(1, rounding: .down)))
        #expect(counts.counts.last?.item == "popular")
        // Nothing is left to find, and that is a release like any other.
        let last = try await engine.discoverItems(DiscoverRequest(epsilon: EpsilonAmount(0.5, rounding: .up)))
        #expect(last.items.isEmpty)
    }

    @Test("under a reference what was found is read again for free; another run under it is refused")
    func reference() async throws {
        let scene = try await Scene("\u{E9}\u{1B}[31mx")
        let engine = scene.demo.engine
        var request = Self.request
        request.reference = "2026/w1"
        let first = try await engine.discoverItems(request)
        #expect(first.items.count == 1)
        let again = try await engine.discoverItems(request)
        #expect(again.items == first.items && again.certificate == first.certificate)
        #expect(try await engine.budget(of: "zero").charges.count == 1)
        request.maxItemsPerUser = 2
        await #expect(throws: DiscreetError.self) { try await engine.discoverItems(request) }
    }

    @Test("is refused by public numbers alone: the lifetime, ε or δ that is none, more items than the policy's bound")
    func refused() async throws {
        let scene = try await Scene()
        let engine = scene.demo.engine
        let dear = await #expect(throws: DiscreetError.self) {
            try await engine.discoverItems(DiscoverRequest(epsilon: EpsilonAmount(7, rounding: .up)))
        }
        #expect(dear?.code == .refused)
        let delta = await #expect(throws: DiscreetError.self) {
            try await engine.discoverItems(DiscoverRequest(delta: DeltaAmount(1e-4, rounding: .up)))
        }
        #expect(delta?.code == .refused)
        for bad in [
            DiscoverRequest(epsilon: .zero), DiscoverRequest(epsilon: .infinity), DiscoverRequest(delta: .zero),
            DiscoverRequest(maxItemsPerUser: 513), DiscoverRequest(maxItemsPerUser: 0),
        ] {
            let error = await #expect(throws: DiscreetError.self) { try await engine.discoverItems(bad) }
            #expect(error?.code == .usage)
        }
        #expect(try await engine.budget(of: "zero").charges.isEmpty)
        // Whoever has spent it sits out: no refusal, and nothing is found any more.
        _ = try await engine.countItems(CountRequest(epsilon: EpsilonAmount(5.5, rounding: .down)))
        #expect(try await engine.discoverItems(Self.request).items.isEmpty)
        #expect(try await scene.items("fan-7") == ["popular?"])
    }

    @Test("whoever objected to statistics counts for nothing and pays nothing")
    func objection() async throws {
        let scene = try await Scene()
        for user in 0..<59 { _ = try await scene.demo.engine.record(.object, for: [.statistics], of: "fan-\(user)") }
        #expect(try await scene.demo.engine.discoverItems(Self.request).items.isEmpty)
        #expect(try await scene.demo.engine.budget(of: "fan-7").charges.isEmpty)
        #expect(try await scene.demo.engine.budget(of: "fan-59").charges.count == 1)
    }

    @Test("an erased user has nothing pending, and comes back with nothing")
    func erased() async throws {
        let scene = try await Scene()
        _ = try await scene.demo.engine.erase(["zero", "fan-1"])
        #expect(try await scene.demo.engine.ingest([scene.rows]).duplicates == 61)
        #expect(try await scene.demo.engine.discoverItems(Self.request).items == ["popular"])
        for user in ["fan-1", "zero"] { #expect(try await scene.items(user).isEmpty) }
        #expect(try await scene.demo.engine.verify().ok)
    }

    @Test("a later import brings the item, and its events move too")
    func imported() async throws {
        let scene = try await Scene()
        let file = scene.folder.file("more.csv")
        try Data("item,title\nelse,Else\n".utf8).write(to: file)
        _ = try await scene.demo.engine.importCatalogue(from: file.path)
        #expect(try await scene.items("zero") == [Self.secret + "?"])
        try Data("item,title\n\(Self.secret),A diary\n".utf8).write(to: file)
        _ = try await scene.demo.engine.importCatalogue(from: file.path)
        #expect(try await scene.items("zero") == [Self.secret])
        #expect(try await scene.items("fan-7") == ["popular?"])
        #expect(try await scene.demo.engine.verify().ok)
    }

    @Test(
        "cut short after the release, the next open finishes: catalogue, log and histories agree, and nobody pays twice"
    )
    func cutAfterRelease() async throws {
        let scene = try await Scene()
        let found = try await scene.demo.engine.selectItems(Self.request).items
        #expect(found == ["popular"])
        #expect(try await scene.items("fan-7") == ["popular?"])
        for _ in 0..<2 {
            let engine = try Engine(opening: scene.demo.location)
            #expect(try await scene.items("fan-7", in: engine) == ["popular"])
            #expect(try await engine.budget(of: "fan-7").charges.count == 1)
            #expect(try await engine.verify().ok)
        }
    }

    @Test("cut short after the log's entry, or over a vault put back from before: the next open finishes as well")
    func cutAfterLog() async throws {
        let scene = try await Scene()
        let names = ["vault.sqlite", "vault.sqlite-wal", "vault.sqlite-shm"].map {
            scene.demo.location.directory.appendingPathComponent($0)
        }
        let before = names.map { try? Data(contentsOf: $0) }
        _ = try await scene.demo.engine.discoverItems(Self.request)
        for (name, bytes) in zip(names, before) {
            try? FileManager.default.removeItem(at: name)
            if let bytes {
                #expect(
                    FileManager.default.createFile(
                        atPath: name.path, contents: bytes, attributes: [.posixPermissions: 0o600]))
            }
        }
        let engine = try Engine(opening: scene.demo.location)
        #expect(try await scene.items("fan-7", in: engine) == ["popular"])
        #expect(try await engine.verify().ok)
    }

    @Test("over a catalogue that the log does not know nothing is put behind it")
    func foreignCatalogue() async throws {
        let scene = try await Scene()
        _ = try await scene.demo.engine.selectItems(Self.request)
        let vault = await scene.demo.engine.vault
        _ = try vault.importCatalogue([CatalogueItem(id: "by another hand")])
        let engine = try Engine(opening: scene.demo.location)
        #expect(try await scene.items("fan-7", in: engine) == ["popular?"])
        #expect(try await !engine.verify().ok)
        // The import that brings the log up to date ends it.
        let file = scene.folder.file("more.csv")
        try Data("item,title\nelse,Else\n".utf8).write(to: file)
        _ = try await engine.importCatalogue(from: file.path)
        let next = try Engine(opening: scene.demo.location)
        #expect(try await scene.items("fan-7", in: next) == ["popular"])
        #expect(try await next.verify().ok)
    }

    @Test("a directory of the local model has nothing pending, and none becomes one under such a policy")
    func local() async throws {
        let scene = try await Scene(ingest: false)
        let error = await #expect(throws: DiscreetError.self) {
            try await scene.demo.engine.ingestLocally([scene.rows], epsilon: Self.four)
        }
        #expect(error?.code == .refused && error?.description.contains("pending") == true)
        let demo = try await DemoDirectory(users: 20, ingest: false)
        _ = try await demo.engine.ingestLocally([demo.events], epsilon: Self.four)
        let refused = await #expect(throws: DiscreetError.self) { try await demo.engine.discoverItems(Self.request) }
        #expect(refused?.code == .refused)
    }
}
