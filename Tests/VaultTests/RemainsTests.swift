// SPDX-License-Identifier: Apache-2.0

import Cryptography
import Foundation
import GRDB
import Interactions
import TestSupport
import Testing

@testable import Storage
@testable import Vault

/// Files that count as large: what SQLite left in the unused parts of their pages goes at an erasure, whoever it is of.
struct RemainsTests {
    private static let users = 600

    private func fixture() throws -> VaultFixture {
        let files = try VaultFixture(itemCount: 50)
        let vault = try files.open()
        _ = try vault.append(
            (0..<Self.users).map { .init(userID: "u-\($0)", interactions: events(30, seed: UInt64($0), items: 50)) })
        try vault.truncateLogs()
        return files
    }

    private func plant(_ bytes: [UInt8], in files: VaultFixture, _ place: SQLitePages.Place) throws {
        for url in [files.vaultURL, files.keysURL] {
            #expect(try SQLitePages.plant(bytes, in: url, place), "no page has room")
        }
    }

    @Test(
        "whatever lies in unused parts of pages goes, for a known id as for an unknown one, and nothing else",
        arguments: ["u-7", "nobody"], SQLitePages.Place.allCases)
    func remainsGo(id: String, place: SQLitePages.Place) throws {
        let files = try fixture()
        // A free block: rows that are deleted from the middles of pages.
        for table in ["heads", "segments"] {
            try files.vandalise(files.vaultURL, "DELETE FROM \(table) WHERE pseudonym < x'18'")
        }
        try files.vandalise(files.keysURL, "DELETE FROM keys WHERE hex(substr(pseudonym, 1, 1)) LIKE '_3'")
        let decoy = SystemRandom.bytes(16)
        try plant(decoy, in: files, place)
        #expect(try files.occurrences(of: decoy) == 2)
        let before = try files.rows(files.keysURL, "SELECT wrapped FROM keys ORDER BY pseudonym")
        let vault = try files.open(largestRewritten: 0)
        let wrapped = try files.rows(
            files.keysURL, "SELECT wrapped FROM keys WHERE pseudonym = ?", [Data(vault.pseudonym(of: id).bytes)])
        try VaultFixture.erase(id, in: vault)
        #expect(try files.occurrences(of: decoy) == 0)
        #expect(try vault.pendingErasures().isEmpty)
        let after = try files.rows(files.keysURL, "SELECT wrapped FROM keys ORDER BY pseudonym")
        #expect(after == before.filter { !wrapped.contains($0) })
        for url in [files.vaultURL, files.keysURL] { #expect(try files.isSound(url)) }
    }

    @Test("a page that a connection has in memory does not bring back what was overwritten")
    func pagesInMemory() throws {
        let files = try fixture()
        let decoy = SystemRandom.bytes(16)
        try plant(decoy, in: files, .gap)
        let (mine, other) = (try files.open(largestRewritten: 0), try files.open(largestRewritten: 0))
        let everybody = (0..<Self.users).map { "u-\($0)" }
        for vault in [mine, other] {
            for user in everybody { #expect(try vault.history(of: user).count == 30) }
        }
        try VaultFixture.erase("nobody", in: mine)
        for vault in [mine, other] {
            _ = try vault.append(
                everybody.map { .init(userID: $0, interactions: events(5, seed: vault === mine ? 5 : 6, items: 50)) })
            try vault.truncateLogs()
        }
        #expect(try files.occurrences(of: decoy) == 0)
        #expect(try files.isSound(files.vaultURL))
    }

    @Test("the end of a rotation of the master key cleans both files too")
    func rotation() throws {
        let files = try fixture()
        let decoy = SystemRandom.bytes(16)
        try plant(decoy, in: files, .gap)
        try files.open(largestRewritten: 0).emptyAfterRotation()
        #expect(try files.occurrences(of: decoy) == 0)
        for url in [files.vaultURL, files.keysURL] { #expect(try files.isSound(url)) }
    }

    @Test("an erasure that a crash cut short cleans the files too", arguments: ["u-7", "nobody"], 0...3)
    func resumed(id: String, stepsDone: Int) throws {
        let files = try fixture()
        let decoy = SystemRandom.bytes(16)
        try plant(decoy, in: files, .gap)
        do {
            let vault = try files.open(largestRewritten: 0)
            let intent = try vault.beginErasure(of: id)
            if stepsDone >= 1 { try vault.destroyKey(intent) }
            if stepsDone >= 2 { try vault.deleteRows(intent) }
            if stepsDone >= 3 { try vault.markErased(intent) }
        }
        let vault = try files.open(largestRewritten: 0)
        for intent in try vault.pendingErasures() { try VaultFixture.finish(intent, in: vault) }
        #expect(try vault.pendingErasures().isEmpty)
        #expect(try files.occurrences(of: decoy) == 0)
    }

    @Test("while others write and read the files are emptied over and over, and stay sound")
    func whileOthersWrite() async throws {
        let files = try fixture()
        let (directory, key) = (files.directory, files.masterBytes)
        @Sendable func open() throws -> Vault {
            try Vault(
                opening: directory, directoryID: VaultFixture.directoryID, master: MasterKey(bytes: key), patience: 5,
                largestRewritten: 0)
        }
        try await withThrowingTaskGroup(of: Void.self) { group in
            for writer in 0..<3 {
                group.addTask {
                    let vault = try open()
                    for round in 0..<40 {
                        let user = "u-\((writer * 97 + round * 31) % Self.users)"
                        _ = try vault.append(
                            [.init(userID: user, interactions: events(20, seed: UInt64(round), items: 50))])
                        _ = try vault.history(of: user)
                    }
                }
            }
            group.addTask {
                let vault = try open()
                for round in 0..<25 {
                    do {
                        try VaultFixture.erase(round % 2 == 0 ? "u-\(599 - round)" : "nobody-\(round)", in: vault)
                    } catch VaultError.busy {
                        continue
                    }
                }
            }
            try await group.waitForAll()
        }
        for url in [files.vaultURL, files.keysURL] { #expect(try files.isSound(url)) }
        let vault = try files.open()
        for intent in try vault.pendingErasures() { try VaultFixture.finish(intent, in: vault) }
        #expect(try vault.keyCount() == Self.users - 13)
        #expect(try vault.checkIntegrity().allSatisfy(\.ok))
    }
}

/// The unused parts themselves.
struct UnusedSpaceTests {
    private static let schema = DatabaseSchema(
        applicationID: 7,
        migrations: [
            """
            CREATE TABLE a (k BLOB PRIMARY KEY NOT NULL, v BLOB NOT NULL) STRICT, WITHOUT ROWID;
            CREATE TABLE b (n INTEGER PRIMARY KEY, v BLOB NOT NULL) STRICT;
            CREATE INDEX i ON b (v);
            """
        ])

    /// Where a file holds bytes in unused parts.
    private func remains(in url: URL) throws -> Int {
        let bytes = [UInt8](try Data(contentsOf: url))
        let size = Int(bytes[16]) << 8 | Int(bytes[17])
        return stride(from: size, to: bytes.count, by: size).reduce(0) { count, page in
            count + UnusedSpace.remains(in: words(bytes[page..<page + size]).span, usable: size).count
        }
    }

    private func words(_ bytes: ArraySlice<UInt8>) -> [UInt64] {
        stride(from: bytes.startIndex, to: bytes.endIndex, by: 8).map { place in
            UInt64(littleEndian: bytes[place..<place + 8].reversed().reduce(0) { $0 << 8 | UInt64($1) })
        }
    }

    @Test(
        "rows written, grown and deleted in any order leave something; emptied, nothing is left and every row is there",
        arguments: 0..<6)
    func anyOrder(seed: UInt64) throws {
        let folder = try TemporaryDirectory()
        let file = folder.file("file.sqlite")
        let queue = try DurableDatabase.create(at: file, schema: Self.schema)
        var generator = SeededGenerator(seed: seed)
        func change() throws {
            try queue.write { database in
                for _ in 0..<600 {
                    let key = Data([
                        UInt8.random(in: 0...255, using: &generator), .random(in: 0...3, using: &generator),
                    ])
                    let size = [40, 200, 900, 9000][Int.random(in: 0..<100, using: &generator) % 7 % 4]
                    let value = Data((0..<size).map { _ in UInt8.random(in: 1...255, using: &generator) })
                    let number = Int.random(in: 0..<500, using: &generator)
                    switch Int.random(in: 0..<5, using: &generator) {
                    case 0: try database.execute(sql: "DELETE FROM a WHERE k = ?", arguments: [key])
                    case 1: try database.execute(sql: "DELETE FROM b WHERE n = ?", arguments: [number])
                    case 2:
                        try database.execute(sql: "INSERT OR REPLACE INTO b VALUES (?, ?)", arguments: [number, value])
                    default:
                        try database.execute(sql: "INSERT OR REPLACE INTO a VALUES (?, ?)", arguments: [key, value])
                    }
                }
            }
        }
        for _ in 0..<3 {
            try change()
            try DurableDatabase.truncateLog(queue)
            #expect(try remains(in: file) > 0)
            let before = try contents(queue)
            try DurableDatabase.empty(queue, largestRewritten: 0)
            #expect(try remains(in: file) == 0)
            #expect(try contents(queue) == before)
            #expect(try queue.read { try String.fetchAll($0, sql: "PRAGMA integrity_check") } == ["ok"])
            // Clean as it is, not a page changes but the first.
            let bytes = try Data(contentsOf: file).dropFirst(4096)
            try DurableDatabase.empty(queue, largestRewritten: 0)
            #expect(try Data(contentsOf: file).dropFirst(4096) == bytes)
        }
    }

    private func contents(_ queue: DatabaseQueue) throws -> [Row] {
        try queue.read {
            try Row.fetchAll($0, sql: "SELECT * FROM a") + Row.fetchAll($0, sql: "SELECT * FROM b ORDER BY n")
        }
    }

    @Test("a file above 64 MiB is left as it is, unless it is said otherwise: then all of it is cleaned, in shares too")
    func aboveTheLimit() throws {
        let folder = try TemporaryDirectory()
        let file = folder.file("file.sqlite")
        let decoy = SystemRandom.bytes(40)
        var places: [Int] = []
        func count() throws -> Int {
            let handle = try FileHandle(forReadingFrom: file)
            return try places.filter { place in
                try handle.seek(toOffset: UInt64(place))
                return try handle.read(upToCount: decoy.count) == Data(decoy)
            }.count
        }
        func fill(_ queue: DatabaseQueue) throws {
            try queue.write { database in
                try database.execute(
                    sql: """
                        WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n LIMIT 300)
                        INSERT INTO a SELECT randomblob(16), randomblob(72) FROM n
                        """)
            }
        }
        do {
            let queue = try DurableDatabase.create(at: file, schema: Self.schema)
            try fill(queue)
            try queue.write { database in
                for _ in 0..<600 {
                    try database.execute(sql: "INSERT INTO b (v) VALUES (randomblob(60000))")
                }
            }
            try fill(queue)
            try fill(queue)
            try DurableDatabase.truncateLog(queue)
            try queue.close()
        }
        for isLast in [false, true] {
            try places.append(#require(try SQLitePages.offset(planting: decoy, in: file, isLast: isLast)))
        }
        #expect(places[0] < 1 << 20 && places[1] > 60 << 20)
        let queue = try DurableDatabase.open(at: file, schema: Self.schema)
        #expect(try DurableDatabase.size(of: queue) > DurableDatabase.largestCleaned)
        #expect(try count() == 2)
        try DurableDatabase.empty(queue)
        #expect(try count() == 2)
        let before = try contents(queue)
        // More than one share, and the last one is not full.
        try DurableDatabase.empty(queue, limit: .max, share: 20 << 20)
        #expect(try count() == 0)
        #expect(try contents(queue) == before)
        #expect(try queue.read { try String.fetchAll($0, sql: "PRAGMA integrity_check") } == ["ok"])
    }

    @Test("a connection that has read every page just before, and writes each afterwards, does not bring anything back")
    func pagesReadJustBefore() throws {
        let folder = try TemporaryDirectory()
        let file = folder.file("file.sqlite")
        let decoy = SystemRandom.bytes(40)
        do {
            let queue = try DurableDatabase.create(at: file, schema: Self.schema)
            try queue.write { database in
                for _ in 0..<2000 { try database.execute(sql: "INSERT INTO a VALUES (randomblob(16), randomblob(72))") }
            }
            try DurableDatabase.truncateLog(queue)
            try queue.close()
        }
        #expect(try SQLitePages.plant(decoy, in: file))
        let (mine, other) = (
            try DurableDatabase.open(at: file, schema: Self.schema),
            try DurableDatabase.open(at: file, schema: Self.schema)
        )
        // Nothing is committed between this reading and the overwriting.
        try DurableDatabase.truncateLog(mine)
        #expect(try contents(other).count == 2000)
        try DurableDatabase.empty(mine, largestRewritten: 0)
        #expect(try Data(contentsOf: file).range(of: Data(decoy)) == nil)
        try other.write { try $0.execute(sql: "UPDATE a SET v = randomblob(length(v))") }
        try DurableDatabase.truncateLog(other)
        #expect(try Data(contentsOf: file).range(of: Data(decoy)) == nil)
    }

    @Test("a damaged page is left as it is, and nothing traps")
    func damaged() throws {
        var generator = SeededGenerator(seed: 1)
        for round in 0..<20_000 {
            var page = (0..<512).map { _ in UInt8.random(in: 0...255, using: &generator) }
            page[0] = [2, 5, 10, 13][round % 4]
            if round % 3 > 0 { (page[3], page[5]) = (0, .random(in: 0...2, using: &generator)) }
            if round % 3 > 1 {
                (page[1], page[2], page[4]) = (.random(in: 0...2, using: &generator), page[2], page[4] % 3)
            }
            let found = UnusedSpace.remains(in: words(page[...]).span, usable: 512 - round % 40)
            for range in found { #expect(range.lowerBound >= 8 && range.upperBound <= 512 - round % 40) }
        }
        #expect(UnusedSpace.remains(in: [UInt64](repeating: .max, count: 64).span, usable: 512).isEmpty)
    }

    @Test("a file that is not laid out as ours are is left alone", arguments: [0, 16, 55])
    func foreign(place: Int) throws {
        let folder = try TemporaryDirectory()
        let file = folder.file("file.sqlite")
        try DurableDatabase.create(at: file, schema: Self.schema).close()
        var bytes = [UInt8](try Data(contentsOf: file))
        bytes[place] ^= 1
        try Data(bytes).write(to: file)
        #expect(try UnusedSpace.clear(file) == .foreign)
        #expect(try [UInt8](Data(contentsOf: file)) == bytes)
        #expect(throws: StorageError.io(file: "none", code: ENOENT)) { try UnusedSpace.clear(folder.file("none")) }
    }
}

extension VaultFixture {
    fileprivate func isSound(_ url: URL) throws -> Bool {
        let file = try DatabaseQueue(path: url.path)
        defer { try? file.close() }
        return try file.read { try String.fetchAll($0, sql: "PRAGMA integrity_check") } == ["ok"]
    }
}
