// SPDX-License-Identifier: Apache-2.0

import Foundation
import GRDB
import Interactions
import TestSupport
import Testing

@testable import Vault

struct RoundTripTests {
    @Test("what was sealed is read back, also by a later process", arguments: [1, 7, 200, 5_000, 30_000])
    func readsBack(count: Int) throws {
        let fixture = try VaultFixture()
        let expected = History(events(count))
        let counts = try fixture.open().append("anna", expected.interactions.shuffled())
        #expect(counts == (count, 0))
        #expect(try fixture.open().history(of: "anna") == expected)
    }

    @Test("adversarial numbers survive")
    func extremes() throws {
        let fixture = try VaultFixture()
        let odd = [
            Interaction(item: 0, value: -0.0, time: .min),
            Interaction(item: 999, value: .greatestFiniteMagnitude, time: .max),
            Interaction(item: 1, value: .leastNonzeroMagnitude, time: 0), Interaction(item: 1, value: 1, time: -1),
        ]
        let vault = try fixture.open()
        try vault.append("anna", odd)
        #expect(try vault.history(of: "anna") == History(odd))
    }

    @Test("the same events again are duplicates and change no byte of the files")
    func isIdempotent() throws {
        let fixture = try VaultFixture()
        let vault = try fixture.open()
        let batch = events(300)
        try vault.append("anna", batch)
        let sealed = try fixture.rows(
            fixture.vaultURL, "SELECT sealed FROM segments UNION ALL SELECT sealed FROM heads")
        #expect(try vault.append("anna", batch + batch) == (0, 600))
        #expect(
            try fixture.rows(fixture.vaultURL, "SELECT sealed FROM segments UNION ALL SELECT sealed FROM heads")
                == sealed)
    }

    @Test("an event is the same only if item, value and time are")
    func dropsExactDuplicatesOnly() throws {
        let vault = try VaultFixture().open()
        let event = Interaction(item: 3, value: 2, time: 100)
        var others = [event, event, event]
        others[0].item = 4
        others[1].value = 3
        others[2].time = 101
        #expect(try vault.append("anna", [event, event]) == (1, 1))
        #expect(try vault.append("anna", others + [event]) == (3, 1))
        #expect(try vault.history(of: "anna").count == 4)
    }

    @Test("events in many small batches, in any order, end as the same history with few segments")
    func appendsAndCompacts() throws {
        let fixture = try VaultFixture()
        let vault = try fixture.open()
        let all = History(events(3_000))
        var rest = all.interactions.shuffled()[...]
        while !rest.isEmpty {
            let size = min(Int.random(in: 1...240), rest.count)
            try vault.append("anna", Array(rest.prefix(size)))
            rest = rest.dropFirst(size)
        }
        #expect(try vault.history(of: "anna") == all)
        let lengths = try fixture.rows(fixture.vaultURL, "SELECT sealed FROM segments").map(\.count)
        #expect(Set(lengths).count == lengths.count, "at most one segment a class: \(lengths)")
        #expect(lengths.count <= 5)
    }

    @Test("one batch may name a user several times, and many users")
    func mixedBatch() throws {
        let vault = try VaultFixture().open()
        let batch = (0..<200).map {
            Vault.UserBatch(userID: "user-\($0 % 50)", interactions: events(5, seed: UInt64($0)))
        }
        #expect(try vault.append(batch).accepted == 1000)
        for user in 0..<50 {
            let expected = History(batch.filter { $0.userID == "user-\(user)" }.flatMap(\.interactions))
            #expect(try vault.history(of: "user-\(user)") == expected)
        }
    }

    @Test("ids are kept byte for byte: canonically equal strings are two people")
    func bytesOfIDs() throws {
        let vault = try VaultFixture(isPublicData: true).open()
        let (composed, decomposed) = ("\u{E9}", "e\u{301}")
        _ = try vault.append([
            .init(userID: composed, interactions: events(1)),
            .init(userID: decomposed, interactions: events(2, seed: 2)),
        ])
        #expect(vault.pseudonym(of: composed) != vault.pseudonym(of: decomposed))
        #expect(try vault.history(of: composed).count == 1)
        let ids = try vault.publicHistories().map { Array($0.userID.utf8) }
        #expect(Set(ids) == [Array(composed.utf8), Array(decomposed.utf8)])
    }

    @Test(
        "ids that are empty or too long, unknown items and values that are no number are refused, and nothing is stored"
    )
    func refusesUnusable() throws {
        let vault = try VaultFixture(itemCount: 10).open()
        let good = Vault.UserBatch(userID: "bert", interactions: [Interaction(item: 1)])
        func refusal(_ userID: String, _ event: Interaction) -> VaultError? {
            #expect(throws: VaultError.self) { try vault.append([good, .init(userID: userID, interactions: [event])]) }
        }
        #expect(refusal("", Interaction(item: 1)) == .unusableUserID(limit: 1024))
        #expect(refusal(String(repeating: "x", count: 1025), Interaction(item: 1)) == .unusableUserID(limit: 1024))
        #expect(refusal("anna", Interaction(item: 10)) == .unusableInteraction)
        #expect(refusal("anna", Interaction(item: 1, value: .nan)) == .unusableInteraction)
        #expect(refusal("anna", Interaction(item: 1, value: .infinity)) == .unusableInteraction)
        #expect(try vault.history(of: "bert") == .empty)
        #expect(try vault.append(String(repeating: "x", count: 1024), [Interaction(item: 9)]).accepted == 1)
    }

    @Test("an unknown user has an empty history")
    func unknownUser() throws { #expect(try VaultFixture().open().history(of: "nobody") == .empty) }

    @Test("a key that a crash left without a record is taken up")
    func keyWithoutRecord() throws {
        let fixture = try VaultFixture()
        let vault = try fixture.open()
        try vault.append("anna", events(20))
        let key = try fixture.rows(fixture.keysURL, "SELECT wrapped FROM keys")
        // What a crash after the commit of keys.sqlite and before that of vault.sqlite leaves.
        try fixture.vandalise(fixture.vaultURL, "DELETE FROM segments")
        try fixture.vandalise(fixture.vaultURL, "DELETE FROM heads")
        let later = try fixture.open()
        #expect(try later.history(of: "anna") == .empty)
        #expect(try later.checkIntegrity().allSatisfy(\.ok))
        #expect(try later.append("anna", events(20)) == (20, 0))
        #expect(try later.history(of: "anna") == History(events(20)))
        #expect(try fixture.rows(fixture.keysURL, "SELECT wrapped FROM keys") == key)
    }

    @Test("two vaults on one directory write at once and lose nothing")
    func twoInstances() async throws {
        let fixture = try VaultFixture()
        let vaults = try [fixture.open(), fixture.open()]
        try await withThrowingTaskGroup(of: Int.self) { group in
            for (index, vault) in vaults.enumerated() {
                group.addTask {
                    var accepted = 0
                    for round in 0..<10 {
                        // The same users in both; half of the events are the other's too.
                        let batch = (0..<20).map {
                            Vault.UserBatch(
                                userID: "user-\($0)",
                                interactions: events(10, seed: UInt64(round))
                                    + events(10, seed: UInt64(1000 + 100 * index + round)))
                        }
                        accepted += try vault.append(batch).accepted
                    }
                    return accepted
                }
            }
            let accepted = try await group.reduce(0, +)
            #expect(accepted == 20 * (100 + 200))
        }
        #expect(try vaults[0].checkIntegrity().allSatisfy(\.ok))
        #expect(try vaults[1].history(of: "user-7").count == 300)
    }
}
