// SPDX-License-Identifier: Apache-2.0

import DPAccounting
import Foundation
import GRDB
import Interactions
import TestSupport
import Testing

@testable import Vault

/// Events of items that the catalogue does not have, until it has them.
struct PendingTests {
    private let fixture: VaultFixture
    private let vault: Vault

    init() throws {
        fixture = try VaultFixture()
        vault = try fixture.open()
    }

    private func event(_ item: String, _ time: Int64 = 1_700_000_000, _ value: Float = 2.5) throws -> PendingEvent {
        PendingEvent(item: try #require(ItemID(item)), value: value, time: time)
    }

    @discardableResult
    private func append(_ user: String, _ events: [PendingEvent], to vault: Vault? = nil) throws -> PendingOutcome {
        try (vault ?? self.vault).appendPending([PendingBatch(userID: user, events: events)])
    }

    private func stored(_ user: String, in vault: Vault? = nil) throws -> Vault.StoredEvents {
        let vault = vault ?? self.vault
        return try vault.storedEvents(of: vault.pseudonym(of: user))
    }

    private func rows(_ user: String) throws -> [[UInt8]] {
        try fixture.rows(
            fixture.vaultURL, "SELECT sealed FROM pending WHERE pseudonym = ? ORDER BY number",
            [Data(vault.pseudonym(of: user).bytes)])
    }

    private func findings() throws -> [String] {
        try fixture.open().checkIntegrity().filter { !$0.ok }.map { "\($0.name): \($0.detail)" }
    }

    private func outcome(pending: Int = 0, accepted: Int = 0, duplicates: Int = 0, full: Int = 0) -> PendingOutcome {
        var outcome = PendingOutcome()
        (outcome.pending, outcome.accepted, outcome.duplicates, outcome.full) = (pending, accepted, duplicates, full)
        return outcome
    }

    @Test("come back as they came, sealed in rows of a size class, in no file in clear, and the same again is nothing")
    func roundTrip() throws {
        let id = "an-item-that-stands-nowhere-else"
        let all = [try event("caf\u{E9}", 5), try event("cafe\u{301}", 5), try event(id, -7, -0.5)]
        #expect(try append("anna", all + [all[0]]) == outcome(pending: 3, duplicates: 1))
        #expect(try stored("anna").pending == all.sorted())
        #expect(try stored("anna").history.isEmpty && !stored("anna").isDamaged)
        let before = try rows("anna")
        #expect(before.map(\.count) == [256])
        #expect(try append("anna", all) == outcome(duplicates: 3))
        #expect(try rows("anna") == before)
        #expect(try fixture.occurrences(of: Array(id.utf8)) == 0)
        #expect(try findings() == [])
        // Who has nothing else is a member like anybody: a run charges them.
        #expect(try vault.members(for: .statistics) == [vault.pseudonym(of: "anna")])
        #expect(try vault.userCount() == 1 && vault.history(of: "anna").isEmpty)
        try vault.append("anna", events(3))
        #expect(try vault.history(of: "anna").count == 3 && stored("anna").pending == all.sorted())
        #expect(try stored("nobody").pending.isEmpty && findings() == [])
    }

    @Test("an item that is in the catalogue is none: its event goes to the history, and counts once")
    func known() throws {
        let events = [try event("item-7"), try event("unknown")]
        #expect(try append("anna", events) == outcome(pending: 1, accepted: 1))
        #expect(try vault.history(of: "anna").interactions == [Interaction(item: 7, value: 2.5, time: 1_700_000_000)])
        #expect(try append("anna", events) == outcome(duplicates: 2))
        #expect(try vault.append("anna", [Interaction(item: 7, value: 2.5, time: 1_700_000_000)]) == (0, 1))
    }

    @Test("of more than are kept the newest stay, whatever the order in which they come", arguments: [1, 3])
    func bounded(batches: Int) throws {
        let many = try (0..<Int64(Vault.maximumPending) + 100).map { try event("item number \($0) of many", $0) }
        var generator = SeededGenerator(seed: 5)
        let mixed = many.shuffled(using: &generator)
        for part in 0..<batches {
            let turn = mixed.indices.filter { $0 % batches == part }.map { mixed[$0] }
            try append("anna", turn)
        }
        #expect(try stored("anna").pending == Array(many.suffix(Vault.maximumPending)))
        #expect(try append("anna", many) == outcome(duplicates: Vault.maximumPending, full: 100))
        // The longest ids take several rows.
        let long = try (0..<Int64(Vault.maximumPending)).map {
            try event(String(repeating: "x", count: 508) + "\($0 + 1000)", 9_000 + $0)
        }
        #expect(try append("anna", long).pending == Vault.maximumPending)
        #expect(try stored("anna").pending == long)
        #expect(try rows("anna").count == 9)
        #expect(try rows("anna").allSatisfy { SizeClass(sealedLength: $0.count) != nil })
        #expect(try findings() == [])
    }

    @Test("move into the histories when their items come, those of nobody else, and leave no row")
    func settles() throws {
        for user in 0..<20 {
            try append("user-\(user)", [try event("new"), try event("other-\(user)")])
            if user % 2 == 0 { try vault.append("user-\(user)", events(900, seed: UInt64(user))) }
        }
        try append("only", [try event("new", 3), try event("new", 4)])
        _ = try vault.importCatalogue([CatalogueItem(id: "new", title: "New")])
        #expect(try stored("only").pending.count == 2, "the import alone moves nothing")
        try fixture.open().settlePending()
        for user in 0..<20 {
            let stored = try stored("user-\(user)")
            #expect(stored.pending == [try event("other-\(user)")])
            #expect(stored.history.count == (user % 2 == 0 ? 901 : 1))
            #expect(stored.history.interactions.contains { $0.item == 1000 && $0.value == 2.5 })
        }
        #expect(try stored("only").history.interactions.map(\.item) == [1000, 1000])
        #expect(try rows("only").isEmpty && stored("only").pending.isEmpty)
        #expect(try findings() == [])
        let before = try rows("user-3")
        try vault.settlePending()
        #expect(try rows("user-3") == before, "nothing is written where nothing came")
        // What came again meanwhile is known, and counts once.
        #expect(try append("only", [try event("new", 3)]) == outcome(duplicates: 1))
        #expect(try append("only", [try event("new", 9)]) == outcome(accepted: 1))
    }

    @Test("an event that is in the history already leaves the pending ones and is not doubled")
    func settlesOnce() throws {
        try append("anna", [try event("new", 3)])
        _ = try vault.importCatalogue([CatalogueItem(id: "new")])
        try vault.append("anna", [Interaction(item: 1000, value: 2.5, time: 3)])
        try vault.settlePending()
        #expect(try stored("anna").history.count == 1 && stored("anna").pending.isEmpty && findings() == [])
    }

    @Test("discovered items go behind the catalogue with their ids alone, once, and titles stay")
    func discovered() throws {
        _ = try vault.importCatalogue([CatalogueItem(id: "caf\u{E9}", title: "A title")])
        let (run, items) = (RunID(hex: "0a"), try ["caf\u{E9}", "cafe\u{301}", "z"].map { try #require(ItemID($0)) })
        #expect(try vault.discoveredRun() == nil)
        for _ in 0..<2 {
            try vault.addDiscovered(items, by: run)
            let catalogue = try vault.catalogue()
            #expect(catalogue.count == 1003 && catalogue.items[1000].title == "A title")
            #expect(catalogue.items[1001...].map { Array($0.id.utf8) } == items[1...].map(\.bytes))
            #expect(try vault.discoveredRun() == run)
        }
    }

    @Test(
        "members' items are handed out under their grant alone, without those of who withdrew, and nobody's change others'"
    )
    func underGrant() throws {
        for user in ["anna", "bert", "carl", "dora"] { try append(user, [try event("of \(user)"), try event("all")]) }
        try append("carl", [try event("all", 5), try event("all", 6)])
        func items(_ purpose: Purpose = .statistics) throws -> [UserPseudonym: [ItemID]] {
            let members = try vault.members(for: .statistics)
            return try vault.pendingItems(
                of: members, for: purpose, under: VaultFixture.grant(for: members, purpose: .statistics))
        }
        let all = try items()
        #expect(all.count == 4)
        #expect(try all[vault.pseudonym(of: "carl")] == ["all", "of carl"].map { try #require(ItemID($0)) })
        #expect(throws: VaultError.purposeMismatch) { try items(.train) }
        let members = try vault.members(for: .statistics)
        #expect(throws: VaultError.foreignGrant) {
            try vault.pendingItems(
                of: members, for: .statistics,
                under: VaultFixture.grant(for: members, ledger: .memory("x"), purpose: .statistics))
        }
        #expect(throws: VaultError.cohortMismatch) {
            try vault.pendingItems(
                of: members, for: .statistics,
                under: VaultFixture.grant(for: Array(members.dropLast()), purpose: .statistics))
        }
        // Charged, and withdrawn before the data are read.
        let grant = VaultFixture.grant(for: members, purpose: .statistics)
        try vault.setPreference(of: vault.pseudonym(of: "anna"), purpose: .statistics, .object)
        try VaultFixture.erase("bert", in: vault)
        let left = try vault.pendingItems(of: members, for: .statistics, under: grant)
        let gone = [vault.pseudonym(of: "anna"), vault.pseudonym(of: "bert")]
        #expect(left == all.filter { !gone.contains($0.key) })
    }

    @Test("a migrated file of schema 6 has the table, empty, and can be used")
    func migrates() throws {
        try vault.append("anna", events(4))
        try fixture.vandalise(
            fixture.vaultURL,
            """
            DROP TABLE pending; ALTER TABLE vault DROP COLUMN settled; ALTER TABLE vault DROP COLUMN discovered;
            PRAGMA user_version = 6
            """)
        let migrated = try fixture.open()
        #expect(try migrated.history(of: "anna").count == 4)
        try append("anna", [try event("x")], to: migrated)
        #expect(try stored("anna", in: migrated).pending == [try event("x")])
        #expect(try findings() == [])
    }

    @Test("after erasure nothing of it is in any file, nothing opens under the old key, and nothing comes back")
    func erased() throws {
        let id = "pending-of-patient-zero-0123456789"
        for user in 0..<50 { try append("user-\(user)", [try event("of \(user)")]) }
        try append("zero", [try event(id, 1), try event(id, 2)])
        let sealed = try rows("zero")
        let remains = try #require(try vault.remains(of: "zero"))
        #expect(remains.needles.filter { $0.what == "pending event in clear" }.count == 2)
        #expect(remains.needles.filter { $0.what == "sealed pending row" }.map(\.bytes) == sealed)
        func opening() throws -> Int {
            try vault.rowsOpening(under: remains.wrappedKey, of: "zero", upToGeneration: remains.generation)
        }
        #expect(try opening() == 2, "a head and a pending row")
        try VaultFixture.erase("zero", in: vault)
        for row in sealed {
            for part in [row.prefix(24), row.suffix(24), row.dropFirst(row.count / 2).prefix(24)] {
                #expect(try fixture.occurrences(of: Array(part)) == 0)
            }
        }
        #expect(try fixture.occurrences(of: vault.pseudonym(of: "zero").bytes) == 0)
        #expect(try opening() == 0)
        #expect(try append("zero", [try event(id)]) == outcome(duplicates: 1))
        _ = try vault.importCatalogue([CatalogueItem(id: id)])
        try vault.settlePending()
        #expect(try rows("zero").isEmpty && stored("zero").pending.isEmpty && vault.history(of: "zero").isEmpty)
        #expect(try findings() == [])
        try vault.readmit(userID: "zero")
        #expect(try append("zero", [try event("again")]) == outcome(pending: 1))
        #expect(try stored("zero").pending == [try event("again")] && findings() == [])
    }

    @Test("an erasure in a file that is searched and not rewritten leaves nothing either")
    func erasedBySearch() throws {
        let vault = try fixture.open(largestRewritten: 0)
        for user in 0..<300 { try append("user-\(user)", [try event("of \(user)")], to: vault) }
        let sealed = try rows("user-100")
        try VaultFixture.erase("user-100", in: vault)
        for row in sealed { #expect(try fixture.occurrences(of: Array(row.prefix(24))) == 0) }
        #expect(try stored("user-101", in: vault).pending.count == 1)
    }

    @Test(
        "rows that were changed, cut, moved, added or taken away are named, and cost only that user, and only this",
        arguments: [
            "UPDATE pending SET sealed = CAST(substr(sealed, 1, 255) AS BLOB) WHERE pseudonym = ?1",
            "UPDATE pending SET sealed = zeroblob(256) WHERE pseudonym = ?1",
            "UPDATE pending SET sealed = (SELECT sealed FROM pending WHERE pseudonym = ?2) WHERE pseudonym = ?1",
            "UPDATE pending SET number = 1 WHERE pseudonym = ?1",
            "INSERT INTO pending SELECT pseudonym, 1, sealed FROM pending WHERE pseudonym = ?1",
            "UPDATE pending SET sealed = (SELECT sealed FROM heads WHERE pseudonym = ?1) WHERE pseudonym = ?1",
            "DELETE FROM pending WHERE pseudonym = ?1",
        ])
    func tampered(sql: String) throws {
        for user in ["anna", "bert"] {
            try append(user, [try event("of \(user)")])
            try vault.append(user, events(1))
        }
        let (anna, bert) = (vault.pseudonym(of: "anna"), vault.pseudonym(of: "bert"))
        let who: StatementArguments = sql.contains("?2") ? [Data(anna.bytes), Data(bert.bytes)] : [Data(anna.bytes)]
        try fixture.vandalise(fixture.vaultURL, sql, who)
        let broken = try fixture.open().checkIntegrity().filter { $0.name == "vault record" }
        #expect(
            broken.count == 1 && broken.allSatisfy { $0.detail.hasSuffix("\(RecordDamage.pendingUnreadable)") },
            "\(broken)")
        let stored = try stored("anna")
        #expect(stored.isDamaged && stored.pending.isEmpty && stored.history.count == 1)
        #expect(try self.stored("bert").pending == [try event("of bert")] && !self.stored("bert").isDamaged)
        // Nobody writes over the evidence; what needs none of it goes on.
        #expect(try append("anna", [try event("x")]) == PendingOutcome())
        #expect(try vault.append("anna", events(3, seed: 9)).accepted == 3)
        _ = try vault.importCatalogue([CatalogueItem(id: "of anna"), CatalogueItem(id: "of bert")])
        try vault.settlePending()
        #expect(try self.stored("bert").history.count == 2 && self.stored("anna").history.count == 4)
        let members = try vault.members(for: .train)
        #expect(try vault.pendingItems(of: members, for: .train, under: VaultFixture.grant(for: members)).isEmpty)
        try VaultFixture.erase("anna", in: vault)
        #expect(try findings() == [])
    }

    @Test("a row from yesterday is damage, also where all of them are, or the events have moved since")
    func replayed() throws {
        try append("anna", [try event("a")])
        let yesterday = try rows("anna")
        try append("anna", [try event("b")])
        let now = try rows("anna")
        func replay(_ row: [UInt8]) throws {
            try fixture.vandalise(fixture.vaultURL, "UPDATE pending SET sealed = ?", [Data(row)])
        }
        try replay(yesterday[0])
        #expect(try findings().contains { $0.hasSuffix("\(RecordDamage.pendingUnreadable)") })
        try replay(now[0])
        #expect(try findings() == [])
        _ = try vault.importCatalogue([CatalogueItem(id: "a"), CatalogueItem(id: "b")])
        try vault.settlePending()
        #expect(try rows("anna").isEmpty && findings() == [])
        try fixture.vandalise(
            fixture.vaultURL, "INSERT INTO pending VALUES (?, 0, ?)",
            [Data(vault.pseudonym(of: "anna").bytes), Data(now[0])])
        #expect(try findings().contains { $0.hasSuffix("\(RecordDamage.pendingUnreadable)") })
    }

    @Test("rows of somebody who has nothing else are named")
    func orphans() throws {
        try append("anna", [try event("a")])
        for user in ["first", "last"] {
            let byte: UInt8 = user == "first" ? 0 : 255
            try fixture.vandalise(
                fixture.vaultURL, "INSERT INTO pending SELECT ?, number, sealed FROM pending LIMIT 1",
                [Data(repeating: byte, count: 16)])
        }
        #expect(try findings().filter { $0.hasSuffix("\(RecordDamage.headMissing)") }.count == 2)
        try fixture.vandalise(fixture.vaultURL, "DELETE FROM heads")
        #expect(try findings().filter { $0.hasSuffix("\(RecordDamage.headMissing)") }.count == 3)
    }

    @Test("a flipped bit anywhere in a row", arguments: [0, 23, 24, 100, -17, -16, -1])
    func flipped(offset: Int) throws {
        try append("anna", [try event("x")])
        var sealed = try rows("anna")[0]
        sealed[offset < 0 ? sealed.count + offset : offset] ^= 0x10
        try fixture.vandalise(fixture.vaultURL, "UPDATE pending SET sealed = ?", [Data(sealed)])
        #expect(try findings().contains { $0.hasSuffix("\(RecordDamage.pendingUnreadable)") })
    }

    @Test("bytes that the codec does not write are refused, not trapped on")
    func codec() throws {
        let events = try (0..<3).map { try event("item \($0)", Int64($0)) }
        let bytes = try #require(PendingCodec.encode(events).first)
        let piece = try #require(PendingCodec.decode(bytes + [0, 0, 0]))
        #expect(piece.events == events && piece.pieces == 1)
        for end in 0..<bytes.count { #expect(PendingCodec.decode(Array(bytes[..<end])) == nil) }
        for index in bytes.indices {
            for flip: UInt8 in [1, 0x80, 0xFF] {
                var changed = bytes
                changed[index] ^= flip
                _ = PendingCodec.decode(changed)
            }
        }
        for time in [Int64.min, -1, 0, .max] {
            let one = [try event("n", time, -0.5)]
            #expect(PendingCodec.decode(PendingCodec.encode(one)[0])?.events == one)
        }
        #expect(PendingCodec.encode([]).isEmpty)
        for bad in [[], [UInt8](repeating: 65, count: 513), [65, 0], [0xC3], [0xFF, 65]] { #expect(ItemID(bad) == nil) }
        #expect(ItemID([UInt8](repeating: 65, count: 512)) != nil)
        #expect(throws: VaultError.unusableInteraction) { try append("anna", [try event("x", 0, .infinity)]) }
        #expect(throws: VaultError.self) { try append("", [try event("x")]) }
    }

    @Test("a head names them behind its events, and old heads name none")
    func heads() throws {
        let bare = Head(userID: [65], generation: 300, segments: [.init(number: 2, generation: 7)])
        #expect(try #require(Head(bare.encoded + [0, 0, 0, 0])).pending == 0)
        for events in [[], SegmentCodec.encode([Interaction(item: 1)][...])] {
            var head = bare
            (head.events, head.pending) = (events, 299)
            #expect(try #require(Head(head.encoded)) == head)
            #expect(try #require(Head(head.encoded + [0, 0])) == head)
            head.pending = 301
            #expect(Head(head.encoded) == nil, "of a generation that is still to come")
        }
    }

    @Test("a full head makes room for the pending ones, and events stay where they are otherwise")
    func fullHead() throws {
        var (count, last) = (0, 0)
        // As many events as a head holds.
        while try fixture.rows(fixture.vaultURL, "SELECT sealed FROM segments").isEmpty, count < 2000 {
            last = count
            count += 7
            try vault.append("anna", events(count))
        }
        #expect(count < 2000)
        for size in [last, last + 3, count] {
            try vault.append("user \(size)", events(size))
            try append("user \(size)", [try event("x")])
            try append("user \(size)", [try event("y")])
            #expect(try vault.history(of: "user \(size)") == History(events(size)))
            #expect(try stored("user \(size)").pending.count == 2)
        }
        let heads = try fixture.rows(fixture.vaultURL, "SELECT sealed FROM heads")
        #expect(heads.allSatisfy { $0.count <= SizeClass.kibibytes4.rawValue })
        #expect(try findings() == [])
    }
}
