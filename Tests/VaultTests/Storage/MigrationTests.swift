// SPDX-License-Identifier: Apache-2.0

import Foundation
import GRDB
import TestSupport
import Testing

@testable import Storage

/// A file of an older schema is brought up step by step, under a lock, and whatever cuts that short, the next open ends it.
struct MigrationTests {
    private let folder: TemporaryDirectory
    private var url: URL { folder.file("x.sqlite") }
    private let first = DatabaseSchema(applicationID: 77, migrations: ["CREATE TABLE t (x BLOB)"])
    private let third = DatabaseSchema(
        applicationID: 77,
        migrations: ["CREATE TABLE t (x BLOB)", "ALTER TABLE t ADD COLUMN y INTEGER", "CREATE TABLE u (z TEXT)"])
    private let needle = Data("a row that somebody may want erased".utf8)

    init() throws {
        folder = try TemporaryDirectory()
        let queue = try DurableDatabase.create(at: url, schema: first)
        try queue.write { try $0.execute(sql: "INSERT INTO t VALUES (?)", arguments: [needle]) }
        try queue.close()
    }

    private func version() throws -> Int? {
        let queue = try DatabaseQueue(path: url.path)
        defer { try? queue.close() }
        return try queue.read { try Int.fetchOne($0, sql: "PRAGMA user_version") }
    }

    /// Everything in the folder but the file, SQLite's own files beside it, and the locks.
    private func strays() throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: folder.path).filter {
            !["x.sqlite", "x.sqlite-wal", "x.sqlite-shm", "locks"].contains($0)
        }
    }

    private func expectMigrated(_ queue: DatabaseQueue) throws {
        let row = try queue.read { try Row.fetchOne($0, sql: "SELECT x, y FROM t, (SELECT count(*) FROM u)") }
        #expect(row?[0] == needle && row?[1] == nil as Int?)
        try queue.close()
        #expect(try version() == 3)
        #expect(try strays().isEmpty)
    }

    @Test("all steps at once, rows kept, no copy left, and a second open takes no lock")
    func migrates() throws {
        try expectMigrated(try DurableDatabase.open(at: url, schema: third))
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder.file("locks").path) == ["migration"])
        try FileManager.default.removeItem(at: folder.file("locks"))
        try expectMigrated(try DurableDatabase.open(at: url, schema: third))
        #expect(!FileManager.default.fileExists(atPath: folder.file("locks").path))
    }

    @Test("a step that fails is rolled back, the ones before it stay, and no copy stays")
    func failingStep() throws {
        let broken = DatabaseSchema(
            applicationID: 77, migrations: third.migrations.prefix(2) + ["CREATE TABLE u (z TEXT); CREATE TABLE t (q)"])
        #expect(throws: StorageError.self) { try DurableDatabase.open(at: url, schema: broken) }
        #expect(try version() == 2)
        #expect(try strays().isEmpty)
        try expectMigrated(try DurableDatabase.open(at: url, schema: third))
    }

    @Test("while another process migrates, opening is busy; afterwards it is not done twice")
    func oneAtATime() throws {
        let lock = try DirectoryLock.take("migration", in: folder.url)
        #expect(lock != nil)
        #expect(throws: StorageError.busy(file: "x.sqlite")) {
            try DurableDatabase.open(at: url, schema: third, patience: 0.1)
        }
        #expect(try version() == 1)
        withExtendedLifetime(lock) {}
    }

    @Test("several processes that open at once migrate once")
    func race() async throws {
        let (url, third) = (url, third)
        try await withThrowingTaskGroup(of: Void.self) { group in
            for _ in 0..<6 { group.addTask { try DurableDatabase.open(at: url, schema: third).close() } }
            try await group.waitForAll()
        }
        try expectMigrated(try DurableDatabase.open(at: url, schema: third))
    }

    @Test(
        "a copy left by a process that died goes at the next open, whole or half written, before a step or after",
        arguments: [1, 2, 3], [true, false])
    func leftover(step: Int, isWhole: Bool) throws {
        let copy = Migration.copy(of: url, before: 2)
        try FileManager.default.copyItem(at: url, to: copy)
        if !isWhole { try Data(contentsOf: copy).prefix(5000).write(to: copy) }
        let reached = DatabaseSchema(applicationID: 77, migrations: Array(third.migrations.prefix(step)))
        let queue = try DatabaseQueue(path: url.path)
        try queue.write { database in
            for migration in reached.migrations.dropFirst() { try database.execute(sql: migration) }
            try database.execute(sql: "PRAGMA user_version = \(step)")
        }
        try queue.close()
        #expect(try !strays().isEmpty)
        try expectMigrated(try DurableDatabase.open(at: url, schema: third))
    }

    @Test("a file that the crash damaged is taken back from the whole copy")
    func restores() throws {
        let queue = try DurableDatabase.open(at: url, schema: first)
        try queue.write { database in
            for _ in 0..<200 { try database.execute(sql: "INSERT INTO t VALUES (randomblob(900))") }
        }
        try DurableDatabase.truncateLog(queue)
        try queue.close()
        try FileManager.default.copyItem(at: url, to: Migration.copy(of: url, before: 2))
        let handle = try FileHandle(forWritingTo: url)
        try handle.seek(toOffset: 4096 * 3)
        try handle.write(contentsOf: Data(repeating: 0xA5, count: 4096 * 20))
        try handle.close()
        let restored = try DurableDatabase.open(at: url, schema: third)
        #expect(try restored.read { try Int.fetchOne($0, sql: "SELECT count(*) FROM t") } == 201)
        #expect(try restored.read { try String.fetchAll($0, sql: "PRAGMA integrity_check") } == ["ok"])
        try restored.close()
        #expect(try version() == 3)
        #expect(try strays().isEmpty)
    }

    @Test("a damaged file without a whole copy is not migrated, and the copy is kept for whoever mends it")
    func damaged() throws {
        let queue = try DurableDatabase.open(at: url, schema: first)
        try queue.write { database in
            for _ in 0..<200 { try database.execute(sql: "INSERT INTO t VALUES (randomblob(900))") }
        }
        try DurableDatabase.truncateLog(queue)
        try queue.close()
        let handle = try FileHandle(forWritingTo: url)
        try handle.seek(toOffset: 4096 * 3)
        try handle.write(contentsOf: Data(repeating: 0xA5, count: 4096 * 20))
        try handle.close()
        #expect(throws: StorageError.self) { try DurableDatabase.open(at: url, schema: third) }
        #expect(try version() == 1)
        #expect(try strays().isEmpty)
    }

    @Test("the copy's bytes are overwritten before it goes")
    func copyIsOverwritten() throws {
        // Another name for the same bytes shows what becomes of them.
        let copy = Migration.copy(of: url, before: 2)
        try FileManager.default.copyItem(at: url, to: copy)
        let link = folder.file("link")
        try FileManager.default.linkItem(at: copy, to: link)
        #expect(try Data(contentsOf: link).range(of: needle) != nil)
        try DurableDatabase.open(at: url, schema: third).close()
        #expect(!FileManager.default.fileExists(atPath: copy.path))
        #expect(try Data(contentsOf: link).allSatisfy { $0 == 0 })
    }
}
