// SPDX-License-Identifier: Apache-2.0

import Cryptography
import Foundation
import Interactions
import Policies
import TestSupport
import Testing
import Vault

@testable import Ingestion

/// Rows of unknown items under a policy that keeps them pending.
struct PendingRowsTests {
    private let folder: TemporaryDirectory
    private let vault: Vault

    init() throws {
        folder = try TemporaryDirectory()
        let key = SystemRandom.bytes(32)
        let directory = folder.file("data")
        try Vault.create(
            in: directory, directoryID: "feedfeedfeedfeed", isPublicData: false, master: MasterKey(bytes: key))
        vault = try Vault(opening: directory, directoryID: "feedfeedfeedfeed", master: MasterKey(bytes: key))
        _ = try vault.importCatalogue(["i1", "i2"].map { CatalogueItem(id: $0) })
    }

    private func policy(_ name: String = "gdpr", keeping: String = "pending") throws -> Policy {
        let yaml = try #require(Policy.shipped(name)).replacingOccurrences(
            of: "unknownItems: reject", with: "unknownItems: \(keeping)")
        return try Policy(yaml: yaml, file: "p.yaml")
    }

    /// - Returns: The report, and `line field reason` of each rejected row.
    private func take(
        _ text: String, _ format: TableFormat = .csv, policy: Policy? = nil, strict: Bool = false,
        batchRows: Int = 1000, randomizer: (([UInt32]) throws -> Interaction)? = nil
    ) throws -> (report: IngestReport, rejected: [String]) {
        var rejected: [String] = []
        let report = try ingest(
            [.bytes(Array(text.utf8), name: "e")],
            options: IngestOptions(format: format, strict: strict, batchRows: batchRows), into: vault,
            policy: policy ?? self.policy(),
            onReject: { rejected.append("\($0.line) \($0.field) \($0.reason.rawValue)") }, randomizer: randomizer)
        #expect(
            report.read
                == report.accepted + report.duplicates + report.pending + report.rejected + report.damaged)
        return (report, rejected)
    }

    private func pending(_ user: String) throws -> [String] {
        try vault.storedEvents(of: vault.pseudonym(of: user)).pending.map { "\($0.item.text) \($0.value) \($0.time)" }
    }

    private static let rows =
        "user,item,value,time\nanna,i1,2,5\nanna,new,4,7\nbert,new,1,3\nbert,\u{E9}\u{1F600},1,4\n"

    @Test("are sealed in the user's record and counted; the same again is all duplicates", arguments: [1, 1000])
    func sealed(batchRows: Int) throws {
        let first = try take(Self.rows, batchRows: batchRows)
        #expect(first.report.accepted == 1 && first.report.pending == 3 && first.rejected.isEmpty)
        #expect(try pending("anna") == ["new 4.0 7"])
        #expect(try pending("bert") == ["new 1.0 3", "\u{E9}\u{1F600} 1.0 4"])
        let again = try take(Self.rows, batchRows: batchRows).report
        #expect(again.accepted == 0 && again.pending == 0 && again.duplicates == 4)
    }

    @Test("from JSON lines too")
    func json() throws {
        let lines = """
            {"user":"anna","item":"new","value":4,"time":7}
            {"user":"anna","item":12,"value":1,"time":8}
            {"user":"anna","item":"new","value":"x","time":7}
            """
        let taken = try take(lines, .jsonl)
        #expect(taken.report.pending == 2 && taken.rejected == ["3 value bad-number"])
        #expect(try pending("anna") == ["new 4.0 7", "12 1.0 8"])
    }

    @Test("are rejected under a policy that says so, and where reports of the local model are sealed")
    func rejected() throws {
        #expect(try take(Self.rows, policy: policy(keeping: "reject")).report.rejectedBy["unknown-item"] == 3)
        let local = try take("user,item\nzoe,new\nzoe,i1\n", randomizer: { _ in Interaction(item: 1) })
        #expect(local.report.rejectedBy["unknown-item"] == 1 && local.report.accepted == 1)
        #expect(try pending("anna").isEmpty && pending("zoe").isEmpty)
    }

    @Test("have all the other flaws that rows have, none of them in strict mode if in order")
    func flaws() throws {
        let long = String(repeating: "x", count: 513)
        let bad =
            "user,item,value,time\nanna,new,x,1\nanna,new,1,y\nanna,,1,1\nanna,\(long),1,1\n,new,1,1\nanna,new,inf,1\n"
        let taken = try take(bad)
        #expect(
            taken.rejected == [
                "2 value bad-number", "3 time bad-time", "4 item missing-field", "5 item too-long",
                "6 user missing-field", "7 value bad-number",
            ])
        #expect(try pending("anna").isEmpty)
        #expect(throws: IngestionError.self) { try take(bad, strict: true) }
        #expect(try take(Self.rows, strict: true).report.pending == 3)
    }

    @Test("need a lawful basis as all rows do")
    func basis() throws {
        let strict = try policy("strict")
        #expect(try take(Self.rows, policy: strict).report.rejectedBy["no-basis"] == 4)
        try vault.setPreference(of: vault.pseudonym(of: "bert"), purpose: .serve, .consent)
        let some = try take(Self.rows, policy: strict)
        #expect(some.report.pending == 2 && some.rejected == ["2 row no-basis", "3 row no-basis"])
        #expect(try pending("anna").isEmpty && pending("bert").count == 2)
    }

    @Test("are accepted once the item is known, also where it came while the file was read")
    func meanwhile() throws {
        _ = try take(Self.rows)
        _ = try vault.importCatalogue([CatalogueItem(id: "new")])
        try vault.settlePending()
        let again = try take(Self.rows + "anna,new,4,9\n").report
        #expect(again.accepted == 1 && again.duplicates == 4 && again.pending == 0)
        #expect(try vault.history(of: vault.pseudonym(of: "anna")).count == 3)
        // The catalogue of this reader is older than the vault's.
        let ingestor = Ingestor(catalogue: Catalogue([]), options: IngestOptions(format: .csv))
        let report = try ingestor.ingestTables(
            [.bytes(Array("user,item\nanna,i2\nanna,i9\n".utf8), name: "e")], pending: { try vault.appendPending($0) },
            into: { try vault.append($0) })
        #expect(report.accepted == 1 && report.pending == 1)
    }

    @Test("beyond the most that are kept of a user the oldest are left out, and said")
    func full() throws {
        let many = (0..<Vault.maximumPending + 5).map { "anna,n\($0),1,\($0)\n" }.joined()
        let first = try take("user,item,value,time\n" + many).report
        #expect(first.pending == Vault.maximumPending && first.rejectedBy["too-many-pending"] == 5)
        let again = try take("user,item,value,time\n" + many).report
        #expect(again.duplicates == Vault.maximumPending && again.rejectedBy["too-many-pending"] == 5)
    }
}
