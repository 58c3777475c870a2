// SPDX-License-Identifier: Apache-2.0

import Cryptography
import Foundation
import GRDB
import Interactions
import TestSupport
import Testing

@testable import Vault

/// Files that the program wrote before consents had evidence and keys.sqlite knew its master key.
struct SchemaTests {
    /// The tables of schema 1, as the program made them before commit 33f07f1.
    private static let vault1 = """
        CREATE TABLE vault (id INTEGER PRIMARY KEY CHECK (id = 1), directory TEXT NOT NULL, public_data INTEGER NOT NULL,
            public_key BLOB NOT NULL, secrets BLOB NOT NULL, changes INTEGER NOT NULL) STRICT;
        CREATE TABLE items (position INTEGER PRIMARY KEY, id BLOB NOT NULL UNIQUE, title BLOB NOT NULL,
            features BLOB NOT NULL) STRICT;
        CREATE TABLE heads (pseudonym BLOB PRIMARY KEY NOT NULL, sealed BLOB NOT NULL) STRICT, WITHOUT ROWID;
        CREATE TABLE segments (pseudonym BLOB NOT NULL, number INTEGER NOT NULL, sealed BLOB NOT NULL,
            PRIMARY KEY (pseudonym, number)) STRICT, WITHOUT ROWID;
        CREATE TABLE preferences (pseudonym BLOB NOT NULL, purpose TEXT NOT NULL, preference TEXT NOT NULL,
            PRIMARY KEY (pseudonym, purpose)) STRICT, WITHOUT ROWID;
        CREATE TABLE marks (tombstone BLOB PRIMARY KEY NOT NULL, state INTEGER NOT NULL, pseudonym BLOB NOT NULL)
            STRICT, WITHOUT ROWID;
        """
    private static let keys1 = """
        CREATE TABLE keys (pseudonym BLOB PRIMARY KEY NOT NULL, wrapped BLOB NOT NULL) STRICT, WITHOUT ROWID;
        """

    /// Rewrites a file of today's schema by statements alone: the old tables, filled from the new ones.
    private func rewrite(_ url: URL, tables: String, application: Int, columns: [(table: String, names: String)]) throws
    {
        let old = url.appendingPathExtension("1")
        let queue = try DatabaseQueue(path: old.path)
        try queue.writeWithoutTransaction { database in
            try database.execute(sql: tables)
            try database.execute(sql: "PRAGMA application_id = \(application); PRAGMA user_version = 1")
            try database.execute(sql: "ATTACH ? AS today", arguments: [url.path])
            for (table, names) in columns {
                try database.execute(sql: "INSERT INTO \(table) (\(names)) SELECT \(names) FROM today.\(table)")
            }
        }
        try queue.close()
        for suffix in ["", "-wal", "-shm"] { try? FileManager.default.removeItem(atPath: url.path + suffix) }
        try FileManager.default.moveItem(at: old, to: url)
    }

    private func toSchema1(_ fixture: VaultFixture) throws {
        try rewrite(
            fixture.vaultURL, tables: Self.vault1, application: 0x4443_5276,
            columns: [
                ("vault", "id, directory, public_data, public_key, secrets, changes"),
                ("items", "position, id, title, features"), ("heads", "pseudonym, sealed"),
                ("segments", "pseudonym, number, sealed"), ("preferences", "pseudonym, purpose, preference"),
                ("marks", "tombstone, state, pseudonym"),
            ])
        try rewrite(
            fixture.keysURL, tables: Self.keys1, application: 0x4443_526B, columns: [("keys", "pseudonym, wrapped")])
    }

    @Test("files of schema 1 are brought to today's, and nothing of them is lost")
    func migrates() throws {
        let fixture = try VaultFixture()
        let (anna, said) = (events(40, seed: 4), Preference.object)
        do {
            let vault = try fixture.open()
            try vault.append("anna", anna)
            try vault.append("bert", events(3))
            try vault.setPreference(of: vault.pseudonym(of: "anna"), purpose: .train, said)
            try VaultFixture.erase("bert", in: vault)
        }
        try toSchema1(fixture)
        let vault = try fixture.open()
        #expect(try vault.history(of: "anna").count == 40)
        #expect(try vault.preferences(of: vault.pseudonym(of: "anna")) == [.train: said])
        #expect(try vault.isErased(vault.pseudonym(of: "bert")))
        #expect(try vault.append("bert", events(3)).accepted == 0)
        #expect(try vault.itemCount() == 1000)
        // What is new can be used.
        let word = Vault.ConsentWord(userID: "anna", purpose: .attributes, isGranted: true, time: 5, proof: "form 7")
        #expect(try vault.recordConsents([word]).recorded == 1)
        #expect(try vault.isRecorded(word))
        #expect(try vault.masterState().current == MasterKey(bytes: fixture.masterBytes).fingerprint())
        #expect(try vault.checkIntegrity().allSatisfy(\.ok))
        // And the key of such a file can be rotated.
        let shelf = KeyShelf(fixture.masterBytes)
        shelf.putNext(SystemRandom.bytes(32))
        let rotating = try shelf.open(fixture)
        try rotating.beginRotation()
        try rotating.resealSecrets()
        #expect(try rotating.rewrapKeys() == 1)
        try rotating.retireMasterKey()
        shelf.replace()
        try rotating.endRotation()
        #expect(try shelf.open(fixture).history(of: "anna").count == 40)
        let names = try FileManager.default.contentsOfDirectory(atPath: fixture.directory.path)
        #expect(!names.contains { $0.contains(".before-") }, "\(names)")
    }

    @Test("a word of nobody, in a file of schema 1, goes with the migration; the others stay and count")
    func nobodysWord() throws {
        let fixture = try VaultFixture()
        let user = try fixture.open().pseudonym(of: "anna")
        try fixture.open().setPreference(of: user, purpose: .train, .object)
        try toSchema1(fixture)
        try fixture.vandalise(
            fixture.vaultURL,
            "INSERT INTO preferences (pseudonym, purpose, preference) VALUES (x'0102', 'train', 'object')")
        let vault = try fixture.open()
        #expect(try vault.checkIntegrity().allSatisfy(\.ok))
        #expect(try vault.members(for: .train).isEmpty)
        #expect(try vault.preferences(of: user) == [.train: .object])
    }

    @Test("the wrong key migrates a file, and is then refused as ever; the right key finds all of it")
    func wrongKey() throws {
        let fixture = try VaultFixture()
        try fixture.open().append("anna", events(4))
        try toSchema1(fixture)
        #expect(throws: VaultError.wrongMasterKey) {
            try Vault(opening: fixture.directory, directoryID: VaultFixture.directoryID, master: MasterKey())
        }
        #expect(try fixture.open().history(of: "anna").count == 4)
        #expect(try fixture.open().checkKeys().allSatisfy(\.ok))
    }
}
