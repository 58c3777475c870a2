// SPDX-License-Identifier: Apache-2.0

import Cryptography
import Foundation
import Interactions
import Policies
import TestSupport
import Testing
import Vault

@testable import Ingestion

/// From a file to sealed histories.
struct VaultImportTests {
    private let folder: TemporaryDirectory
    private let vault: Vault
    private let policy: Policy
    private let data: SyntheticData

    init() throws {
        folder = try TemporaryDirectory()
        let key = SystemRandom.bytes(32)
        let directory = folder.file("data")
        try Vault.create(
            in: directory, directoryID: "feedfeedfeedfeed", isPublicData: false, master: MasterKey(bytes: key))
        vault = try Vault(opening: directory, directoryID: "feedfeedfeedfeed", master: MasterKey(bytes: key))
        policy = try Policy(yaml: try #require(Policy.shipped("gdpr")), file: "gdpr.yaml")
        data = try SyntheticData.generate(users: 60, items: 40, seed: 5)
        try data.write(to: folder.file("in"))
        let items = try CatalogueReader.read(.file(folder.file("in/items.csv")))
        #expect(items == data.items)
        _ = try vault.importCatalogue(items)
    }

    @Test("seals every event, in batches as in one, and the same file again changes nothing", arguments: [7, 500_000])
    func sealsEveryEvent(batchRows: Int) throws {
        let source = InputSource.file(folder.file("in/events.csv"))
        let options = IngestOptions(batchRows: batchRows)
        let first = try ingest([source], options: options, into: vault, policy: policy)
        #expect(first.read == data.events.count && first.accepted == data.events.count)
        #expect(first.duplicates == 0 && first.rejected == 0)
        for (user, events) in Dictionary(grouping: data.events, by: \.user) {
            let history = History(events.map { Interaction(item: $0.item, value: $0.value, time: $0.time) })
            #expect(try vault.history(of: vault.pseudonym(of: user)) == history)
        }
        let second = try ingest([source], options: options, into: vault, policy: policy)
        #expect(second.accepted == 0 && second.duplicates == data.events.count)
    }

    @Test("drops the events of an erased user as duplicates")
    func dropsErased() throws {
        let source = InputSource.file(folder.file("in/events.csv"))
        _ = try ingest([source], options: IngestOptions(), into: vault, policy: policy)
        let user = data.events[0].user
        let intent = try vault.beginErasure(of: user)
        try vault.destroyKey(intent)
        try vault.deleteRows(intent)
        try vault.markErased(intent)
        let again = try ingest([source], options: IngestOptions(), into: vault, policy: policy)
        #expect(again.accepted == 0 && again.duplicates == data.events.count)
        #expect(try vault.history(of: vault.pseudonym(of: user)).isEmpty)
    }

    @Test("leaves no user id in clear in any file of the directory")
    func leavesNothingInClear() throws {
        _ = try ingest(
            [.file(folder.file("in/events.csv"))], options: IngestOptions(batchRows: 50), into: vault, policy: policy)
        let needle = Data("user-".utf8)
        let directory = folder.file("data")
        let names = try FileManager.default.subpathsOfDirectory(atPath: directory.path)
        #expect(names.contains("vault.sqlite"))
        for name in names {
            let place = directory.appendingPathComponent(name)
            if let bytes = try? Data(contentsOf: place) { #expect(bytes.range(of: needle) == nil, "\(name)") }
        }
    }

    @Test("under strict seals nothing of a file with a bad row")
    func strictSealsNothing() throws {
        let text = "user,item\nalice,\(data.items[0].id)\nalice,nothing\n"
        #expect(throws: IngestionError.self) {
            try ingest(
                [.bytes(Array(text.utf8), name: "bad.csv")], options: IngestOptions(strict: true, batchRows: 1),
                into: vault,
                policy: policy)
        }
        #expect(try vault.history(of: vault.pseudonym(of: "alice")).isEmpty)
    }

    @Test("takes no event where every purpose waits for a consent")
    func needsBasis() throws {
        let lines = try #require(Policy.shipped("gdpr")).split(separator: "\n", omittingEmptySubsequences: false).map {
            line in
            ["serve:", "train:", "statistics:", "attributes:"].contains { line.hasPrefix("  " + $0) }
                ? line.prefix { $0 != ":" } + ": consent" : line
        }
        let strict = try Policy(yaml: lines.joined(separator: "\n"), file: "strict.yaml")
        try #require(Set(strict.bases.values) == [.consent])
        let report = try ingest(
            [.file(folder.file("in/events.csv"))], options: IngestOptions(), into: vault, policy: strict)
        #expect(report.rejectedBy["no-basis"] == data.events.count && report.accepted == 0)
    }

    @Test("under a policy by consent keeps those who consented, and asks of each event")
    func basisPerUser() throws {
        let strict = try Policy(yaml: try #require(Policy.shipped("strict")), file: "strict.yaml")
        let item = data.items[0].id
        func take(_ policy: Policy) throws -> IngestReport {
            let text = "user,item,time\nalice,\(item),1\nbob,\(item),1\nalice,\(item),2\ncarol,\(item),1\n"
            return try ingest(
                [.bytes(Array(text.utf8), name: "e.csv")], options: IngestOptions(batchRows: 2), into: vault,
                policy: policy)
        }
        try vault.setPreference(of: vault.pseudonym(of: "alice"), purpose: .train, .consent)
        try vault.setPreference(of: vault.pseudonym(of: "carol"), purpose: .train, .restrict)
        let first = try take(strict)
        #expect(first.accepted == 2 && first.rejected == 2 && first.rejectedBy["no-basis"] == 2)
        #expect(try vault.history(of: vault.pseudonym(of: "bob")).isEmpty)
        // Under gdpr, `serve` rests on contract: only who objects to all is left out.
        for purpose in Purpose.allCases {
            try vault.setPreference(of: vault.pseudonym(of: "bob"), purpose: purpose, .object)
        }
        let second = try take(policy)
        #expect(second.accepted == 1 && second.duplicates == 2 && second.rejectedBy["no-basis"] == 1)
    }
}
