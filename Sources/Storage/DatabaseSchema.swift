// SPDX-License-Identifier: Apache-2.0

/// What makes a SQLite file one of ours: its `application_id`, and the statements that lead from each version to the next.
public struct DatabaseSchema: Sendable {
    /// Stands in the header of the file, so that no other file is taken for ours.
    public let applicationID: Int32
    /// `migrations[n]` is SQL that makes version n + 1 of version n. Never edited once released, only appended to.
    public let migrations: [String]

    /// Bytes of a page of a new file: a row of a WITHOUT ROWID table that is longer than about a quarter of a page takes a
    /// page of its own. Files keep the pages that they were made with.
    public let pageSize: Int

    public init(applicationID: Int32, migrations: [String], pageSize: Int = 4096) {
        self.applicationID = applicationID
        self.migrations = migrations
        self.pageSize = pageSize
    }

    /// The `user_version` of a file that this program writes.
    public var version: Int { migrations.count }
}
