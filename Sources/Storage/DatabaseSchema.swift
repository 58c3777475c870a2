// SPDX-License-Identifier: Apache-2.0

/// What makes a SQLite file one of ours: its `application_id`, and the statements that lead from each version to the next.
public struct DatabaseSchema: Sendable {
    /// Stands in the header of the file, so that no other file is taken for ours.
    public let applicationID: Int32
    /// `migrations[n]` is SQL that makes version n + 1 of version n. Never edited once released, only appended to.
    public let migrations: [String]

    public init(applicationID: Int32, migrations: [String]) {
        self.applicationID = applicationID
        self.migrations = migrations
    }

    /// The `user_version` of a file that this program writes.
    public var version: Int { migrations.count }
}
