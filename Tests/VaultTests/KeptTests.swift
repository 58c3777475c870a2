// SPDX-License-Identifier: Apache-2.0

import Foundation
import GRDB
import Interactions
import TestSupport
import Testing

@testable import Vault

/// Columns without a role that the policy keeps, beside the events.
struct KeptTests {
    private let fixture: VaultFixture
    private let vault: Vault

    init() throws {
        fixture = try VaultFixture()
        vault = try fixture.open()
    }

    private func event(_ index: Int) -> Interaction {
        Interaction(item: UInt32(index % 1000), value: 2.5, time: 1_700_000_000 + Int64(index))
    }

    /// One user's events with what is kept beside each, in order of arrival.
    @discardableResult
    private func append(
        _ user: String, _ rows: [(event: Int, columns: [String: String])], to vault: Vault? = nil
    ) throws -> (accepted: Int, duplicates: Int) {
        let names = Set(rows.flatMap(\.columns.keys)).sorted()
        var kept = KeptCells(names: names)
        for (index, row) in rows.enumerated() {
            for (column, name) in names.enumerated() {
                if let value = row.columns[name] { kept.append(value.utf8, ofColumn: column, event: index) }
            }
        }
        return try (vault ?? self.vault).append(
            EventTable(
                ids: Array(user.utf8), idOffsets: [0, user.utf8.count], owners: rows.map { _ in 0 },
                interactions: rows.map { event($0.event) }, kept: kept))
    }

    private func columns(_ user: String, in vault: Vault? = nil) throws -> [Interaction: [String: String]] {
        let vault = vault ?? self.vault
        return try vault.storedEvents(of: vault.pseudonym(of: user)).columns
    }

    private func rows(_ user: String) throws -> [[UInt8]] {
        try fixture.rows(
            fixture.vaultURL, "SELECT sealed FROM kept WHERE pseudonym = ? ORDER BY number",
            [Data(vault.pseudonym(of: user).bytes)])
    }

    private func findings() throws -> [String] {
        try fixture.open().checkIntegrity().filter { !$0.ok }.map { "\($0.name): \($0.detail)" }
    }

