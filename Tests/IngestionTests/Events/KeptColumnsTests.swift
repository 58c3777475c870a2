// SPDX-License-Identifier: Apache-2.0

import Cryptography
import Foundation
import Interactions
import Policies
import TestSupport
import Testing
import Vault

@testable import Ingestion

/// Columns without a role, kept by name: from bytes to the vault and back.
struct KeptColumnsTests {
    private static let rules = """
        name: shop
        data: private
        lifetime:
          epsilon: 3
          delta: 1e-5
        bases:
          serve: contract
          train: consent
          statistics: legitimate-interest
          attributes: consent
        tombstone:
          years: 5
          basis: legal-obligation

        """
    private static let keeping = "keepColumns:\n- channel\n- device\n"

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

    /// - Returns: The report, and `line field reason` of each rejected row.
    private func take(
        _ bytes: [UInt8], _ format: TableFormat = .csv, policy: String = keeping, columns: [String: String] = [:],
        strict: Bool = false
    ) throws -> (report: IngestReport, rejected: [String]) {
        var rejected: [String] = []
        let report = try ingest(
            [.bytes(bytes, name: "e")], options: IngestOptions(format: format, columns: columns, strict: strict),
            into: vault, policy: Policy(yaml: Self.rules + policy, file: "p.yaml"),
            onReject: { rejected.append("\($0.line) \($0.field) \($0.reason.rawValue)") })
        return (report, rejected)
    }

    private func kept(_ user: String) throws -> [Int64: [String: String]] {
        let columns = try vault.storedEvents(of: vault.pseudonym(of: user)).columns
        return Dictionary(uniqueKeysWithValues: columns.map { ($0.key.time, $0.value) })
    }

    static let inputs: [(TableFormat, String)] = [
        (
            .csv,
            "device,user,channel,item,time,age\n\"a \"\"big\"\" one, red\",anna,web,i1,1,40\n,anna,shop,i2,2,40\nd,bert,,i1,3,\n"
        ),
        (
            .tsv,
            "user\titem\tage\ttime\tdevice\tchannel\nanna\ti1\t40\t1\ta \"big\" one, red\tweb\nanna\ti2\t\t2\t\tshop\nbert\ti1\t\t3\td\n"
        ),
        (
            .jsonl,
            """
            {"user":"anna","item":"i1","time":1,"device":"a \\"big\\" one, red","channel":"web","age":40}
            {"user":"anna","item":"i2","time":2,"device":null,"channel":"\\u0073hop"}
            {"user":"bert","item":"i1","time":3,"device":"d","channel":""}
            """
        ),
    ]

