// SPDX-License-Identifier: Apache-2.0

public import Foundation
public import GRDB

/// Makes and opens SQLite files the one safe way (DESIGN section 5): write-ahead log, every commit on the disk before it
/// is acknowledged, deleted bytes overwritten, no temporary files, mode 0600. Each setting is read back at each open.
public enum DurableDatabase {
    /// How long a lock of another connection is waited for.
    public static let patience: TimeInterval = 5

    /// Makes a new file with the whole schema in it; the file and its entry in the directory are durable afterwards.
    /// - Throws: `StorageError.exists`, `.io`, `.pragmaRefused`.
    public static func create(at url: URL, schema: DatabaseSchema) throws -> DatabaseQueue {
        try FileModes.createPrivateFile(url)
        return try StorageError.wrapping(url.lastPathComponent) {
            let queue = try DatabaseQueue(path: url.path, configuration: configuration(patience: patience))
            try queue.writeWithoutTransaction { database in
                try database.execute(sql: "PRAGMA page_size = \(schema.pageSize)")
                try Pragmas.writeAheadLog(database)
                try Pragmas.setAndAssert(database)
                try database.inTransaction(.immediate) {
                    try database.execute(sql: "PRAGMA application_id = \(schema.applicationID)")
                    try fill(database, with: schema)
                    return .commit
                }
            }
            try FileModes.synchronizeDirectory(of: url)
            return queue
        }
    }

    /// Opens a file that `create` made, after it proved to be of this kind and not newer than this program.
    ///
    /// An older one is brought to the current version, step by step (`Migration`).
    /// - Throws: `StorageError`, any case but `exists`.
    public static func open(
        at url: URL, schema: DatabaseSchema, patience: TimeInterval = DurableDatabase.patience
    ) throws -> DatabaseQueue {
        let file = url.lastPathComponent
        try FileModes.assertPrivateFile(url)
        return try StorageError.wrapping(file) {
            let queue = try DatabaseQueue(path: url.path, configuration: configuration(patience: patience))
            let found = try queue.writeWithoutTransaction { database in
                // The identity first: nothing of a foreign file is touched.
                guard try Int32.fetchOne(database, sql: "PRAGMA application_id") == schema.applicationID else {
                    throw StorageError.notOurs(file: file)
                }
                let found = try checkVersion(database, schema: schema, file: file)
                try Pragmas.writeAheadLog(database)
                try Pragmas.setAndAssert(database)
                return found
            }
            // A file that is up to date is opened without a lock, whoever writes to it.
            if found < schema.version || !Migration.leftovers(of: url, schema).isEmpty {
                try Migration.run(queue, at: url, to: schema, patience: patience)
            }
            return queue
        }
    }

    /// Copies the whole log into the file and empties it. Only then are deleted bytes gone from the disk.
    /// - Throws: `StorageError.busy` when a reader or writer kept the log for longer than the queue's patience.
    public static func truncateLog(_ queue: DatabaseQueue) throws {
        let file = URL(fileURLWithPath: queue.path).lastPathComponent
        let frames = try StorageError.wrapping(file) {
            try queue.writeWithoutTransaction { try $0.checkpoint(.truncate).walFrameCount }
        }
        // An emptied log has no frames. (Its length on the disk says less: the next writer may be at it already.)
        guard frames == 0 else { throw StorageError.busy(file: file) }
    }

    /// Up to what size a file is rewritten at an erasure: that costs less than the synchronisations around it.
    public static let largestRewritten = 1 << 20
    /// Up to what size the unused parts of a file's pages are overwritten at an erasure, unless it is said otherwise.
    public static let largestCleaned = 64 << 20
    /// How often another process may write between two steps that have to follow each other.
    private static let turns = 20