    @Test("comes back beside its event, sealed in rows of a size class, and is in no file in clear")
    func roundTrip() throws {
        let value = "a value that stands nowhere else"
        #expect(
            try append("anna", [(1, ["channel": "web", "device": value]), (2, [:]), (3, ["channel": "caf\u{E9}"])]) == (
                3, 0
            ))
        #expect(
            try columns("anna") == [
                event(1): ["channel": "web", "device": value], event(3): ["channel": "caf\u{E9}"],
            ])
        #expect(try vault.storedEvents(of: vault.pseudonym(of: "anna")).history.count == 3)
        #expect(try rows("anna").map(\.count) == [256])
        #expect(try fixture.occurrences(of: Array(value.utf8)) == 0)
        #expect(try findings() == [])
    }

    @Test("where nothing is kept there is no row")
    func nothingKept() throws {
        try append("anna", [(1, [:])])
        try vault.append("bert", [event(1)])
        #expect(try rows("anna").isEmpty && rows("bert").isEmpty)
        #expect(try columns("bert").isEmpty && columns("nobody").isEmpty)
    }

    @Test("the same again writes nothing; of other values beside the same event the latest of each column counts")
    func idempotent() throws {
        try append("anna", [(1, ["a": "x", "b": "y"]), (2, ["a": "z"])])
        let before = try rows("anna")
        #expect(try append("anna", [(1, ["a": "x", "b": "y"]), (2, ["a": "z"])]) == (0, 2))
        #expect(try rows("anna") == before)
        #expect(try append("anna", [(1, ["a": "p"]), (1, ["a": "q"]), (2, [:])]).accepted == 0)
        #expect(try columns("anna") == [event(1): ["a": "q", "b": "y"], event(2): ["a": "z"]])
        // Another policy: other columns stand beside what was kept before.
        try append("anna", [(2, ["c": "new"]), (4, ["c": "newer"])])
        #expect(
            try columns("anna") == [
                event(1): ["a": "q", "b": "y"], event(2): ["a": "z", "c": "new"], event(4): ["c": "newer"],
            ])
        #expect(try findings() == [])
    }

    @Test("more than a row holds goes to several, and shrinks to none but its own")
    func manyRows() throws {
        let long = String(repeating: "\u{E9}", count: 128)
        let many = (0..<900).map { ($0, ["a": long + "", "b": "\($0)"]) }
        try append("anna", many)
        #expect(try rows("anna").count == 4)
        #expect(try rows("anna").allSatisfy { SizeClass(sealedLength: $0.count) != nil })
        let found = try columns("anna")
        #expect(found.count == 900 && found[event(77)] == ["a": long, "b": "77"])
        #expect(try findings() == [])
    }

    @Test("a migrated file of schema 5 has the table, empty, and can be used")
    func migrates() throws {
        try append("anna", [(1, [:])])
        try fixture.vandalise(
            fixture.vaultURL,
            """
            DROP TABLE kept; DROP TABLE pending; ALTER TABLE vault DROP COLUMN settled;
            ALTER TABLE vault DROP COLUMN discovered; PRAGMA user_version = 5
            """)
        let migrated = try fixture.open()
        #expect(try migrated.history(of: "anna").count == 1)
        try append("anna", [(1, ["a": "x"])], to: migrated)
        #expect(try columns("anna", in: migrated) == [event(1): ["a": "x"]])
        #expect(try findings() == [])
    }

    @Test("after erasure nothing of it is in any file, nothing opens under the old key, and nothing comes back")
    func erased() throws {
        let text = "kept-of-patient-zero-0123456789"
        for user in 0..<50 { try append("user-\(user)", [(user, ["a": "value of \(user)"])]) }
        try append("zero", [(7, ["a": text]), (8, ["b": text])])
        let sealed = try rows("zero")
        let remains = try #require(try vault.remains(of: "zero"))
        #expect(remains.needles.filter { $0.what == "kept columns in clear" }.count == 2)
        #expect(remains.needles.filter { $0.what == "sealed kept row" }.map(\.bytes) == sealed)
        func opening() throws -> Int {
            try vault.rowsOpening(under: remains.wrappedKey, of: "zero", upToGeneration: remains.generation)
        }
        #expect(try opening() == 2, "a head and a kept row")
        try VaultFixture.erase("zero", in: vault)
        for row in sealed {
            for part in [row.prefix(24), row.suffix(24), row.dropFirst(row.count / 2).prefix(24)] {
                #expect(try fixture.occurrences(of: Array(part)) == 0)
            }
        }
        #expect(try fixture.occurrences(of: vault.pseudonym(of: "zero").bytes) == 0)
        #expect(try opening() == 0)
        #expect(try rows("zero").isEmpty && columns("zero").isEmpty)
        #expect(try append("zero", [(7, ["a": text])]) == (0, 1))
        #expect(try rows("zero").isEmpty)
        #expect(try columns("user-3") == [event(3): ["a": "value of 3"]])
        #expect(try findings() == [])
    }

    @Test("an erasure in a file that is searched and not rewritten leaves nothing either")
    func erasedBySearch() throws {
        let vault = try fixture.open(largestRewritten: 0)
        for user in 0..<300 { try append("user-\(user)", [(user, ["a": "value of \(user)"])], to: vault) }
        let sealed = try rows("user-100")
        try VaultFixture.erase("user-100", in: vault)
        for row in sealed { #expect(try fixture.occurrences(of: Array(row.prefix(24))) == 0) }
        #expect(try columns("user-101", in: vault).count == 1)
    }

    @Test(
        "a row that was changed, cut, moved, added or taken away is named, and costs only that user, and only this",
        arguments: [
            "UPDATE kept SET sealed = CAST(substr(sealed, 1, 255) AS BLOB) WHERE pseudonym = ?1",
            "UPDATE kept SET sealed = zeroblob(256) WHERE pseudonym = ?1",
            "UPDATE kept SET sealed = (SELECT sealed FROM kept WHERE pseudonym = ?2) WHERE pseudonym = ?1",
            "UPDATE kept SET number = 1 WHERE pseudonym = ?1",
            "INSERT INTO kept SELECT pseudonym, 1, sealed FROM kept WHERE pseudonym = ?1",
            "UPDATE kept SET sealed = (SELECT sealed FROM heads WHERE pseudonym = ?1) WHERE pseudonym = ?1",
        ])
    func tampered(sql: String) throws {
        for user in ["anna", "bert"] { try append(user, [(1, ["a": user])]) }
        let (anna, bert) = (vault.pseudonym(of: "anna"), vault.pseudonym(of: "bert"))
        let who: StatementArguments = sql.contains("?2") ? [Data(anna.bytes), Data(bert.bytes)] : [Data(anna.bytes)]
        try fixture.vandalise(fixture.vaultURL, sql, who)
        let broken = try fixture.open().checkIntegrity().filter { $0.name == "vault record" }
        #expect(
            broken.count == 1 && broken.allSatisfy { $0.detail.hasSuffix("\(RecordDamage.keptUnreadable)") },
            "\(broken)")
        let stored = try vault.storedEvents(of: anna)
        #expect(stored.isDamaged && stored.columns.isEmpty && stored.history.count == 1)
        #expect(try columns("bert") == [event(1): ["a": "bert"]])
        #expect(try !vault.storedEvents(of: bert).isDamaged)
        // Nobody writes over the evidence; what needs none of it goes on.
        #expect(try append("anna", [(2, ["a": "x"])]) == (0, 0))
        #expect(try append("anna", [(3, [:])]) == (1, 0))
        #expect(try append("bert", [(2, ["a": "x"])]) == (1, 0))
        try VaultFixture.erase("anna", in: vault)
        #expect(try findings() == [])
    }

    @Test("a flipped bit anywhere in a row", arguments: [0, 23, 24, 100, -17, -16, -1])
    func flipped(offset: Int) throws {
        try append("anna", [(1, ["a": "x"])])
        var sealed = try rows("anna")[0]
        sealed[offset < 0 ? sealed.count + offset : offset] ^= 0x10
        try fixture.vandalise(fixture.vaultURL, "UPDATE kept SET sealed = ?", [Data(sealed)])
        #expect(try findings().contains { $0.hasSuffix("\(RecordDamage.keptUnreadable)") })
    }

    @Test("one of several rows from yesterday, or missing, is damage")
    func replayed() throws {
        let long = String(repeating: "x", count: 256)
        try append("anna", (0..<400).map { ($0, ["a": long]) })
        let yesterday = try rows("anna")
        #expect(yesterday.count == 2)
        try append("anna", [(399, ["b": "new"])])
        #expect(try findings() == [])
        let copy = try rows("anna")
        try fixture.vandalise(
            fixture.vaultURL, "UPDATE kept SET sealed = ? WHERE number = 0", [Data(yesterday[0])])
        #expect(try findings().contains { $0.hasSuffix("\(RecordDamage.keptUnreadable)") })
        try fixture.vandalise(fixture.vaultURL, "UPDATE kept SET sealed = ? WHERE number = 0", [Data(copy[0])])
        #expect(try findings() == [])
        try fixture.vandalise(fixture.vaultURL, "DELETE FROM kept WHERE number = 1")
        #expect(try findings().contains { $0.hasSuffix("\(RecordDamage.keptUnreadable)") })
    }

    @Test("bytes that the codec does not write are refused, not trapped on")
    func codec() throws {
        let events = (0..<3).map { KeptEvent(event: event($0), columns: ["a": "\($0)", "b": "t"]) }
        let bytes = try #require(KeptCodec.encode(events, generation: 9).first)
        let piece = try #require(KeptCodec.decode(bytes + [0, 0, 0]))
        #expect(piece.events == events && piece.generation == 9 && piece.pieces == 1)
        for end in 0..<bytes.count { #expect(KeptCodec.decode(Array(bytes[..<end])) == nil) }
        for index in bytes.indices {
            for flip: UInt8 in [1, 0x80, 0xFF] {
                var changed = bytes
                changed[index] ^= flip
                _ = KeptCodec.decode(changed)
            }
        }
        for time in [Int64.min, -1, 0, .max] {
            let one = [KeptEvent(event: Interaction(item: .max, value: -0.5, time: time), columns: ["n": "v"])]
            #expect(KeptCodec.decode(KeptCodec.encode(one, generation: 1)[0])?.events == one)
        }
    }
}
