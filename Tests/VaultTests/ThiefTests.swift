// SPDX-License-Identifier: Apache-2.0

import Cryptography
import Foundation
import GRDB
import Interactions
import TestSupport
import Testing

@testable import Vault

/// A thief with a copy of everything from before an erasure, everything from after it, and the master key.
struct ThiefTests {
    private static let id = "patient-zero@clinic.example"
    private let history = events(60, seed: 9, items: 50, from: 1_234_567_890)

    /// Every file of a folder.
    private func files(of folder: URL) throws -> [[UInt8]] {
        try FileManager.default.contentsOfDirectory(at: folder, includingPropertiesForKeys: nil)
            .map { [UInt8](try Data(contentsOf: $0)) }
    }

    /// How many of the needles' pieces of 12 bytes are in any byte of the files.
    private func occurrences(of needles: [[UInt8]], in files: [[UInt8]]) -> Int {
        let pieces = needles.flatMap { needle in
            stride(from: 0, through: max(0, needle.count - 12), by: 12).map {
                Data(needle[$0..<min($0 + 12, needle.count)])
            }
        }
        return files.reduce(0) { sum, file in
            let data = Data(file)
            return sum + pieces.count { data.range(of: $0) != nil }
        }
    }

    /// Every data key of `user` that the master key finds in the files, wherever in them it lies: not by row, by byte.
    private func keys(of user: UserPseudonym, in files: [[UInt8]], _ master: [UInt8]) throws -> Int {
        let master = try MasterKey(bytes: master)
        let place = AssociatedData.key(of: user)
        return files.reduce(0) { sum, file in
            guard file.count >= DataKey.wrappedLength else { return sum }
            return sum
                + (0...(file.count - DataKey.wrappedLength)).count { start in
                    let window = file[start..<start + DataKey.wrappedLength]
                    return (try? DataKey(unwrapping: window, by: master, associatedData: place)) != nil
                }
        }
    }

    @Test(
        "after an erasure no byte anywhere gives the key, and no other key opens the copy's rows; only its own old keys do"
    )
    func copyFromBefore() throws {
        let fixture = try VaultFixture(itemCount: 50)
        let vault = try fixture.open()
        _ = try vault.append(
            (0..<40).map { .init(userID: "user-\($0)", interactions: events(30, seed: UInt64($0), items: 50)) })
        try vault.append(Self.id, history)
        let user = vault.pseudonym(of: Self.id)
        let remains = try #require(try vault.remains(of: Self.id))
        let record = try #require(try record(of: user, in: vault))
        let copy = fixture.folder.file("copy")
        try FileManager.default.copyItem(at: fixture.directory, to: copy)

        try VaultFixture.erase(Self.id, in: vault)
        let (now, before) = (try files(of: fixture.directory), try files(of: copy))

        // In clear: neither here nor in the copy, nor ever.
        let clear = [Array(Self.id.utf8)] + remains.needles.filter { $0.what == "history in clear" }.map(\.bytes)
        #expect(clear.count > 1)
        #expect(occurrences(of: clear, in: now + before) == 0)
        // Sealed: here no more. (Power: in the copy they are, and the same search finds them.)
        let sealed = [record.head ?? []] + record.segments.map(\.sealed) + [remains.wrappedKey]
        #expect(occurrences(of: sealed, in: now) == 0)
        #expect(occurrences(of: sealed, in: before) > 0)

        // Keys still obtainable: all that lie in today's files, every byte of which is tried as the beginning of one.
        #expect(try keys(of: user, in: now, fixture.masterBytes) == 0)
        let keyFile = [UInt8](try Data(contentsOf: fixture.keysURL))
        #expect(
            try keys(of: vault.pseudonym(of: "user-7"), in: [keyFile], fixture.masterBytes) > 0, "the search finds keys"
        )
        for other in 0..<40 {
            let pseudonym = vault.pseudonym(of: "user-\(other)")
            var probe = try #require(try self.record(of: pseudonym, in: vault))
            let key = try probe.unwrapKey(by: vault.master)
            (probe.head, probe.segments) = (record.head, record.segments)
            #expect(throws: RecordDamage.self) { try probe.open(with: key) }
            probe.user = user
            #expect(throws: RecordDamage.self) { try probe.open(with: key) }
        }

        // What remains readable, as SECURITY.md says: whoever also kept keys.sqlite from before, and has the master key
        // that wrapped it, reads the copy as it was.
        #expect(try keys(of: user, in: before, fixture.masterBytes) > 0)
        #expect(try fixture.open(at: copy).history(of: Self.id).count == 60)
        // Without the master key the same copy is noise.
        #expect(try keys(of: user, in: before, SystemRandom.bytes(32)) == 0)
        let security = try String(contentsOf: PackageRoot.url.appendingPathComponent("SECURITY.md"), encoding: .utf8)
        #expect(security.contains("## What stays readable after an erasure"))
    }

    private func record(of user: UserPseudonym, in vault: Vault) throws -> StoredRecord? {
        var record = try vault.vaultFile.read { try RecordStore(vault: $0).rows(of: user) }
        record.wrappedKey = try vault.keysFile.read { try KeyStore(keys: $0).wrappedKey(of: user) }
        return record.isBlank ? nil : record
    }
}
