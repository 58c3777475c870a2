// SPDX-License-Identifier: Apache-2.0

import Foundation
import GRDB
import Interactions
import TestSupport
import Testing

@testable import Vault

/// A vandal with write access to the files. What they did is named, and costs only the user they did it to.
struct TamperTests {
    /// Parts of nonce(24) ‖ ciphertext ‖ tag(16), as offsets; negative ones count from the end.
    static let regions = [0, 23, 24, 100, -17, -16, -1]

    private let fixture: VaultFixture
    private let users = (0..<6).map { "user-\($0)" }

    init() throws {
        fixture = try VaultFixture()
        let vault = try fixture.open()
        // Two segments: 4 000 events take a class of 64 KiB, 900 more one of 16 KiB. Then 3 that stay in the head.
        for (count, seed, time) in [
            (4000, 0, Int64(1_700_000_000)), (900, 100, 1_800_000_000), (3, 200, 1_805_000_000),
        ] {
            _ = try vault.append(
                users.enumerated().map { index, user in
                    .init(userID: user, interactions: events(count, seed: UInt64(seed + index), from: time))
                })
        }
    }

    private func pseudonym(_ user: String) throws -> Data { Data(try fixture.open().pseudonym(of: user).bytes) }

    /// The victim's history is empty, the others' are whole, and the finding names user and damage.
    private func expectDamage(_ damage: RecordDamage, of victim: String = "user-2") throws {
        let vault = try fixture.open()
        for user in users {
            #expect(try vault.history(of: user).count == (user == victim ? 0 : 4903), "\(user)")
        }
        #expect(vault.damagedRecordsSeen == 1)
        let broken = try fixture.open().checkIntegrity().filter { $0.name == "vault record" }
        #expect(broken.count == 1 && broken.allSatisfy { !$0.ok && $0.detail.hasSuffix("\(damage)") }, "\(broken)")
        // Nobody can write over the evidence; others can go on.
        #expect(try vault.append(victim, events(5, seed: 77, from: 1_900_000_000)) == (0, 0))
        #expect(try vault.append("user-1", events(5, seed: 77, from: 1_900_000_000)) == (5, 0))
    }

    private func flip(_ url: URL, _ table: String, _ column: String, at offset: Int, _ condition: String = "") throws {
        let who: StatementArguments = [try pseudonym("user-2")]
        var sealed = try fixture.rows(url, "SELECT \(column) FROM \(table) WHERE pseudonym = ? \(condition)", who)[0]
        sealed[offset < 0 ? sealed.count + offset : min(offset, sealed.count - 20)] ^= 0x10
        try fixture.vandalise(
            url, "UPDATE \(table) SET \(column) = ? WHERE pseudonym = ? \(condition)", [Data(sealed)] + who)
    }

    @Test("the fixture has two segments a user and no damage")
    func isWholeAtFirst() throws {
        #expect(try fixture.rows(fixture.vaultURL, "SELECT sealed FROM segments").count == 12)
        #expect(try fixture.open().checkIntegrity().allSatisfy(\.ok))
    }

    @Test("a flipped bit in a head", arguments: regions)
    func flippedHead(offset: Int) throws {
        try flip(fixture.vaultURL, "heads", "sealed", at: offset)
        try expectDamage(.headUnreadable)
    }

    @Test(
        "yesterday's head, with other events in it, put back after an append that touched no segment is as old as it says"
    )
    func replayedHeadOfTheSameSegments() throws {
        let who = try pseudonym("user-2")
        func row() throws -> [UInt8] {
            try fixture.rows(fixture.vaultURL, "SELECT sealed FROM heads WHERE pseudonym = ?", [who])[0]
        }
        let yesterday = try row()
        let vault = try fixture.open()
        try vault.append("user-2", events(2, seed: 9, from: 1_850_000_000))
        #expect(try vault.history(of: "user-2").count == 4905)
        // The record of yesterday as a whole: as for a user without segments, only an older copy of all of it passes.
        try fixture.vandalise(
            fixture.vaultURL, "UPDATE heads SET sealed = ? WHERE pseudonym = ?", [Data(yesterday), who])
        #expect(try fixture.open().history(of: "user-2").count == 4903)
    }

    @Test("a flipped bit in a segment", arguments: regions)
    func flippedSegment(offset: Int) throws {
        try flip(fixture.vaultURL, "segments", "sealed", at: offset, "AND number = 1")
        try expectDamage(.segmentUnreadable(1))
    }

    @Test("a flipped bit in a key row", arguments: regions)
    func flippedKey(offset: Int) throws {
        try flip(fixture.keysURL, "keys", "wrapped", at: offset)
        try expectDamage(.keyUnreadable)
    }

    @Test("a record cut short or made longer", arguments: ["substr(X, 1, length(X) - 1)", "X || x'00'", "x''"])
    func cut(change: String) throws {
        let who: StatementArguments = [try pseudonym("user-2")]
        let change = change.replacingOccurrences(of: "X", with: "sealed")
        try fixture.vandalise(
            fixture.vaultURL, "UPDATE segments SET sealed = CAST(\(change) AS BLOB) WHERE pseudonym = ? AND number = 0",
            who)
        #expect(try !(fixture.open().checkIntegrity().first { $0.name == "vault sizes" }?.ok ?? true))
        try expectDamage(.segmentUnreadable(0))
    }

    @Test("a missing key, head or segment")
    func missing() throws {
        let who: StatementArguments = [try pseudonym("user-2")]
        try fixture.vandalise(fixture.vaultURL, "DELETE FROM segments WHERE pseudonym = ? AND number = 1", who)
        try expectDamage(.segmentMissing(1))
        try fixture.vandalise(fixture.vaultURL, "DELETE FROM heads WHERE pseudonym = ?", who)
        try expectDamage2(.headMissing)
        try fixture.vandalise(fixture.keysURL, "DELETE FROM keys WHERE pseudonym = ?", who)
        try expectDamage2(.keyMissing)
    }

