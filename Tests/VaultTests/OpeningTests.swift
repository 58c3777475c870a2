// SPDX-License-Identifier: Apache-2.0

import Cryptography
import Foundation
import GRDB
import TestSupport
import Testing

@testable import Vault

struct OpeningTests {
    @Test("another master key, or another directory's id, opens nothing")
    func wrongKey() throws {
        let fixture = try VaultFixture()
        #expect(throws: VaultError.wrongMasterKey) {
            try Vault(opening: fixture.directory, directoryID: VaultFixture.directoryID, master: MasterKey())
        }
        #expect(throws: VaultError.wrongDirectory) {
            try Vault(opening: fixture.directory, directoryID: "another", master: MasterKey())
        }
    }

    @Test("what is there is not made again")
    func refusesExisting() throws {
        let fixture = try VaultFixture()
        #expect(throws: VaultError.exists(file: "keys.sqlite")) {
            try Vault.create(in: fixture.directory, directoryID: "x", isPublicData: false, master: MasterKey())
        }
        #expect(try fixture.open().itemCount() == 1000)
    }

    @Test("a missing file is named", arguments: ["vault.sqlite", "keys.sqlite"])
    func missingFile(name: String) throws {
        let fixture = try VaultFixture()
        try FileManager.default.removeItem(at: fixture.directory.appendingPathComponent(name))
        #expect(throws: VaultError.notFound(file: name)) { try fixture.open() }
        #expect(!FileManager.default.fileExists(atPath: fixture.directory.appendingPathComponent(name).path))
    }

    @Test("a newer schema is refused and left alone", arguments: ["vault.sqlite", "keys.sqlite"])
    func newerSchema(name: String) throws {
        let fixture = try VaultFixture()
        try fixture.vandalise(fixture.directory.appendingPathComponent(name), "PRAGMA user_version = 9")
        #expect(throws: VaultError.newerSchema(file: name, found: 9, supported: name == "vault.sqlite" ? 7 : 2)) {
            try fixture.open()
        }
    }

    @Test("a foreign file is refused and left alone")
    func foreignFile() throws {
        let fixture = try VaultFixture()
        try fixture.vandalise(fixture.keysURL, "PRAGMA application_id = 1")
        #expect(throws: VaultError.notOurs(file: "keys.sqlite")) { try fixture.open() }
        let text = Data(repeating: 65, count: 5000)
        try text.write(to: fixture.keysURL)
        #expect(throws: VaultError.notOurs(file: "keys.sqlite")) { try fixture.open() }
        #expect(try Data(contentsOf: fixture.keysURL) == text)
        // The vault's own file in the place of the keys'.
        try FileManager.default.removeItem(at: fixture.keysURL)
        try FileManager.default.copyItem(at: fixture.vaultURL, to: fixture.keysURL)
        #expect(throws: VaultError.notOurs(file: "keys.sqlite")) { try fixture.open() }
    }

    @Test("files and logs are 0600 in a directory 0700, and made so again at each open")
    func modes() throws {
        let fixture = try VaultFixture()
        let vault = try fixture.open()
        try vault.append("anna", events(3))
        func modes() throws -> [String: Int] {
            let names = try FileManager.default.contentsOfDirectory(atPath: fixture.directory.path)
            return try Dictionary(
                uniqueKeysWithValues: (names + ["."]).map { name in
                    let path = fixture.directory.appendingPathComponent(name).path
                    return (
                        name, try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int ?? 0
                    )
                })
        }
        let found = try modes()
        #expect(found.count == 7, "two files, two logs, two indexes, the directory")
        #expect(found.allSatisfy { $0.value == ($0.key == "." ? 0o700 : 0o600) }, "\(found)")
        try FileManager.default.setAttributes([.posixPermissions: 0o644], ofItemAtPath: fixture.keysURL.path)
        #expect(try !(vault.checkIntegrity().first { $0.name == "vault modes" }?.ok ?? true))
        _ = try fixture.open()
        #expect(try modes()["keys.sqlite"] == 0o600)
    }

    @Test("the directory signs with a key that survives reopening")
    func signs() throws {
        let fixture = try VaultFixture()
        let vault = try fixture.open()
        let signature = vault.withSigningKey { $0.sign([1, 2, 3]) }
        let publicKey = try fixture.open().publicKey
        #expect(Signature.isValid(signature, of: [1, 2, 3], publicKey: publicKey))
    }
}
