// SPDX-License-Identifier: Apache-2.0

import Cryptography
import Foundation
import Interactions
import TestSupport
import Testing
import Vault

struct ConsentTests {
    private func vault() throws -> (TemporaryDirectory, Vault) {
        let folder = try TemporaryDirectory()
        let key = SystemRandom.bytes(32)
        let directory = folder.file("data")
        try Vault.create(
            in: directory, directoryID: "feedfeedfeedfeed", isPublicData: false, master: MasterKey(bytes: key))
        return (folder, try Vault(opening: directory, directoryID: "feedfeedfeedfeed", master: MasterKey(bytes: key)))
    }

    @Test("any order of the same consents leads to the same word, and the proof can be shown again")
    func orderDoesNotMatter() throws {
        let words = [
            Vault.ConsentWord(userID: "a", purpose: .train, isGranted: true, time: 3, proof: "p3"),
            Vault.ConsentWord(userID: "a", purpose: .train, isGranted: false, time: 2, proof: "p2"),
            Vault.ConsentWord(userID: "a", purpose: .train, isGranted: true, time: -1, proof: "p1"),
        ]
        for order in [[0, 1, 2], [0, 2, 1], [1, 0, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0]] {
            let (folder, vault) = try vault()
            for index in order { _ = try vault.recordConsents([words[index]]) }
            #expect(try vault.preferences(of: vault.pseudonym(of: "a")) == [.train: .consent])
            #expect(try vault.isRecorded(words[0]))
            var other = words[0]
            other.proof = "p4"
            #expect(try !vault.isRecorded(other))
            #expect(try !vault.isRecorded(words[1]))
            withExtendedLifetime(folder) {}
        }
    }

    @Test("nothing is kept of an erased user, and their words go with them")
    func erased() throws {
        let (folder, vault) = try vault()
        let word = Vault.ConsentWord(userID: "a", purpose: .train, isGranted: true, time: 1, proof: "p")
        #expect(try vault.recordConsents([word]) == 1)
        let intent = try vault.beginErasure(of: "a")
        try vault.destroyKey(intent)
        try vault.deleteRows(intent)
        try vault.markErased(intent)
        #expect(try !vault.isRecorded(word))
        #expect(try vault.recordConsents([word]) == 0)
        #expect(try vault.preferences(of: vault.pseudonym(of: "a")).isEmpty)
        withExtendedLifetime(folder) {}
    }
}
