// SPDX-License-Identifier: Apache-2.0

import Cryptography
import Foundation
import Interactions
import Policies
import TestSupport
import Testing
import Vault

@testable import Ingestion

/// 0 where nothing is to be measured.
private let rowsToMeasure = Int(ProcessInfo.processInfo.environment["DISCREET_SPEED_ROWS"] ?? "") ?? 0

/// Measures, asserts nothing but that all rows came through: `DISCREET_SPEED_ROWS=1000000 swift test --filter SpeedTests`.
@Suite(.enabled(if: rowsToMeasure > 0, "set DISCREET_SPEED_ROWS to measure"), .serialized)
struct SpeedTests {
    private static let users = 100_000, items = 10_000

    /// user,item,value,time in random order.
    private func table() -> [UInt8] {
        var generator = SeededGenerator(seed: 10)
        var bytes = Array("user,item,value,time\n".utf8)
        for _ in 0..<rowsToMeasure {
            let word = generator.next()
            let (user, item) = (Int(word % UInt64(Self.users)), Int((word >> 32) % UInt64(Self.items)))
            bytes += "user-\(user),\(item),\(1 + word >> 60 % 5).5,\(1_600_000_000 + (word >> 20) % 100_000_000)\n".utf8
        }
        return bytes
    }

    /// By processor time, which a busy machine does not change much.
    private func tell(_ what: String, _ body: () throws -> Void) rethrows {
        let begin = clock()
        try body()
        let seconds = Double(clock() - begin) / 1e6  // CLOCKS_PER_SEC is a million (POSIX)
        print("SPEED \(what): \(Int(Double(rowsToMeasure) / seconds)) rows/s")
    }

    @Test("rows a second: scanned, decoded, grouped, sealed")
    func measures() throws {
        let source = InputSource.bytes(table(), name: "speed.csv")
        let catalogue = (0..<Self.items).map { CatalogueItem(id: String($0)) }
        var records = 0
        try tell("scanned") {
            var reader = try RecordReader.open(source, dialect: .comma)
            while try reader.next() != nil { records += 1 }
        }
        #expect(records == rowsToMeasure + 1)
        let ingestor = Ingestor(catalogue: Catalogue(catalogue), options: IngestOptions())
        try tell("scanned, decoded and grouped by user") { _ = try ingestor.ingest([source]) { ($0.count, 0) } }
        let folder = try TemporaryDirectory()
        let key = SystemRandom.bytes(32)
        try Vault.create(
            in: folder.url, directoryID: "feedfeedfeedfeed", isPublicData: false, master: MasterKey(bytes: key))
        let vault = try Vault(opening: folder.url, directoryID: "feedfeedfeedfeed", master: MasterKey(bytes: key))
        _ = try vault.importCatalogue(catalogue)
        let policy = try Policy(yaml: try #require(Policy.shipped("gdpr")), file: "gdpr.yaml")
        for what in ["sealed", "sealed again, all duplicates"] {
            try tell(what) {
                let report = try ingest([source], options: IngestOptions(), into: vault, policy: policy)
                print("SPEED wall clock: \(report.seconds) s, accepted \(report.accepted)")
                #expect(report.read == rowsToMeasure)
            }
        }
    }
}
