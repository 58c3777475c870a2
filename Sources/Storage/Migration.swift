// SPDX-License-Identifier: Apache-2.0

import Foundation
import GRDB

/// Brings a file of an older schema to this program's: under the lock `locks/migration`, after a copy, one durable transaction a step.
///
/// A step that fails, or leaves a file in which SQLite finds a fault, is rolled back: the file stays at the version before. A process
/// that dies leaves the file at one version or the next, and perhaps the copy. The next open goes on; it takes the copy back only if
/// SQLite finds the file itself damaged. The copy never outlives the migration: it would keep the keys and the sealed histories of people
/// who are erased later, so it is overwritten and removed, at the latest by the next open.
enum Migration {
    /// Where the copy lies while `version` is made of the one before: `vault.sqlite.before-2`.
    static func copy(of url: URL, before version: Int) -> URL {
        url.deletingLastPathComponent().appendingPathComponent("\(url.lastPathComponent).before-\(version)")
    }

    /// Copies that a process left that died, oldest first.
    static func leftovers(of url: URL, _ schema: DatabaseSchema) -> [URL] {
        guard schema.version >= 2 else { return [] }
        return (2...schema.version).map { copy(of: url, before: $0) }.filter { access($0.path, F_OK) == 0 }
    }

    /// - Throws: `StorageError.busy` while another process migrates or writes; `.io`; `.newerSchema` if another was faster and newer.
    static func run(_ queue: DatabaseQueue, at url: URL, to schema: DatabaseSchema, patience: TimeInterval) throws {
        let file = url.lastPathComponent
        let lock = try DirectoryLock.take("migration", in: url.deletingLastPathComponent(), patience: patience)
        guard let lock else { throw StorageError.busy(file: file) }
        try withExtendedLifetime(lock) {
            for leftover in leftovers(of: url, schema) { try settle(leftover, queue, file) }
            let found = try queue.read { try DurableDatabase.checkVersion($0, schema: schema, file: file) }
            // Another process may have been first.
            guard found < schema.version else { return }
            let copy = copy(of: url, before: found + 1)
            do {
                try makeCopy(copy, of: queue)
                for _ in found..<schema.version { try step(queue, to: schema, file) }
            } catch {
                // Rolled back: the file is as it was.
                try? destroy(copy)
                throw error
            }
            try destroy(copy)
        }
    }

    /// One step up, or none of it.
    private static func step(_ queue: DatabaseQueue, to schema: DatabaseSchema, _ file: String) throws {
        try queue.writeWithoutTransaction { database in
            try database.inTransaction(.immediate) {
                let found = try DurableDatabase.checkVersion(database, schema: schema, file: file)
                guard found < schema.version else { return .commit }
                try database.execute(sql: schema.migrations[found])
                try database.execute(sql: "PRAGMA user_version = \(found + 1)")
                guard try isSound(database) else { throw StorageError.damaged(file: file) }
                return .commit
            }
        }
    }

    /// A file of the rows alone: what was deleted is not copied. 0600 and durable when this returns.
    private static func makeCopy(_ copy: URL, of queue: DatabaseQueue) throws {
        try FileModes.createPrivateFile(copy)
        try queue.writeWithoutTransaction { try $0.execute(sql: "VACUUM INTO ?", arguments: [copy.path]) }
        try FileModes.synchronize(copy)
    }

    /// Ends what a process began that died: the copy goes, and if the file is damaged the copy takes its place first.
    private static func settle(_ copy: URL, _ queue: DatabaseQueue, _ file: String) throws {
        if try !queue.read(isSound) {
            let source = try DatabaseQueue(path: copy.path)
            guard try source.read(isSound), (try? source.backup(to: queue)) != nil, try queue.read(isSound) else {
                throw StorageError.damaged(file: file)
            }
            try source.close()
        }
        try destroy(copy)
    }

    private static func isSound(_ database: Database) throws -> Bool {
        do {
            return try String.fetchAll(database, sql: "PRAGMA integrity_check(1)") == ["ok"]
        } catch let error as DatabaseError where [.SQLITE_CORRUPT, .SQLITE_NOTADB].contains(error.resultCode) {
            return false
        }
    }

    /// With what SQLite may have left beside it.
    private static func destroy(_ copy: URL) throws {
        for suffix in ["-journal", "-wal", "-shm", ""] {
            try FileModes.destroy(URL(fileURLWithPath: copy.path + suffix))
        }
    }
}
