// SPDX-License-Identifier: Apache-2.0

import Cryptography
import Foundation
import GRDB
import Interactions
import Testing

@testable import Vault

/// Consents, objections and restrictions against who can write the file and lacks the key.
struct WordTests {
    private let fixture: VaultFixture
    private let vault: Vault

    init() throws {
        fixture = try VaultFixture(itemCount: 10)
        vault = try fixture.open()
        _ = try vault.append((0..<4).map { .init(userID: "u\($0)", interactions: [Interaction(item: 1)]) })
        for (user, word) in [("u0", Preference.object), ("u1", .consent), ("u2", .restrict)] {
            try vault.setPreference(of: vault.pseudonym(of: user), purpose: .train, word)
        }
        try vault.setPreference(of: vault.pseudonym(of: "u0"), purpose: .serve, .object)
    }

    private func isFound() throws -> Bool {
        try vault.checkIntegrity().contains { $0.name == "vault preferences" && !$0.ok }
    }

    @Test("words that nobody touched are authentic, whoever wrote them last")
    func untouched() throws {
        let other = try fixture.open()
        _ = try other.recordConsents([
            .init(userID: "u3", purpose: .train, isGranted: true, time: 7, proof: "form 1"),
            .init(userID: "u1", purpose: .train, isGranted: false, time: 8, proof: "form 2"),
        ])
        try other.setPreference(of: vault.pseudonym(of: "u0"), purpose: .serve, nil)
        try VaultFixture.erase("u2", in: other)
        #expect(try vault.members(for: .train) == [vault.pseudonym(of: "u3")])
        #expect(try !isFound())
        #expect(try vault.wordsState().isAuthentic)
    }

    static let edits = [
        "UPDATE preferences SET preference = 'consent' WHERE preference = 'object'",
        "UPDATE preferences SET purpose = 'attributes' WHERE purpose = 'train' AND preference = 'object'",
        "DELETE FROM preferences WHERE preference = 'object'", "DELETE FROM preferences",
        "UPDATE preferences SET mac = NULL", "UPDATE preferences SET evidence = x'00' WHERE preference = 'consent'",
        "INSERT INTO preferences SELECT zeroblob(16), purpose, preference, evidence, mac FROM preferences LIMIT 1",
        "UPDATE vault SET words = zeroblob(72)", "UPDATE vault SET words = NULL",
    ]

    @Test("an edited, added or removed word is found and named, and nobody's data are used", arguments: edits)
    func edited(sql: String) throws {
        try fixture.vandalise(fixture.vaultURL, sql)
        #expect(try isFound())
        #expect(throws: VaultError.notAuthentic) { try vault.members(for: .train) }
        #expect(throws: VaultError.notAuthentic) { try vault.keeping(requiringConsent: [.train]) }
        // Another word does not make it good.
        try vault.setPreference(of: vault.pseudonym(of: "u3"), purpose: .serve, .object)
        #expect(try isFound())
        // And erasing goes on.
        try VaultFixture.erase("u1", in: vault)
        #expect(try vault.isErased(vault.pseudonym(of: "u1")))
    }

    @Test("a person's edited word forbids what it was about")
    func editedWordForbids() throws {
        let user = vault.pseudonym(of: "u1")
        try fixture.vandalise(fixture.vaultURL, "UPDATE preferences SET purpose = 'serve' WHERE preference = 'consent'")
        #expect(try vault.preferences(of: user) == [.serve: .restrict])
    }

    @Test("erasing somebody with words and erasing nobody count as one change each")
    func erasureCountsOnce() throws {
        let before = try vault.wordsState().sequence
        try VaultFixture.erase("u0", in: vault)
        #expect(try vault.wordsState().sequence == before + 1)
        try VaultFixture.erase("never was", in: vault)
        #expect(try vault.wordsState().sequence == before + 2)
        #expect(try !isFound())
    }
}
