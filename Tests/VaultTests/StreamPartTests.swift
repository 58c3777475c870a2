// SPDX-License-Identifier: Apache-2.0

import Cryptography
import DPAccounting
import Foundation
import GRDB
import Interactions
import TestSupport
import Testing

@testable import Vault

struct StreamPartTests {
    private let stream = RunID(hex: "0123456789abcdef")

    private func vault(_ fixture: VaultFixture, _ names: [String]) throws -> (Vault, [UserPseudonym]) {
        let vault = try fixture.open()
        for name in names { try vault.append(name, events(3)) }
        return (vault, names.map { vault.pseudonym(of: $0) }.sorted())
    }

    @Test("what a member counted for comes back to who has the key, and is in no file in clear")
    func partsAreSealed() throws {
        let fixture = try VaultFixture()
        let (vault, users) = try vault(fixture, ["a", "b", "c"])
        let parts = users.enumerated().map {
            StreamPart(user: $1, bytes: Array(repeating: UInt8(0xA0 + $0), count: 24))
        }
        #expect(try vault.streamParts(of: stream).closed == 0)
        try vault.replace(partsOf: stream, by: parts, closed: 3)
        let read = try fixture.open().streamParts(of: stream)
        #expect(read.parts == parts && read.closed == 3 && read.released == 0)
        for part in parts { #expect(try fixture.occurrences(of: part.bytes) == 0) }
        // All rows have one length, whatever is in them.
        let rows = try fixture.rows(fixture.vaultURL, "SELECT sealed FROM stream_parts")
        #expect(Set(rows.map(\.count)) == [SizeClass.bytes256.rawValue])
        #expect(try vault.streamParts(of: RunID(hex: "00")).parts.isEmpty)
    }

    @Test("a later period's parts replace all earlier ones; the end leaves nothing")
    func partsAreReplaced() throws {
        let fixture = try VaultFixture()
        let (vault, users) = try vault(fixture, ["a", "b"])
        try vault.replace(partsOf: stream, by: users.map { StreamPart(user: $0, bytes: [1]) }, closed: 1)
        try vault.replace(partsOf: stream, by: [StreamPart(user: users[1], bytes: [2])], closed: 2)
        #expect(try vault.streamParts(of: stream).parts == [StreamPart(user: users[1], bytes: [2])])
        // What the ledger has released is told once and outlasts the parts.
        try vault.note(releasedPeriod: 2, of: stream)
        try vault.note(releasedPeriod: 1, of: stream)
        try vault.replace(partsOf: stream, by: [], closed: 3)
        let state = try vault.streamParts(of: stream)
        #expect(state.released == 2 && state.closed == 3)
        try vault.endStream(stream)
        #expect(try vault.streamParts(of: stream).parts.isEmpty)
        #expect(try fixture.rows(fixture.vaultURL, "SELECT sealed FROM stream_parts").isEmpty)
    }

    @Test("the erased are gone from every stream, and a late writer does not bring them back")
    func theErasedAreGone() throws {
        let fixture = try VaultFixture()
        let (vault, users) = try vault(fixture, ["a", "b"])
        let erased = vault.pseudonym(of: "a")
        let parts = users.map { StreamPart(user: $0, bytes: [7]) }
        try vault.replace(partsOf: stream, by: parts, closed: 1)
        let sealed = try fixture.rows(
            fixture.vaultURL, "SELECT sealed FROM stream_parts WHERE pseudonym = ?", [Data(erased.bytes)])[0]
        try VaultFixture.erase("a", in: vault)
        #expect(try vault.streamParts(of: stream).parts.map(\.user) == users.filter { $0 != erased })
        #expect(try fixture.occurrences(of: sealed) == 0)
        try vault.replace(partsOf: stream, by: parts, closed: 2)
        #expect(try vault.streamParts(of: stream).parts.map(\.user) == users.filter { $0 != erased })
        // Readmitted under a new key: an old row, put back by hand, does not open.
        _ = try vault.readmit(userID: "a")
        try vault.append("a", events(2))
        try fixture.vandalise(
            fixture.vaultURL, "INSERT INTO stream_parts VALUES (?, ?, ?)",
            [Data(erased.bytes), Data(stream.hex.utf8), Data(sealed)])
        #expect(try vault.streamParts(of: stream).parts.map(\.user) == users.filter { $0 != erased })
    }

    @Test("a part is its period's: an earlier one, put back, does not open")
    func partsAreOfTheirPeriod() throws {
        let fixture = try VaultFixture()
        let (vault, users) = try vault(fixture, ["a"])
        let select = "SELECT sealed FROM stream_parts"
        try vault.replace(partsOf: stream, by: [StreamPart(user: users[0], bytes: [1])], closed: 1)
        let old = try fixture.rows(fixture.vaultURL, select)[0]
        try vault.replace(partsOf: stream, by: [StreamPart(user: users[0], bytes: [2])], closed: 2)
        try fixture.vandalise(fixture.vaultURL, "UPDATE stream_parts SET sealed = ?", [Data(old)])
        #expect(try vault.streamParts(of: stream).parts.isEmpty)
    }

    @Test("a part is its owner's and its stream's: moved, it does not open")
    func partsAreBound() throws {
        let fixture = try VaultFixture()
        let (vault, users) = try vault(fixture, ["a", "b"])
        try vault.replace(partsOf: stream, by: users.map { StreamPart(user: $0, bytes: [1]) }, closed: 1)
        try fixture.vandalise(
            fixture.vaultURL, "UPDATE stream_parts SET stream = ? WHERE pseudonym = ?",
            [Data("aa".utf8), Data(users[0].bytes)])
        #expect(try vault.streamParts(of: RunID(hex: "aa")).parts.isEmpty)
        try fixture.vandalise(
            fixture.vaultURL,
            "UPDATE stream_parts SET stream = ?, sealed = (SELECT sealed FROM stream_parts WHERE pseudonym = ?)",
            [Data(stream.hex.utf8), Data(users[1].bytes)])
        #expect(try vault.streamParts(of: stream).parts.map(\.user) == [users[1]])
    }
}