    private func expectDamage2(_ damage: RecordDamage) throws {
        let broken = try fixture.open().checkIntegrity().filter { $0.name == "vault record" }
        #expect(broken.count == 1 && broken.allSatisfy { $0.detail.hasSuffix("\(damage)") }, "\(broken)")
    }

    @Test("segments of one user exchanged")
    func swappedWithin() throws {
        let who = try pseudonym("user-2")
        let sealed = try fixture.rows(
            fixture.vaultURL, "SELECT sealed FROM segments WHERE pseudonym = ? ORDER BY number", [who])
        for (number, other) in [(0, 1), (1, 0)] {
            try fixture.vandalise(
                fixture.vaultURL, "UPDATE segments SET sealed = ? WHERE pseudonym = ? AND number = ?",
                [Data(sealed[other]), who, number])
        }
        try expectDamage(.segmentUnreadable(0))
    }

    @Test("another user's head, segment, key, or all of them at once", arguments: ["head", "segment", "key", "all"])
    func swappedBetween(what: String) throws {
        let (victim, other) = (try pseudonym("user-2"), try pseudonym("user-3"))
        func copy(_ url: URL, _ table: String, _ column: String, _ condition: String = "") throws {
            try fixture.vandalise(
                url,
                """
                UPDATE \(table) AS t SET \(column) = (
                    SELECT \(column) FROM \(table) AS o WHERE o.pseudonym = ? \(condition)) WHERE t.pseudonym = ?
                """, [other, victim])
        }
        if what == "head" || what == "all" { try copy(fixture.vaultURL, "heads", "sealed") }
        if what == "segment" || what == "all" {
            try copy(fixture.vaultURL, "segments", "sealed", "AND o.number = t.number")
        }
        if what == "key" || what == "all" { try copy(fixture.keysURL, "keys", "wrapped") }
        let damage: [String: RecordDamage] = [
            "head": .headUnreadable, "segment": .segmentUnreadable(0), "key": .keyUnreadable, "all": .keyUnreadable,
        ]
        try expectDamage(try #require(damage[what]))
    }

    @Test("a head sealed as a segment or the other way round")
    func swappedKinds() throws {
        let who: StatementArguments = [try pseudonym("user-2")]
        try fixture.vandalise(
            fixture.vaultURL,
            """
            UPDATE heads SET sealed = (
                SELECT sealed FROM segments s WHERE s.pseudonym = heads.pseudonym AND number = 1) WHERE pseudonym = ?
            """, who)
        try expectDamage(.headUnreadable)
    }

    @Test("yesterday's segment, or yesterday's head, put back after an append", arguments: ["segments", "heads"])
    func replayed(table: String) throws {
        let who = try pseudonym("user-2")
        func rows() throws -> [[UInt8]] {
            try fixture.rows(fixture.vaultURL, "SELECT sealed FROM \(table) WHERE pseudonym = ?", [who])
        }
        let yesterday = try rows()
        // Takes in segment 1 (16 KiB) and writes it anew.
        try fixture.open().append("user-2", events(900, seed: 9, from: 1_850_000_000))
        #expect(try rows() != yesterday)
        if table == "heads" {
            try fixture.vandalise(
                fixture.vaultURL, "UPDATE heads SET sealed = ? WHERE pseudonym = ?", [Data(yesterday[0]), who])
        } else {
            try fixture.vandalise(
                fixture.vaultURL, "UPDATE segments SET sealed = ? WHERE pseudonym = ? AND number = 1",
                [Data(yesterday[1]), who])
        }
        try expectDamage(.segmentUnreadable(1))
    }

    @Test("a segment added, though it is a true one of that user")
    func added() throws {
        let who: StatementArguments = [try pseudonym("user-2")]
        try fixture.vandalise(
            fixture.vaultURL,
            "INSERT INTO segments SELECT pseudonym, 2, sealed FROM segments WHERE pseudonym = ? AND number = 1", who)
        try expectDamage(.segmentUnexpected(2))
    }

    @Test("a damaged member has an empty history in a cohort, and no error tells")
    func damagedInCohort() throws {
        try flip(fixture.vaultURL, "segments", "sealed", at: 40, "AND number = 0")
        let vault = try fixture.open()
        let members = try vault.members(for: .train)
        #expect(members.count == 6)
        let cohort = try vault.openCohort(of: members, for: .train, under: VaultFixture.grant(for: members))
        let victim = vault.pseudonym(of: "user-2")
        for index in members.indices {
            let count = cohort.withColumns(of: index) { items, _, _ in items.count }
            #expect((count == 0) == (members[index] == victim))
        }
        #expect(vault.damagedRecordsSeen == 1)
    }

    @Test("rows that belong to nobody are reported")
    func strayRows() throws {
        try fixture.vandalise(fixture.vaultURL, "INSERT INTO heads VALUES (x'00', x'00')")
        let vault = try fixture.open()
        #expect(try !(vault.checkIntegrity().first { $0.name == "vault rows" }?.ok ?? true))
        #expect(try vault.members(for: .train).count == 6)
    }

    @Test(
        "a directory cannot be declared public afterwards, nor its key exchanged",
        arguments: [
            "UPDATE vault SET public_data = 1", "UPDATE vault SET public_key = randomblob(32)",
            "UPDATE vault SET secrets = randomblob(136)", "UPDATE vault SET secrets = x''",
        ])
    func identityRow(sql: String) throws {
        try fixture.vandalise(fixture.vaultURL, sql)
        #expect(throws: VaultError.wrongMasterKey) { try fixture.open() }
    }
}
