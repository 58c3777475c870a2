// SPDX-License-Identifier: Apache-2.0

import Cryptography
import Foundation
import Interactions
import TestSupport
import Testing

@testable import Vault

/// The process dies at a random instant (SIGKILL; what a power cut does is the pragmas' matter).
struct CrashTests {
    /// The work of one round, the same in both processes.
    static func batch(_ round: Int) -> [Vault.UserBatch] {
        // User `steady` grows from round to round, the others are new each time.
        (0..<30).map { Vault.UserBatch(userID: "\(round)-\($0)", interactions: events(20, seed: UInt64(round))) }
            + [Vault.UserBatch(userID: "steady", interactions: events(20, seed: 5, from: Int64(round) * 1_000_000))]
    }

    @Test(
        "killed at a random instant: what was acknowledged is there, the next process ends what was begun",
        arguments: 0..<8)
    func killed(seed: UInt64) async throws {
        var generator = SeededGenerator(seed: seed)
        let delay = UInt32.random(in: 1_000...600_000, using: &generator)
        let fixture = try VaultFixture()
        let acknowledged = fixture.folder.file("acknowledged").path
        let (path, master) = (fixture.directory.path, fixture.masterBytes)
        _ = try await #require(processExitsWith: .signal(SIGKILL)) {
            [path = path as String, master = master as [UInt8], log = acknowledged as String, delay = delay as UInt32]
            in
            try Self.workUntilKilled(in: path, master: master, log: log, after: delay)
        }
        let acts = (try? String(contentsOfFile: acknowledged, encoding: .utf8)) ?? ""
        let (appended, erased) = (acts.count { $0 == "a" }, acts.count { $0 == "e" })

        let vault = try fixture.open()
        for intent in try vault.pendingErasures() { try VaultFixture.finish(intent, in: vault) }
        #expect(try vault.pendingErasures().isEmpty)
        #expect(try vault.checkIntegrity().allSatisfy(\.ok))
        for round in 0..<appended {
            #expect(try vault.history(of: "\(round)-1").count == 20)
            #expect(try vault.history(of: "\(round)-29").count == 20)
        }
        for round in 0..<erased { #expect(try vault.isErased(vault.pseudonym(of: "\(round)-0"))) }
        // The round that was cut short is there in full or not at all; at most one erasure more was begun.
        let steady = try vault.history(of: "steady").count
        #expect(steady == 20 * appended || steady == 20 * (appended + 1))
        let next = try vault.append(Self.batch(appended))
        #expect(next.accepted + next.duplicates == 31 * 20)
        #expect([0, 31 * 20].contains(next.accepted))
        #expect(try vault.history(of: "steady").count == 20 * (appended + 1))
    }

    /// The child: appends, erases, and writes a byte for each act that returned.
    static func workUntilKilled(in path: String, master: [UInt8], log: String, after delay: UInt32) throws {
        let vault = try Vault(
            opening: URL(fileURLWithPath: path), directoryID: VaultFixture.directoryID, master: MasterKey(bytes: master)
        )
        let log = open(log, O_CREAT | O_WRONLY | O_APPEND, 0o600)
        Thread.detachNewThread {
            usleep(delay)
            kill(getpid(), SIGKILL)
        }
        for round in 0..<10_000 {
            _ = try vault.append(batch(round))
            write(log, "a", 1)
            try VaultFixture.erase("\(round)-0", in: vault)
            write(log, "e", 1)
        }
    }
}