    @Test("comes through CSV, TSV and JSON Lines alike, once and again", arguments: inputs)
    func roundTrip(format: TableFormat, text: String) throws {
        for accepted in [3, 0] {
            let (report, rejected) = try take(Array(text.utf8), format)
            #expect(report.accepted == accepted && report.duplicates == 3 - accepted && rejected == [])
            #expect(
                try kept("anna") == [1: ["device": "a \"big\" one, red", "channel": "web"], 2: ["channel": "shop"]])
            #expect(try kept("bert") == [3: ["device": "d"]])
        }
    }

    @Test(
        "by default nothing is kept; a policy that keeps more adds to what is stored, one that keeps less takes nothing away"
    )
    func policyDecides() throws {
        let text = Array("user,item,time,channel,device\nanna,i1,1,web,d\n".utf8)
        _ = try take(text, policy: "")
        #expect(try kept("anna").isEmpty)
        _ = try take(text, policy: "keepColumns:\n- device\n")
        #expect(try kept("anna") == [1: ["device": "d"]])
        _ = try take(text)
        #expect(try kept("anna") == [1: ["channel": "web", "device": "d"]])
        _ = try take(text, policy: "")
        #expect(try kept("anna") == [1: ["channel": "web", "device": "d"]])
    }

    @Test("too long, not UTF-8 or with a NUL: the row is rejected by its column; 256 bytes pass")
    func flaws() throws {
        let longest = String(repeating: "\u{E9}", count: 128)
        var bytes = Array("user,item,time,channel,device\nanna,i1,1,\(longest),\nanna,i1,2,\(longest)x,\n".utf8)
        bytes += Array("anna,i1,3,ok,".utf8) + [0xC3, 0x28, 0x0A]
        bytes += Array("anna,i1,4,,a".utf8) + [0, 0x62, 0x0A]
        bytes += Array("anna,i1,5,ok,ok\nanna,nowhere,6,\(longest)x,\n".utf8)
        let (report, rejected) = try take(bytes)
        #expect(
            rejected == ["3 channel too-long", "4 device bad-encoding", "5 device bad-encoding", "7 item unknown-item"])
        #expect(report.accepted == 2 && report.rejectedBy["too-long"] == 1 && report.rejectedBy["bad-encoding"] == 2)
        #expect(try kept("anna") == [1: ["channel": longest], 5: ["channel": "ok", "device": "ok"]])
    }

    @Test("of JSON text, numbers as written and truth are kept; a list, an object or a NUL cannot be")
    func json() throws {
        let text = """
            {"user":"anna","item":"i1","time":1,"channel":1.50,"device":true}
            {"user":"anna","item":"i1","time":2,"channel":[1]}
            {"user":"anna","item":"i1","time":3,"device":{"a":1}}
            {"user":"anna","item":"i1","time":4,"device":"a\\u0000b"}
            {"user":"anna","item":"i1","time":5,"device":"\(String(repeating: "x", count: 257))"}
            {"user":"anna","item":"i1","time":6,"device":false}
            """
        let (_, rejected) = try take(Array(text.utf8), .jsonl)
        #expect(
            rejected == [
                "2 channel bad-encoding", "3 device bad-encoding", "4 device bad-encoding", "5 device too-long",
            ])
        #expect(try kept("anna") == [1: ["channel": "1.50", "device": "true"], 6: ["device": "false"]])
    }

    @Test("under strict a bad value stops the import before anything is stored")
    func strict() throws {
        let text = "user,item,time,channel\nanna,i1,1,web\nanna,i1,2,\(String(repeating: "x", count: 257))\n"
        let row = RejectedRow(file: "e", line: 3, field: "channel", reason: .tooLong)
        #expect(throws: IngestionError.badRow(row)) { try take(Array(text.utf8), strict: true) }
        #expect(try kept("anna").isEmpty)
        #expect(try vault.history(of: vault.pseudonym(of: "anna")).isEmpty)
    }

    @Test("other columns are refused where the policy refuses them, kept ones are not")
    func refusesOthers() throws {
        let policy = Self.keeping + "extraColumns: refuse\n"
        #expect(try take(Array("user,item,channel\nanna,i1,web\n".utf8), policy: policy).report.accepted == 1)
        #expect(throws: IngestionError.extraColumn(file: "e", column: "age")) {
            try take(Array("user,item,channel,age\nanna,i2,web,40\n".utf8), policy: policy)
        }
        let lines = """
            {"user":"bert","item":"i1","device":"d"}
            {"user":"bert","item":"i2","age":40}
            """
        #expect(try take(Array(lines.utf8), .jsonl, policy: policy).rejected == ["2 row bad-encoding"])
        #expect(throws: IngestionError.duplicateColumn(file: "e", column: "channel")) {
            try take(Array("user,item,channel,channel\nanna,i1,a,b\n".utf8))
        }
    }

    @Test("a column that has a role is not kept as well; a file without names keeps nothing")
    func roles() throws {
        _ = try take(
            Array("channel,item,time,device\nanna,i1,1,d\n".utf8), columns: ["user": "channel"])
        #expect(try kept("anna") == [1: ["device": "d"]])
        _ = try take(
            Array(#"{"channel":"bert","item":"i1","time":1,"device":"d"}"#.utf8), .jsonl, columns: ["user": "channel"])
        #expect(try kept("bert") == [1: ["device": "d"]])
        _ = try take(Array("carol,i1,1,web\n".utf8), columns: ["user": "#1", "item": "#2", "time": "#3"])
        #expect(try kept("carol").isEmpty)
        #expect(try vault.history(of: vault.pseudonym(of: "carol")).count == 1)
    }

    @Test("a row that has no basis leaves nothing of itself")
    func noBasis() throws {
        for purpose in Purpose.allCases {
            try vault.setPreference(of: vault.pseudonym(of: "anna"), purpose: purpose, .object)
        }
        let (report, _) = try take(Array("user,item,channel\nanna,i1,web\nbert,i1,shop\n".utf8))
        #expect(report.accepted == 1 && report.rejectedBy["no-basis"] == 1)
        #expect(try kept("anna").isEmpty)
        #expect(try kept("bert") == [0: ["channel": "shop"]])
    }

    @Test("under the local model nothing is kept beside the noised report")
    func localModel() throws {
        let text = Array("user,item,channel\nanna,i1,web\n".utf8)
        let policy = try Policy(yaml: Self.rules + Self.keeping, file: "p.yaml")
        let report = try ingest(
            [.bytes(text, name: "e.csv")], options: IngestOptions(), into: vault, policy: policy,
            randomizer: { _ in Interaction(item: 0, value: 1) })
        #expect(report.accepted == 1)
        #expect(try kept("anna").isEmpty)
    }
}
