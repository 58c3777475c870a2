// SPDX-License-Identifier: Apache-2.0

import Foundation
import GRDB
import TestSupport
import Testing

@testable import Storage

struct DurableDatabaseTests {
    private let folder: TemporaryDirectory
    private var url: URL { folder.file("x.sqlite") }
    private let schema = DatabaseSchema(applicationID: 77, migrations: ["CREATE TABLE t (x BLOB)"])

    init() throws { folder = try TemporaryDirectory() }

    private static let expected = [
        "journal_mode": "wal", "synchronous": "2", "secure_delete": "1", "temp_store": "2", "trusted_schema": "0",
        "application_id": "77", "user_version": "1",
    ]

    private func settings(_ queue: DatabaseQueue) throws -> [String: String] {
        try queue.read { database in
            var settings: [String: String] = [:]
            for name in Self.expected.keys { settings[name] = try String.fetchOne(database, sql: "PRAGMA \(name)") }
            return settings
        }
    }

    @Test("a new file and a reopened one have every setting of DESIGN section 5")
    func settingsHold() throws {
        let first = try DurableDatabase.create(at: url, schema: schema)
        #expect(try settings(first) == Self.expected)
        try first.close()
        #expect(try settings(DurableDatabase.open(at: url, schema: schema)) == Self.expected)
    }

    @Test(
        "a setting that does not hold is refused by name",
        arguments: ["synchronous", "secure_delete", "temp_store", "trusted_schema"])
    func assertion(name: String) throws {
        let queue = try DurableDatabase.create(at: url, schema: schema)
        try queue.writeWithoutTransaction { database in
            try Pragmas.assert(database)
            try database.execute(sql: "PRAGMA \(name) = \(name == "trusted_schema" || name == "synchronous" ? 1 : 0)")
            #expect(throws: StorageError.pragmaRefused(name: name)) { try Pragmas.assert(database) }
        }
    }

    @Test("a file switched out of write-ahead logging is switched back at open")
    func journalMode() throws {
        try DurableDatabase.create(at: url, schema: schema).close()
        let vandal = try DatabaseQueue(path: url.path)
        try vandal.writeWithoutTransaction { try $0.execute(sql: "PRAGMA journal_mode = DELETE") }
        try vandal.close()
        #expect(try settings(DurableDatabase.open(at: url, schema: schema)) == Self.expected)
    }

    @Test(
        "an older schema is migrated in one transaction, a newer one refused, a failing one leaves the file as it was")
    func migrations() throws {
        try DurableDatabase.create(at: url, schema: schema).close()
        let broken = DatabaseSchema(
            applicationID: 77, migrations: schema.migrations + ["CREATE TABLE u (y BLOB); CREATE TABLE t (x BLOB)"])
        #expect(throws: StorageError.self) { try DurableDatabase.open(at: url, schema: broken) }
        try #expect(settings(DurableDatabase.open(at: url, schema: schema))["user_version"] == "1")
        let next = DatabaseSchema(applicationID: 77, migrations: schema.migrations + ["CREATE TABLE u (y BLOB)"])
        try #expect(settings(DurableDatabase.open(at: url, schema: next))["user_version"] == "2")
        #expect(throws: StorageError.newerSchema(file: "x.sqlite", found: 2, supported: 1)) {
            try DurableDatabase.open(at: url, schema: schema)
        }
    }

    @Test("what is there is not overwritten, what is missing is not made, what is not ours is not touched")
    func refusals() throws {
        #expect(throws: StorageError.notFound(file: "x.sqlite")) { try DurableDatabase.open(at: url, schema: schema) }
        #expect(!FileManager.default.fileExists(atPath: url.path))
        try DurableDatabase.create(at: url, schema: schema).close()
        #expect(throws: StorageError.exists(file: "x.sqlite")) { try DurableDatabase.create(at: url, schema: schema) }
        let other = DatabaseSchema(applicationID: 78, migrations: schema.migrations)
        #expect(throws: StorageError.notOurs(file: "x.sqlite")) { try DurableDatabase.open(at: url, schema: other) }
        #expect(throws: StorageError.notOurs(file: folder.url.lastPathComponent)) {
            try DurableDatabase.open(at: folder.url, schema: schema)
        }
        try Data().write(to: folder.file("empty.sqlite"))
        #expect(throws: StorageError.notOurs(file: "empty.sqlite")) {
            try DurableDatabase.open(at: folder.file("empty.sqlite"), schema: schema)
        }
    }

    @Test("deleted bytes are in neither file nor log once the log is emptied, and a reader makes that busy")
    func truncation() throws {
        try DurableDatabase.create(at: url, schema: schema).close()
        let queue = try DurableDatabase.open(at: url, schema: schema, patience: 0.2)
        let needle = Data((0..<64).map { _ in UInt8.random(in: 0...255) })
        try queue.write { try $0.execute(sql: "INSERT INTO t VALUES (?)", arguments: [needle]) }
        func found() throws -> Bool {
            try ["", "-wal"].contains {
                try Data(contentsOf: URL(fileURLWithPath: url.path + $0)).range(of: needle) != nil
            }
        }
        let reader = try DatabaseQueue(path: url.path)
        try reader.writeWithoutTransaction { database in
            try database.execute(sql: "BEGIN; SELECT * FROM t")
            _ = try Row.fetchAll(database, sql: "SELECT * FROM t")
            try queue.write { try $0.execute(sql: "DELETE FROM t") }
            #expect(throws: StorageError.busy(file: "x.sqlite")) { try DurableDatabase.truncateLog(queue) }
            #expect(try found())
            try database.execute(sql: "COMMIT")
        }
        try DurableDatabase.truncateLog(queue)
        #expect(try !found())
    }

    @Test("a writer that another holds up for longer than its patience is told so")
    func busyWriter() throws {
        try DurableDatabase.create(at: url, schema: schema).close()
        let queue = try DurableDatabase.open(at: url, schema: schema, patience: 0.1)
        let other = try DatabaseQueue(path: url.path)
        try other.writeWithoutTransaction { database in
            try database.execute(sql: "BEGIN IMMEDIATE")
            #expect(throws: StorageError.busy(file: "x.sqlite")) {
                try StorageError.wrapping("x.sqlite") { try queue.write { try $0.execute(sql: "DELETE FROM t") } }
            }
            // Opening waits for nobody.
            _ = try DurableDatabase.open(at: url, schema: schema, patience: 0.1)
            try database.execute(sql: "ROLLBACK")
        }
    }
}
