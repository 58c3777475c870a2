// SPDX-License-Identifier: Apache-2.0

import Cryptography
import Foundation
import GRDB
import Interactions
import Synchronization
import TestSupport
import Testing

@testable import Vault

/// The vault's part of a rotation: at each of its stages others read and write, and at its end the old key opens nothing.
struct RotationTests {
    private let fixture: VaultFixture
    private let shelf: KeyShelf
    private let newKey = SystemRandom.bytes(32)

    init() throws {
        fixture = try VaultFixture()
        shelf = KeyShelf(fixture.masterBytes)
    }

    private static let users = (0..<40).map { "user-\($0)" }

    private func fill(_ vault: Vault) throws {
        _ = try vault.append(
            Self.users.enumerated().map { .init(userID: $1, interactions: events(5, seed: UInt64($0))) })
    }

    /// All steps, with `look` between any two of them.
    private func rotate(_ vault: Vault, to key: [UInt8], look: (_ stage: String) throws -> Void = { _ in }) throws {
        shelf.putNext(key)
        try look("the new key is written")
        try vault.beginRotation()
        try look("begun")
        try vault.resealSecrets()
        try look("secrets resealed")
        #expect(try vault.rewrapKeys() == vault.keyCount())
        try look("keys rewrapped")
        try vault.retireMasterKey()
        try look("retiring")
        #expect(try vault.isNewMasterKey(in: .next) && !vault.isNewMasterKey(in: .current))
        shelf.replace()
        try look("replaced")
        #expect(try vault.isNewMasterKey(in: .current))
        try vault.emptyAfterRotation()
        try look("emptied")
        try vault.endRotation()
        try look("ended")
    }

    @Test("a key that takes the old one's place while it is looked for is found")
    func replacedWhileLooking() throws {
        // The first look finds the old key; before the second, at the next one, that takes its place.
        final class Looks: Sendable { let current = Mutex(0) }
        let (looks, old, new) = (Looks(), fixture.masterBytes, newKey)
        let source = MasterKeySource { place in
            guard place == .current else { return nil }
            let look = looks.current.withLock {
                $0 += 1; return $0
            }
            return try MasterKey(bytes: look == 1 ? old : new)
        }
        let keys = MasterKeys(try MasterKey(bytes: old), source: source)
        try keys.follow(MasterKeyState(current: try MasterKey(bytes: new).fingerprint()))
        #expect(looks.current.withLock { $0 } == 2)
    }

