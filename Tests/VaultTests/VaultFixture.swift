// SPDX-License-Identifier: Apache-2.0

import Cryptography
import DPAccounting
import Foundation
import GRDB
import Interactions
import Storage
import TestSupport

@testable import Vault

/// A vault in a folder of its own, with the means to look at its files as a thief or a vandal would.
final class VaultFixture {
    static let directoryID = "0123456789abcdef"
    let folder: TemporaryDirectory
    let masterBytes = SystemRandom.bytes(32)
    let itemCount: Int

    init(itemCount: Int = 1000, isPublicData: Bool = false) throws {
        folder = try TemporaryDirectory()
        self.itemCount = itemCount
        try Vault.create(
            in: directory, directoryID: Self.directoryID, isPublicData: isPublicData,
            master: MasterKey(bytes: masterBytes))
        _ = try open().importCatalogue((0..<itemCount).map { CatalogueItem(id: "item-\($0)") })
    }

    var directory: URL { folder.file("data") }
    var vaultURL: URL { directory.appendingPathComponent("vault.sqlite") }
    var keysURL: URL { directory.appendingPathComponent("keys.sqlite") }

    func open(
        at other: URL? = nil, patience: TimeInterval = 5, largestRewritten: Int = DurableDatabase.largestRewritten
    ) throws -> Vault {
        try Vault(
            opening: other ?? directory, directoryID: Self.directoryID, master: MasterKey(bytes: masterBytes),
            patience: patience, largestRewritten: largestRewritten)
    }

    /// Runs statements on a file behind the vault's back.
    func vandalise(_ url: URL, _ sql: String, _ arguments: StatementArguments = []) throws {
        let file = try DatabaseQueue(path: url.path)
        try file.write { try $0.execute(sql: sql, arguments: arguments) }
        try file.close()
    }

    func rows(_ url: URL, _ sql: String, _ arguments: StatementArguments = []) throws -> [[UInt8]] {
        let file = try DatabaseQueue(path: url.path)
        defer { try? file.close() }
        return try file.read { try Data.fetchAll($0, sql: sql, arguments: arguments).map { [UInt8]($0) } }
    }

    /// How often the bytes occur in any file of the directory, logs included.
    func occurrences(of needle: [UInt8]) throws -> Int {
        var found = 0
        for name in try FileManager.default.contentsOfDirectory(atPath: directory.path) {
            let bytes = try Data(contentsOf: directory.appendingPathComponent(name))
            var from = bytes.startIndex
            while let range = bytes.range(of: Data(needle), in: from..<bytes.endIndex) {
                found += 1
                from = range.lowerBound + 1
            }
        }
        return found
    }

    /// A grant as the directory's ledger would make it.
    static func grant(
        for members: [UserPseudonym], ledger: LedgerID = .directory(directoryID), purpose: Purpose = .train
    ) -> RunGrant {
        RunGrant(
            run: RunID(hex: "00"), ledger: ledger,
            cohort: CohortDigest(hex: Hex.encode(BLAKE2b.hash(members.packedBytes))), policy: PolicyHash(hex: "00"),
            purpose: purpose.rawValue, plan: RunPlan([]), settle: { _ in })
    }

    /// Erases the user with all the vault's steps.
    static func erase(_ userID: String, in vault: Vault) throws {
        let intent = try vault.beginErasure(of: userID)
        try finish(intent, in: vault)
    }

    static func finish(_ intent: ErasureIntent, in vault: Vault) throws {
        try vault.destroyKey(intent)
        try vault.deleteRows(intent)
        try vault.markErased(intent)
        try vault.truncateLogs()
    }
}

extension Vault {
    func history(of userID: String) throws -> History { try history(of: pseudonym(of: userID)) }

    @discardableResult
    func append(_ userID: String, _ interactions: [Interaction]) throws -> (accepted: Int, duplicates: Int) {
        try append([UserBatch(userID: userID, interactions: interactions)])
    }
}

/// `count` different events of seeded items, values and times.
func events(_ count: Int, seed: UInt64 = 1, items: UInt32 = 1000, from time: Int64 = 1_700_000_000) -> [Interaction] {
    var generator = SeededGenerator(seed: seed)
    return (0..<count).map { index in
        Interaction(
            item: .random(in: 0..<items, using: &generator), value: Float(Int.random(in: 1...5, using: &generator)),
            time: time + Int64(index) * 3600 + .random(in: 0..<3600, using: &generator))
    }
}
