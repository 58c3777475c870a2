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

    @Test("no withdrawal is lost while the record is damaged; a consent is, and is counted", arguments: [true, false])
    func damagedRecord(hasKeyRow: Bool) throws {
        let fixture = try VaultFixture(itemCount: 10)
        let vault = try fixture.open()
        let user = vault.pseudonym(of: "a")
        try vault.append("a", events(3, items: 10))
        func word(_ purpose: Purpose, _ isGranted: Bool, _ time: Int64) -> Vault.ConsentWord {
            .init(userID: "a", purpose: purpose, isGranted: isGranted, time: time, proof: "p")
        }
        #expect(try vault.recordConsents([word(.train, true, 5), word(.serve, false, 5)]).recorded == 2)
        try fixture.vandalise(
            fixture.keysURL, hasKeyRow ? "UPDATE keys SET wrapped = zeroblob(length(wrapped))" : "DELETE FROM keys")
        let words = [
            word(.train, false, 9), word(.serve, false, 9), word(.statistics, false, 9), word(.attributes, true, 9),
        ]
        let outcome = try vault.recordConsents(words)
        #expect(outcome.recorded == 2 && outcome.damaged == 1)
        #expect(try vault.preferences(of: user) == [.train: .object, .serve: .object, .statistics: .object])
        #expect(try vault.wordsState().isAuthentic)
        let again = try vault.recordConsents(words)
        #expect(again.recorded == 0 && again.damaged == 1)
    }

    @Test("a consent that lies ahead of the clock outlasts no withdrawal")
    func fromTheFuture() throws {
        let (folder, vault) = try vault()
        let now = Int64(Date().timeIntervalSince1970)
        let ahead = Vault.ConsentWord(userID: "a", purpose: .train, isGranted: true, time: now + 1_000_000, proof: "p")
        #expect(try vault.recordConsents([ahead]).recorded == 1)
        var word = Vault.ConsentWord(userID: "a", purpose: .train, isGranted: true, time: now - 60, proof: "q")
        #expect(try vault.recordConsents([word]).recorded == 0)
        word.isGranted = false
        #expect(try vault.recordConsents([word]).recorded == 1)
        #expect(try vault.preferences(of: vault.pseudonym(of: "a")) == [.train: .object])
        withExtendedLifetime(folder) {}
    }

    @Test("nothing is kept of an erased user, and their words go with them")
    func erased() throws {
        let (folder, vault) = try vault()
        let word = Vault.ConsentWord(userID: "a", purpose: .train, isGranted: true, time: 1, proof: "p")
        #expect(try vault.recordConsents([word]).recorded == 1)
        let intent = try vault.beginErasure(of: "a")
        try vault.destroyKey(intent)
        try vault.deleteRows(intent)
        try vault.markErased(intent)
        #expect(try !vault.isRecorded(word))
        #expect(try vault.recordConsents([word]).recorded == 0)
        #expect(try vault.preferences(of: vault.pseudonym(of: "a")).isEmpty)
        #expect(try !vault.isRecorded(word))
        // What may be shown, and what changes, is as for one who never was, the first time and the second.
        var other = word
        other.userID = "never was"
        for _ in 0..<2 {
            var seen: [[Int64]] = []
            for word in [word, other] {
                let before = (try vault.wordsState().sequence, try vault.changeCount())
                let taken = Int64(try vault.recordConsents([word]).taken)
                seen.append([taken, try vault.wordsState().sequence - before.0, try vault.changeCount() - before.1])
            }
            #expect(seen[0] == seen[1])
        }
        #expect(try vault.isRecorded(other))
        withExtendedLifetime(folder) {}
    }
}