    @Test("at every stage who has the vault open, and who opens it, reads and writes; no value changes")
    func othersGoOn() throws {
        let (rotating, longOpen) = (try shelf.open(fixture), try shelf.open(fixture))
        try fill(rotating)
        let before = (
            pseudonym: rotating.pseudonym(of: "user-1"), signature: rotating.withSigningKey { $0.sign([7]) },
            tombstone: rotating.tombstone(of: rotating.pseudonym(of: "user-1"))
        )
        var newcomers = 0
        try rotate(rotating, to: newKey) { stage in
            for vault in [longOpen, try shelf.open(fixture), rotating] {
                #expect(
                    try vault.history(of: "user-3").interactions == History(events(5, seed: 3)).interactions, "\(stage)"
                )
                newcomers += 1
                #expect(try vault.append("new-\(newcomers)", events(2)).accepted == 2, "\(stage)")
                #expect(try vault.append("user-9", events(1, seed: 900 + UInt64(newcomers))).accepted == 1, "\(stage)")
                #expect(vault.pseudonym(of: "user-1") == before.pseudonym)
                #expect(vault.tombstone(of: vault.pseudonym(of: "user-1")) == before.tombstone)
                #expect(vault.withSigningKey { $0.sign([7]) } == before.signature)
                #expect(try vault.checkKeys().allSatisfy(\.ok), "\(stage)")
            }
        }
        #expect(newcomers == 24, "three at each of eight stages")
        let after = try shelf.open(fixture)
        #expect(try after.rotation() == nil)
        for newcomer in 1...newcomers {
            #expect(try after.history(of: "new-\(newcomer)").interactions.count == 2)
        }
        #expect(try after.checkIntegrity().allSatisfy(\.ok))
        #expect(try after.history(of: "user-9").interactions.count == 5 + newcomers)
        #expect(longOpen.damagedRecordsSeen == 0 && rotating.damagedRecordsSeen == 0)
    }

    @Test("afterwards the old key opens nothing, and no row that it sealed is in file or log")
    func oldKeyIsUseless() throws {
        let vault = try shelf.open(fixture)
        try fill(vault)
        let wrapped = try fixture.rows(fixture.keysURL, "SELECT wrapped FROM keys")
        let secrets = try fixture.rows(fixture.vaultURL, "SELECT secrets FROM vault")
        // Power: they are there to be found.
        for row in wrapped + secrets { #expect(try fixture.occurrences(of: row) > 0) }
        try rotate(vault, to: newKey)
        for row in wrapped + secrets { #expect(try fixture.occurrences(of: Array(row[24..<56])) == 0) }
        #expect(throws: VaultError.wrongMasterKey) { try fixture.open() }
        let rows = try fixture.rows(fixture.keysURL, "SELECT pseudonym || wrapped FROM keys")
        #expect(rows.count == Self.users.count)
        let old = try MasterKey(bytes: fixture.masterBytes)
        let new = try MasterKey(bytes: newKey)
        for row in rows {
            let user = try #require(UserPseudonym(bytes: row[..<16]))
            let place = AssociatedData.key(of: user)
            #expect(throws: CryptographyError.wrongKeyOrCorrupted) {
                _ = try DataKey(unwrapping: row[16...], by: old, associatedData: place)
            }
            #expect(throws: Never.self) { _ = try DataKey(unwrapping: row[16...], by: new, associatedData: place) }
        }
    }

    @Test("an old copy of keys.sqlite opens nothing under the new key")
    func oldCopyIsUseless() throws {
        let vault = try shelf.open(fixture)
        try fill(vault)
        try vault.emptyAfterRotation()
        let copy = fixture.folder.file("copy")
        try FileManager.default.copyItem(at: fixture.directory, to: copy)
        let old = try fixture.rows(fixture.keysURL, "SELECT pseudonym || wrapped FROM keys")
        try rotate(vault, to: newKey)
        let new = try MasterKey(bytes: newKey)
        for row in old {
            let user = try #require(UserPseudonym(bytes: row[..<16]))
            #expect(throws: CryptographyError.wrongKeyOrCorrupted) {
                _ = try DataKey(unwrapping: row[16...], by: new, associatedData: AssociatedData.key(of: user))
            }
        }
        // Neither the whole copy, nor its keys beside today's vault.
        #expect(throws: VaultError.wrongMasterKey) { try shelf.open(at: copy) }
        let mixed = fixture.folder.file("mixed")
        try FileManager.default.copyItem(at: fixture.directory, to: mixed)
        for name in ["keys.sqlite", "keys.sqlite-wal", "keys.sqlite-shm"] {
            let target = mixed.appendingPathComponent(name)
            try? FileManager.default.removeItem(at: target)
            try? FileManager.default.copyItem(at: copy.appendingPathComponent(name), to: target)
        }
        #expect(throws: VaultError.wrongMasterKey) { try shelf.open(at: mixed) }
    }

    @Test("every step may be repeated, by another process too")
    func stepsAreIdempotent() throws {
        try fill(try shelf.open(fixture))
        shelf.putNext(newKey)
        try shelf.open(fixture).beginRotation()
        #expect(throws: VaultError.rotating) { try shelf.open(fixture).beginRotation() }
        let id = try shelf.open(fixture).rotation()?.id
        for _ in 0..<2 { try shelf.open(fixture).resealSecrets() }
        // Cut short after a part of the rows.
        struct Cut: Error {}
        var turns = 0
        #expect(throws: Cut.self) {
            try shelf.open(fixture).rewrapKeys {
                turns += 1
                if turns > 1 { throw Cut() }
            }
        }
        for _ in 0..<2 { #expect(try shelf.open(fixture).rewrapKeys() == Self.users.count) }
        for _ in 0..<2 {
            try shelf.open(fixture).retireMasterKey()
            let rotation = try shelf.open(fixture).rotation()
            #expect(rotation?.phase == .retiring && rotation?.id == id)
        }
        shelf.replace()
        for _ in 0..<2 {
            try shelf.open(fixture).emptyAfterRotation()
            try shelf.open(fixture).endRotation()
        }
        let vault = try shelf.open(fixture)
        #expect(try vault.rotation() == nil)
        #expect(try vault.checkIntegrity().allSatisfy(\.ok))
    }

    @Test("there is no rotation to a key that is missing, or to the one in force")
    func needsANewKey() throws {
        let vault = try shelf.open(fixture)
        #expect(throws: VaultError.noNextKey) { try vault.beginRotation() }
        shelf.putNext(fixture.masterBytes)
        #expect(throws: VaultError.noNextKey) { try vault.beginRotation() }
        #expect(try vault.rotation() == nil)
    }

    @Test("a damaged row stays damaged, is named by the check, and costs nobody else their key")
    func damagedRow() throws {
        let vault = try shelf.open(fixture)
        try fill(vault)
        let who: StatementArguments = [Data(vault.pseudonym(of: "user-2").bytes)]
        try fixture.vandalise(fixture.keysURL, "UPDATE keys SET wrapped = zeroblob(72) WHERE pseudonym = ?", who)
        try rotate(vault, to: newKey)
        let after = try shelf.open(fixture)
        #expect(try after.checkKeys().map(\.ok) == [false, true])
        #expect(try after.history(of: "user-2").interactions.isEmpty)
        #expect(try after.history(of: "user-3").interactions.count == 5)
    }

    @Test("somebody erased during a rotation stays erased, and their key is under neither master key")
    func erasureInBetween() throws {
        let (rotating, other) = (try shelf.open(fixture), try shelf.open(fixture))
        try fill(rotating)
        var erased = 0
        try rotate(rotating, to: newKey) { _ in
            try VaultFixture.erase(Self.users[erased], in: other)
            erased += 1
        }
        let after = try shelf.open(fixture)
        #expect(try after.keyCount() == Self.users.count - erased)
        for user in Self.users.prefix(erased) { #expect(try after.history(of: user).interactions.isEmpty) }
        #expect(try after.checkIntegrity().allSatisfy(\.ok))
    }

    @Test("a drill's snapshot from before holds no key any more that anybody can use")
    func snapshotFromBefore() throws {
        let vault = try shelf.open(fixture)
        try fill(vault)
        let remains = try #require(try vault.remains(of: "user-5"))
        func opening() throws -> Int {
            try vault.rowsOpening(under: remains.wrappedKey, of: "user-5", upToGeneration: remains.generation)
        }
        // The head, which holds these few events.
        #expect(try opening() == 1)
        try rotate(vault, to: newKey)
        #expect(try opening() == 0)
    }

    @Test("while a reader holds the log back, emptying is busy, and can be repeated")
    func readerHoldsTheLog() throws {
        let vault = try Vault(
            opening: fixture.directory, directoryID: VaultFixture.directoryID,
            master: MasterKey(bytes: fixture.masterBytes), reloading: shelf.source, patience: 0.2)
        try fill(vault)
        var configuration = Configuration()
        configuration.allowsUnsafeTransactions = true
        let reader = try DatabaseQueue(path: fixture.keysURL.path, configuration: configuration)
        shelf.putNext(newKey)
        try vault.beginRotation()
        try reader.writeWithoutTransaction { try $0.execute(sql: "BEGIN; SELECT * FROM keys") }
        try reader.writeWithoutTransaction { _ = try Row.fetchOne($0, sql: "SELECT * FROM keys") }
        try vault.resealSecrets()
        _ = try vault.rewrapKeys()
        try vault.retireMasterKey()
        shelf.replace()
        #expect(throws: VaultError.busy(file: "keys.sqlite")) { try vault.emptyAfterRotation() }
        #expect(try vault.rotation()?.phase == .retiring)
        try reader.writeWithoutTransaction { try $0.execute(sql: "COMMIT") }
        try vault.emptyAfterRotation()
        try vault.endRotation()
        #expect(try shelf.open(fixture).checkKeys().allSatisfy(\.ok))
    }

    @Test("reading and writing through a whole rotation, by threads that know nothing of it, meets no damage")
    func underLoad() async throws {
        try fill(try shelf.open(fixture))
        let (shelf, directory) = (shelf, fixture.directory)
        try await withThrowingTaskGroup(of: Void.self) { group in
            for worker in 0..<2 {
                group.addTask {
                    let vault = try shelf.open(at: directory)
                    for round in 0..<60 {
                        let user = Self.users[(round * 7 + worker) % Self.users.count]
                        #expect(try vault.history(of: user).interactions.count >= 5)
                        try vault.append("load-\(worker)-\(round)", events(1))
                        if round % 20 == 0 {
                            let members = try vault.members(for: .train)
                            let cohort = try vault.openCohort(
                                of: members, for: .train, under: VaultFixture.grant(for: members))
                            for index in cohort.users.indices {
                                #expect(cohort.withColumns(of: index) { items, _, _ in items.count } > 0)
                            }
                        }
                    }
                    #expect(vault.damagedRecordsSeen == 0)
                }
            }
            let vault = try shelf.open(fixture)
            var key = newKey
            for _ in 0..<3 {
                try rotate(vault, to: key)
                key = SystemRandom.bytes(32)
            }
            try await group.waitForAll()
        }
        let after = try shelf.open(fixture)
        #expect(try after.userCount() == Self.users.count + 120)
        #expect(try after.checkIntegrity().allSatisfy(\.ok))
    }
}
