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

    /// Up to what size a file is rewritten at an erasure without a look at it: that costs less than the synchronisations around it.
    public static let largestRewritten = 1 << 20
    /// Up to what size a file is searched at an erasure, and rewritten where something is found.
    public static let largestCleaned = 64 << 20

    /// Empties the log, and the unused parts of pages of what was deleted.
    ///
    /// `secure_delete` overwrites what is deleted, but rows that SQLite moved from page to page before may leave copies behind.
    /// A small file is rewritten from its rows each time. A larger one is read once, for the bytes that were deleted, and
    /// rewritten only where a piece of them is found, or where it is not known what to look for. One above `limit` keeps what
    /// is there until its pages are used again: SECURITY.md says so.
    /// - Parameters:
    ///   - deleted: Byte strings that look like noise; none: nothing was. nil: not known.
    ///   - length: of the pieces that are found for certain.
    ///   - largestRewritten: Up to how many bytes it is rewritten without a look.
    ///   - limit: Up to how many bytes it is rewritten at all.
    /// - Returns: The search, where it had found something and the file was rewritten: who must be sure asks once more.
    /// - Throws: `StorageError.busy` when a reader or writer keeps the log; `.io`.
    @discardableResult
    public static func empty(
        _ queue: DatabaseQueue, of deleted: [[UInt8]]?, pieces length: Int = RemainsSearch.usualLength,
        largestRewritten: Int = largestRewritten, limit: Int = largestCleaned
    ) throws -> RemainsSearch? {
        // Without a name there is nothing to look into.
        guard let size = try? size(of: queue), size <= limit else {
            try truncateLog(queue)
            return nil
        }
        guard size > largestRewritten, let deleted else {
            try rewrite(queue)
            try truncateLog(queue)
            return nil
        }
        try truncateLog(queue)
        if deleted.isEmpty { return nil }
        let remains = RemainsSearch(of: deleted, pieces: length)
        guard try remains.occur(in: URL(fileURLWithPath: queue.path)) else { return nil }
        try rewrite(queue)
        try truncateLog(queue)
        return remains
    }

    /// Rewrites a file of at most 64 MiB from its rows. To be followed by `truncateLog`.
    public static func rewriteIfSmall(_ queue: DatabaseQueue) throws {
        guard let size = try? size(of: queue), size <= largestCleaned else { return }
        try rewrite(queue)
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
