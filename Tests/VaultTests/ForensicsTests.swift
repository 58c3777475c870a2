// SPDX-License-Identifier: Apache-2.0

import Foundation
import GRDB
import Interactions
import TestSupport
import Testing

@testable import Vault

/// A thief with all files, logs included, and a pair of eyes.
struct ForensicsTests {
    private static let id = "patient-zero@clinic.example"
    /// Times that occur nowhere by accident.
    private let history = History(
        (0..<40).map { Interaction(item: UInt32(700 + $0), value: 3.25, time: 1_234_567_890 + 1_000_003 * Int64($0)) })
    /// More than a head holds.
    private let longHistory = History(
        (0..<900).map {
            Interaction(item: UInt32(700 + $0 % 40), value: 3.25, time: 1_234_567_890 + 1_000_003 * Int64($0))
        })

    private func bigEndian(_ number: some FixedWidthInteger) -> [UInt8] {
        withUnsafeBytes(of: number.bigEndian, Array.init)
    }

    @Test("no id, item or time of an event is in any byte after ingest, with the logs still full")
    func nothingInClear() throws {
        let fixture = try VaultFixture()
        let vault = try fixture.open()
        try vault.append(Self.id, history.interactions)
        let wal = try FileManager.default.attributesOfItem(atPath: fixture.vaultURL.path + "-wal")[.size] as? Int
        #expect((wal ?? 0) > 0, "the log is part of what is searched")
        #expect(try fixture.occurrences(of: vault.pseudonym(of: Self.id).bytes) > 0, "the search finds what is there")
        #expect(try fixture.occurrences(of: Array(Self.id.utf8)) == 0)
        #expect(try fixture.occurrences(of: Array("patient-zero".utf8)) == 0)
        let packed = SegmentCodec.encode(history.interactions[...])
        #expect(try fixture.occurrences(of: Array(packed.prefix(12))) == 0)
        #expect(try fixture.occurrences(of: Array(packed[60..<80])) == 0)
        for event in history.interactions.prefix(10) {
            #expect(try fixture.occurrences(of: Array("\(event.time)".utf8)) == 0)
            #expect(try fixture.occurrences(of: bigEndian(event.time)) == 0)
            #expect(try fixture.occurrences(of: bigEndian(event.time).reversed()) == 0)
        }
        // Item ids of events are there as the public catalogue has them, once in the table and once in its index, and in
        // the log's pages; a user whose history is other items leaves exactly as many.
        let counts = try (700..<740).map { try fixture.occurrences(of: Array("item-\($0)".utf8)) }
        try vault.append("other", events(40, items: 100))
        #expect(try (700..<740).map { try fixture.occurrences(of: Array("item-\($0)".utf8)) } == counts)
    }

    @Test("after erasure nothing of the record is in any file, and a backup of the vault is unreadable")
    func erasedBytesAreGone() throws {
        let fixture = try VaultFixture()
        let vault = try fixture.open()
        for part in 0..<10 {
            // Several batches, so that pages split and fill up again.
            _ = try vault.append(
                (0..<30).map {
                    .init(
                        userID: "user-\(30 * part + $0)", interactions: events(30, seed: UInt64(part), from: Int64($0)))
                })
        }
        try vault.append(Self.id, longHistory.interactions)
        let user = vault.pseudonym(of: Self.id)
        let who: StatementArguments = [Data(user.bytes)]
        let wrapped = try fixture.rows(fixture.keysURL, "SELECT wrapped FROM keys WHERE pseudonym = ?", who)
        let sealed = try fixture.rows(
            fixture.vaultURL,
            "SELECT sealed FROM heads WHERE pseudonym = ?1 UNION ALL SELECT sealed FROM segments WHERE pseudonym = ?1",
            who)
        #expect(wrapped.count == 1 && sealed.count == 2, "a head and a segment")

        // A thief's copy of the vault from the day before.
        let backup = fixture.folder.file("backup.sqlite")
        try DatabaseQueue(path: fixture.vaultURL.path).backup(to: DatabaseQueue(path: backup.path))

        try VaultFixture.erase(Self.id, in: vault)
        for row in wrapped + sealed {
            for part in [row.prefix(24), row.suffix(24), row.dropFirst(row.count / 2 - 12).prefix(24)] {
                #expect(try fixture.occurrences(of: Array(part)) == 0)
            }
        }
        #expect(try fixture.occurrences(of: user.bytes) == 0)
        #expect(try vault.pendingErasures().isEmpty)
        #expect(try vault.checkIntegrity().allSatisfy(\.ok))

        // The old vault with today's keys: everybody else opens, the erased user does not.
        let restored = fixture.folder.file("restored")
        try FileManager.default.createDirectory(at: restored, withIntermediateDirectories: true)
        try FileManager.default.copyItem(at: backup, to: restored.appendingPathComponent("vault.sqlite"))
        try FileManager.default.copyItem(at: fixture.keysURL, to: restored.appendingPathComponent("keys.sqlite"))
        let old = try fixture.open(at: restored)
        #expect(try old.history(of: "user-5").count == 30)
        #expect(try old.history(of: Self.id) == .empty)
    }

    @Test("no error of the vault prints what it was about")
    func errorsAreSilent() throws {
        let fixture = try VaultFixture()
        let vault = try fixture.open()
        let error = #expect(throws: VaultError.self) {
            try vault.append("secret-person", [Interaction(item: 4_000_000, value: 7, time: 99)])
        }
        #expect(!"\(String(describing: error)) \(String(reflecting: error))".contains("secret-person"))
        #expect(!"\(String(describing: error))".contains("4000000"))
    }
}