    /// Empties the log, and the unused parts of pages.
    ///
    /// `secure_delete` overwrites what is deleted, but rows that SQLite moved from page to page before may leave copies behind.
    /// A small file is rewritten from its rows; in a larger one the unused parts are overwritten. One above `limit` keeps what
    /// is there until its pages are used again: SECURITY.md says so. The size alone decides, never what was deleted: the reads and the
    /// synchronisations are the same whoever was erased.
    /// - Parameters:
    ///   - largestRewritten: Up to how many bytes it is rewritten.
    ///   - limit: Up to how many bytes it is cleaned at all.
    ///   - share: How many bytes are looked at before others may write again.
    /// - Throws: `StorageError.busy` when a reader or writer keeps the log; `.io`.
    public static func empty(
        _ queue: DatabaseQueue, largestRewritten: Int = largestRewritten, limit: Int = largestCleaned, share: Int = .max
    ) throws {
        // Without a name there is nothing to look into.
        guard let size = try? size(of: queue), size <= limit else { return try truncateLog(queue) }
        if size <= largestRewritten {
            try rewrite(queue)
        } else {
            var outcome = try clearUnusedSpace(queue, from: 0, atMost: share)
            while case .more(let place) = outcome {
                outcome = try clearUnusedSpace(queue, from: place, atMost: share)
            }
            if outcome == .foreign { try rewrite(queue) }
        }
        try truncateLog(queue)
    }

    /// Overwrites the unused parts of pages. To be followed by `truncateLog`.
    ///
    /// This is written past SQLite, which offers no way to it. It is safe because no byte that SQLite reads is changed; because the log is empty
    /// and stays so, under the writers' lock, so that nothing newer than the file is anywhere and nothing is copied into it meanwhile; and because
    /// the commit that follows makes every connection, of every process, drop its pages before it may write again: none is written back
    /// as it was. (A reader whose snapshot is older may not write at all.) Killed before that commit, the erasure is still pending.
    private static func clearUnusedSpace(
        _ queue: DatabaseQueue, from place: Int, atMost share: Int
    ) throws -> UnusedSpace.Outcome {
        let url = URL(fileURLWithPath: queue.path)
        return try StorageError.wrapping(url.lastPathComponent) {
            // A connection of its own, which has no page in memory that could be written back.
            let other = try DatabaseQueue(path: queue.path, configuration: configuration(patience: patience))
            defer { try? other.close() }
            for _ in 0..<turns {
                try truncateLog(queue)
                let outcome: UnusedSpace.Outcome? = try other.writeWithoutTransaction { database in
                    var outcome: UnusedSpace.Outcome?
                    try database.inTransaction(.immediate) {
                        // Nobody writes now. If nobody has written since either, the file is whole without its log, and no
                        // checkpoint of another process has anything to copy into it.
                        var status = stat()
                        guard stat(queue.path + "-wal", &status) == 0, status.st_size == 0 else { return .rollback }
                        outcome = try UnusedSpace.clear(url, from: place, atMost: share)
                        // A change, though to the same value: at a change every connection drops the pages that it has in memory.
                        let version = try Int.fetchOne(database, sql: "PRAGMA user_version") ?? 0
                        try database.execute(sql: "PRAGMA user_version = \(version)")
                        return .commit
                    }
                    return outcome
                }
                if let outcome { return outcome }
            }
            throw StorageError.busy(file: url.lastPathComponent)
        }
    }

    /// Rewrites a file of any size from its rows, so that no trace of a deleted one is left. Takes as much memory as the file has bytes: temporary files are in memory.
    public static func rewrite(_ queue: DatabaseQueue) throws {
        try StorageError.wrapping(URL(fileURLWithPath: queue.path).lastPathComponent) { try queue.vacuum() }
    }

    /// How many bytes the file has, its log not counted.
    /// - Throws: `StorageError.io`.
    public static func size(of queue: DatabaseQueue) throws -> Int {
        var status = stat()
        guard stat(queue.path, &status) == 0 else {
            throw StorageError.io(file: URL(fileURLWithPath: queue.path).lastPathComponent, code: errno)
        }
        return Int(status.st_size)
    }

    private static func configuration(patience: TimeInterval) -> Configuration {
        var configuration = Configuration()
        configuration.busyMode = .timeout(patience)
        configuration.publicStatementArguments = false  // arguments are personal data: never in an error
        return configuration
    }

    static func checkVersion(_ database: Database, schema: DatabaseSchema, file: String) throws -> Int {
        let found = try Int.fetchOne(database, sql: "PRAGMA user_version") ?? 0
        guard found >= 1 else { throw StorageError.notOurs(file: file) }
        guard found <= schema.version else {
            throw StorageError.newerSchema(file: file, found: found, supported: schema.version)
        }
        return found
    }

    private static func fill(_ database: Database, with schema: DatabaseSchema) throws {
        for migration in schema.migrations { try database.execute(sql: migration) }
        try database.execute(sql: "PRAGMA user_version = \(schema.version)")
    }
}
