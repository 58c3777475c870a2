// SPDX-License-Identifier: Apache-2.0

import Foundation
import GRDB
import Interactions
import Testing

@testable import Vault

/// Batches of thousands of users go other ways through the tables than small ones; the result is the same.
struct LargeBatchTests {
    private static let userCount = 3000

    private func batch(_ seed: UInt64) -> [Vault.UserBatch] {
        (0..<Self.userCount).map { .init(userID: "user-\($0)", interactions: events(3, seed: seed &+ UInt64($0) << 8)) }
    }

    @Test("a large batch of users who are there is merged with what they have, each event once")
    func mergesWithWhatIsThere() throws {
        let fixture = try VaultFixture()
        let vault = try fixture.open()
        let (first, second) = (batch(1), batch(2))
        #expect(try vault.append(first) == (3 * Self.userCount, 0))
        #expect(try vault.append(second) == (3 * Self.userCount, 0))
        #expect(try vault.append(first + second) == (0, 6 * Self.userCount))
        for user in stride(from: 0, to: Self.userCount, by: 211) {
            let expected = History(first[user].interactions + second[user].interactions)
            #expect(try vault.history(of: "user-\(user)") == expected)
        }
        #expect(try vault.checkIntegrity().allSatisfy(\.ok))
    }

    @Test("in a large batch a user whose key row is gone gets no new key, and costs nobody else theirs")
    func keepsDamageVisible() throws {
        let fixture = try VaultFixture()
        let vault = try fixture.open()
        _ = try vault.append(batch(1))
        let damaged = vault.pseudonym(of: "user-7")
        try fixture.vandalise(fixture.keysURL, "DELETE FROM keys WHERE pseudonym = ?", [Data(damaged.bytes)])
        #expect(try vault.append(batch(2)) == (3 * (Self.userCount - 1), 0))
        #expect(vault.damagedRecordsSeen == 1)
        #expect(try vault.checkIntegrity().filter { !$0.ok }.contains { $0.detail.contains("the key row is missing") })
    }

    @Test("users erased in bulk are gone, the others are untouched, and a late batch does not bring them back")
    func erasesInBulk() throws {
        let fixture = try VaultFixture()
        let vault = try fixture.open()
        _ = try vault.append(batch(1))
        // More than one transaction takes; half of them never were.
        let gone = (0..<5000).map { "user-\(2 * $0)" }
        let intents = try vault.beginErasures(of: gone)
        #expect(try vault.pendingErasures().count == gone.count)
        try vault.destroyKeys(intents)
        try vault.deleteRows(intents)
        try vault.markErased(intents)
        try vault.truncateLogs()
        #expect(try vault.pendingErasures().isEmpty)
        #expect(try vault.userCount() == Self.userCount / 2)
        #expect(try vault.append(batch(2)) == (3 * Self.userCount / 2, 3 * Self.userCount / 2))
        #expect(try vault.history(of: "user-4").isEmpty)
        #expect(try vault.history(of: "user-5").count == 6)
        #expect(try vault.checkIntegrity().allSatisfy(\.ok))
    }
}
