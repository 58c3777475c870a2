// SPDX-License-Identifier: Apache-2.0

import Foundation
import GRDB
import Interactions
import TestSupport
import Testing

@testable import Vault

struct ErasureTests {
    @Test("erased stays erased: the same events again are duplicates")
    func staysErased() throws {
        let fixture = try VaultFixture()
        let vault = try fixture.open()
        try vault.append("anna", events(30))
        try VaultFixture.erase("anna", in: vault)
        #expect(try vault.isErased(vault.pseudonym(of: "anna")))
        #expect(
            try vault.append([
                .init(userID: "anna", interactions: events(30)), .init(userID: "bert", interactions: events(2)),
            ]) == (2, 30))
        let later = try fixture.open()
        #expect(try later.append("anna", events(30)) == (0, 30))
        #expect(try later.history(of: "anna") == .empty)
        #expect(try later.members(for: .train) == [later.pseudonym(of: "bert")])
        #expect(try fixture.rows(fixture.keysURL, "SELECT wrapped FROM keys").count == 1)
    }

    @Test("a readmitted user begins anew, under another key")
    func readmits() throws {
        let fixture = try VaultFixture()
        let vault = try fixture.open()
        try vault.append("anna", events(30))
        let old = try fixture.rows(fixture.keysURL, "SELECT wrapped FROM keys")
        try VaultFixture.erase("anna", in: vault)
        #expect(try vault.readmit(userID: "anna"))
        #expect(try !vault.isErased(vault.pseudonym(of: "anna")))
        #expect(try vault.history(of: "anna") == .empty)
        #expect(try vault.append("anna", events(10)) == (10, 0))
        #expect(try vault.history(of: "anna").count == 10)
        #expect(try fixture.rows(fixture.keysURL, "SELECT wrapped FROM keys") != old)
        #expect(try !vault.readmit(userID: "nobody"))
    }

    @Test(
        "an erasure interrupted after any step is pending, hides the user, and ends when it is resumed",
        arguments: 0...4)
    func resumes(stepsDone: Int) throws {
        let fixture = try VaultFixture()
        do {
            let vault = try fixture.open()
            try vault.append("anna", events(200))
            try vault.append("bert", events(200))
            let intent = try vault.beginErasure(of: "anna")
            if stepsDone >= 1 { try vault.destroyKey(intent) }
            if stepsDone >= 2 { try vault.deleteRows(intent) }
            if stepsDone >= 3 { try vault.markErased(intent) }
            if stepsDone >= 4 { try vault.truncateLogs() }
        }
        // Another process, later.
        let vault = try fixture.open()
        let anna = vault.pseudonym(of: "anna")
        #expect(try vault.isErased(anna))
        #expect(try vault.history(of: anna) == .empty)
        #expect(try vault.members(for: .train) == [vault.pseudonym(of: "bert")])
        #expect(try vault.append("anna", events(10)) == (0, 10))
        #expect(try vault.checkIntegrity().allSatisfy(\.ok), "a pending erasure is not damage")
        let pending = try vault.pendingErasures()
        #expect(pending.map(\.tombstone) == (stepsDone < 4 ? [vault.tombstone(of: anna)] : []))
        #expect(pending.allSatisfy { ($0.pseudonym == anna) == (stepsDone < 3) })
        if stepsDone < 4 {
            #expect(throws: VaultError.erasurePending) { try vault.readmit(userID: "anna") }
        }
        for intent in pending { try VaultFixture.finish(intent, in: vault) }
        #expect(try vault.pendingErasures().isEmpty)
        #expect(try fixture.occurrences(of: anna.bytes) == 0)
        #expect(try fixture.rows(fixture.vaultURL, "SELECT sealed FROM heads").count == 1)
        #expect(try vault.history(of: "bert").count == 200)
    }

    @Test("each step may be repeated, and an erased user erased again")
    func isIdempotent() throws {
        let vault = try VaultFixture().open()
        try vault.append("anna", events(30))
        let intent = try vault.beginErasure(of: "anna")
        for _ in 0..<2 {
            try vault.destroyKey(intent)
            try vault.deleteRows(intent)
        }
        for _ in 0..<2 { try vault.markErased(intent) }
        for _ in 0..<2 { try vault.truncateLogs() }
        try VaultFixture.erase("anna", in: vault)
        #expect(try vault.pendingErasures().isEmpty)
        #expect(try vault.isErased(vault.pseudonym(of: "anna")))
    }

    @Test("erasing someone who never was leaves the same mark and as many pages in the logs")
    func unknownUserLooksTheSame() throws {
        func trace(_ userID: String) throws -> [Int] {
            let fixture = try VaultFixture()
            let vault = try fixture.open()
            try vault.append("anna", events(30))
            try vault.append("bert", events(30))
            try vault.truncateLogs()
            func logLengths() throws -> [Int] {
                try [fixture.vaultURL, fixture.keysURL].map {
                    try FileManager.default.attributesOfItem(atPath: $0.path + "-wal")[.size] as? Int ?? 0
                }
            }
            var lengths: [Int] = []
            let intent = try vault.beginErasure(of: userID)
            lengths += try logLengths()
            try vault.destroyKey(intent)
            lengths += try logLengths()
            try vault.deleteRows(intent)
            lengths += try logLengths()
            try vault.markErased(intent)
            lengths += try logLengths()
            try vault.truncateLogs()
            lengths += try logLengths()
            let marks = try fixture.rows(
                fixture.vaultURL, "SELECT tombstone || pseudonym || CAST(state AS BLOB) FROM marks")
            return lengths + marks.map(\.count)
        }
        #expect(try trace("anna") == trace("nobody"))
    }

    @Test("an append that began before the mark, in another process, drops the user's events")
    func lateWriter() throws {
        let fixture = try VaultFixture()
        let (writer, eraser) = (try fixture.open(), try fixture.open())
        try writer.append("anna", events(5))
        try VaultFixture.erase("anna", in: eraser)
        #expect(try writer.append("anna", events(50)) == (0, 50))
        #expect(try fixture.rows(fixture.keysURL, "SELECT wrapped FROM keys").isEmpty)
    }

    @Test("a reader that holds the log back makes the erasure pending, with an error that says busy")
    func busyCheckpoint() throws {
        let fixture = try VaultFixture()
        let vault = try fixture.open(patience: 0.2)
        try vault.append("anna", events(30))
        let reader = try DatabaseQueue(path: fixture.vaultURL.path)
        let intent = try vault.beginErasure(of: "anna")
        try vault.destroyKey(intent)
        try reader.writeWithoutTransaction { database in
            try database.execute(sql: "BEGIN")
            _ = try Row.fetchOne(database, sql: "SELECT * FROM heads")
            try vault.deleteRows(intent)
            try vault.markErased(intent)
            #expect(throws: VaultError.busy(file: "vault.sqlite")) { try vault.truncateLogs() }
            #expect(try vault.pendingErasures().map(\.tombstone) == [intent.tombstone])
            try database.execute(sql: "COMMIT")
        }
        try vault.truncateLogs()
        #expect(try vault.pendingErasures().isEmpty)
        #expect(try fixture.occurrences(of: vault.pseudonym(of: "anna").bytes) == 0)
    }

    @Test("tombstone and pseudonym are hashes under different keys")
    func tombstones() throws {
        let fixture = try VaultFixture()
        let vault = try fixture.open()
        let user = vault.pseudonym(of: "anna")
        #expect(vault.tombstone(of: user).count == 32)
        #expect(try vault.tombstone(of: user) == fixture.open().tombstone(of: user))
        #expect(Array(vault.tombstone(of: user).prefix(16)) != vault.pseudonym(ofUTF8: user.bytes).bytes)
        #expect(try VaultFixture().open().pseudonym(of: "anna") != user, "another vault, other names")
    }
}
